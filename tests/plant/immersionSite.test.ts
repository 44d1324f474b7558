import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { resetRules } from '#contract/control/reset.ts'
import { immersionResetStep, startImmersionReset } from '#contract/control/resetImmersion.ts'
import { minute } from '#contract/units.ts'
import { readAnySiteFile, resolveAnySite } from '#simulators/sites/sites.ts'
import { immersionPlant, immersionSite, stillAir } from '#tests/plant/immersionPlant.ts'

const site = immersionSite(stillAir({ dryBulbC: 20, wetBulbC: 15 }))

describe('the immersion site', () => {
  test('the YAML holds the constants of YARDSTICKS 1 and 3', () => {
    const file = readAnySiteFile('immersion')
    if (file.cooling !== 'immersionDryCooler') throw new Error('another kind of site')
    const { nameplate, layout, bounds } = file
    expect([layout.tanks, nameplate.itPerTankKw]).toEqual([10, 100])
    expect(nameplate.chip).toEqual({
      limitC: 85,
      ratedChipKw: 0.5,
      convectionKPerKw: 38,
      convectionExponent: 0.35,
      junctionKPerKw: 30,
    })
    expect(nameplate.tank).toMatchObject({
      approachK: 5,
      heatTransferExponent: 0.8,
      dpKpa: 100,
      dpExponent: 1.75,
      internalDpKpa: 45,
      internalDpExponent: 1.8,
      staticKpa: 5,
      wireToWater: 0.65,
      minimumFlowFraction: 0.5,
      valveFlowFraction: 1.35,
    })
    expect(nameplate.facility).toMatchObject({
      tankDpKpa: 120,
      mainsDpKpa: 80,
      coolerDpKpa: 60,
      wireToWater: 0.7,
      leastDpFraction: 0.2,
    })
    expect(nameplate.cooler).toMatchObject({
      approachK: 6,
      lowestDesignC: 36,
      coolantExponent: 0.85,
      airExponent: 0.8,
      winter: { belowC: 2, leavingLowestC: 10 },
      pads: { effectiveness: 0.7, fanPowerFactor: 1.15, pumpKw: 0.6, dryBelowC: 5, onAboveC: 25 },
    })
    expect(nameplate.electrical).toEqual({
      ups: { constant: 0.0095, linear: 0.012, square: 0.017 },
      pdu: { constant: 0.002, square: 0.008 },
      transformer: { constant: 0.0012, square: 0.0075 },
      lightingFraction: 0.004,
    })
    expect(nameplate.commissionedFlowFraction).toBe(1.15)
    expect(bounds.tankSupplyC).toEqual({ lowest: 30, highest: 55 })
    expect(bounds.facilitySupplyC).toEqual({ lowest: 20, highest: 50 })
  })

  test('design follows the climate: coolers leaving max(36, design air + 6), tanks 5 K above, pressures with margin', () => {
    expect(site.design).toMatchObject({ facilitySupplyC: 36, tankSupplyC: 41 })
    expect(site.design.airC).toBeCloseTo(32.2 - 0.7 * (32.2 - 25.4), 9)
    expect(site.design.tankDpCommissionedKpa).toBeCloseTo(100 * 1.15 ** 1.75, 9)
    expect(site.design.facilityDpCommissionedKpa).toBeCloseTo(120 * 1.15 ** 2, 9)
    const hot = resolveAnySite('immersion', {
      designDryBulbC: 42.8,
      designWetBulbC: 27.3,
      coldestDryBulbC: 0,
    })
    expect(hot.design).toMatchObject({ facilitySupplyC: 42.8 - 0.7 * (42.8 - 27.3) + 6 })
  })

  test('coolers bring the design heat out at the design air, with nothing to spare', () => {
    const plant = immersionPlant({
      site,
      weather: stillAir({ dryBulbC: 32.2, wetBulbC: 25.4 }),
      load: { name: 'full', cduPowerKw: () => 100, itFraction: () => 1, notes: [] },
      leakagePerK: 0,
      stepMs: minute,
    })
    plant.write('facility.supplyTemperatureSp', 20)
    plant.advanceTo(plant.siteNow() + 360 * minute)
    const leavingC = plant.truthOf('facility.supplyTemperature') ?? 0
    // Pumps bring some per cent more heat than the tanks' nameplate, and more flow than design.
    expect(leavingC).toBeGreaterThan(35.5)
    expect(leavingC).toBeLessThan(38)
  })

  test('a coolant that would freeze in the climate is refused, naming one that would not', () => {
    const folder = mkdtempSync(join(tmpdir(), 'coldloop-site-'))
    try {
      const path = join(folder, 'mine.yaml')
      const yaml = readFileSync('simulators/sites/immersion.yaml', 'utf8')
      writeFileSync(
        path,
        yaml.replace(
          'secondary: PG50, facility: PG50, freezingPointC: -34',
          'secondary: PG40, facility: PG40, freezingPointC: -21',
        ),
      )
      const climate = { designDryBulbC: 32, designWetBulbC: 25 }
      expect(() => resolveAnySite(path, { ...climate, coldestDryBulbC: -22.8 })).toThrow(
        /freezes below -27.8 °C: PG50/,
      )
      expect(() => resolveAnySite(path, { ...climate, coldestDryBulbC: -31 })).toThrow(
        /no mixture known here/,
      )
      expect(resolveAnySite(path, { ...climate, coldestDryBulbC: -10 }).name).toBe('immersion')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe('`reset` on an immersion site', () => {
  const inputs = {
    dryBulbC: 20,
    wetBulbC: 10,
    facilitySupplyC: undefined,
    tanks: [{ id: 'tank-1', chipMarginK: 20, valvePercent: 60 }],
  }
  const start = startImmersionReset(site, ['tank-1'])
  const stepped = (changes: object) =>
    immersionResetStep(site, start, { ...inputs, ...changes }, { now: 0, approachK: 6 })

  test('the coolers follow the air after the pads + a + 2, the tanks the coolers + 5, at least 30', () => {
    // Design air 27.44 °C: pads run above 19.44 °C, so 20 °C with 10 °C wet bulb comes as 13 °C.
    expect(stepped({}).setpoints).toMatchObject({ facilitySupplyC: 25, tanks: { 'tank-1': { supplyC: 30 } } })
    expect(stepped({}).setpoints.padsAboveC).toBeCloseTo(19.44, 9)
    expect(stepped({ dryBulbC: 19 }).setpoints).toMatchObject({
      facilitySupplyC: 27,
      tanks: { 'tank-1': { supplyC: 32 } },
    })
    expect(stepped({ dryBulbC: 45, wetBulbC: 30 }).setpoints.facilitySupplyC).toBe(36)
    expect(stepped({ dryBulbC: -10, wetBulbC: -12 }).setpoints.facilitySupplyC).toBe(25)
  })

  test('the tanks follow the coolant that they really get', () => {
    expect(stepped({ facilitySupplyC: 33 }).setpoints.tanks['tank-1']?.supplyC).toBe(37.5)
  })

  test('without weather the coolers hold, as they were commissioned', () => {
    expect(stepped({ dryBulbC: undefined }).setpoints.facilitySupplyC).toBe(36)
  })

  test('pressures start at 60 and 50 %, are trimmed, and answer a hot chip and an open valve', () => {
    const percentOf = (changes: object) => stepped({ tanks: [{ ...inputs.tanks[0], ...changes }] })
    expect(percentOf({}).tankPressurePercent['tank-1']).toBe(58.5)
    expect(percentOf({ chipMarginK: 9 }).tankPressurePercent['tank-1']).toBe(72)
    expect(percentOf({ chipMarginK: 4 }).tankPressurePercent['tank-1']).toBe(84)
    expect(percentOf({ chipMarginK: undefined }).tankPressurePercent['tank-1']).toBe(60)
    expect(percentOf({}).facilityPressurePercent).toBe(48)
    expect(percentOf({ valvePercent: 95 }).facilityPressurePercent).toBe(56)
    expect(percentOf({ valvePercent: undefined }).facilityPressurePercent).toBe(50)
    let memory = start
    for (let step = 0; step < 40; step++)
      memory = immersionResetStep(site, memory, inputs, { now: step * 5 * minute, approachK: 6 })
    expect(memory.tankPressurePercent['tank-1']).toBe(resetRules.cduPressure.floor)
    expect(memory.facilityPressurePercent).toBe(resetRules.facilityPressure.floor)
  })

  test('it moves every five minutes, not in between', () => {
    const first = stepped({})
    const later = (now: number) => immersionResetStep(site, first, inputs, { now, approachK: 6 })
    expect(later(4 * minute)).toBe(first)
    expect(later(5 * minute)).not.toBe(first)
  })
})
