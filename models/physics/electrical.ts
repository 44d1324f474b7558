/**
 * Losses of the electrical chain as polynomials of load: constant (magnetising, electronics), linear (switching, diode
 * drop), square (copper). Fractions of rating; coefficients from YARDSTICKS 1.
 */
export type LossCurve = { readonly constant: number; readonly linear?: number; readonly square: number }

/**
 * Loss at an output, kW. A UPS of 1,000 kW with 0.95 % + 1.2 % x + 1.7 % x² loses 19.8 kW at 500 kW (96.2 %) and
 * 38.5 kW at full load (96.3 %).
 */
export function lossKw(curve: LossCurve, load: { outputKw: number; ratingKw: number }): number {
  const x = load.outputKw / load.ratingKw
  return load.ratingKw * (curve.constant + (curve.linear ?? 0) * x + curve.square * x * x)
}
