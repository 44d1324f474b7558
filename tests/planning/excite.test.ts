import { beforeAll, describe, expect, it } from 'vitest'
import { hour } from '#contract/units.ts'
import { excitationLimits } from '#models/planning/excite.ts'
import { type MoveName, moveNames } from '#models/planning/limits.ts'
import { type Decision, type PlanInputs, planHour, settingAt } from '#models/planning/planHour.ts'
import { type Unknown, unknownsOf } from '#models/planning/unknowns.ts'
import { fitPlant } from '#models/plant/fit.ts'
import type { Predictor, Settings } from '#models/plant/predict.ts'
import { hiddenTruth, history, priors, startSettings } from '#tests/models/syntheticSite.ts'
import { calmHour } from '#tests/planning/support/calmHour.ts'

let of: Predictor
/** Where an hour after hour of plans ends: nothing more is worth moving. */
let rest: Settings
beforeAll(async () => {
  of = { priors, model: await fitPlant(priors, history(hiddenTruth(3), 12, 7), { seed: 1 }) }
  rest = startSettings
  for (let n = 0; n < 12; n++) rest = planHour(inputs({ held: rest })).settings
})

const inputs = (change: Partial<PlanInputs> = {}): PlanInputs => calmHour(of, { held: rest, ...change })

const unknown = (part: Unknown['part']): Unknown => ({
  part,
  name: `what ${part} does`,
  spreadPercent: 10,
  costKw: null,
})
const movedFamilies = (decision: Decision, held: Settings = rest): MoveName[] =>
  moveNames.filter(name =>
    decision.moves.some(
      move => move.name === name && Math.abs(move.value - settingAt(held, name, move.cdu)) > 0.2,
    ),
  )

describe('small steps of a plan that has nothing better to do', () => {
  it('a plant at rest that was never swept is moved a little in one hour of three, one family at a time, for next to nothing', () => {
    const toLearn = unknownsOf(of)
    const decisions = Array.from({ length: 12 }, (_, at) =>
      planHour(inputs({ hourStartAt: at * hour, toLearn })),
    )
    const steps = decisions.filter(decision => decision.action === 'move')
    expect(
      decisions.map(({ action }, at) => (action === 'move' ? at % excitationLimits.everyHours : 0)),
    ).toEqual(decisions.map(() => 0))
    expect(steps.length).toBeGreaterThan(1)
    for (const step of steps) {
      expect(movedFamilies(step)).toHaveLength(1)
      expect(step.reason).toContain('a small step shows what is not known yet')
      expect(step.againstHold.medianKw).toBeLessThanOrEqual(
        excitationLimits.costShare * step.againstHold.facilityKw,
      )
      expect(step.moves.filter(({ why }) => why.startsWith('A small step')).length).toBeGreaterThan(0)
    }
    expect(new Set(steps.flatMap(step => movedFamilies(step))).size).toBeGreaterThan(1)
  })

  it('leakage is asked of warmer and colder water, neighbouring CDUs to opposite sides', () => {
    const { settings } = planHour(inputs({ toLearn: [unknown('leakage')] }))
    const shifts = settings.cduSupplyC.map((value, cdu) => value - (rest.cduSupplyC[cdu] as number))
    expect(Math.sign(shifts[0] as number)).toBe(-Math.sign(shifts[1] as number))
    for (const shift of shifts) expect(Math.abs(shift)).toBeLessThanOrEqual(excitationLimits.stepK + 1e-6)
  })

  it('a family stands on one side and then on the other', () => {
    const at = (turn: number) =>
      planHour(
        inputs({
          hourStartAt: turn * excitationLimits.everyHours * hour,
          toLearn: [unknown('towerPump')],
        }),
      ).settings.towerFlowPercent - rest.towerFlowPercent
    // Where only one side is free both turns go there.
    expect(Math.abs(at(0))).toBeGreaterThan(1)
    expect(Math.abs(at(1))).toBeGreaterThan(1)
  })

  it('what follows the load alone is not asked for by moving anything, and a swept plant is left alone', () => {
    expect(planHour(inputs({ toLearn: [unknown('losses'), unknown('itMeter')] })).action).toBe('hold')
    expect(planHour(inputs()).action).toBe('hold')
  })

  it('nothing is tried where a limit is broken or only cooling could be lost: a CDU in other hands stays where it is', () => {
    const decision = planHour(
      inputs({ toLearn: [unknown('leakage')], cduIsFree: [false, false, false, false] }),
    )
    expect(decision.settings.cduSupplyC).toEqual(rest.cduSupplyC)
  })
})
