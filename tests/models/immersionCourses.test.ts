import { beforeAll, describe, expect, it } from 'vitest'
import { learnImmersion } from '#models/plant/immersion/learnImmersion.ts'
import { padsAfter } from '#models/plant/immersion/padsSwitch.ts'
import type { LearnedPlant, OutsideConditions } from '#models/plant/learned/learnedPlant.ts'
import { pumpStagesOf, pumpsAfter, pumpsAtRest } from '#models/plant/learned/pumpStages.ts'
import { rowReader } from '#models/plant/learned/rowReader.ts'
import { minutesHeld } from '#models/plant/learned/storage.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'
import { immersionHistory } from '#tests/models/immersionCases.ts'

describe('pumps staged by flow', () => {
  const set = { pumps: 3, ratedLpm: 3000 }
  const rows = (flows: readonly number[], running: readonly number[]) =>
    flows.map((flowLpm, index) => ({ flowLpm, running: running[index]! }))

  it('come and go where telemetry shows them to', () => {
    const stages = pumpStagesOf(set, [
      ...rows([960, 970, 980], [1, 1.4, 2]),
      ...rows([800, 790, 780], [2, 1.6, 1]),
    ])
    expect(stages.upAt).toBeCloseTo(0.97, 9)
    expect(stages.downAt).toBeCloseTo(0.79, 9)
  })

  it('come and go as usual where it shows nothing, or the flow leapt', () => {
    expect(pumpStagesOf(set, rows([500, 900, 1400], [1, 1.5, 2]))).toEqual(pumpStagesOf(set, []))
  })

  it('stay within their hysteresis, whichever number runs', () => {
    const stages = { upAt: 0.95, downAt: 0.8 }
    expect(pumpsAfter(stages, set, { running: 1, flowLpm: 900 })).toBe(1)
    expect(pumpsAfter(stages, set, { running: 2, flowLpm: 900 })).toBe(2)
    expect(pumpsAfter(stages, set, { running: 1, flowLpm: 960 })).toBe(2)
    expect(pumpsAfter(stages, set, { running: 2, flowLpm: 790 })).toBe(1)
    expect(pumpsAfter(stages, set, { running: 3, flowLpm: 9000 })).toBe(3)
    expect([600, 900, 2900].map(flowLpm => pumpsAtRest(stages, set, flowLpm))).toEqual([1, 2, 3])
  })
})

describe('the water that a loop holds', () => {
  const rowsOf = (minutes: number) =>
    Array.from({ length: 60 }, (_, index) => {
      const perMinute = 0.02 * Math.sin(index)
      return { residual: 0.04 + minutes * perMinute, perMinute }
    }).concat(Array.from({ length: 20 }, () => ({ residual: 0.04, perMinute: 0 })))

  it('is read from fans that lead or lag the heat while it moves', () => {
    for (const minutes of [1, 3, 6]) expect(minutesHeld(rowsOf(minutes))).toBeCloseTo(minutes, 0)
  })

  it('is as usual where nothing moved', () => {
    expect(minutesHeld([])).toBe(minutesHeld(rowsOf(9).slice(60)))
  })
})

describe('pads within their hysteresis', () => {
  it('stay as they were', () => {
    const at = (dryBulbC: number) => ({ dryBulbC, padsAboveC: 20, dryBelowC: 5 })
    const pads = { onAboveK: 0.2, offAboveK: -0.8 }
    expect([true, false].map(wereWet => padsAfter(pads, wereWet, at(19.7)))).toEqual([true, false])
    expect([true, false].map(wereWet => padsAfter(pads, wereWet, at(20.5)))).toEqual([true, true])
    expect([true, false].map(wereWet => padsAfter(pads, wereWet, at(19)))).toEqual([false, false])
    expect(padsAfter(pads, true, { dryBulbC: 4, padsAboveC: 0, dryBelowC: 5 })).toBe(false)
  })
})

describe('an immersion plant followed from known rows', () => {
  let learned: LearnedPlant
  let known: TelemetryTable
  let values: number[]
  let conditions: OutsideConditions

  beforeAll(async () => {
    const history = immersionHistory({
      weatherName: 'builtin:chicago',
      loadName: 'builtin:ai',
      seed: 6,
      judgedAt: Date.UTC(2025, 6, 3),
      learnDays: 1,
      judgeDays: 0.5,
    })
    learned = await learnImmersion(history.site, history.seen, { seed: 1 })
    known = history.seen
    const reader = rowReader(history.site, learned.levers, known.keys)
    const last = known.rows.at(-1)!
    values = reader.leverValues(last)
    conditions = reader.conditions(last)
  }, 60_000)

  const hours = (count: number, asked: readonly number[] = values) =>
    learned.follow!(
      known,
      Array.from({ length: 12 * count }, () => ({ values: asked, conditions })),
    )
  const warmer = (byK: number) =>
    values.map((value, place) => value + (learned.levers[place]!.unit === 'C' ? byK : 0))
  const coolersKw = (outcomes: ReturnType<typeof hours>) =>
    outcomes.map(({ partsKw }) => partsKw.dryCoolers as number)

  it('comes to the rest that settings and weather make of it', () => {
    const end = hours(4).at(-1)!
    const rest = learned.predict(0, values, conditions)
    expect(end.facilityKw / rest.facilityKw).toBeCloseTo(1, 2)
    expect(end.hottestC[0]).toBeCloseTo(rest.hottestC[0]!, 1)
  })

  it('spares its fans while its coolant warms, and pays for it while it cools', () => {
    const [held] = coolersKw(hours(1).slice(-1)) as [number]
    const [warming, cooling] = [3, -3].map(byK => coolersKw(hours(1, warmer(byK)))) as [number[], number[]]
    const sum = (kw: readonly number[]) => kw.reduce((all, one) => all + one, 0)
    const ends = (kw: readonly number[]) => kw.at(-1) as number
    expect(warming[0]).toBeLessThan(held)
    expect(sum(warming)).toBeLessThan(12 * ends(warming))
    expect(sum(cooling)).toBeGreaterThan(12 * ends(cooling))
  })

  it('says the same of the same rows, and something of none known', () => {
    expect(hours(1)).toEqual(hours(1))
    const blind = learned.follow!({ keys: known.keys, rows: [] }, [{ values, conditions }])
    expect(blind).toHaveLength(1)
    expect(blind[0]!.facilityKw).toBeGreaterThan(blind[0]!.itKw)
  })
})
