import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { boundsOf } from '#contract/control/bounds.ts'
import { rampPerMs } from '#contract/control/ramps.ts'
import { hour } from '#contract/units.ts'
import { moveNames, planLimits, steeredOf } from '#models/planning/limits.ts'
import { type Decision, type PlanInputs, planHour, settingAt } from '#models/planning/planHour.ts'
import { fitPlant } from '#models/plant/fit.ts'
import type { Predictor, Settings } from '#models/plant/predict.ts'
import { predict } from '#models/plant/settle.ts'
import { hiddenTruth, history, priors, site, startSettings } from '#tests/models/syntheticSite.ts'
import { calmHour } from '#tests/planning/support/calmHour.ts'

const truth = hiddenTruth(3)
let of: Predictor
beforeAll(async () => {
  of = { priors, model: await fitPlant(priors, history(truth, 12, 7), { seed: 1 }) }
})

const inputs = (change: Partial<PlanInputs> = {}): PlanInputs => calmHour(of, change)

/** Nothing that a guard would have to cut. */
function expectAllowed(decision: Decision, from: PlanInputs): void {
  for (const move of decision.moves) {
    const steered = steeredOf[move.name]
    const bounds = boundsOf(site, steered)
    expect(move.value).toBeGreaterThanOrEqual(bounds.lowest - 1e-9)
    expect(move.value).toBeLessThanOrEqual(bounds.highest + 1e-9)
    const economising = steered.economising === 'up' ? move.value > move.before : move.value < move.before
    const outside = move.before < bounds.lowest || move.before > bounds.highest
    const dewPointRescue =
      from.dewPointC !== undefined &&
      (move.name === 'cduSupplyC' || move.name === 'facilitySupplyC') &&
      move.before < from.dewPointC + 2
    if (!dewPointRescue && !outside)
      expect(Math.abs(move.value - move.before)).toBeLessThanOrEqual(
        rampPerMs(site, steered, 'plan', economising) * hour + 1e-6,
      )
    expect(move.why.length).toBeGreaterThan(20)
  }
  expect(decision.reason.length).toBeGreaterThan(50)
}

describe('the plan of the hour', () => {
  it('finds a saving at night that the true plant really gives', () => {
    const decision = planHour(inputs())
    expect(decision.action).toBe('move')
    expectAllowed(decision, inputs())
    const load = inputs().forecast
    expect(predict(truth, 0, decision.settings, load).facilityKw).toBeLessThan(
      predict(truth, 0, startSettings, load).facilityKw,
    )
    expect(decision.againstHold.medianKw).toBeLessThan(0)
    expect(decision.notDone.length).toBeGreaterThan(0)
    expect(decision.expectedCurve).toHaveLength(7)
    for (const point of decision.expectedCurve) expect(point.lowKw).toBeLessThanOrEqual(point.highKw)
  })

  it('gives the same answer to the same question', () =>
    expect(planHour(inputs())).toEqual(planHour(inputs())))

  it('walks hour after hour to where nothing more is worth moving, and then keeps it', () => {
    let held: Settings = startSettings
    let last: Decision | undefined
    for (let n = 0; n < 12; n++) {
      last = planHour(inputs({ held }))
      held = last.settings
      if (last.action === 'hold') break
    }
    expect(last?.action).toBe('hold')
    expect(last!.moves).toHaveLength(12)
    for (const move of last!.moves) {
      expect(move.value).toBeCloseTo(move.before, 6)
      expect(move.why).toContain('kept')
    }
    expect(last!.againstResetKw).toBeLessThan(0)
  })

  it('leaves alone what is not in auto, and says so', () => {
    const decision = planHour(inputs({ cduIsFree: [true, false, true, true] }))
    expect(decision.moves.filter(move => move.cdu === 1)).toHaveLength(0)
    expect(decision.settings.cduSupplyC[1]).toBe(startSettings.cduSupplyC[1])
    expect(decision.notDone.some(one => one.what.includes('CDU-2'))).toBe(true)
  })

  it('warm pipes before cheap ones: with a dew point of 23 °C no water goes below 25 °C', () => {
    const decision = planHour(inputs({ dewPointC: 23 }))
    expect(decision.settings.facilitySupplyC).toBeGreaterThanOrEqual(25)
    for (const supply of decision.settings.cduSupplyC) expect(supply).toBeGreaterThanOrEqual(25)
  })

  it('with the dew point unknown nothing gets colder', () => {
    const decision = planHour(inputs({ dewPointC: undefined }))
    expect(decision.settings.facilitySupplyC).toBeGreaterThanOrEqual(startSettings.facilitySupplyC)
    expect(decision.notDone.some(one => one.why.includes('dew point'))).toBe(true)
  })

  it('mends a setting that peak load would turn into a hot chip, whatever it costs', () => {
    const hot: Settings = { ...startSettings, cduSupplyC: [44, 44, 44, 44], cduDpKpa: [31, 31, 31, 31] }
    const decision = planHour(inputs({ held: hot, peakItKw: [375, 375, 375, 375] }))
    expect(decision.action).toBe('move')
    const chip = (settings: Settings) =>
      Math.max(
        ...predict(truth, 0, settings, { itKw: [375, 375, 375, 375], wetBulbC: 15 }).cdus.map(
          cdu => cdu.chipC,
        ),
      )
    expect(chip(decision.settings)).toBeLessThan(chip(hot) - 2)
  })

  it('never leaves bounds, ramps, order of temperatures or the chip limit', () => {
    const anySettings = fc.record({
      leaving: fc.double({ min: 12, max: 30, noNaN: true }),
      flow: fc.double({ min: 40, max: 100, noNaN: true }),
      overTower: fc.double({ min: 2, max: 5, noNaN: true }),
      overFacility: fc.double({ min: 3, max: 7, noNaN: true }),
      facilityDp: fc.double({ min: 40, max: 158, noNaN: true }),
      cduDp: fc.double({ min: 35, max: 125, noNaN: true }),
      wetBulb: fc.double({ min: -5, max: 24, noNaN: true }),
      load: fc.double({ min: 60, max: 300, noNaN: true }),
    })
    fc.assert(
      fc.property(anySettings, drawn => {
        const facility = drawn.leaving + drawn.overTower
        const held: Settings = {
          towerLeavingC: drawn.leaving,
          towerFlowPercent: drawn.flow,
          facilitySupplyC: facility,
          facilityDpKpa: drawn.facilityDp,
          cduSupplyC: [0, 1, 2, 3].map(() => facility + drawn.overFacility),
          cduDpKpa: [0, 1, 2, 3].map(() => drawn.cduDp),
        }
        const asked = inputs({
          held,
          forecast: { itKw: [0, 1, 2, 3].map(() => drawn.load), wetBulbC: drawn.wetBulb },
          peakItKw: [0, 1, 2, 3].map(() => drawn.load * 1.25),
          candidates: 30,
        })
        const decision = planHour(asked)
        expectAllowed(decision, asked)
        if (decision.action !== 'move') return
        for (const name of moveNames)
          expect(Number.isFinite(settingAt(decision.settings, name, 0))).toBe(true)
        // Where the settings held are far off a limit, an hour's ramp only goes part of the way back.
        const limit = site.nameplate.chip.limitC - planLimits.chipMarginK
        if (decision.againstHold.savingShare >= 0.8 && decision.againstHold.medianKw < 0)
          expect(Math.max(...decision.chipPeakC)).toBeLessThan(
            Math.max(
              limit,
              ...planHour({ ...asked, plantIsFree: false, cduIsFree: [false, false, false, false] })
                .chipPeakC,
            ) + 0.1,
          )
      }),
      { numRuns: 10, seed: 11 },
    )
  })
})
