import { rootOfRising } from '#models/physics/curves.ts'

/**
 * Approach of a York cooling tower by 27 coefficients: Σ c · LG^p · range^r · wetBulb^w, LG = water fraction ÷ air fraction,
 * temperatures in °C and K (YORKcalc, Form 160.00-SG2; EnergyPlus CoolingTower:VariableSpeed).
 */
const coefficients = [
  -0.359741205, -0.055053608, 0.0023850432, 0.173926877, -0.0248473764, 0.00048430224, -0.005589849456,
  0.0005770079712, -0.00001342427256, 2.84765801111111, -0.121765149, 0.0014599242, 1.680428651,
  -0.0166920786, -0.0007190532, -0.025485194448, 0.0000487491696, 0.00002719234152, -0.0653766255555556,
  -0.002278167, 0.0002500254, -0.0910565458, 0.00318176316, 0.000038621772, -0.0034285382352,
  0.00000856589904, -0.000001516821552,
] as const

/** What the fit has seen (EnergyPlus YorkCalc). */
export const yorkCalcBounds = {
  wetBulbC: { from: -34.4, to: 26.7 },
  rangeK: { from: 1.1, to: 22.2 },
  approachK: { from: 1.1, to: 40 },
  waterFlowFraction: { from: 0.75, to: 1.25 },
  waterToAir: { from: 0, to: 8 },
} as const

export type YorkCalcPoint = {
  readonly rangeK: number
  readonly wetBulbC: number
  readonly waterFlowFraction: number
  readonly airFlowFraction: number
}

/** The polynomial as it stands, K. Range 5.56 K at 25.55 °C wet bulb and design flows gives 3.84 K. */
export function yorkCalcApproachK(point: YorkCalcPoint): number {
  const ratio = point.waterFlowFraction / point.airFlowFraction
  let sum = 0
  coefficients.forEach((coefficient, i) => {
    sum +=
      coefficient *
      ratio ** Math.floor(i / 9) *
      point.rangeK ** (Math.floor(i / 3) % 3) *
      point.wetBulbC ** (i % 3)
  })
  return sum
}

/** Whether a point lies where the polynomial was fitted; outside, its answer is not to be trusted. */
export function isWithinYorkCalc(point: YorkCalcPoint): boolean {
  const ratio = point.waterFlowFraction / point.airFlowFraction
  return (
    lies(point.wetBulbC, yorkCalcBounds.wetBulbC) &&
    lies(point.rangeK, yorkCalcBounds.rangeK) &&
    lies(point.waterFlowFraction, yorkCalcBounds.waterFlowFraction) &&
    lies(ratio, yorkCalcBounds.waterToAir)
  )
}

/**
 * Leaving water: the range at which wet bulb + approach + range is the entering temperature, every input held inside the bounds.
 * 35 °C in at 25.55 °C wet bulb, design flows and full fan leaves at 29.4 °C.
 */
export function yorkCalcLeavingC(tower: {
  waterInC: number
  wetBulbC: number
  waterFlowFraction: number
  airFlowFraction: number
}): number {
  const { wetBulbC: wetBulb, waterFlowFraction: water, waterToAir } = yorkCalcBounds
  const waterFlowFraction = held(tower.waterFlowFraction, water)
  const point = {
    wetBulbC: held(tower.wetBulbC, wetBulb),
    waterFlowFraction,
    airFlowFraction: Math.max(tower.airFlowFraction, waterFlowFraction / waterToAir.to),
  }
  const { from, to } = yorkCalcBounds.rangeK
  const rangeK = rootOfRising(
    range =>
      tower.wetBulbC +
      yorkCalcApproachK({ ...point, rangeK: held(range, { from, to }) }) +
      range -
      tower.waterInC,
    { low: 0, high: to },
  )
  return tower.waterInC - rangeK
}

type Bounds = { readonly from: number; readonly to: number }

const lies = (value: number, bounds: Bounds): boolean => value >= bounds.from && value <= bounds.to
const held = (value: number, bounds: Bounds): number => Math.min(bounds.to, Math.max(bounds.from, value))
