import { describe, expect, it } from 'vitest'
import type { Site } from '#contract/site/site.ts'
import { day, hour } from '#contract/units.ts'
import { billedHighest } from '#models/planning/billedHighest.ts'
import { perMeanKw, weighBy } from '#models/planning/objective.ts'
import { gramsOf, objectiveOf, priceOf, worthOf } from '#models/planning/worth.ts'
import { type PlantRow, rowMs } from '#models/plant/row.ts'
import { hiddenTruth, history } from '#tests/models/syntheticSite.ts'

const pattern = history(hiddenTruth(2), 1, 3)[0] as PlantRow
const rowsOf = (fromAt: number, hours: number, facilityKw: (at: number) => number): PlantRow[] =>
  Array.from({ length: (hours * hour) / rowMs }, (_, place) => {
    const at = fromAt + place * rowMs
    return { ...pattern, at, facilityKw: facilityKw(at) }
  })
const cost = (change: object = {}) =>
  ({ name: 'cost', pricePerKwh: [0.1], demandPerKw: 10, highestSoFarKw: 900, ...change }) as const

describe('how hours are weighed', () => {
  it('a new highest hour costs its demand charge, one below it nothing', () => {
    const { meanKw, mostPerKw } = weighBy(cost(), 1)
    expect(meanKw([880])).toBeCloseTo(880, 9)
    expect(meanKw([901]) - meanKw([900])).toBeCloseTo(1 + 10 / 0.1, 9)
    expect(mostPerKw).toBeCloseTo(1 + 10 / 0.1, 9)
  })

  it('three hours above the highest pay for the highest of them, once', () => {
    const { meanKw } = weighBy(cost(), 3)
    const money = (kw: readonly number[]) => meanKw(kw) * perMeanKw(cost(), 3)
    expect(money([950, 960, 940]) - money([900, 900, 900])).toBeCloseTo(0.1 * 150 + 10 * 60, 6)
  })

  it('is in kW still: where all hours take the same it is what they take, whatever they cost', () => {
    for (const objective of [
      { name: 'energy' },
      { name: 'carbon', gramsPerKwh: [50, 450] },
      cost({ pricePerKwh: [0, 0.3, 0.1] }),
      cost({ pricePerKwh: [0], highestSoFarKw: Number.POSITIVE_INFINITY }),
    ] as const)
      expect(weighBy(objective, 3).meanKw([800, 800, 800]), objective.name).toBeCloseTo(800, 9)
  })
})

const tariff: NonNullable<Site['planning']> = {
  holidays: ['2026-12-25'],
  objective: 'cost',
  tariff: {
    currency: 'USD',
    perKwh: 0.1,
    periods: [
      { fromHour: 17, toHour: 21, days: 'weekdays', perKwh: 0.4 },
      { fromHour: 22, toHour: 6, days: 'all', perKwh: 0.05 },
      { fromHour: 14, toHour: 19, days: 'all', months: [7], perKwh: 0.9 },
    ],
    demand: { perKw: 12, of: 'hour' },
  },
}
const chicago = { timeZone: 'America/Chicago', planning: tariff }

describe('the worth of a kWh by the site’s clock', () => {
  const worth = worthOf(chicago)
  const at = (utc: string) => worth?.at(Date.parse(utc))

  it('17:00 is five in the afternoon in Chicago, in winter and in summer', () => {
    expect([at('2026-11-20T22:59Z'), at('2026-11-20T23:00Z')]).toEqual([0.1, 0.4])
    expect([at('2026-06-19T21:59Z'), at('2026-06-19T22:00Z')]).toEqual([0.1, 0.4])
  })

  it('weekends and holidays have no dear evening, nights run over midnight, the later period counts', () => {
    expect([at('2026-11-21T23:30Z'), at('2026-12-25T23:30Z'), at('2026-12-24T23:30Z')]).toEqual([
      0.1, 0.1, 0.4,
    ])
    expect([at('2026-11-21T04:00Z'), at('2026-11-20T11:59Z'), at('2026-11-20T12:00Z')]).toEqual([
      0.05, 0.05, 0.1,
    ])
    expect(at('2026-07-15T23:00Z')).toBe(0.9)
  })

  it('an hour that begins at twenty past four has a quarter of an hour of what begins at five', () => {
    expect(worth?.ofHour(Date.parse('2026-11-20T22:20Z'))).toBeCloseTo(0.75 * 0.1 + 0.25 * 0.4, 9)
  })

  it('a site without tariff lowers energy', () => {
    expect(worthOf({ timeZone: 'UTC' })).toBeUndefined()
    const ahead = { hourStartAt: 0, hours: 2 }
    expect(objectiveOf({ timeZone: 'UTC' }, ahead, [])).toEqual({ name: 'energy' })
    const grid = {
      gramsPerKwh: 400,
      periods: [{ fromHour: 1, toHour: 2, days: 'all', gramsPerKwh: 90 } as const],
    }
    const planning: NonNullable<Site['planning']> = { holidays: [], objective: 'carbon', carbon: grid }
    expect(objectiveOf({ timeZone: 'UTC', planning }, ahead, [])).toEqual({
      name: 'carbon',
      gramsPerKwh: [400, 90],
    })
  })

  it('a tariff and a grid that are known do not decide what a plan lowers', () => {
    const grid = { gramsPerKwh: 400, periods: [] }
    const known = { timeZone: 'UTC', planning: { ...tariff, carbon: grid, objective: 'energy' } as const }
    expect(objectiveOf(known, { hourStartAt: 0, hours: 2 }, [])).toEqual({ name: 'energy' })
    const lowers = { ...known, planning: { ...known.planning, objective: 'carbon' } as const }
    expect(worthOf(lowers)?.at(0)).toBe(400)
    expect([priceOf(lowers)?.at(0), gramsOf(lowers)?.at(0)]).toEqual([0.05, 400])
  })
})

describe('the highest hour of the billing month', () => {
  const now = Date.parse('2026-11-20T18:00Z')
  const asked = { now, timeZone: 'America/Chicago', of: 'hour' } as const
  const spike = (at: number) => (kw: number) => (t: number) => (t >= at && t < at + hour ? kw : 800)

  it('is the month’s own, and an hour of last month is paid for', () => {
    const october = Date.parse('2026-11-01T04:00Z')
    expect(billedHighest(rowsOf(october - hour, 500, spike(october)(1_300)), asked)).toBeCloseTo(800, 9)
    // Midnight in Chicago is five o'clock UTC, when October's clocks still hold.
    expect(billedHighest(rowsOf(october - hour, 500, spike(october + hour)(1_300)), asked)).toBeCloseTo(
      1_300,
      9,
    )
  })

  it('on the first of a month is what the week before came to: no first hour is a highest one for its own sake', () => {
    const first = Date.parse('2026-12-01T08:00Z')
    const rows = rowsOf(first - 3 * day, 72, spike(first - 2 * day)(1_100))
    expect(billedHighest(rows, { ...asked, now: first })).toBeCloseTo(1_100, 9)
    expect(billedHighest([], asked)).toBeUndefined()
  })

  it('leaves out an hour of which half was seen, and hours of a zone half an hour off begin at half past', () => {
    const half = rowsOf(now - 4 * hour, 4, spike(now - 2 * hour)(2_000)).filter(
      ({ at }) => at < now - 2 * hour || at >= now - 1.5 * hour,
    )
    expect(billedHighest(half, asked)).toBeCloseTo(800, 9)
    const rows = rowsOf(now - 4 * hour, 4, spike(now - 2.5 * hour)(1_000))
    expect(billedHighest(rows, { ...asked, timeZone: 'Asia/Kolkata' })).toBeCloseTo(1_000, 9)
    expect(billedHighest(rows, asked)).toBeCloseTo(900, 9)
  })

  it('where quarter hours are billed is held against an hour’s mean: less what a quarter usually stands above it', () => {
    // Each hour's last quarter takes 40 kW more, which is 30 above its mean; one of them 100 more.
    const rows = rowsOf(now - 10 * hour, 10, at => {
      const isLast = at % hour >= 0.75 * hour
      return isLast ? (at > now - hour ? 900 : 840) : 800
    })
    expect(billedHighest(rows, { ...asked, of: 'quarterHour' })).toBeCloseTo(900 - 30, 9)
  })

  it('never lies under what is billed anyway; with neither known no charge is reckoned with', () => {
    const highest = (leastBilledKw: number | undefined, rows: readonly PlantRow[]) => {
      const demand = {
        perKw: 12,
        of: 'hour',
        ...(leastBilledKw === undefined ? {} : { leastBilledKw }),
      } as const
      const planning = { ...tariff, ...(tariff.tariff ? { tariff: { ...tariff.tariff, demand } } : {}) }
      const found = objectiveOf({ ...chicago, planning }, { hourStartAt: now, hours: 1 }, rows)
      return found.name === 'cost' ? found.highestSoFarKw : Number.NaN
    }
    const rows = rowsOf(now - 4 * hour, 4, () => 800)
    expect([highest(950, rows), highest(500, rows), highest(undefined, rows)]).toEqual([950, 800, 800])
    expect([highest(950, []), highest(undefined, [])]).toEqual([950, Number.POSITIVE_INFINITY])
  })
})
