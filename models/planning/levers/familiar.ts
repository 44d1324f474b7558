import type { HourAhead } from '#models/planning/levers/gain.ts'

type Range = readonly [lowest: number, highest: number]
export type KnownOutside = {
  readonly wetBulbC: Range
  readonly dryBulbC: Range
  /** Of all places together. */
  readonly itKw: Range
}

/** Beyond the shown range by more than a bounded step. */
const outsideStep = { temperatureK: 4, itShare: 0.15 } as const

/** What of the coming hour telemetry has not shown, in words; empty: all of it has been seen. */
export function unfamiliarOf(knownOutside: KnownOutside, first: HourAhead): string[] {
  const itKw = first.itKw.reduce((sum, kw) => sum + kw, 0)
  const isOutside = (value: number, [lowest, highest]: Range, step: number) =>
    value < lowest - step || value > highest + step
  const { temperatureK, itShare } = outsideStep
  return [
    ...(isOutside(first.wetBulbC, knownOutside.wetBulbC, temperatureK)
      ? [`wet bulb ${first.wetBulbC.toFixed(1)} °C`]
      : []),
    ...(isOutside(first.dryBulbC, knownOutside.dryBulbC, temperatureK)
      ? [`dry bulb ${first.dryBulbC.toFixed(1)} °C`]
      : []),
    ...(isOutside(itKw, knownOutside.itKw, itShare * knownOutside.itKw[1])
      ? [`IT ${itKw.toFixed(0)} kW`]
      : []),
  ]
}
