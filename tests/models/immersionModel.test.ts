import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { learnImmersion } from '#models/plant/immersion/learnImmersion.ts'
import type { ImmersionModel } from '#models/plant/immersion/model.ts'
import { padsSwitchOf } from '#models/plant/immersion/padsSwitch.ts'
import { zeroOfRising } from '#models/plant/immersion/solve.ts'
import { heldOffset } from '#models/plant/immersion/spans.ts'
import type { LearnedOutcome, LearnedPlant, OutsideConditions } from '#models/plant/learned/learnedPlant.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'
import { tensorsAlive } from '#models/plant/tensor.ts'
import { type ImmersionHistory, immersionHistory } from '#tests/models/immersionCases.ts'

let history: ImmersionHistory
let learned: LearnedPlant
beforeAll(async () => {
  history = immersionHistory({
    weatherName: 'builtin:chicago',
    loadName: 'builtin:ai',
    seed: 3,
    judgedAt: Date.UTC(2025, 4, 20),
    learnDays: 3,
    judgeDays: 0,
  })
  learned = await learnImmersion(history.site, history.seen, { seed: 1 })
})

type Asked = {
  readonly tankSupplyC?: number
  readonly tankDpKpa?: number
  readonly facilitySupplyC?: number
  readonly facilityDpKpa?: number
  readonly padsAboveC?: number
}
/** Settings that hold with room to spare at 15 °C. */
const usual = { tankSupplyC: 34, tankDpKpa: 60, facilitySupplyC: 28, facilityDpKpa: 90, padsAboveC: 30 }
const mild = { dryBulbC: 15, wetBulbC: 11 }
const tanks = 10

const outside = (change: Partial<OutsideConditions> & { eachKw?: number } = {}): OutsideConditions => ({
  ...mild,
  itKw: Array.from({ length: tanks }, () => change.eachKw ?? 85),
  ...change,
})
function at(asked: Asked, conditions = outside(), member = 0): LearnedOutcome {
  const wanted: Record<string, number> = { ...usual, ...asked }
  const values = learned.levers.map(lever => wanted[lever.family ?? lever.name]!)
  return learned.predict(member, values, conditions)
}
/** A table in which some columns are not known. */
const without = ({ keys, rows }: TelemetryTable, lost: (key: string) => boolean): TelemetryTable => ({
  keys,
  rows: rows.map(row => ({
    at: row.at,
    values: row.values.map((value, column) => (lost(keys[column]!) ? Number.NaN : value)),
  })),
})
const modelOf = (plant: LearnedPlant) => plant.artefact as ImmersionModel

describe('a learned immersion plant', () => {
  it('keeps physics where physics is certain, in every member', () => {
    const somewhere = fc.record({
      tankSupplyC: fc.double({ min: 33, max: 45, noNaN: true }),
      tankDpKpa: fc.double({ min: 32, max: 125, noNaN: true }),
      facilitySupplyC: fc.double({ min: 24, max: 30, noNaN: true }),
      facilityDpKpa: fc.double({ min: 60, max: 150, noNaN: true }),
      eachKw: fc.double({ min: 30, max: 95, noNaN: true }),
      member: fc.integer({ min: 0, max: 5 }),
    })
    fc.assert(
      fc.property(somewhere, ({ eachKw, member, ...settings }) => {
        const see = (change: Asked) => at({ ...settings, ...change }, outside({ eachKw }), member)
        const here = see({})
        const moreFlow = see({ tankDpKpa: settings.tankDpKpa * 1.1 })
        expect(moreFlow.partsKw.cduPumps).toBeGreaterThan(here.partsKw.cduPumps!)
        // More flow warms less: the chip falls unless the valve's stop lets the whole tank warm.
        if (moreFlow.unmetK === 0 && here.unmetK === 0)
          expect(moreFlow.hottestC[0]).toBeLessThan(here.hottestC[0]!)
        const warmer = see({ tankSupplyC: settings.tankSupplyC + 1 })
        expect(warmer.hottestC[0]).toBeGreaterThan(here.hottestC[0]! - 1e-9)
        expect(warmer.valvePercent[0]).toBeLessThan(here.valvePercent[0]! + 1e-9)
        expect(warmer.partsKw.facilityPumps).toBeLessThan(here.partsKw.facilityPumps! + 1e-9)
        const harder = see({ facilityDpKpa: settings.facilityDpKpa * 1.1 })
        expect(harder.partsKw.facilityPumps).toBeGreaterThan(here.partsKw.facilityPumps!)
        const busier = at(settings, outside({ eachKw: eachKw * 1.05 }), member)
        expect(busier.hottestC[0]).toBeGreaterThan(here.hottestC[0]!)
        expect(busier.facilityKw).toBeGreaterThan(here.facilityKw)
      }),
      { numRuns: 100, seed: 5 },
    )
  })

  it('pays for colder coolant with fans, and gains with colder air', () => {
    const fans = (facilitySupplyC: number, dryBulbC = 15) =>
      at({ facilitySupplyC }, outside({ dryBulbC, wetBulbC: dryBulbC - 4 })).partsKw.dryCoolers!
    expect(fans(25)).toBeGreaterThan(fans(28))
    expect(fans(28)).toBeGreaterThan(fans(31))
    expect(fans(28, 10)).toBeLessThan(fans(28, 15))
  })

  it('adds up: IT, what cools and what is lost are the facility', () => {
    const { facilityKw, itKw, lossesKw, partsKw } = at({})
    const cooling = Object.values(partsKw).reduce((sum, kw) => sum + kw, 0)
    expect(itKw + cooling + lossesKw).toBeCloseTo(facilityKw, 9)
  })

  it('says by how much coolers at full air miss the setpoint, and cools with the warmer coolant', () => {
    const hot = at({ facilitySupplyC: 30, padsAboveC: 50 }, outside({ dryBulbC: 38, wetBulbC: 20 }))
    expect(hot.unmetK).toBeGreaterThan(8)
    expect(hot.hottestC[0]).toBeGreaterThan(at({}).hottestC[0]! + 5)
    expect(hot.partsKw.dryCoolers).toBeCloseTo(history.site.design.fanPowerKw, 3)
  })

  it('says by how much a valve at its stop misses the setpoint of its tank alone', () => {
    const wanted: Record<string, number> = { ...usual, facilityDpKpa: 30 }
    const values = learned.levers.map(lever =>
      lever.name === 'tankSupplyC/tank-4' ? 30 : wanted[lever.family ?? lever.name]!,
    )
    const tight = learned.predict(0, values, outside())
    expect(tight.valvePercent[3]).toBeGreaterThan(100)
    expect(tight.valvePercent[2]).toBeLessThan(100)
    expect(tight.unmetK).toBeGreaterThan(0.5)
    expect(tight.hottestC[3]! - at({ tankSupplyC: 30 }).hottestC[3]!).toBeGreaterThan(0.4)
  })

  it('wets its pads above the threshold only, never below 5 °C, and pays for it in fans and pump', () => {
    const dry = { dryBulbC: 30, wetBulbC: 17 }
    expect(at({ padsAboveC: 25 }, outside(dry)).unmetK).toBe(0)
    expect(at({ padsAboveC: 50 }, outside(dry)).unmetK).toBeGreaterThan(3)
    const frosty = outside({ dryBulbC: 4, wetBulbC: 1 })
    expect(at({ padsAboveC: 2 }, frosty)).toEqual(at({ padsAboveC: 50 }, frosty))
    const cool = outside({ dryBulbC: 12, wetBulbC: 11.9 })
    expect(at({ padsAboveC: 5 }, cool).partsKw.dryCoolers! - 0.6).toBeGreaterThan(
      1.1 * at({ padsAboveC: 50 }, cool).partsKw.dryCoolers!,
    )
  })

  it('leaves at least 10 °C while it freezes', () => {
    const frost = outside({ dryBulbC: -8, wetBulbC: -9 })
    const asked = at({ facilitySupplyC: 6 }, frost)
    expect(asked.unmetK).toBeCloseTo(4, 6)
    expect(asked.partsKw).toEqual(at({ facilitySupplyC: 10 }, frost).partsKw)
  })

  it('keeps the least flow moving by its bypass, however little the tanks take', () => {
    const pumps = (eachKw: number) => at({ tankSupplyC: 50 }, outside({ eachKw })).partsKw.facilityPumps!
    expect(pumps(2)).toBeCloseTo(pumps(1), 9)
    expect(pumps(60)).toBeGreaterThan(pumps(2))
  })

  it('lets warmer chips draw more by the leakage that it is told', () => {
    const { meanJunctionC } = at({})
    const leakage = { referenceC: meanJunctionC, perK: 0.002 }
    const there = at({}, outside({ leakage }))
    expect(there.itKw).toBeCloseTo(at({}).itKw, 6)
    const gained = at({ tankSupplyC: usual.tankSupplyC + 5 }, outside({ leakage })).itKw / there.itKw - 1
    expect(gained).toBeGreaterThan(0.004)
    expect(gained).toBeLessThan(0.02)
  })

  it('is the same for the same seed, is plain JSON, and leaves no tensor behind', async () => {
    const alive = tensorsAlive()
    const again = await learnImmersion(history.site, history.seen, { seed: 1 })
    expect(again.artefact).toEqual(learned.artefact)
    expect(JSON.parse(JSON.stringify(again.artefact))).toEqual(again.artefact)
    expect(tensorsAlive()).toBe(alive)
  })

  it('knows after a sweep what it has seen, and how far chips scatter', () => {
    expect(learned.known).toHaveLength(learned.levers.length)
    const [lowest, highest] =
      learned.known![learned.levers.findIndex(lever => lever.name === 'facilityDpKpa')]!
    expect(highest - lowest).toBeGreaterThan(30)
    for (const residualK of learned.hottestResidualK) expect(residualK).toBeLessThan(0.5)
    expect(learned.unknown.map(one => one.name)).not.toContain('tank flow')
  })
})

describe('telemetry with gaps', () => {
  it('without a row the plant stands at its nameplate, and every number is unknown', async () => {
    const blank = await learnImmersion(history.site, { keys: [], rows: [] }, { seed: 1 })
    expect(modelOf(blank).span).toBeNull()
    expect(modelOf(blank).parameters.chipRise[0]![0]![0]).toBeCloseTo(0, 9)
    expect(blank.unknown.find(one => one.name === 'tank flow')?.spreadPercent).toBeCloseTo(8, 6)
    const spread = modelOf(blank).parameters.coolerAir[0]!.map(member => member[0]!)
    expect(Math.max(...spread) - Math.min(...spread)).toBeGreaterThan(0.1)
    const values = learned.levers.map(lever => lever.commissioned)
    expect(blank.predict(0, values, outside()).facilityKw).toBeGreaterThan(850)
  })

  it('a silent chip sensor leaves its own tank unknown and no other', async () => {
    const deaf = await learnImmersion(
      history.site,
      without(history.seen, key => key === 'tank-3.chipTemperature'),
      { seed: 1 },
    )
    expect(modelOf(deaf).parameters.chipRise[2]![0]![0]).toBeCloseTo(0, 9)
    expect(modelOf(deaf).parameters.chipRise[1]![0]).toEqual(modelOf(learned).parameters.chipRise[1]![0])
    expect(deaf.unknown.map(one => one.name)).toContain('rise of the hottest chip')
    expect(deaf.hottestResidualK[2]).toBeGreaterThan(2)
  })

  it('a silent tank thermometer does not blind the coolers', async () => {
    const deaf = await learnImmersion(
      history.site,
      without(history.seen, key => key === 'tank-5.tankTemperature'),
      { seed: 1 },
    )
    const level = (plant: LearnedPlant) => modelOf(plant).parameters.coolerAir[0]![0]![0]!
    expect(level(deaf)).toBeCloseTo(level(learned), 2)
    expect(modelOf(deaf).leftOfBelief.coolerAir[0]![0]).toBeLessThan(0.5)
  })
})

describe('what the fit stands on', () => {
  it('false position finds a zero, and the border where there is none', () => {
    const look = { low: 0.1, high: 10, closeEnough: 1e-9 }
    expect(zeroOfRising(x => x ** 3 - 8, look)).toBeCloseTo(2, 6)
    expect(zeroOfRising(x => x + 1, look)).toBe(0.1)
    expect(zeroOfRising(x => x - 11, look)).toBe(10)
  })

  it('a sensor’s offset is the middle of the hours in which the loop held', () => {
    const hours = [0.2, 0.21, 0.19, 0.9].map(aboveK => ({ aboveK, reachPercent: 60 }))
    expect(heldOffset([...hours, { aboveK: 0.8, reachPercent: 99 }, { aboveK: 4, reachPercent: 50 }])).toBe(
      0.21,
    )
    expect(heldOffset([{ aboveK: 3, reachPercent: 100 }])).toBe(0)
  })

  it('the pads’ switch is where the weather passed it, not where the threshold was moved', () => {
    const keys = ['coolers.padsOn', 'weather.dryBulb', 'coolers.padsAboveSp']
    const rows = [
      [0, 19.9, 20],
      [0, 20.1, 20],
      [0.6, 20.3, 20],
      [1, 20.5, 20],
      [0, 20.5, 30],
      [1, 20.5, 10],
    ].map((values, n) => ({ at: n * 300_000, values: Float64Array.from(values) }))
    // Wet for 60 % of a row whose mean is 0.3 K above: on at 0.28 K.
    expect(padsSwitchOf({ keys, rows }).onAboveK).toBeCloseTo(0.28, 9)
    expect(padsSwitchOf({ keys, rows: rows.slice(3) }).onAboveK).toBe(0)
  })
})
