import { describe, expect, test } from 'vitest'
import { minute, second } from '#contract/units.ts'
import { throughShare } from '#simulators/plant/loopHydraulics.ts'
import { smallPlant } from '#tests/plant/smallPlant.ts'

type Plant = ReturnType<typeof smallPlant>

/** CS-42: no surge above 1.5 × operating pressure. */
const surgeLimit = 1.5
const stopped = 5

type Stop = (plant: Plant, elapsedMs: number) => void

/** Highest pressure difference over 90 s of a stop, of the operating pressure, and the highest rise of the static pressure. */
function stopped90s(stop: Stop, options: { seed: number; dpKpa?: number; stepMs?: number }) {
  const stepMs = options.stepMs ?? 250
  const plant = smallPlant({ seed: options.seed, stepMs })
  if (options.dpKpa !== undefined) plant.write('cdu-1.differentialPressureSp', options.dpKpa)
  plant.after(2 * minute)
  const operatingKpa = plant.truthOf('cdu-1.differentialPressure')!
  const staticKpa = plant.truthOf('cdu-1.staticPressure')!
  let highest = 0
  let rise = 0
  for (let elapsed = 0; elapsed < 90 * second; elapsed += stepMs) {
    stop(plant, elapsed)
    plant.after(stepMs)
    highest = Math.max(highest, plant.read('cdu-1.differentialPressure').value!)
    rise = Math.max(rise, plant.truthOf('cdu-1.staticPressure')! - staticKpa)
  }
  return { plant, share: highest / operatingKpa, riseKpa: rise }
}

/** As the agent stops a loop: pump, then the supply valve below 5 % speed or after 5 s, the return valve a second and a quarter later. */
const pumpFirst = (): Stop => {
  let supplyClosedAt = Number.POSITIVE_INFINITY
  return (plant, elapsed) => {
    if (elapsed === 0) plant.write('cdu-1.pumpRun', 0)
    const slow = plant.read('cdu-1.pumpSpeed').value! < stopped || elapsed >= 5 * second
    if (slow && supplyClosedAt === Number.POSITIVE_INFINITY) {
      supplyClosedAt = elapsed
      plant.write('cdu-1.isolationValveOpen', 0)
    }
    if (elapsed >= supplyClosedAt + 1_250) plant.write('cdu-1.returnValveOpen', 0)
  }
}
const valveFirst =
  (valve: string): Stop =>
  (plant, elapsed) => {
    if (elapsed === 0) plant.write(`cdu-1.${valve}`, 0)
    if (elapsed === 30 * second) plant.write('cdu-1.pumpRun', 0)
  }

describe('CS-42: the order of a loop stop', () => {
  test.each([1, 2, 3, 4, 5])('pump first, valves after: no surge (seed %d)', seed => {
    for (const dpKpa of [60, 127]) {
      const { plant, share, riseKpa } = stopped90s(pumpFirst(), { seed, dpKpa })
      expect(share).toBeLessThan(1.01)
      expect(riseKpa).toBeLessThan(1)
      expect(plant.read('cdu-1.flow').value).toBe(0)
      expect(plant.read('cdu-1.isolationValvePosition').value).toBe(0)
      expect(plant.read('cdu-1.returnValvePosition').value).toBe(0)
    }
  })

  test.each([1, 2, 3, 4, 5])(
    'valves before the pump: surge and dead head above the limit (seed %d)',
    seed => {
      for (const dpKpa of [60, 127])
        for (const valve of ['isolationValveOpen', 'returnValveOpen']) {
          const { share, riseKpa } = stopped90s(valveFirst(valve), { seed, dpKpa })
          expect(share).toBeGreaterThan(surgeLimit)
          expect(riseKpa).toBeGreaterThan(10)
        }
    },
  )

  test('closing while the pump still coasts is seen too, the more the sooner', () => {
    const peakAfter = (waitMs: number) =>
      stopped90s(
        (plant, elapsed) => {
          if (elapsed === 0) plant.write('cdu-1.pumpRun', 0)
          if (elapsed === waitMs) plant.write('cdu-1.isolationValveOpen', 0)
        },
        { seed: 1 },
      ).riseKpa
    expect(peakAfter(0)).toBeGreaterThanOrEqual(peakAfter(5_000))
    expect(peakAfter(5_000)).toBeLessThan(1)
  })

  test('isolating one rack of three with the pump running stays under the limit', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { plant, share } = stopped90s(
        (plant, elapsed) => {
          if (elapsed === 0) plant.write('A1.liquidIsolationRequest', 1)
        },
        { seed },
      )
      expect(share).toBeGreaterThan(1.1)
      expect(share).toBeLessThan(surgeLimit)
      expect(plant.read('A1.liquidFlow').value).toBe(0)
    }
  })

  test('an open bypass keeps a third of the flow in a loop that is shut, so that the pump stays cool', () => {
    const plant = smallPlant({ stepMs: 1_000 })
    plant.write('cdu-1.bypassValveOpen', 1)
    plant.after(minute)
    plant.write('cdu-1.isolationValveOpen', 0)
    plant.after(10 * minute)
    expect(plant.truthOf('cdu-1.flow')!).toBeGreaterThan(0.3 * 562)
    expect(plant.truthOf('A1.liquidFlow')).toBe(0)
    expect(plant.truthOf('cdu-1.supplyTemperature')!).toBeLessThan(36.5)
  })
})

describe('dead head', () => {
  test('a pump against closed valves: no flow, some power, and the water in it warms', () => {
    const plant = smallPlant({ stepMs: 1_000 })
    plant.after(minute)
    const before = plant.truthOf('cdu-1.supplyTemperature')!
    const running = plant.truthOf('cdu-1.power')!
    plant.write('cdu-1.isolationValveOpen', 0)
    plant.after(10 * minute)
    expect(plant.truthOf('cdu-1.flow')).toBe(0)
    expect(plant.truthOf('cdu-1.power')!).toBeGreaterThan(0.1 * running)
    expect(plant.truthOf('cdu-1.power')!).toBeLessThan(0.5 * running)
    expect(plant.truthOf('cdu-1.supplyTemperature')!).toBeGreaterThan(before + 3)
    plant.write('cdu-1.pumpRun', 0)
    plant.after(60 * minute)
    expect(plant.energy().energyBalanceError).toBeLessThan(1e-6)
  })

  test('opened again, the loop finds its flow and temperature', () => {
    const plant = smallPlant({ stepMs: 250 })
    plant.after(minute)
    const flow = plant.truthOf('cdu-1.flow')!
    plant.write('cdu-1.isolationValveOpen', 0)
    plant.after(minute)
    plant.write('cdu-1.isolationValveOpen', 1)
    plant.after(10 * minute)
    expect(plant.truthOf('cdu-1.flow')!).toBeCloseTo(flow, 0)
    expect(plant.truthOf('cdu-1.supplyTemperature')!).toBeCloseTo(36, 0)
  })
})

describe('laws', () => {
  test('a valve in a loop throttles late and never lets more through for less opening', () => {
    expect([throughShare(0), throughShare(1)]).toEqual([0, 1])
    expect(throughShare(0.5)).toBeCloseTo(0.93, 2)
    expect(throughShare(0.1)).toBeCloseTo(0.41, 2)
    for (let position = 0.01; position <= 1; position += 0.01)
      expect(throughShare(position)).toBeGreaterThan(throughShare(position - 0.01))
  })

  test.each([250, 1_000, 5_000, 20_000, 60_000])(
    'steps of %d ms: no pressure beyond relief and surge',
    stepMs => {
      const { share, riseKpa } = stopped90s(valveFirst('isolationValveOpen'), { seed: 3, stepMs })
      expect(share).toBeGreaterThanOrEqual(0.99)
      expect(share).toBeLessThan(2.8)
      expect(riseKpa).toBeLessThan(100)
    },
  )

  test('chips stay under their limit when one of two pumps trips at 60 % load', () => {
    const plant = smallPlant({ stepMs: 250 })
    plant.inject({ id: 'p', kind: 'pumpTrip', place: 'cdu-1-pa' })
    for (let look = 0; look < 60; look++) {
      plant.after(5 * second)
      expect(plant.truthOf('A1-t01.chipTemperature')!).toBeLessThan(85)
    }
  })
})

describe('steps of any length tell the same story', () => {
  test.each([0.3, 0.6, 0.95, 1])(
    'steady at %d of nameplate: steps of 60 s within 0.05 per cent of 5 s',
    load => {
      const kwh = (stepMs: number) => {
        const plant = smallPlant({ stepMs, load: { ...steady, cduPowerKw: () => load * 375 } })
        plant.after(6 * 60 * minute)
        return plant.energy().facilityKwh
      }
      expect(Math.abs(kwh(60_000) / kwh(5_000) - 1)).toBeLessThan(0.0005)
    },
  )
})

const steady = { name: 'steady', itFraction: () => 0.5, notes: [] }
