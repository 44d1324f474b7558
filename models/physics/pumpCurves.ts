import { type Points, valueOnCurve } from '#models/physics/curves.ts'

/** A pump or fan as its maker draws it at full speed; flow, head and power in the maker's units (power electrical). */
export type PumpCurve = {
  readonly flow: readonly number[]
  readonly head: readonly number[]
  readonly power: readonly number[]
}

/**
 * Head and power at a speed by affinity: the point on the curve at flow ÷ speed, times speed² and speed³ (Modelica Buildings,
 * Fluid.Movers). Between points a cubic that keeps falling heads falling; beyond them straight lines, head never below 0.
 * Valid from about a fifth of full speed. Wilo IL 80/220-4/4 at 0.0146 m³/s and full speed: 154 kPa, 3.15 kW; at 0.0073 m³/s and
 * half speed 38.6 kPa, 0.39 kW. A still pump gives nothing.
 */
export function pumpAt(
  curve: PumpCurve,
  point: { speedRatio: number; flow: number },
): { head: number; power: number } {
  const { speedRatio, flow } = point
  if (speedRatio <= 0) return { head: 0, power: 0 }
  const heads: Points = { x: curve.flow, y: curve.head }
  const powers: Points = { x: curve.flow, y: curve.power }
  const atFull = flow / speedRatio
  return {
    head: speedRatio ** 2 * Math.max(0, valueOnCurve(heads, atFull)),
    power: speedRatio ** 3 * Math.max(0, valueOnCurve(powers, atFull)),
  }
}

/**
 * Speed at which the pump meets a system curve's head at a flow: halving between still and full speed. Full speed where even that is
 * too little. The Wilo above meets 38.6 kPa at 0.0073 m³/s at half speed.
 */
export function pumpSpeedRatio(curve: PumpCurve, wanted: { head: number; flow: number }): number {
  let low = 0
  let high = 1
  if (pumpAt(curve, { speedRatio: 1, flow: wanted.flow }).head <= wanted.head) return 1
  for (let halving = 0; halving < 50; halving++) {
    const middle = (low + high) / 2
    if (pumpAt(curve, { speedRatio: middle, flow: wanted.flow }).head > wanted.head) high = middle
    else low = middle
  }
  return (low + high) / 2
}

/**
 * Efficiency of an induction motor at a load fraction: of the losses at rating a third is constant (iron, friction), two thirds grow
 * with the square (copper); IEC 60034-31 splits them so for two and four poles. Rated 0.95: 0.950 at full load and at half,
 * 0.913 at a fifth, 0.848 at a tenth.
 */
export function motorEfficiency(loadFraction: number, ratedEfficiency: number): number {
  const lost = 1 / ratedEfficiency - 1
  const load = Math.max(0, loadFraction)
  return load === 0 ? 0 : load / (load + lost * (1 / 3 + (2 / 3) * load * load))
}

/**
 * Efficiency of a frequency drive: losses half constant, half linear in load. Rated 0.97: 0.970 at full load, 0.956 at half,
 * 0.915 at a fifth (middle of what makers publish; IEC 61800-9-2 classes are wider).
 */
export function driveEfficiency(loadFraction: number, ratedEfficiency: number): number {
  const lost = 1 / ratedEfficiency - 1
  const load = Math.max(0, loadFraction)
  return load === 0 ? 0 : load / (load + (lost / 2) * (1 + load))
}
