import { beforeAll, describe, expect, it } from 'vitest'
import { day, hour } from '#contract/units.ts'
import { forecastersFor, hourAhead, type KeptForecasters, rackKwOf } from '#models/planning/hourAhead.ts'
import { type PlantRow, rowMs } from '#models/plant/row.ts'
import { hiddenTruth, history } from '#tests/models/syntheticSite.ts'

/** A hall that works six hours of every sixteen at 1,200 kW and rests at 400 kW, for a week. */
const pattern = history(hiddenTruth(2), 1, 3)[0] as PlantRow
const weekRows = Array.from({ length: (7 * day) / rowMs }, (_, place): PlantRow => {
  const isBusy = (place * rowMs) % (16 * hour) >= 10 * hour
  return {
    ...pattern,
    at: place * rowMs,
    wetBulbC: 12 + 4 * Math.sin((2 * Math.PI * place * rowMs) / day),
    cdus: pattern.cdus.map(cdu => ({ ...cdu, itKw: (isBusy ? 1_200 : 400) / pattern.cdus.length })),
  }
})

describe('the hour ahead of a hall', () => {
  let kept: KeptForecasters
  const now = 6 * day
  const upTo = (at: number) => weekRows.filter(row => row.at < at)
  beforeAll(async () => {
    kept = (await forecastersFor(undefined, upTo(now), { now, seed: 1 })) as KeptForecasters
  })

  it('sees a load that trebles within the next two hours, and one that stays', () => {
    const startAt = weekRows.find(
      (row, place) =>
        row.at > now && rackKwOf(row) > 1_000 && rackKwOf(weekRows[place - 1] as PlantRow) < 500,
    )?.at as number
    expect(hourAhead(kept, upTo(startAt - 1.5 * hour)).itKw?.highest).toBeGreaterThan(1_000)
    expect(hourAhead(kept, upTo(startAt - 6 * hour)).itKw?.mean.value).toBeCloseTo(400, -2)
  })

  it('follows the wet bulb better than standing still would', () => {
    const { wetBulbC } = hourAhead(kept, upTo(now + 5 * hour))
    expect(wetBulbC?.mean.skill).toBeGreaterThan(0.3)
    expect(wetBulbC?.highest).toBeGreaterThan(wetBulbC?.mean.value ?? Number.NaN)
  })

  it('looks as many hours ahead as a plan does, two at least; its busiest minute stays that of the next two', async () => {
    const four = await forecastersFor(undefined, upTo(now), { now, seed: 1, hours: 4 })
    const at = upTo(now + 5 * hour)
    const [two, more] = [hourAhead(kept, at), hourAhead(four, at)]
    expect([two.itKw?.later.length, more.itKw?.later.length, more.wetBulbC?.later.length]).toEqual([1, 3, 3])
    expect(more.itKw?.highest).toBeCloseTo(two.itKw?.highest ?? Number.NaN, 6)
    expect(more.wetBulbC?.mean.value).toBeCloseTo(two.wetBulbC?.mean.value ?? Number.NaN, 6)
    // A sine of the day: three hours on, the wet bulb is where the sine is.
    const middle = now + 8.5 * hour
    const expected = 12 + 4 * Math.sin((2 * Math.PI * middle) / day)
    expect(Math.abs((more.wetBulbC?.later[2] ?? Number.NaN) - expected)).toBeLessThan(1)
  })

  it('is fitted again after a day, or with twice the rows; not before', async () => {
    const again = (at: number, rows = upTo(at)) => forecastersFor(kept, rows, { now: at, seed: 1 })
    expect(await again(now + hour)).toBe(kept)
    const short = { ...kept, rows: 100 }
    expect(await forecastersFor(short, upTo(now), { now: now + hour, seed: 1 })).not.toBe(short)
    expect((await again(now + day))?.fittedAt).toBe(now + day)
  })

  it('says nothing without rows', async () => {
    expect(await forecastersFor(undefined, [], { now, seed: 1 })).toBeUndefined()
    expect(hourAhead(undefined, weekRows)).toEqual({})
  })
})
