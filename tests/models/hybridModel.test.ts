import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { hybridKind } from '#contract/control/levers/hybrid.ts'
import { hour } from '#contract/units.ts'
import { type ComponentName, componentSpecs } from '#models/plant/components.ts'
import type { HybridPredictor } from '#models/plant/hybrid/air.ts'
import { hybridComponentNames, hybridSpecs } from '#models/plant/hybrid/components.ts'
import type { HybridConditions, HybridSettings } from '#models/plant/hybrid/hall.ts'
import { learnHybrid } from '#models/plant/hybrid/learnHybrid.ts'
import { type HybridModel, nameplateHybrid } from '#models/plant/hybrid/model.ts'
import { type HybridOutcome, restStates } from '#models/plant/hybrid/predict.ts'
import { hybridPriors } from '#models/plant/hybrid/priors.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'
import { seededRandom } from '#models/plant/random.ts'
import { openTensors, tensorsAlive } from '#models/plant/tensor.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import { hybridCourse } from '#tests/models/hybridCourse.ts'
import { hybridLoad, hybridSite, mildAir, startAt } from '#tests/plant/hybridPlant.ts'

const site = hybridSite()
const priors = hybridPriors(site)
const { levers } = hybridKind(site)

/**
 * A plant as no fit could make it wilder: every coefficient of what a hybrid plant alone has anywhere within three standard
 * deviations of its belief, and within one where cold plates have the same.
 */
function drawnModel(seed: number): HybridModel {
  const random = seededRandom(seed)
  const draw = (belief: { priorMean: readonly number[]; priorSd: readonly number[] }, sds: number) =>
    belief.priorMean.map((mean, f) => mean + sds * (2 * random() - 1) * (belief.priorSd[f] as number))
  const plate = nameplateHybrid(priors, seed)
  const coldPlates = Object.entries(plate.coldPlates.parameters).map(([name, units]) => [
    name,
    units.map(members => members.map(() => draw(componentSpecs[name as ComponentName], 1))),
  ])
  return {
    ...plate,
    coldPlates: { ...plate.coldPlates, parameters: Object.fromEntries(coldPlates) },
    parameters: Object.fromEntries(
      hybridComponentNames.map(name => [name, plate.parameters[name].map(() => draw(hybridSpecs[name], 3))]),
    ) as Record<(typeof hybridComponentNames)[number], number[][]>,
  }
}

const settings = (change: Partial<HybridSettings> = {}): HybridSettings => ({
  cduSupplyC: Array(8).fill(30),
  cduDpKpa: Array(8).fill(70),
  chilledWaterC: 14,
  crahSupplyC: 24,
  crahAirPercent: 90,
  towerLeavingC: 24,
  towerFlowPercent: 90,
  facilityDpKpa: 90,
  economiserMode: 2,
  ...change,
})
const conditions = (change: Partial<HybridConditions> & { cduKw?: number } = {}): HybridConditions => {
  const { cduKw = 200, ...other } = change
  return { itKw: Array(8).fill(cduKw), wetBulbC: 16, dryBulbC: 24, ...other }
}

const wilds = Array.from({ length: 40 }, (_, seed): HybridPredictor => ({ priors, model: drawnModel(seed) }))
const plate: HybridPredictor = { priors, model: nameplateHybrid(priors, 1) }
const rest = (of: HybridPredictor, change: Partial<HybridSettings>, outside = conditions()): HybridOutcome =>
  restStates(of, 0, settings(change), outside)[0]!.outcome

const cases = fc.record({
  wild: fc.integer({ min: 0, max: wilds.length - 1 }),
  chilledWaterC: fc.double({ min: 9, max: 18, noNaN: true }),
  // Below the room's high limit, which helps itself to pressure.
  crahSupplyC: fc.double({ min: 23, max: 25, noNaN: true }),
  crahAirPercent: fc.double({ min: 60, max: 110, noNaN: true }),
  towerLeavingC: fc.double({ min: 20, max: 30, noNaN: true }),
  facilityDpKpa: fc.double({ min: 60, max: 150, noNaN: true }),
  dp: fc.double({ min: 40, max: 110, noNaN: true }),
  cduKw: fc.double({ min: 120, max: 235, noNaN: true }),
})
type Case = typeof cases extends fc.Arbitrary<infer T> ? Omit<T, 'wild'> & { of: HybridPredictor } : never
const always = (law: (given: Case) => void) =>
  fc.assert(
    fc.property(cases, ({ wild, ...given }) => law({ ...given, of: wilds[wild]! })),
    { numRuns: 120, seed: 7 },
  )

/** What the search for a state at rest leaves open. */
const withinKw = 0.1

describe('physics in every plant that a fit may come to', () => {
  it('chillers take more with more load and with warmer condenser water, machine for machine', () =>
    always(({ of, cduKw, ...given }) => {
      const at = { ...given, economiserMode: 0, cduDpKpa: Array(8).fill(given.dp) }
      const held = rest(of, at, conditions({ cduKw }))
      const more = rest(of, at, conditions({ cduKw: cduKw * 1.03 }))
      const warmer = rest(of, { ...at, towerLeavingC: at.towerLeavingC + 1 }, conditions({ cduKw }))
      fc.pre(held.unmetK === 0 && more.unmetK === 0 && warmer.unmetK === 0)
      if (more.loop.running === held.loop.running)
        expect(more.loop.chillersKw).toBeGreaterThan(held.loop.chillersKw - withinKw)
      if (warmer.loop.running === held.loop.running)
        expect(warmer.loop.chillersKw).toBeGreaterThan(held.loop.chillersKw - withinKw)
    }))

  it('pumps and fans take more with more pressure, air and colder tower water', () =>
    always(({ of, dp, cduKw, ...given }) => {
      const at = { ...given, cduDpKpa: Array(8).fill(dp) }
      const outside = conditions({ cduKw })
      const held = rest(of, at, outside)
      const pushed = rest(of, { ...at, cduDpKpa: Array(8).fill(dp * 1.1) }, outside)
      expect(pushed.cdus[0]!.flowLpm).toBeGreaterThan(held.cdus[0]!.flowLpm)
      expect(pushed.cduPumpKw).toBeGreaterThan(held.cduPumpKw)
      const blown = rest(of, { ...at, crahAirPercent: at.crahAirPercent + 5 }, outside)
      expect(blown.air.fanKw).toBeGreaterThanOrEqual(held.air.fanKw - withinKw)
      const alone = { ...at, economiserMode: 0 }
      const mains = rest(of, alone, outside)
      const pressed = rest(of, { ...alone, facilityDpKpa: at.facilityDpKpa * 1.05 }, outside)
      if (mains.unmetK === 0 && pressed.unmetK === 0 && mains.loop.running === pressed.loop.running)
        expect(pressed.loop.facilityPumpKw).toBeGreaterThan(mains.loop.facilityPumpKw)
      const colder = rest(of, { ...alone, towerLeavingC: at.towerLeavingC - 1 }, outside)
      if (colder.loop.running === mains.loop.running)
        expect(colder.loop.tower.fanKw).toBeGreaterThanOrEqual(mains.loop.tower.fanKw - withinKw)
    }))

  it('chips cool with flow and warm with their supply', () =>
    always(({ of, dp, cduKw, ...given }) => {
      const outside = conditions({ cduKw })
      const chipC = (change: Partial<HybridSettings>) =>
        Math.max(
          ...rest(of, { ...given, cduDpKpa: Array(8).fill(dp), ...change }, outside).cdus.map(
            cdu => cdu.chipC,
          ),
        )
      const held = chipC({})
      fc.pre(held < 90)
      expect(chipC({ cduDpKpa: Array(8).fill(dp * 1.1) })).toBeLessThan(held + 0.02)
      expect(chipC({ cduSupplyC: Array(8).fill(31) })).toBeGreaterThan(held - 1e-6)
    }))

  it('an economiser ahead of the chillers takes load off them, and nothing is anywhere not a number', () =>
    always(({ of, dp, cduKw, ...given }) => {
      const at = { ...given, cduDpKpa: Array(8).fill(dp) }
      for (const wetBulbC of [-15, 4, 12, 24]) {
        const outside = conditions({ cduKw, wetBulbC })
        const cold = { ...at, towerLeavingC: wetBulbC + 5 }
        const integrated = rest(of, { ...cold, economiserMode: 2 }, outside)
        const off = rest(of, { ...cold, economiserMode: 0 }, outside)
        if (integrated.loop.running === off.loop.running && integrated.unmetK === off.unmetK)
          expect(integrated.loop.chillersKw).toBeLessThan(off.loop.chillersKw + withinKw)
        for (const outcome of [integrated, off])
          expect([outcome.facilityKw, outcome.unmetK, outcome.loop.supplyC].every(Number.isFinite)).toBe(true)
      }
    }))
})

describe('a plant at its limits', () => {
  it('two chillers cannot carry a hall that is too hot for them: the water warms, and the model says so', () => {
    const small = { ...priors, chillerCapacity: () => 500 }
    const held = rest(plate, { economiserMode: 0 })
    const over = rest({ ...plate, priors: small }, { economiserMode: 0 })
    expect(held.unmetK).toBe(0)
    expect(over.unmetK).toBeGreaterThan(3)
    expect(Math.max(...over.cdus.map(cdu => cdu.valvePercent))).toBeGreaterThan(held.cdus[0]!.valvePercent)
  })

  it('coils and CDUs with too warm a water stand wide open, warmer than asked', () => {
    const warm = rest(plate, { chilledWaterC: 23, crahSupplyC: 23.5, facilityDpKpa: 40 })
    expect(warm.air.valvePercent).toBeGreaterThan(100)
    expect(warm.air.supplyC).toBeGreaterThan(23.6)
    expect(warm.unmetK).toBeGreaterThan(0.1)
  })

  it('a tower that is asked for the wet bulb runs at full air and gives what it can', () => {
    const { loop, unmetK } = rest(plate, { towerLeavingC: 16.5 })
    expect(loop.tower.fanKw).toBeCloseTo(priors.liquid.towerFan(1, 1e5), 6)
    expect(loop.tower.leavingC).toBeGreaterThan(18)
    expect(unmetK).toBeGreaterThan(1)
  })

  it('a frosty tower is kept at 9 °C; on a mild night still air cools more than it is asked to', () => {
    expect(rest(plate, { towerLeavingC: 6 }, conditions({ wetBulbC: -5 })).loop.tower.leavingC).toBeCloseTo(
      9,
      1,
    )
    const still = rest(plate, { towerLeavingC: 39 }, conditions({ wetBulbC: 8, cduKw: 20 })).loop.tower
    expect(still.fanKw).toBe(0)
    expect(still.leavingC).toBeLessThan(39)
  })

  it('free cooling: no chiller runs in the cold, in every mode but off', () => {
    const winter = conditions({ wetBulbC: 0 })
    for (const economiserMode of [1, 2]) {
      const { loop } = rest(plate, { economiserMode, towerLeavingC: 9 }, winter)
      expect([loop.isEngaged, loop.running, loop.chillersKw]).toEqual([true, 0, 0])
    }
    expect(rest(plate, { economiserMode: 0, towerLeavingC: 9 }, winter).loop.chillersKw).toBeGreaterThan(30)
  })

  it('a machine warms the tower at full air, so that on some days a plant stays with it or without it, as it was', () => {
    const warming = Array.from({ length: 600 }, (_, i) =>
      restStates(plate, 0, settings({ towerLeavingC: 6 }), conditions({ wetBulbC: 5 + i * 0.01 })),
    )
    expect([warming[0]![0]!.outcome.loop.running, warming.at(-1)![0]!.outcome.loop.running]).toEqual([0, 1])
    const both = warming.filter(states => states.length === 2)
    expect(both.length).toBeGreaterThan(3)
    for (const [alone, machine] of both) {
      expect([alone!.outcome.loop.running, machine!.outcome.loop.running]).toEqual([0, 1])
      expect(alone!.weight + machine!.weight).toBeCloseTo(1, 12)
    }
    expect(both.at(-1)![1]!.weight).toBeGreaterThan(both[0]![1]!.weight)
  })

  it('a machine that ran is likelier to run than one that rested, somewhere in the band; what they are settles it', () => {
    const machinesKw = (outside: Partial<HybridConditions>, wetBulbC: number) =>
      restStates(plate, 0, settings({ towerLeavingC: 6 }), conditions({ wetBulbC, ...outside })).reduce(
        (sum, { outcome, weight }) => sum + weight * outcome.loop.chillersKw,
        0,
      )
    const air = Array.from({ length: 600 }, (_, i) => 5 + i * 0.01)
    const moreKw = air.map(
      wetBulbC =>
        machinesKw({ wereChillersOn: true }, wetBulbC) - machinesKw({ wereChillersOn: false }, wetBulbC),
    )
    expect(Math.max(...moreKw)).toBeGreaterThan(5)
    for (const wetBulbC of air) {
      expect(machinesKw({ areChillersOn: false }, wetBulbC)).toBe(0)
      expect(machinesKw({ areChillersOn: true }, wetBulbC)).toBeGreaterThan(20)
    }
  })
})

describe('IT power', () => {
  it('is taken as it is, unless told at what it was drawn: then warm chips and warm air draw more', () => {
    const cold = rest(plate, { cduSupplyC: Array(8).fill(26) })
    const told = conditions({ leakage: { referenceC: cold.cdus.map(cdu => cdu.meanJunctionC), perK: 0.002 } })
    const itKw = (change: Partial<HybridSettings>, outside = told) => rest(plate, change, outside).itKw
    expect(itKw({ cduSupplyC: Array(8).fill(36) }, conditions())).toBe(cold.itKw)
    expect(itKw({ cduSupplyC: Array(8).fill(26) })).toBeCloseTo(1600, 6)
    expect(itKw({ cduSupplyC: Array(8).fill(36) })).toBeGreaterThan(1610)
    // 8 % of a quarter of the power, 6 % more of it per kelvin over 24 °C.
    const air = { cduSupplyC: Array(8).fill(26) }
    expect(itKw({ ...air, crahSupplyC: 27 }) - itKw(air)).toBeCloseTo(1600 * 0.25 * 0.08 * 0.06 * 3, 1)
  })
})

describe('learned from telemetry', () => {
  let table: TelemetryTable
  beforeAll(() => {
    const plant = createPlant({
      site,
      weather: mildAir,
      load: hybridLoad(0.8),
      seed: 3,
      startAt,
      stepMs: 60_000,
    })
    const course = hybridCourse(plant)
    course.until(startAt + 8 * hour, startAt)
    table = course.table()
  })

  it('the parts, losses and IT add up to the facility; nothing is asked for that cannot be held', async () => {
    const learned = await learnHybrid(site, table, { seed: 1 })
    const values = learned.levers.map(lever => lever.commissioned)
    for (let member = 0; member < learned.memberCount; member++) {
      const { facilityKw, itKw, lossesKw, partsKw } = learned.predict(member, values, conditions())
      const parts = Object.values(partsKw).reduce((sum, kw) => sum + kw, 0)
      expect(parts + itKw + lossesKw).toBeCloseTo(facilityKw, 6)
      expect(parts).toBeGreaterThan(50)
    }
    expect(learned.levers.map(({ name }) => name)).toEqual(levers.map(({ name }) => name))
    expect(learned.known).toHaveLength(levers.length)
    expect(learned.hottestResidualK).toHaveLength(8)
    expect(Math.max(...learned.hottestResidualK)).toBeLessThan(1)
  })

  it('the same seed gives the same plant, plain JSON, and leaves no tensor behind', async () => {
    await openTensors()
    const alive = tensorsAlive()
    const [one, again] = [
      await learnHybrid(site, table, { seed: 1 }),
      await learnHybrid(site, table, { seed: 1 }),
    ]
    expect(again.artefact).toEqual(one.artefact)
    expect(JSON.parse(JSON.stringify(one.artefact))).toEqual(one.artefact)
    expect(tensorsAlive()).toBe(alive)
  })

  it('without a row it stands at the nameplate and knows that it knows nothing', async () => {
    const learned = await learnHybrid(site, { keys: table.keys, rows: [] }, { seed: 1 })
    const taught = await learnHybrid(site, table, { seed: 1 })
    expect(learned.unknown.length).toBeGreaterThan(taught.unknown.length)
    expect(learned.known!.every(range => range === null)).toBe(true)
    const values = levers.map(lever => lever.commissioned)
    expect(learned.predict(0, values, conditions()).facilityKw).toBeGreaterThan(1750)
  })

  it('a silent sensor teaches nothing and spoils nothing', async () => {
    const silent = table.keys.flatMap((key, column) =>
      /^chiller-\d\.power$|^crah-\d\.power$|^cdu-3\.flow$/.test(key) ? [column] : [],
    )
    const rows = table.rows.map(({ at, values }) => ({
      at,
      values: values.map((value, column) => (silent.includes(column) ? Number.NaN : value)),
    }))
    const deaf = (await learnHybrid(site, { ...table, rows }, { seed: 1 })).artefact as HybridModel
    const whole = (await learnHybrid(site, table, { seed: 1 })).artefact as HybridModel
    expect(deaf.seen.chillerPower).toBe(0)
    expect(deaf.seen.crahFan).toBe(0)
    expect(deaf.parameters.crahFan[0]).toEqual(hybridSpecs.crahFan.priorMean)
    expect(deaf.coldPlates.parameters.cduFlow[2]![0]![0]).toBeCloseTo(0, 5)
    expect(deaf.coldPlates.parameters.cduFlow[0]![0]![0]).toBeCloseTo(
      whole.coldPlates.parameters.cduFlow[0]![0]![0]!,
      3,
    )
  })
})
