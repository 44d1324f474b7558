import { beforeAll, describe, expect, it } from 'vitest'
import { unknownsOf } from '#models/planning/unknowns.ts'
import { fitPlant } from '#models/plant/fit.ts'
import { nameplateModel } from '#models/plant/model.ts'
import type { Predictor } from '#models/plant/predict.ts'
import { hiddenTruth, history, priors, startSettings } from '#tests/models/syntheticSite.ts'

let of: Predictor
beforeAll(async () => {
  of = { priors, model: await fitPlant(priors, history(hiddenTruth(3), 12, 7), { seed: 1 }) }
})

describe('what telemetry has not shown', () => {
  it('tower water that always stood at one flow, chips that no sweep has warmed: both are named', () => {
    const names = unknownsOf(of).map(one => one.name)
    expect(names).toContain('tower flow against its setpoint: slope')
    expect(names).toContain('growth of IT power with chip temperature')
    expect(names).not.toContain('CDU pumps: level')
  })

  it('what the doubt about leakage costs grows with how far a move warms the chips', () => {
    const conditions = { itKw: [180, 200, 160, 190], wetBulbC: 15 }
    const warmer = (byK: number) => ({
      held: startSettings,
      settings: { ...startSettings, cduSupplyC: startSettings.cduSupplyC.map(supplyC => supplyC + byK) },
      conditions,
    })
    const costKw = (byK: number) => unknownsOf(of, warmer(byK))[0]!.costKw!
    expect(costKw(0)).toBeCloseTo(0, 6)
    expect(costKw(1)).toBeGreaterThan(0)
    expect(costKw(2)).toBeGreaterThan(1.8 * costKw(1))
  })

  it('a leakage that a sweep has shown is no longer named', () => {
    const leakage = { perK: [0.0015, 0.0015, 0.0015, 0.0015, 0.0015, 0.0015], sd: 0.0001, isIdentified: true }
    const known = { priors, model: { ...nameplateModel(priors, 1), leakage } }
    expect(unknownsOf(known).map(one => one.name)).not.toContain('growth of IT power with chip temperature')
  })
})
