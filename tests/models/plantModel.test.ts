import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { fitPlant } from '#models/plant/fit.ts'
import { nameplateModel, type PlantModel } from '#models/plant/model.ts'
import { chipAtPeak, type Predictor, type Settings } from '#models/plant/predict.ts'
import { oneStepError } from '#models/plant/score.ts'
import { predict } from '#models/plant/settle.ts'
import { openTensors, tensorsAlive } from '#models/plant/tensor.ts'
import { hiddenTruth, history, priors, startSettings } from '#tests/models/syntheticSite.ts'

const conditions = { itKw: [180, 200, 160, 190], wetBulbC: 15 }

describe('a plant whose truth is known', () => {
  const truth = hiddenTruth(2)
  const rows = history(truth, 12, 7)
  let learned: Predictor
  beforeAll(async () => {
    learned = { priors, model: await fitPlant(priors, rows, { seed: 1 }) }
  })

  it.each(['cduFlow', 'cduPump', 'chipRise', 'facilityPump', 'losses'] as const)(
    'learns the level of %s within 4 %',
    name => {
      // At the middle of what it saw, where level and slope together are what counts.
      for (const cdu of learned.model.parameters[name].keys())
        expect(
          Math.abs(learned.model.parameters[name][cdu]![0]![0]! - truth.model.parameters[name][cdu]![0]![0]!),
        ).toBeLessThan(0.04)
    },
  )

  it('foretells an hour it has not seen within 5 %, where the nameplate is wrong by more', async () => {
    const before = { priors, model: await fitPlant(priors, rows.slice(0, 36), { seed: 1 }) }
    const nextHour = rows.slice(36, 48)
    expect(oneStepError(before, nextHour).errorPercent).toBeLessThan(5)
    expect(oneStepError({ priors, model: nameplateModel(priors, 1) }, nextHour).errorPercent).toBeGreaterThan(
      5,
    )
  })

  it('knows which of two settings is cheaper wherever that matters', () => {
    let right = 0
    let judged = 0
    for (let i = 0; i < 60; i++) {
      const other: Settings = {
        ...startSettings,
        towerLeavingC: 18 + (i % 7),
        facilitySupplyC: 20 + (i % 5) + (i % 7) * 0.6,
        facilityDpKpa: 50 + (i % 4) * 12,
        cduSupplyC: [0, 1, 2, 3].map(() => 26.5 + (i % 5) * 1.1),
        cduDpKpa: [0, 1, 2, 3].map(() => 40 + (i % 3) * 15),
      }
      const real =
        predict(truth, 0, other, conditions).facilityKw -
        predict(truth, 0, startSettings, conditions).facilityKw
      const seen =
        predict(learned, 0, other, conditions).facilityKw -
        predict(learned, 0, startSettings, conditions).facilityKw
      if (Math.abs(real) < 0.35) continue
      judged++
      if (Math.sign(real) === Math.sign(seen)) right++
    }
    expect(judged).toBeGreaterThan(30)
    expect(right / judged).toBeGreaterThan(0.95)
  })

  it('is the same for the same seed, is plain JSON, and leaves no tensor behind', async () => {
    await openTensors()
    const alive = tensorsAlive()
    const again = await fitPlant(priors, rows, { seed: 1 })
    expect(again).toEqual(learned.model)
    expect(JSON.parse(JSON.stringify(again))).toEqual(again)
    expect(tensorsAlive()).toBe(alive)
  })

  it('members agree on what was seen and differ on what was not', () => {
    const spread = (model: PlantModel, feature: number) => {
      const values = model.parameters.cduPump[0]!.slice(1).map(member => member[feature]!)
      return Math.max(...values) - Math.min(...values)
    }
    expect(spread(learned.model, 0)).toBeLessThan(0.05)
    // Tower water always stood at 60 %: how its flow answers other setpoints is not known.
    const slopes = learned.model.parameters.towerFlow[0]!.slice(1).map(member => member[1]!)
    expect(Math.max(...slopes) - Math.min(...slopes)).toBeGreaterThan(0.02)
  })

  it('without a row it stands at the nameplate', async () => {
    const model = await fitPlant(priors, [], { seed: 1 })
    expect(model.span).toBeNull()
    expect(predict({ priors, model }, 0, startSettings, conditions).facilityKw).toBeGreaterThan(730)
  })

  it('a row with a silent sensor teaches what it can and nothing else', async () => {
    const deaf = rows.map(row => ({
      ...row,
      tower: { ...row.tower, fanKw: Number.NaN },
      cdus: row.cdus.map((cdu, i) => (i === 2 ? { ...cdu, chipC: Number.NaN } : cdu)),
    }))
    const model = await fitPlant(priors, deaf, { seed: 1 })
    expect(model.parameters.towerAir[0]![0]![0]).toBeCloseTo(0, 5)
    expect(model.parameters.chipRise[2]![0]![0]).toBeCloseTo(0, 5)
    expect(model.parameters.chipRise[1]![0]![0]).toBeCloseTo(truth.model.parameters.chipRise[1]![0]![0]!, 1)
  })

  it('keeps physics where physics is certain, in every member', () => {
    const settings = fc.record({
      dp: fc.double({ min: 30, max: 110, noNaN: true }),
      supply: fc.double({ min: 24, max: 40, noNaN: true }),
      facilityDp: fc.double({ min: 30, max: 150, noNaN: true }),
      it: fc.double({ min: 60, max: 370, noNaN: true }),
      member: fc.integer({ min: 0, max: 5 }),
    })
    fc.assert(
      fc.property(settings, ({ dp, supply, facilityDp, it: itKw, member }) => {
        const at = (change: Partial<{ dp: number; supply: number; facilityDp: number }>): Settings => ({
          ...startSettings,
          facilityDpKpa: change.facilityDp ?? facilityDp,
          cduSupplyC: startSettings.cduSupplyC.map(() => change.supply ?? supply),
          cduDpKpa: startSettings.cduDpKpa.map(() => change.dp ?? dp),
        })
        const load = { itKw: [itKw, itKw, itKw, itKw], wetBulbC: 15 }
        const cdu = (s: Settings) => predict(learned, member, s, load).cdus[0]!
        const chip = (s: Settings) =>
          chipAtPeak(learned, member, 0, s, { itKw, facilityC: s.facilitySupplyC })
        const more = at({ dp: dp * 1.1 })
        expect(cdu(more).flowLpm).toBeGreaterThan(cdu(at({})).flowLpm)
        expect(cdu(more).pumpKw).toBeGreaterThan(cdu(at({})).pumpKw)
        expect(chip(more)).toBeLessThan(chip(at({})) + 1e-6)
        expect(chip(at({ supply: supply + 1 }))).toBeGreaterThan(chip(at({})) - 1e-9)
        const colder = predict(
          learned,
          member,
          { ...at({}), towerLeavingC: startSettings.towerLeavingC - 1 },
          load,
        )
        expect(colder.towerFanKw).toBeGreaterThanOrEqual(predict(learned, member, at({}), load).towerFanKw)
      }),
      { numRuns: 150, seed: 5 },
    )
  })
})
