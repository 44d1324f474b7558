import { describe, expect, it } from 'vitest'
import { type HybridResetInputs, hybridResetStep, startHybridReset } from '#contract/control/resetHybrid.ts'
import { minute } from '#contract/units.ts'
import { hybridSite } from '#tests/plant/hybridPlant.ts'

const site = hybridSite()
const calm: HybridResetInputs = {
  wetBulbC: 14,
  heatFraction: 0.83,
  cdus: [{ id: 'cdu-1', chipMarginK: 20, valvePercent: 50 }],
  crahs: [{ id: 'crah-1', valvePercent: 60, supplyAirC: 24 }],
}
const start = () => startHybridReset(site, ['cdu-1'], { chilledWaterC: 12, crahAirPercent: 115 })
const setAfter = (steps: number, inputs: HybridResetInputs, from = start()) => {
  let memory = from
  for (let step = 1; step <= steps; step++)
    memory = hybridResetStep(site, memory, inputs, ((memory.steppedAt ?? 0) as number) + 5 * minute)
  return memory
}

describe('reset of a hybrid site', () => {
  it('at 14 °C wet bulb and 83 % load: tower 18 °C and 90 %, air 24 °C at 91.3 %, CDU 30 °C, economiser integrated', () => {
    const { setpoints } = setAfter(1, calm)
    expect(setpoints).toMatchObject({
      towerLeavingC: 18,
      towerFlowPercent: 90,
      crahSupplyC: 24,
      cduSupplyC: 30,
      economiserMode: 2,
    })
    expect(setpoints.crahAirPercent).toBeCloseTo(91.3, 9)
  })
  it('chilled water rises 0.1 K a step to 18 °C while all is met', () => {
    expect(setAfter(10, calm).setpoints.chilledWaterC).toBeCloseTo(13, 9)
    expect(setAfter(100, calm).setpoints.chilledWaterC).toBe(18)
  })
  it.each([
    ['a CDU valve is wide open', { ...calm, cdus: [{ id: 'cdu-1', chipMarginK: 20, valvePercent: 97 }] }],
    ['a coil valve is wide open', { ...calm, crahs: [{ id: 'crah-1', valvePercent: 99, supplyAirC: 24 }] }],
    ['the air comes too warm', { ...calm, crahs: [{ id: 'crah-1', valvePercent: 60, supplyAirC: 24.6 }] }],
  ])('0.6 K colder when %s, never below 12 °C', (_, unmet) => {
    const warm = setAfter(100, calm)
    expect(setAfter(1, unmet, warm).setpoints.chilledWaterC).toBeCloseTo(17.4, 9)
    expect(setAfter(100, unmet, warm).setpoints.chilledWaterC).toBe(12)
  })
  it('a plan in charge: its wide valves and warm air call for no colder water, nor does calm warm it', () => {
    const before = setAfter(20, calm)
    const wide = { ...calm, crahs: [{ id: 'crah-1', valvePercent: 99, supplyAirC: 27 }] }
    for (const inputs of [calm, wide])
      expect(setAfter(12, { ...inputs, heldByPlan: true }, before).setpoints.chilledWaterC).toBe(
        before.setpoints.chilledWaterC,
      )
  })
  it('what is not seen never warms the water, trims no pressure and moves no tower', () => {
    const before = setAfter(20, calm)
    const blind = setAfter(
      5,
      {
        wetBulbC: undefined,
        heatFraction: undefined,
        cdus: [{ id: 'cdu-1', chipMarginK: undefined, valvePercent: undefined }],
        crahs: [{ id: 'crah-1', valvePercent: undefined, supplyAirC: undefined }],
      },
      before,
    )
    expect(blind.setpoints).toEqual(before.setpoints)
  })
  it('pressures by the general rules: a wide coil valve raises the loop by 6 points, a hot chip its CDU by 12', () => {
    const memory = setAfter(1, {
      ...calm,
      cdus: [{ id: 'cdu-1', chipMarginK: 9, valvePercent: 50 }],
      crahs: [{ id: 'crah-1', valvePercent: 92, supplyAirC: 24 }],
    })
    expect([memory.facilityPressurePercent, memory.cduPressurePercent['cdu-1']]).toEqual([56, 72])
    expect(setAfter(100, calm)).toMatchObject({
      facilityPressurePercent: 25,
      cduPressurePercent: { 'cdu-1': 30 },
    })
  })
  it('air stays within 50 and 115 % of design, tower within its bounds', () => {
    expect(setAfter(1, { ...calm, heatFraction: 0.1, wetBulbC: -20 }).setpoints).toMatchObject({
      crahAirPercent: 50,
      towerLeavingC: 6,
      towerFlowPercent: 40,
    })
    expect(setAfter(1, { ...calm, heatFraction: 1.2 }).setpoints.crahAirPercent).toBe(115)
  })
})
