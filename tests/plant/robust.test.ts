import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hour, minute } from '#contract/units.ts'
import { capacityFlowKwPerK } from '#models/physics/coolants.ts'
import { smallPlant, steadyLoad } from '#tests/plant/smallPlant.ts'

test('whatever is written, and at whatever load, the plant stays finite and keeps its energy', () => {
  const writes = fc.record({
    cduSupplyC: fc.double({ min: 15, max: 60, noNaN: true }),
    cduDpKpa: fc.double({ min: 0, max: 300, noNaN: true }),
    facilitySupplyC: fc.double({ min: 10, max: 60, noNaN: true }),
    facilityDpKpa: fc.double({ min: 0, max: 600, noNaN: true }),
    towerLeavingC: fc.double({ min: 5, max: 50, noNaN: true }),
    towerFlowPercent: fc.double({ min: 0, max: 120, noNaN: true }),
    pumpRun: fc.integer({ min: 0, max: 1 }),
    isolation: fc.integer({ min: 0, max: 1 }),
    load: fc.double({ min: 0, max: 1, noNaN: true }),
    seed: fc.integer({ min: 1, max: 1e6 }),
  })
  fc.assert(
    fc.property(writes, asked => {
      const plant = smallPlant({ load: steadyLoad(asked.load), seed: asked.seed, stepMs: 5_000 })
      plant.write('cdu-1.supplyTemperatureSp', asked.cduSupplyC)
      plant.write('cdu-1.differentialPressureSp', asked.cduDpKpa)
      plant.write('cdu-1.pumpRun', asked.pumpRun)
      plant.write('cdu-1.isolationValveOpen', asked.isolation)
      plant.write('facility.supplyTemperatureSp', asked.facilitySupplyC)
      plant.write('facility.differentialPressureSp', asked.facilityDpKpa)
      plant.write('tower.leavingTemperatureSp', asked.towerLeavingC)
      plant.write('tower.waterFlowSp', asked.towerFlowPercent)
      plant.after(30 * minute)
      for (const key of plant.keys) expect(Number.isFinite(plant.truthOf(key)), key).toBe(true)
      expect(plant.energy().energyBalanceError).toBeLessThan(0.001)
    }),
    { numRuns: 25, seed: 20261120 },
  )
})

test('sensors tell a closing heat balance: flow × warming is the rack power, within sensor errors', () => {
  const plant = smallPlant({ stepMs: 5_000 })
  plant.after(2 * hour)
  for (const rack of ['A1', 'B2', 'D3']) {
    const flowLpm = plant.read(`${rack}.liquidFlow`).value!
    const warmingK =
      plant.truthOf(`${rack}.liquidReturnTemperature`)! - plant.truthOf(`${rack}.liquidSupplyTemperature`)!
    const carried = capacityFlowKwPerK('PG25', flowLpm, 38) * warmingK
    expect(Math.abs(carried / plant.read(`${rack}.power`).value! - 1)).toBeLessThan(0.015)
  }
  const facilityKw =
    capacityFlowKwPerK('water', plant.truthOf('facility.flow')!, 35) *
    (plant.truthOf('facility.returnTemperature')! - plant.truthOf('facility.supplyTemperature')!)
  expect(Math.abs(facilityKw / plant.truthOf('facility.heat')! - 1)).toBeLessThan(0.01)
})

test('fans at full speed: water never leaves the tower colder than the wet bulb', () => {
  const plant = smallPlant({ load: steadyLoad(0.2), stepMs: 5_000 })
  plant.write('tower.leavingTemperatureSp', 5)
  plant.after(6 * hour)
  expect(plant.truthOf('tower.leavingTemperature')!).toBeGreaterThan(15)
  expect(plant.truthOf('tower.leavingTemperature')!).toBeLessThan(18)
})
