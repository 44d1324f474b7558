import { beforeAll, describe, expect, it } from 'vitest'
import { hybridKind } from '#contract/control/levers/hybrid.ts'
import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import { chillerId } from '#contract/site/expandHybrid.ts'
import { day } from '#contract/units.ts'
import { learnHybrid } from '#models/plant/hybrid/learnHybrid.ts'
import type { LearnedPlant, OutsideConditions } from '#models/plant/learned/learnedPlant.ts'
import { rowReader } from '#models/plant/learned/rowReader.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'
import { builtinLoad } from '#simulators/load/builtinLoad.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import { builtinWeather } from '#simulators/weather/builtinWeather.ts'
import { hybridCourse } from '#tests/models/hybridCourse.ts'
import { hybridSite } from '#tests/plant/hybridPlant.ts'

const startAt = Date.UTC(2025, 6, 7)

describe('a hybrid plant followed from known rows', () => {
  let site: HybridSite
  let learned: LearnedPlant
  let known: TelemetryTable
  let values: number[]
  let conditions: OutsideConditions

  beforeAll(async () => {
    const weather = builtinWeather({ city: 'chicago', seed: 4 })
    site = hybridSite(weather)
    const load = builtinLoad('ai', site, 4)
    const course = hybridCourse(createPlant({ site, weather, load, seed: 4, startAt, stepMs: 60_000 }))
    course.until(startAt + day)
    known = course.table()
    learned = await learnHybrid(site, known, { seed: 1 })
    const reader = rowReader(site, hybridKind(site).levers, known.keys)
    values = reader.leverValues(known.rows.at(-1)!)
    const { areChillersOn: _, ...outside } = reader.conditions(known.rows.at(-1)!)
    conditions = outside
  }, 60_000)

  const hours = (count: number, outside = conditions, from = known, asked = values) =>
    learned.follow!(
      from,
      Array.from({ length: 12 * count }, () => ({ values: asked, conditions: outside })),
    )
  /** A winter's night in which the tower is asked for cold water. */
  const cold = () => ({ ...conditions, wetBulbC: 2, dryBulbC: 4 })
  const coldTower = () =>
    learned.levers.map(({ name, lowest }, place) => (name === 'towerLeavingC' ? lowest : values[place]!))
  const chillersKw = (outcomes: ReturnType<typeof hours>) =>
    outcomes.map(({ partsKw }) => partsKw.chillers as number)

  it('comes to the rest that settings and weather make of it', () => {
    const end = hours(3).at(-1)!
    const rest = learned.predict(0, values, { ...conditions, areChillersOn: true })
    expect(end.facilityKw / rest.facilityKw).toBeCloseTo(1, 2)
    expect(end.hottestC[0]).toBeCloseTo(rest.hottestC[0]!, 1)
  })

  it('keeps its machine for a while when the air turns cold, and then lets it go', () => {
    const kw = chillersKw(hours(3, cold(), known, coldTower()))
    const holdRows = site.nameplate.economiser.changeoverHoldMin / 5
    expect(Math.min(...kw.slice(0, holdRows))).toBeGreaterThan(0)
    expect(kw.at(-1)).toBe(0)
  })

  it('knows from the rows before how long a machine has run', () => {
    const columns = Array.from({ length: site.nameplate.chiller.units }, (_, index) =>
      known.keys.indexOf(`${chillerId(index + 1)}.status`),
    )
    // The same rows, as if every machine had started ten minutes ago.
    const rows = known.rows.slice(-24).map((row, index) => {
      const changed = row.values.slice()
      for (const column of columns) if (index < 22) changed[column] = 0
      return { ...row, values: changed }
    })
    const runs = (from: TelemetryTable) =>
      chillersKw(hours(3, cold(), from, coldTower())).filter(kw => kw > 0).length
    expect(runs({ keys: known.keys, rows })).toBeGreaterThanOrEqual(runs(known))
    expect(runs({ keys: known.keys, rows })).toBeGreaterThanOrEqual(
      (site.nameplate.chiller.leastOnMin - 10) / 5,
    )
  })

  it('says the same of the same rows, and something of none known', () => {
    expect(hours(1)).toEqual(hours(1))
    const blind = hours(1, conditions, { keys: known.keys, rows: [] })
    expect(blind).toHaveLength(12)
    expect(blind.every(({ facilityKw, itKw }) => facilityKw > itKw)).toBe(true)
  })
})
