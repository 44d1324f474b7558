import { describe, expect, test } from 'vitest'
import { leverReach } from '#contract/control/levers/leverRamp.ts'
import { hour } from '#contract/units.ts'
import { type LeverDecision, type LeverPlanInputs, planLevers } from '#models/planning/levers/planLevers.ts'
import { seededRandom } from '#models/plant/random.ts'
import {
  commissioned,
  handPlant,
  inputsOf,
  levers,
  oneHour,
  placeOf,
} from '#tests/planning/levers/handPlant.ts'

const at = (decision: LeverDecision, name: string) => decision.values[placeOf(name)] as number
const [supply, pads, facilityDp] = ['facilitySupplyC', 'padsAboveC', 'facilityDpKpa'] as const

/** Hour after hour under the same weather and load. */
function afterHours(hours: number, options: Partial<LeverPlanInputs> = {}): LeverDecision[] {
  const decisions: LeverDecision[] = []
  let held = options.held ?? commissioned
  for (let turn = 0; turn < hours; turn++) {
    const decision = planLevers(inputsOf({ ...options, held, seed: turn }))
    decisions.push(decision)
    held = decision.values
  }
  return decisions
}

describe('a plan for any kind of plant', () => {
  test('never leaves bounds and ramps, wherever it starts', () => {
    const random = seededRandom(3)
    for (let turn = 0; turn < 5; turn++) {
      const held = levers.map(({ lowest, highest }) => lowest + random() * (highest - lowest))
      const { values } = planLevers(inputsOf({ held, seed: turn }))
      for (const [place, lever] of levers.entries()) {
        const { down, up } = leverReach(lever, hour)
        const [before, value] = [held[place] as number, values[place] as number]
        expect(value, lever.name).toBeGreaterThanOrEqual(Math.max(lever.lowest, before - down) - 1e-9)
        expect(value, lever.name).toBeLessThanOrEqual(Math.min(lever.highest, before + up) + 1e-9)
      }
    }
  })

  test('saves each hour until nothing is worth a move, and then holds', () => {
    const decisions = afterHours(14)
    expect(decisions[0]?.action).toBe('move')
    expect(decisions[0]?.againstHold.medianKw).toBeLessThan(0)
    expect(decisions.slice(-3).map(decision => decision.action)).toEqual(['hold', 'hold', 'hold'])
    const facilityKw = decisions.map(decision => decision.facilityKw)
    expect(facilityKw.at(-1)).toBeLessThan((facilityKw[0] as number) - 5)
    expect(at(decisions.at(-1) as LeverDecision, facilityDp)).toBeLessThan(120)
  })

  test('the same inputs give the same decision, to the last word', () => {
    expect(planLevers(inputsOf())).toEqual(planLevers(inputsOf()))
  })

  test('a limit that is broken now is mended, whatever it costs', () => {
    const held = levers.map(lever =>
      lever.name.startsWith('tankSupplyC')
        ? 54
        : lever.name.startsWith('tankDpKpa')
          ? 40
          : lever.commissioned,
    )
    const hot = { ...inputsOf({ held }), peakItKw: oneHour(100).itKw }
    const decision = planLevers(hot)
    expect(decision.action).toBe('move')
    expect(decision.reason).toContain('would break a limit')
    const before = handPlant().predict(0, held, { ...oneHour(100) }).hottestC
    expect(Math.max(...decision.hottestPeakC)).toBeLessThan(Math.max(...before))
  })

  test('an ensemble that cannot agree on the sign moves nothing', () => {
    const settled = afterHours(14).at(-1) as LeverDecision
    // Two members would have the fans work less, two more: where one gains the other loses.
    const torn = handPlant({ fanOf: [1.6, 0.3, 0.3, 1.7, 1.7] })
    const decision = planLevers(inputsOf({ held: settled.values, plant: torn }))
    expect(decision.againstHold.savingShare).toBeLessThan(0.8)
    expect(decision.action).toBe('hold')
    expect(decision.values).toEqual(settled.values)
  })

  test('levers that are not its own stay', () => {
    const isFree = levers.map(lever => !lever.name.startsWith('tank'))
    const { values, moves } = planLevers(inputsOf({ isFree }))
    levers.forEach((lever, place) => {
      if (!isFree[place]) expect(values[place], lever.name).toBe(commissioned[place])
    })
    expect(moves.map(move => move.lever)).toEqual([supply, facilityDp, pads])
  })

  test('with the dew point unknown no pipe that sweats gets colder', () => {
    // So warm that colder tanks pay, by leakage, for what the fans need to make the water for them.
    const held = levers.map(lever =>
      lever.name === supply ? 38 : lever.name.startsWith('tankSupplyC') ? 44 : lever.commissioned,
    )
    const tank = 'tankSupplyC/tank-1'
    const seen = planLevers(inputsOf({ held, dewPointC: 12 }))
    const blind = planLevers(inputsOf({ held, dewPointC: undefined }))
    expect(at(seen, tank)).toBeLessThan(44)
    expect(at(blind, tank)).toBeGreaterThanOrEqual(44)
    expect(at(blind, supply)).toBeGreaterThanOrEqual(38)
  })

  test('goes one step beyond what telemetry has shown, not further', () => {
    const known = levers.map(lever => [lever.commissioned, lever.commissioned] as const)
    const course = afterHours(6, { plant: handPlant({ known }) })
    for (const { values } of course)
      for (const [place, lever] of levers.entries()) {
        if (lever.name === pads) continue
        const step = lever.unit === 'C' ? 1.5 : 0.1 * lever.commissioned
        expect(Math.abs((values[place] as number) - lever.commissioned), lever.name).toBeLessThanOrEqual(
          step + 1e-9,
        )
      }
    expect(course.at(-1)?.notDone.map(({ why }) => why)).toContain('telemetry has not shown the plant there')
  })

  test('in weather like none that it has seen nothing moves toward less cooling', () => {
    const knownOutside = { wetBulbC: [0, 9], dryBulbC: [0, 12], itKw: [600, 800] } as const
    const decision = planLevers(inputsOf({ knownOutside }))
    expect(decision.unfamiliar).toEqual(['wet bulb 15.0 °C', 'dry bulb 20.0 °C'])
    for (const [place, lever] of levers.entries()) {
      const moved = (decision.values[place] as number) - (commissioned[place] as number)
      expect(lever.economising === 'up' ? moved : -moved, lever.name).toBeLessThanOrEqual(0)
    }
  })

  test('a threshold stands far from the weather that it divides', () => {
    const wet = planLevers(inputsOf({ hours: [oneHour(70, 36, 18)] }))
    expect(at(wet, pads)).toBe(levers[placeOf(pads)]?.lowest)
    const dry = planLevers(inputsOf({ hours: [oneHour(70, 15, 14.8)] }))
    expect(at(dry, pads)).toBe(levers[placeOf(pads)]?.highest)
  })

  test('each move says from where to where, what it does to powers and chips; the plan what is not known', () => {
    const decision = planLevers(inputsOf())
    const moved = decision.moves.find(move => move.lever === facilityDp)
    expect(moved?.why).toMatch(/^\d+ kPa to \d+ kPa: facility pumps less by \d/)
    const tank = decision.moves.find(move => move.lever.startsWith('tankDpKpa'))
    expect(tank?.why).toMatch(/hottest chip \d+\.\d °C at peak load/)
    expect(decision.reason).toContain('Poorly known: conductance of the coolers (± 12 %)')
    expect(decision.againstHold.spreadKw).toBeGreaterThanOrEqual(0)
  })

  test('seven hours ahead are refused', () => {
    expect(() => planLevers(inputsOf({ hours: Array.from({ length: 7 }, () => oneHour()) }))).toThrow(
      /1 to 6 hours/,
    )
  })
})

describe('what a plan lowers', () => {
  test('under a tariff the dear hour decides: a cool cheap hour gives way to a warm dear one', () => {
    // A cool hour, in which colder water costs next to nothing and spares the chips, before one that wants warmer water.
    const hours = [oneHour(70, 12, 10), oneHour(70, 33, 20)]
    const held = levers.map(lever =>
      lever.name === supply ? 28 : lever.name.startsWith('tankSupplyC') ? 33 : lever.commissioned,
    )
    const plan = (pricePerKwh: readonly number[]) =>
      at(
        planLevers(
          inputsOf({
            hours,
            held,
            objective: { name: 'cost', pricePerKwh, demandPerKw: 0, highestSoFarKw: 0 },
          }),
        ),
        supply,
      )
    const [early, late] = [plan([0.9, 0.1]), plan([0.1, 0.9])]
    expect(late).toBeGreaterThan(early + 0.5)
    const carbon = planLevers(
      inputsOf({ hours, held, objective: { name: 'carbon', gramsPerKwh: [50, 450] } }),
    )
    expect(at(carbon, supply)).toBeCloseTo(late, 1)
  })

  test('equal prices are energy', () => {
    const objective = { name: 'cost', pricePerKwh: [0.2], demandPerKw: 0, highestSoFarKw: 0 } as const
    expect(planLevers(inputsOf({ objective })).values).toEqual(planLevers(inputsOf()).values)
  })
})
