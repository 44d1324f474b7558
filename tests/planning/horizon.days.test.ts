import { beforeAll, describe, expect, it } from 'vitest'
import type { Site } from '#contract/site/site.ts'
import { hour } from '#contract/units.ts'
import { decideHour } from '#models/planning/decideHour.ts'
import type { Objective } from '#models/planning/objective.ts'
import { type Decision, type HourMean, type PlanInputs, planHour } from '#models/planning/planHour.ts'
import { withLeakage } from '#models/planning/resetCourse.ts'
import { objectiveOf } from '#models/planning/worth.ts'
import { fitPlant } from '#models/plant/fit.ts'
import type { Predictor, Settings } from '#models/plant/predict.ts'
import { nameplatePriors } from '#models/plant/priors.ts'
import { predict } from '#models/plant/settle.ts'
import { hiddenTruth, history, priors, site, startSettings } from '#tests/models/syntheticSite.ts'
import { calmHour } from '#tests/planning/support/calmHour.ts'

const truth = hiddenTruth(3)
const rows = history(truth, 12, 7)
let of: Predictor
/** Where plans of one hour come to in calm air of 12 °C. */
let calm: Settings

const itKw = [180, 200, 160, 190]
const air = (wetBulbC: number): HourMean => ({ itKw, wetBulbC })
const inputs = (change: Partial<PlanInputs> = {}): PlanInputs => calmHour(of, change)
const settledIn = (wetBulbC: number): Settings => {
  let held = startSettings
  for (let turn = 0; turn < 8; turn++) held = planHour(inputs({ held, forecast: air(wetBulbC) })).settings
  return held
}
beforeAll(async () => {
  of = { priors, model: await fitPlant(priors, rows, { seed: 1 }) }
  calm = settledIn(12)
})

/** What the true plant takes, chips that run warmer than under the settings held leaking more. */
const trueKw = (settings: Settings, hourMean: HourMean, held: Settings): number =>
  predict(truth, 0, settings, withLeakage(truth, held, hourMean, { member: 0, perK: 0.002 })).facilityKw

/** Hour by hour a plan that knows the hours to come, and what the true plant takes of each. */
function course(
  wetBulbC: readonly number[],
  how: { readonly hours: number; readonly plan?: (place: number) => Partial<PlanInputs> },
) {
  const at = (place: number) => air(wetBulbC[Math.min(place, wetBulbC.length - 1)] as number)
  const before = settledIn(wetBulbC[0] as number)
  const decisions: Decision[] = []
  const facilityKw: number[] = []
  for (const place of wetBulbC.keys()) {
    const laterHours = Array.from({ length: how.hours - 1 }, (_, later) => at(place + later + 1))
    const held = decisions.at(-1)?.settings ?? before
    const decision = planHour(inputs({ held, forecast: at(place), laterHours, ...how.plan?.(place) }))
    decisions.push(decision)
    facilityKw.push(trueKw(decision.settings, at(place), before))
  }
  return { before, decisions, facilityKw }
}

/** Damp, two dry hours in which colder water pays, and damp again: colder water takes hours to bring back. */
const dryNoon = [20, 8, 8, 20] as const

describe('what a plan of several hours lowers', () => {
  it('a demand charge keeps the plan from a new highest hour that energy alone would take', () => {
    const ofEnergy = course(dryNoon, { hours: 3 })
    const highestSoFarKw = (ofEnergy.facilityKw[0] as number) + 0.2
    const objective: Objective = { name: 'cost', pricePerKwh: [0.1], demandPerKw: 20, highestSoFarKw }
    const ofCost = course(dryNoon, { hours: 3, plan: () => ({ objective }) })
    expect(ofEnergy.facilityKw[3]).toBeGreaterThan(highestSoFarKw + 0.4)
    expect(Math.max(...ofCost.facilityKw)).toBeLessThan(highestSoFarKw + 0.1)
    const planned = (change: object) =>
      planHour(inputs({ forecast: air(8), laterHours: [air(17)], objective: { ...objective, ...change } }))
    expect(planned({ highestSoFarKw: 2_000 }).reason).toContain("The month's highest hour stands at 2000 kW")
    expect(planned({ highestSoFarKw: 700 }).reason).toContain('A new highest hour of the month is foreseen')
    // What is paid for already costs nothing more.
    expect(planned({ highestSoFarKw: 2_000 }).settings).toEqual(planned({ demandPerKw: 0 }).settings)
  })

  it('at a sunny noon the hour that counts is the dirty one after it', () => {
    const ten = Date.parse('2026-06-19T15:00Z')
    const grid = { gramsPerKwh: 500, periods: [{ fromHour: 11, toHour: 13, days: 'all', gramsPerKwh: 50 }] }
    const planning = { holidays: [], objective: 'carbon', carbon: grid } as NonNullable<Site['planning']>
    const sunny = { ...site, timeZone: 'America/Chicago', planning }
    const plan = (place: number) => {
      const hourStartAt = ten + place * hour
      return {
        of: { ...of, priors: { ...priors, site: sunny } },
        hourStartAt,
        objective: objectiveOf(sunny, { hourStartAt, hours: 3 }, []),
      }
    }
    expect(plan(1).objective).toEqual({ name: 'carbon', gramsPerKwh: [50, 50, 500] })
    const [ofEnergy, ofCarbon] = [course(dryNoon, { hours: 3 }), course(dryNoon, { hours: 3, plan })]
    const grams = ({ facilityKw }: { facilityKw: readonly number[] }) =>
      facilityKw.reduce((sum, kw, place) => sum + kw * ([500, 50, 50, 500][place] as number), 0)
    expect(ofCarbon.facilityKw[2]).toBeGreaterThan((ofEnergy.facilityKw[2] as number) + 0.2)
    expect(ofCarbon.facilityKw[3]).toBeLessThan((ofEnergy.facilityKw[3] as number) - 0.4)
    expect(grams(ofCarbon)).toBeLessThan(grams(ofEnergy))
    const reason = ofCarbon.decisions[2]?.reason
    expect(reason).toContain(
      'Least carbon over 3 h: the grid’s dirty hours begin at 13:00 (500 g/kWh instead of 50 g/kWh).',
    )
  })

  it('a wet front in the third hour is prepared for by a plan that sees it: water warms by 2 K in an hour', () => {
    const front = [8, 8, 8, 16, 18, 18, 18]
    const [one, four] = [course(front, { hours: 1 }), course(front, { hours: 4 })]
    const towerC = ({ decisions }: typeof one) => decisions[2]?.settings.towerLeavingC
    expect(towerC(one)).toBeCloseTo(one.before.towerLeavingC, 0)
    expect(towerC(four)).toBeGreaterThan(one.before.towerLeavingC + 1.5)
    const kwh = ({ facilityKw }: typeof one) => facilityKw.reduce((sum, kw) => sum + kw, 0)
    expect(kwh(four)).toBeLessThan(0.999 * kwh(one))
  })

  it('a day of usual air takes no more for looking ahead', () => {
    const day = [10, 10.5, 11.5, 13, 14, 15, 15.5, 15, 14, 12.5]
    const kwh = (hours: number) => course(day, { hours }).facilityKw.reduce((sum, kw) => sum + kw, 0)
    expect(kwh(3)).toBeLessThan(1.0002 * kwh(1))
  })
})

describe('limits of later hours', () => {
  it('a limit that only the fourth hour would break does not stop what saves now', () => {
    const impossible: HourMean = { itKw: [370, 370, 370, 370], wetBulbC: 15 }
    const one = planHour(inputs())
    const four = planHour(inputs({ laterHours: [air(15), air(15), impossible] }))
    const saved = ({ settings }: Decision) =>
      trueKw(startSettings, air(15), startSettings) - trueKw(settings, air(15), startSettings)
    expect(four.action).toBe('move')
    expect(saved(four)).toBeGreaterThan(0.5 * saved(one))
  })

  it('those of this hour hold whatever a demand charge would give for breaking them', () => {
    const peakItKw = [375, 375, 375, 375]
    const dearest: Objective = { name: 'cost', pricePerKwh: [0.02], demandPerKw: 100, highestSoFarKw: 0 }
    const hottest = (objective: Objective) =>
      Math.max(...planHour(inputs({ held: calm, peakItKw, laterHours: [air(18)], objective })).chipPeakC)
    expect(hottest(dearest)).toBeLessThan(hottest({ name: 'energy' }) + 0.2)
  })
})

describe('one hour of energy', () => {
  it('is the same decision to the digit, whether it is said or not', () => {
    expect(planHour(inputs({ laterHours: [], objective: { name: 'energy' } }))).toEqual(planHour(inputs()))
    const newest = rows.at(-1)
    const now = (newest?.at ?? 0) + 300_000
    const decided = (planning: Site['planning']) =>
      decideHour({ ...site, ...(planning ? { planning } : {}) }, of, rows, {
        ...inputs(),
        now,
        hourStartAt: now,
        wetBulbC: 15.2,
      })
    const plain = decided(undefined)
    expect(decided({ objective: 'energy', holidays: [], horizonHours: 1 })).toEqual(plain)
    expect(plain.objective).toBe('energy')
    expect(plain.reason).not.toMatch(/Least|over \d h/)
  })

  it('three hours cost less than three times the work, and seven are refused', () => {
    const one = planHour(inputs())
    const three = planHour(inputs({ laterHours: [air(15.5), air(16)] }))
    expect(three.judged).toBeLessThan(3 * one.judged)
    expect(three.judged).toBeGreaterThan(one.judged)
    expect(() => planHour(inputs({ laterHours: Array.from({ length: 6 }, () => air(15)) }))).toThrow(
      /1 to 6 hours/,
    )
  })

  it('a site’s tariff comes to the plan with its clock and its words', () => {
    const planning: NonNullable<Site['planning']> = {
      holidays: [],
      horizonHours: 3,
      objective: 'cost',
      tariff: {
        currency: 'EUR',
        perKwh: 0.11,
        periods: [{ fromHour: 14, toHour: 18, days: 'all', perKwh: 0.34 }],
      },
    }
    const dear = { ...site, timeZone: 'UTC', planning }
    const now = (rows.at(-1)?.at ?? 0) + 300_000
    const decision = decideHour(dear, { ...of, priors: nameplatePriors(dear) }, rows, {
      ...inputs(),
      now,
      hourStartAt: now,
      wetBulbC: 15.2,
    })
    expect(decision.objective).toBe('cost')
    expect(decision.reason).toContain(
      "Least cost over 3 h: the tariff's dear hours begin at 14:00 (0.34 EUR/kWh instead of 0.11 EUR/kWh).",
    )
    expect(decision.reason).toMatch(/save \d+\.\d\d EUR over 3 h against leaving things as they are/)
  })
})
