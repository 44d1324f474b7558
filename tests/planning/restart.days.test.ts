import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Question } from '#contract/query/question.ts'
import type { Sample } from '#contract/reading.ts'
import { hour, minute } from '#contract/units.ts'
import { doHourlyWork, type WorkMemory } from '#hub/planning/hourlyWork.ts'
import { rowQuestions } from '#hub/planning/rowQuestions.ts'
import { type DuckdbStore, openDuckdbStore } from '#hub/store/duckdb.ts'
import type { PlantRow } from '#models/plant/row.ts'
import { hiddenTruth, history, site } from '#tests/models/syntheticSite.ts'
import { hubAt, startAt, valueIn } from '#tests/planning/support/hubAt.ts'

/** Two and a half days of a plant, the last hours of it under a second hub. */
const livedHours = 62
/** A coarse look: each one is a fit. No divisor of a day, so that spans end anywhere. */
const lookEveryMs = 9 * hour + 35 * minute
const plantRows = history(hiddenTruth(2), livedHours + 16, 4)
const outage = { fromAt: startAt + 20 * hour, toAt: startAt + 22 * hour }
const doubted = { fromAt: startAt + 5 * hour, toAt: startAt + 8 * hour }
const unseen = { fromAt: startAt + 10 * hour, toAt: startAt + 10.5 * hour }
const sweep = { startedAt: startAt + 12 * hour, endedAt: startAt + 15 * hour }
const earlierSweep = [startAt + 2 * hour, startAt + 3 * hour] as const

const isIn = (at: number, span: { fromAt: number; toAt: number }) => at >= span.fromAt && at < span.toAt
const sensors = {
  whyDoubted: () => undefined,
  isDoubtful: (key: string, at: number) =>
    (key === 'cdu-1.supplyTemperature' && isIn(at, doubted)) ||
    (key.endsWith('.wetBulb') && isIn(at, unseen)),
}
const keptSweep = JSON.stringify({
  ...sweep,
  state: 'done',
  by: 'anna',
  askedAt: sweep.startedAt,
  endsAt: sweep.endedAt,
  sentAt: sweep.endedAt,
  countedToAt: sweep.endedAt,
  lostInARow: 0,
  isLost: false,
  sentence: 'all 16 blocks were run',
  facilityKwh: 1,
  overLimitDegreeMinutes: 0,
  leastChipMarginK: 5,
  earlier: [earlierSweep],
})

/** What devices said from one instant to another: setpoints on change or each three hours, nothing in the outage. */
function* samplesOf(fromAt: number, toAt: number): Generator<Sample> {
  const wanted = rowQuestions({ fromAt, toAt }, { lead: false }).flatMap(({ kind, points }) =>
    site.equipment
      .filter(item => item.kind === kind)
      .flatMap(item => points.map(point => ({ id: item.id, point, said: Number.NaN, saidAt: 0 }))),
  )
  for (let at = fromAt; at < toAt; at += 5 * minute) {
    if (isIn(at, outage)) continue
    const row = plantRows[(at - startAt) / (5 * minute)]!
    for (const one of wanted) {
      const value = valueIn(row, one.id, one.point)
      if (value === undefined) continue
      if (one.point.endsWith('Sp') && value === one.said && at - one.saidAt < 3 * hour) continue
      one.said = value
      one.saidAt = at
      yield { equipment: one.id, point: one.point, at: at + minute, value, quality: 'good' }
    }
  }
}

/** A hub on the store; what its thread remembers is what is looked at. */
function hubOn(
  store: DuckdbStore,
  more: { hubStartAt?: number; kept: Map<string, string>; ask?: typeof store.ask },
) {
  const memory: WorkMemory = {}
  const historyHours: number[] = []
  const warned: object[] = []
  const hub = hubAt({
    sensors,
    rows: plantRows,
    ask: more.ask ?? store.ask,
    kept: more.kept,
    ...(more.hubStartAt === undefined ? {} : { hubStartAt: more.hubStartAt }),
    log: { info: () => undefined, warn: facts => void warned.push(facts) },
    worker: {
      run: async request => {
        const result = await doHourlyWork(structuredClone(request), memory)
        historyHours.push(result.historyHours)
        return result
      },
      close: async () => undefined,
    },
  })
  return { ...hub, memory, historyHours, warned }
}

describe('a hub that is started again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-restart-'))
  const path = join(folder, 'store.duckdb')
  const kept = new Map([['planning.commissioning', keptSweep]])
  let store: DuckdbStore
  let storedToAt = startAt
  let learned: readonly PlantRow[]
  let stoppedAt: number

  /** Time goes by on a hub and its plant. */
  const live = async (hub: ReturnType<typeof hubOn>, byMs: number) => {
    const toAt = hub.clock.siteNow() + byMs
    if (toAt > storedToAt)
      await store.append([{ agent: 'agent-1', samples: [...samplesOf(storedToAt, toAt)] }])
    storedToAt = Math.max(storedToAt, toAt)
    hub.clock.advance(byMs / hub.clock.speed)
    await hub.planning.turn()
  }

  beforeAll(async () => {
    store = await openDuckdbStore({ path, site })
    const first = hubOn(store, { kept })
    while (first.clock.siteNow() < startAt + livedHours * hour) await live(first, lookEveryMs)
    stoppedAt = first.clock.siteNow()
    await first.planning.close()
    await store.close()
    learned = first.memory.rows!
    store = await openDuckdbStore({ path, site })
  }, 30_000)
  afterAll(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('plans from the last day at once, and from all that the hub before it knew when the rest has come', async () => {
    const second = hubOn(store, { hubStartAt: stoppedAt, kept: new Map(kept) })
    await live(second, 10 * minute)
    expect(second.historyHours[0]).toBeCloseTo(24, 0)
    expect(second.planning.current().madeAt).toBe(second.clock.siteNow())
    while (second.historyHours.at(-1)! < 55 && second.clock.siteNow() < stoppedAt + 3 * hour)
      await live(second, 30 * minute)
    const untilAt = learned.at(-1)!.at
    const recalled = second.memory.rows!.filter(row => row.at <= untilAt)
    expect(recalled).toHaveLength(learned.length)
    expect(recalled).toEqual(learned)
    expect(second.planning.current().trust.historyHours).toBeGreaterThan(55)
    expect(second.planning.current().moves.length).toBeGreaterThan(0)
    await second.planning.close()
  })

  it('what they compare is a history with all that can happen to one', () => {
    const at = (one: number) => learned.find(row => row.at === one)
    expect(learned.length).toBeGreaterThan(55 * 12)
    expect(new Set(learned.map(row => row.at)).size).toBe(learned.length)
    expect(at(outage.fromAt + hour)).toBeUndefined()
    expect(at(unseen.fromAt + 10 * minute)).toBeUndefined()
    expect(at(doubted.fromAt + hour)!.cdus[0]!.supplyC).toBeNaN()
    expect(at(doubted.toAt)!.cdus[0]!.supplyC).toBeGreaterThan(0)
    for (const instant of [sweep.startedAt, earlierSweep[0]]) expect(at(instant)!.swept).toBe(true)
    for (const instant of [sweep.endedAt, earlierSweep[1]]) expect(at(instant)!.swept).toBeUndefined()
  })

  it('a store that fails half way leaves a planner that works with what came', async () => {
    // The second piece cannot be read; the first can, with the day of setpoints that holds into it.
    const ask = (question: Question) =>
      question.fromAt < stoppedAt - 73 * hour
        ? Promise.reject(new Error('the disk is gone'))
        : store.ask(question)
    const second = hubOn(store, { hubStartAt: stoppedAt, kept: new Map(kept), ask })
    for (let turn = 0; turn < 6; turn++) await live(second, 30 * minute)
    expect(second.warned).toHaveLength(1)
    expect(second.warned[0]).toMatchObject({ cause: 'the disk is gone' })
    expect(second.historyHours.at(-1)).toBeGreaterThan(40)
    expect(second.historyHours.at(-1)).toBeLessThan(52)
    expect(second.planning.current().state).not.toBe('failed')
    expect(second.planning.current().madeAt).toBeGreaterThan(second.clock.siteNow() - hour)
    await second.planning.close()
  })
})
