import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pointsOf } from '#contract/points.ts'
import { hour, minute } from '#contract/units.ts'
import { builtinLoad } from '#simulators/load/builtinLoad.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'
import { readSiteFile, resolveSite } from '#simulators/sites/sites.ts'
import { builtinWeather } from '#simulators/weather/builtinWeather.ts'
import { smallPlant, startAt, steadyLoad } from '#tests/plant/smallPlant.ts'

const hottestChipC = (plant: SimulatedPlant): number =>
  Math.max(
    ...plant.site.equipment
      .filter(entry => entry.kind === 'tray')
      .map(entry => plant.truthOf(`${entry.id}.chipTemperature`)!),
  )

describe('the plant as a whole', () => {
  test('every catalogue point of every equipment can be read, within its instrument range', () => {
    const plant = smallPlant()
    const expected = plant.site.equipment.flatMap(entry =>
      pointsOf(entry.kind).map(([name, spec]) => ({ key: `${entry.id}.${name}`, spec })),
    )
    expect(plant.keys).toEqual(expected.map(entry => entry.key))
    for (const { key, spec } of expected) {
      const reading = plant.read(key)
      expect(reading.quality, key).toBe('good')
      expect(reading.value, key).toBeGreaterThanOrEqual(spec.range[0])
      expect(reading.value, key).toBeLessThanOrEqual(spec.range[1])
    }
  })

  test('energy is kept: what went in came out or is stored, over a day of changing load', () => {
    const weather = builtinWeather({ city: 'chicago', seed: 3 })
    const site = resolveSite('small', weather)
    const plant = createPlant({ site, weather, load: builtinLoad('ai', site, 3), seed: 3, startAt })
    plant.write('cdu-1.supplyTemperatureSp', 32)
    plant.write('facility.supplyTemperatureSp', 26)
    plant.write('tower.leavingTemperatureSp', 24)
    plant.advanceTo(startAt + 24 * hour)
    expect(plant.energy().energyBalanceError).toBeLessThan(0.001)
  })

  test('power adds up from the racks to the utility', () => {
    const plant = smallPlant()
    plant.after(hour)
    const now = plant.powerNow()
    const lighting = plant.truthOf('meter-lighting.activePower')!
    expect(now.itKw + now.coolingKw + now.lossesKw).toBeCloseTo(now.facilityKw - lighting, 1)
    const energy = plant.energy()
    expect(energy.pue).toBeGreaterThan(1.05)
    expect(energy.pue).toBeLessThan(1.2)
  })

  test('meters stay within their class, registers agree with power', () => {
    const plant = smallPlant()
    plant.after(2 * hour)
    const truth = plant.energy()
    const register = plant.read('meter-facility.activeEnergyKwh').value!
    expect(Math.abs(register / truth.facilityKwh - 1)).toBeLessThan(0.005)
    const it = [1, 2, 3, 4].reduce(
      (sum, cdu) => sum + plant.read(`meter-it-${cdu}.activeEnergyKwh`).value!,
      0,
    )
    expect(Math.abs(it / truth.itKwh - 1)).toBeLessThan(0.005)
  })

  test('same seed, same day, to the bit; another seed, another plant', () => {
    const day = (seed: number) => {
      const weather = builtinWeather({ city: 'phoenix', seed })
      const site = resolveSite('small', weather)
      const plant = createPlant({ site, weather, load: builtinLoad('annual', site, seed), seed, startAt })
      plant.inject({ id: 'drip', kind: 'leak', place: 'B2', size: 0.2, startAt: startAt + 2 * hour })
      plant.advanceTo(startAt + 6 * hour)
      plant.write('cdu-2.supplyTemperatureSp', 33)
      plant.advanceTo(startAt + 24 * hour)
      return JSON.stringify([plant.energy(), plant.keys.map(key => plant.read(key))])
    }
    expect(day(7)).toBe(day(7))
    expect(day(7)).not.toBe(day(8))
  })

  test('real-time steps and long steps tell the same hour', () => {
    const hourWith = (stepMs: number) => {
      const plant = smallPlant({ stepMs })
      plant.after(hour)
      return plant.energy().facilityKwh
    }
    expect(hourWith(250) / hourWith(5_000)).toBeCloseTo(1, 3)
  })
})

describe('as commissioned', () => {
  test.each([0.1, 0.3, 0.6, 0.8])(
    'at %f of nameplate the loops hold their setpoints and chips stay under their limit',
    fraction => {
      const plant = smallPlant({ load: steadyLoad(fraction), stepMs: 5_000 })
      plant.after(2 * hour)
      for (let step = 0; step < 120; step++) {
        plant.after(30_000)
        for (const cdu of [1, 2, 3, 4]) {
          expect(Math.abs(plant.truthOf(`cdu-${cdu}.supplyTemperature`)! - 36)).toBeLessThan(0.5)
          expect(plant.truthOf(`cdu-${cdu}.differentialPressure`)!).toBeCloseTo(127.7, 0)
        }
        expect(Math.abs(plant.truthOf('facility.supplyTemperature')! - 32)).toBeLessThan(0.5)
      }
      expect(hottestChipC(plant)).toBeLessThan(85)
    },
  )

  test('at nameplate and with fouled exchangers the supply drifts by less than 1.5 K, and no chip passes 85 °C', () => {
    const plant = smallPlant({ load: steadyLoad(1), stepMs: 5_000 })
    plant.after(3 * hour)
    for (const cdu of [1, 2, 3, 4]) expect(plant.truthOf(`cdu-${cdu}.supplyTemperature`)!).toBeLessThan(37.5)
    expect(hottestChipC(plant)).toBeLessThan(85)
  })

  test('less flow draws less pump power and warms the chips', () => {
    const plant = smallPlant()
    plant.after(10 * minute)
    const before = { power: plant.truthOf('cdu-1.power')!, chip: plant.truthOf('A1-t01.chipTemperature')! }
    expect(plant.write('cdu-1.differentialPressureSp', 60)).toEqual({ taken: true, held: 60 })
    plant.after(10 * minute)
    expect(plant.truthOf('cdu-1.power')!).toBeLessThan(before.power * 0.6)
    expect(plant.truthOf('A1-t01.chipTemperature')!).toBeGreaterThan(before.chip)
  })

  test('hotter chips leak more power', () => {
    const warm = smallPlant()
    const cold = smallPlant()
    for (const cdu of [1, 2, 3, 4]) cold.write(`cdu-${cdu}.supplyTemperatureSp`, 28)
    cold.write('facility.supplyTemperatureSp', 24)
    cold.write('tower.leavingTemperatureSp', 22)
    warm.after(3 * hour)
    cold.after(3 * hour)
    const ratio = warm.powerNow().itKw / cold.powerNow().itKw
    expect(cold.truthOf('cdu-1.supplyTemperature')!).toBeCloseTo(28, 0)
    expect(ratio).toBeGreaterThan(1.004)
    expect(ratio).toBeLessThan(1.02)
  })
})

describe('what devices do with writes', () => {
  test('setpoints are held within the device range, and nonsense is refused', () => {
    const plant = smallPlant()
    expect(plant.write('cdu-1.supplyTemperatureSp', 99)).toEqual({ taken: true, held: 60 })
    expect(plant.write('cdu-1.supplyTemperatureSp', Number.NaN)).toEqual({
      taken: false,
      because: 'notANumber',
    })
    expect(plant.write('cdu-1.supplyTemperature', 20)).toEqual({ taken: false, because: 'notWritable' })
    expect(plant.write('cdu-9.pumpRun', 0)).toEqual({ taken: false, because: 'unknownPoint' })
  })

  test('under local control a device takes nothing', () => {
    const plant = smallPlant()
    plant.setDevice('cdu-1.authority', 0)
    expect(plant.write('cdu-1.supplyTemperatureSp', 30)).toEqual({ taken: false, because: 'localControl' })
    expect(plant.read('cdu-1.authority').value).toBe(0)
    plant.setDevice('cdu-1.authority', 2)
    expect(plant.write('cdu-1.supplyTemperatureSp', 30)).toEqual({ taken: true, held: 30 })
  })

  test('when the watchdog stops the device goes back to its own setpoints', () => {
    const plant = smallPlant()
    plant.write('cdu-1.supplyTemperatureSp', 33)
    plant.write('tower.waterFlowSp', 90)
    for (let second = 0; second < 30; second++) {
      plant.write('cdu-1.watchdog', (second + 1) % 2)
      plant.write('tower.watchdog', (second + 1) % 2)
      plant.after(1_000)
    }
    expect(plant.read('cdu-1.watchdogHealthy').value).toBe(1)
    expect(plant.read('cdu-1.supplyTemperatureSp').value).toBe(33)
    plant.after(12_000)
    expect(plant.read('cdu-1.watchdogHealthy').value).toBe(0)
    expect(plant.read('cdu-1.supplyTemperatureSp').value).toBe(36)
    expect(plant.read('tower.waterFlowSp').value).toBe(75)
    // Never toggled: never lapses.
    expect(plant.read('cdu-2.watchdogHealthy').value).toBe(0)
  })

  test('a rack isolates: power within a second, liquid within its stroke', () => {
    const plant = smallPlant({ stepMs: 250 })
    plant.write('A2.electricalIsolationRequest', 1)
    plant.write('A2.liquidIsolationRequest', 1)
    plant.after(1_000)
    expect(plant.read('A2.electricalIsolationStatus').value).toBe(1)
    expect(plant.read('A2.power').value).toBe(0)
    expect(plant.read('A2.liquidIsolationStatus').value).toBe(0)
    plant.after(3_500)
    expect(plant.read('A2.liquidIsolationStatus').value).toBe(0)
    plant.after(11_000)
    expect(plant.read('A2.liquidIsolationStatus').value).toBe(1)
    expect(plant.read('A2.liquidFlow').value).toBe(0)
    expect(plant.truthOf('A1.power')!).toBeGreaterThan(50)
    plant.write('A2.electricalIsolationRequest', 0)
    plant.write('A2.liquidIsolationRequest', 0)
    plant.after(20_000)
    expect(plant.read('A2.liquidIsolationStatus').value).toBe(0)
    expect(plant.truthOf('A2.power')!).toBeGreaterThan(50)
  })

  test('a tray that is switched off takes its twelfth of the power with it', () => {
    const plant = smallPlant()
    plant.after(minute)
    const before = plant.truthOf('B1.power')!
    plant.write('B1-t05.powerRequest', 0)
    plant.after(2_000)
    expect(plant.read('B1-t05.powerStatus').value).toBe(0)
    expect(plant.truthOf('B1.power')! / before).toBeCloseTo(11 / 12, 2)
  })

  test('a stopped pump is below 5 % speed in five seconds, and chips without flow warm at once', () => {
    const plant = smallPlant({ stepMs: 250, load: steadyLoad(1) })
    const before = plant.truthOf('A1-t01.chipTemperature')!
    plant.write('cdu-1.pumpRun', 0)
    plant.after(5_000)
    expect(plant.read('cdu-1.pumpSpeed').value).toBeLessThan(5)
    expect(plant.truthOf('A1-t01.chipTemperature')!).toBeGreaterThan(before + 5)
  })

  test('loop stop closes its valves at their own pace', () => {
    const plant = smallPlant()
    plant.write('cdu-3.pumpRun', 0)
    plant.write('cdu-3.isolationValveOpen', 0)
    plant.after(4_000)
    expect(plant.read('cdu-3.isolationValvePosition').value).toBeGreaterThan(0)
    plant.after(12_000)
    expect(plant.read('cdu-3.isolationValvePosition').value).toBe(0)
    expect(plant.read('cdu-3.flow').value).toBe(0)
  })
})

describe('sites', () => {
  test('an unknown site names those that are known', () => {
    expect(() => readSiteFile('atlantis')).toThrow(/no site "atlantis"; known are .*small, warm-water/)
  })

  test('a site file with a mistake is refused in one sentence', () => {
    const folder = mkdtempSync(join(tmpdir(), 'coldloop-site-'))
    const small = readFileSync('simulators/sites/small.yaml', 'utf8')
    const refusal = (text: string) => {
      const path = join(folder, 'mine.yaml')
      writeFileSync(path, text)
      return () => resolveSite(path, { designWetBulbC: 25 })
    }
    try {
      expect(refusal(small.replace('lowest: 20, highest: 45', 'lowest: 50, highest: 45'))).toThrow(
        /bounds.cduSupplyC: lowest 50 is not below highest 45/,
      )
      expect(refusal(small.replace('cdus: [4]', 'cdus: [3]'))).toThrow(
        /opcuaServers: CDU 3 appears 2 times where once is allowed/,
      )
      expect(refusal(small.replace('[A1, A2, A3]', '[A1, A2, Z3]'))).toThrow(
        /meters.meter-it-1.feeds names "Z3"/,
      )
      expect(refusal(small.replace('freezingPointC: -10', 'freezingPointC: -40'))).toThrow(
        /-40 is below what PG25 gives/,
      )
      expect(refusal(small.replace('title: Small hall', 'titel: Small hall'))).toThrow(/titel|title/)
      expect(refusal('layout: [unclosed')).toThrow(/not YAML/)
      expect(refusal(small)().name).toBe('small')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('the YAML holds the constants of YARDSTICKS 1 and 3', () => {
    for (const [name, cdus, kw, cells] of [
      ['small', 4, 375, 4],
      ['warm-water', 25, 1200, 20],
    ] as const) {
      const { layout, nameplate } = readSiteFile(name)
      expect([layout.cdus, layout.racksPerCdu, nameplate.itPerCduKw, nameplate.tower.cells]).toEqual([
        cdus,
        3,
        kw,
        cells,
      ])
      expect(nameplate.chip).toMatchObject({
        limitC: 85,
        junctionResistanceKPerKw: 20,
        designFlowLpmPerKw: 1.5,
      })
      expect(nameplate.cdu).toMatchObject({
        approachK: 4,
        heatTransferExponent: 0.8,
        rackDpKpa: 100,
        rackDpExponent: 1.75,
        internalDpKpa: 45,
        internalDpExponent: 1.8,
        staticKpa: 5,
        wireToWater: 0.65,
        minimumFlowFraction: 0.5,
        valveFlowFraction: 1.35,
      })
      expect(nameplate.facility).toMatchObject({
        cduDpKpa: 120,
        mainsDpKpa: 80,
        exchangerDpKpa: 60,
        wireToWater: 0.7,
        leastDpFraction: 0.2,
      })
      expect(nameplate.tower).toMatchObject({
        exchangerApproachK: 2,
        rangeK: 8,
        fanPressurePa: 240,
        fanWireToAir: 0.5,
        fanLeastSpeedFraction: 0.2,
        freeConvectionFraction: 0.06,
        pumpStaticKpa: 45,
        pumpDynamicKpa: 105,
      })
      expect(nameplate.electrical).toEqual({
        ups: { constant: 0.0095, linear: 0.012, square: 0.017 },
        pdu: { constant: 0.002, square: 0.008 },
        transformer: { constant: 0.0012, square: 0.0075 },
        lightingFraction: 0.004,
      })
      expect(nameplate.commissionedFlowFraction).toBe(1.15)
    }
  })

  test('design follows the climate: leaving max(30, wet bulb + 3.5), facility + 2, CDU + 4, fans about 313 kW for 30 MW', () => {
    const { design } = resolveSite('warm-water', { designWetBulbC: 27.3 })
    expect(design.towerLeavingC).toBeCloseTo(30.8, 6)
    expect(design.cduSupplyC).toBeCloseTo(36.8, 6)
    expect(design.fanPowerKw).toBeCloseTo(313, 0)
    expect(resolveSite('warm-water', { designWetBulbC: 17.9 }).design).toMatchObject({
      wetBulbC: 24,
      towerLeavingC: 30,
      facilitySupplyC: 32,
      cduSupplyC: 36,
    })
  })
})
