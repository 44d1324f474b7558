/**
 * What flows and conducts in the coolants. Water: IAPWS SR6-08(2011) for liquid at 0.1 MPa, 0..100 °C, within 1 %. Mixtures of
 * propylene glycol and water: Melinder, Properties of Secondary Working Fluids (IIR 2010), polynomials in mass share and
 * temperature; fitted from freezing to 40 °C and 0..60 % by mass, smooth up to 80 °C (against coolants.ts density within 0.5 %,
 * heat capacity within 1.5 %).
 */

/** Dynamic viscosity of water, mPa·s: 20 °C 1.002, 40 °C 0.653. */
export function waterViscosityMpaS(temperatureC: number): number {
  const t = (temperatureC + 273.15) / 300
  return (280.68 * t ** -1.9 + 511.45 * t ** -7.7 + 61.131 * t ** -19.6 + 0.45903 * t ** -40) / 1000
}

/** Thermal conductivity of water, W/(m·K): 25 °C 0.607. */
export function waterConductivityWPerMK(temperatureC: number): number {
  const t = (temperatureC + 273.15) / 300
  return 0.80201 * t ** -0.32 - 0.25992 * t ** -5.7 + 0.10024 * t ** -12 - 0.032005 * t ** -15
}

export type GlycolProperties = {
  readonly massPercent: number
  readonly densityKgPerL: number
  readonly heatCapacityKjPerKgK: number
  readonly viscosityMpaS: number
  readonly conductivityWPerMK: number
  readonly freezingPointC: number
}

/**
 * Propylene glycol of a volume share in water. 25 % at 40 °C: 1.010 kg/L, 3.96 kJ/(kg·K), 1.38 mPa·s, 0.482 W/(m·K), freezes at
 * -10.2 °C; 40 % freezes at -21.4, 50 % at -33.5 °C (Lange's Handbook table 5.13: -8.9, -20.6, -33.3). Range 0..58 % by volume.
 */
export function propyleneGlycol(volumePercent: number, temperatureC: number): GlycolProperties {
  const massPercent = massPercentOf(volumePercent)
  const of = (table: readonly number[]): number => melinder(table, massPercent, temperatureC)
  return {
    massPercent,
    densityKgPerL: of(density) / 1000,
    heatCapacityKjPerKgK: of(heatCapacity) / 1000,
    viscosityMpaS: Math.exp(of(logViscosity)),
    conductivityWPerMK: of(conductivity),
    freezingPointC: of(freezing),
  }
}

/** Makers mix by volume at 20 °C, where the pure glycol has 1.036 kg/L and water 0.998: 25 % by volume is 25.7 % by mass. */
export const massPercentOf = (volumePercent: number): number =>
  (100 * volumePercent * 1.036) / (volumePercent * 1.036 + (100 - volumePercent) * 0.9982)

/** Σ a (mass - 30.7031)^i (temperature - 32.7083)^j; j runs 0..3 for i 0..2, then 0..2, 0..1 and 0. */
function melinder(table: readonly number[], massPercent: number, temperatureC: number): number {
  const mass = massPercent - 30.7031
  const temperature = temperatureC - 32.7083
  let sum = 0
  let next = 0
  termsPerPower.forEach((terms, i) => {
    for (let j = 0; j < terms; j++) sum += table[next++]! * mass ** i * temperature ** j
  })
  return sum
}

const termsPerPower = [4, 4, 4, 3, 2, 1] as const

const density = [
  1.018e3, -5.406e-1, -2.666e-3, 1.347e-5, 7.604e-1, -9.45e-3, 5.541e-5, -1.343e-7, -2.498e-3, 2.7e-5,
  -4.018e-7, 3.376e-9, -1.55e-4, 2.829e-6, -7.175e-9, -1.131e-6, -2.221e-8, 2.342e-8,
] as const
const heatCapacity = [
  3.882e3, 2.699, -1.659e-3, -1.032e-5, -1.304e1, 5.07e-2, -4.752e-5, 1.522e-6, -1.598e-1, 9.534e-5, 1.167e-5,
  -4.87e-8, 3.539e-4, 3.102e-5, -2.95e-7, 5e-5, -7.135e-7, -4.959e-7,
] as const
const logViscosity = [
  6.837e-1, -3.045e-2, 2.525e-4, -1.399e-6, 3.328e-2, -3.984e-4, 4.332e-6, -1.86e-8, 5.453e-5, -8.6e-8,
  -1.593e-8, -4.465e-11, -3.9e-6, 1.054e-7, -1.589e-9, -1.587e-8, 4.475e-10, 3.564e-9,
] as const
const conductivity = [
  4.513e-1, 7.955e-4, 3.482e-8, -5.966e-9, -4.795e-3, -1.678e-5, 8.941e-8, 1.493e-10, 2.076e-5, 1.563e-7,
  -4.615e-9, 9.897e-12, -9.083e-8, -2.518e-9, 6.543e-11, -5.952e-10, -3.605e-11, 2.104e-11,
] as const
const freezing = [
  -1.325e1, -3.82e-5, 7.865e-7, -1.733e-9, -6.631e-1, 6.774e-6, -6.242e-8, -7.819e-10, -1.094e-2, 5.332e-8,
  -4.169e-9, 3.288e-11, -2.283e-4, -1.131e-8, 1.918e-10, -3.409e-6, 8.035e-11, 1.465e-8,
] as const
