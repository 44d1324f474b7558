import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hour, minute } from '#contract/units.ts'
import { immersionPlant, stillAir } from '#tests/plant/immersionPlant.ts'
import { steadyLoad } from '#tests/plant/smallPlant.ts'

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })

test('whatever is written, in any air and at any load, the plant stays finite, keeps its energy, and PUE is at least 1', () => {
  const asked = fc.record({
    dryBulbC: number(-30, 45),
    depressionK: number(0, 15),
    load: number(0, 1),
    tankSupplyC: number(20, 70),
    tankDpKpa: number(-10, 400),
    facilitySupplyC: number(0, 80),
    facilityDpKpa: number(-10, 600),
    padsAboveC: number(-20, 80),
    pumpRun: fc.integer({ min: 0, max: 1 }),
    trip: fc.constantFrom('', 'facility', 'tank-1', 'facility-p2'),
    stepMs: fc.constantFrom(5_000, 60_000),
    seed: fc.integer({ min: 1, max: 1e6 }),
  })
  fc.assert(
    fc.property(asked, ask => {
      const plant = immersionPlant({
        weather: stillAir({ dryBulbC: ask.dryBulbC, wetBulbC: ask.dryBulbC - ask.depressionK }),
        load: steadyLoad(ask.load, 100),
        seed: ask.seed,
        stepMs: ask.stepMs,
      })
      if (ask.trip) plant.inject({ id: 'trip', kind: 'pumpTrip', place: ask.trip })
      plant.write('tank-1.supplyTemperatureSp', ask.tankSupplyC)
      plant.write('tank-1.differentialPressureSp', ask.tankDpKpa)
      plant.write('tank-1.pumpRun', ask.pumpRun)
      plant.write('facility.supplyTemperatureSp', ask.facilitySupplyC)
      plant.write('facility.differentialPressureSp', ask.facilityDpKpa)
      plant.write('coolers.padsAboveSp', ask.padsAboveC)
      plant.after(2 * hour)
      for (const key of plant.keys) expect(Number.isFinite(plant.truthOf(key)), key).toBe(true)
      const energy = plant.energy()
      expect(energy.pue).toBeGreaterThanOrEqual(1)
      expect(energy.energyBalanceError).toBeLessThan(1e-9)
    }),
    { numRuns: 30, seed: 20261121 },
  )
}, 60_000)

/** Where the plant stands after four hours with a setpoint of the coolers, in the air of a warm day. */
const settled = (options: { facilitySupplyC: number; tankDpKpa?: number; load?: number }) => {
  const plant = immersionPlant({
    weather: stillAir({ dryBulbC: 24, wetBulbC: 18 }),
    load: steadyLoad(options.load ?? 0.85, 100),
    stepMs: minute,
  })
  plant.write('facility.supplyTemperatureSp', options.facilitySupplyC)
  if (options.tankDpKpa !== undefined)
    for (let tank = 1; tank <= 10; tank++)
      plant.write(`tank-${tank}.differentialPressureSp`, options.tankDpKpa)
  plant.after(4 * hour)
  const value = (key: string) => plant.truthOf(key) as number
  return {
    fan: value('coolers.fanSpeed'),
    fanKw: value('coolers.fanPower'),
    leavingC: value('facility.supplyTemperature'),
    flow: value('tank-1.flow'),
    chipC: value('tank-1.chipTemperature'),
    pumpKw: value('tank-1.pumpPower'),
  }
}

test('more fan never warms what leaves the coolers, and costs more', () => {
  fc.assert(
    fc.property(number(20, 40), number(20, 40), (oneC, otherC) => {
      const [colder, warmer] = [Math.min(oneC, otherC), Math.max(oneC, otherC)].map(facilitySupplyC =>
        settled({ facilitySupplyC }),
      ) as [ReturnType<typeof settled>, ReturnType<typeof settled>]
      expect(colder.fan).toBeGreaterThanOrEqual(warmer.fan - 0.5)
      expect(colder.leavingC).toBeLessThanOrEqual(warmer.leavingC + 0.1)
      expect(colder.fanKw).toBeGreaterThanOrEqual(warmer.fanKw - 0.05)
    }),
    { numRuns: 12, seed: 20261121 },
  )
}, 60_000)

test('more circulation never warms the chips, and costs more', () => {
  fc.assert(
    fc.property(number(30, 150), number(30, 150), (oneKpa, otherKpa) => {
      const [less, more] = [Math.min(oneKpa, otherKpa), Math.max(oneKpa, otherKpa)].map(tankDpKpa =>
        settled({ facilitySupplyC: 34, tankDpKpa }),
      ) as [ReturnType<typeof settled>, ReturnType<typeof settled>]
      expect(more.flow).toBeGreaterThanOrEqual(less.flow)
      expect(more.chipC).toBeLessThanOrEqual(less.chipC + 0.1)
      expect(more.pumpKw).toBeGreaterThanOrEqual(less.pumpKw)
    }),
    { numRuns: 12, seed: 20261121 },
  )
}, 60_000)

test('the chip is R above the tank supply: at design flow and nameplate 0.068 K/W on 1.05 × 500 W', () => {
  const plant = immersionPlant({ load: steadyLoad(1, 100) })
  for (let tank = 1; tank <= 10; tank++) {
    plant.write(`tank-${tank}.supplyTemperatureSp`, 40)
    plant.write(`tank-${tank}.differentialPressureSp`, 100)
  }
  plant.write('facility.supplyTemperatureSp', 34)
  plant.after(4 * hour)
  const rises = plant.site.equipment
    .filter(entry => entry.kind === 'immersionTank')
    .map(({ id }) => {
      const riseK =
        (plant.truthOf(`${id}.chipTemperature`) ?? 0) - (plant.truthOf(`${id}.supplyTemperature`) ?? 0)
      return riseK / 0.525
    })
  // Hot-chip factor 1..1.04 and loop resistance ±4 % are the seed's.
  expect(Math.min(...rises)).toBeGreaterThan(67)
  expect(Math.max(...rises)).toBeLessThan(72)
})
