import { expect, test } from 'vitest'
import { day, hour, minute } from '#contract/units.ts'
import type { RowReader } from '#models/plant/learned/rowReader.ts'
import type { TelemetryRow } from '#models/plant/learned/telemetry.ts'
import { leverForecast } from '#simulators/backtest/leverForecast.ts'

/** A row holds dry bulb, wet bulb and IT power. */
const reader: RowReader = {
  leverValues: () => [],
  itKw: row => [row.values[2] as number],
  conditions: ({ values: [dryBulbC = Number.NaN, wetBulbC = Number.NaN, itKw = Number.NaN] }) => ({
    itKw: [itKw],
    dryBulbC,
    wetBulbC,
  }),
  facilityKw: () => Number.NaN,
  itMeterKw: () => Number.NaN,
}
const dryAt = (at: number) => 20 + 8 * Math.sin((2 * Math.PI * at) / day)
const rowsUntil = (now: number): TelemetryRow[] =>
  Array.from({ length: now / (5 * minute) }, (_, index) => {
    const at = index * 5 * minute
    return { at, values: Float64Array.from([dryAt(at), 12, 500]) }
  })

test('a morning as every morning: the hour ahead is warmer than now, and load and wet bulb stand', async () => {
  const now = 8 * day
  const [first] = (await leverForecast({ seed: 1, hours: 1 })(reader, rowsUntil(now), now)) ?? []
  expect(Math.abs((first?.dryBulbC as number) - dryAt(now + hour / 2))).toBeLessThan(0.3)
  expect(first?.wetBulbC).toBeCloseTo(12, 1)
  expect(first?.itKw).toBeCloseTo(500, 0)
})

test('with less than four days there is nothing to learn a day from', async () => {
  const now = 3 * day
  expect(await leverForecast({ seed: 1, hours: 1 })(reader, rowsUntil(now), now)).toBeUndefined()
})
