import { describe, expect, it } from 'vitest'
import { proveFallback } from '#contract/control/chip.ts'
import { type ResetInputs, resetApproachOf, resetStep, startReset } from '#contract/control/reset.ts'
import { safetyAtRest, safetyStep } from '#contract/control/safetySequence.ts'
import { minute, second } from '#contract/units.ts'
import { smallHall } from '#tests/agent/halls.ts'

const site = smallHall()
const calm: ResetInputs = {
  wetBulbC: 14,
  heatFraction: 0.43,
  facilitySupplyC: undefined,
  cdus: [{ id: 'cdu-1', chipMarginK: 20, valvePercent: 50 }],
}
const setAfter = (steps: number, inputs: ResetInputs) => {
  let memory = startReset(site, ['cdu-1'])
  for (let step = 0; step < steps; step++) memory = resetStep(site, memory, inputs, step * 5 * minute, 6)
  return memory
}

describe('reset follows the wet bulb and trims pressure until somebody asks', () => {
  it('at 14 °C wet bulb: tower 20, facility 22, CDU 26 °C, tower flow 43 % rounded up to 50 %', () => {
    expect(setAfter(1, calm).setpoints).toMatchObject({
      towerLeavingC: 20,
      facilitySupplyC: 22,
      cdus: { 'cdu-1': { supplyC: 26 } },
      towerFlowPercent: 50,
    })
  })
  it.each([
    { weather: 'frost', wetBulbC: -5, tower: 16, facility: 18, cdu: 22 },
    { weather: 'the hottest hour', wetBulbC: 29, tower: 35, facility: 32, cdu: 36 },
  ])('$weather: ends at its clamps', ({ wetBulbC, tower, facility, cdu }) => {
    expect(setAfter(1, { ...calm, wetBulbC }).setpoints).toMatchObject({
      towerLeavingC: tower,
      facilitySupplyC: facility,
      cdus: { 'cdu-1': { supplyC: cdu } },
    })
  })
  it('water that comes warmer than set is what the next loop follows: 3 K too warm at the tower, 0.5 K left to sensors', () => {
    const short = setAfter(1, {
      ...calm,
      towerLeavingC: 23,
      cdus: [{ id: 'cdu-1', chipMarginK: 20, valvePercent: 95, facilitySupplyC: 26 }],
    }).setpoints
    expect(short).toMatchObject({
      towerLeavingC: 20,
      facilitySupplyC: 24.5,
      cdus: { 'cdu-1': { supplyC: 29.5 } },
    })
  })
  it('the site says its a; 8 K where nobody has looked', () => {
    expect([resetApproachOf({}), resetApproachOf({ resetApproachK: 4 })]).toEqual([8, 4])
  })
  it('trims 1.5 points a step to the floor of 30 %, answers 12 near the limit and 24 very near', () => {
    expect(setAfter(2, calm).cduPressurePercent['cdu-1']).toBeCloseTo(57)
    expect(setAfter(60, calm).cduPressurePercent['cdu-1']).toBe(30)
    expect(
      setAfter(1, { ...calm, cdus: [{ id: 'cdu-1', chipMarginK: 9, valvePercent: 50 }] }).cduPressurePercent[
        'cdu-1'
      ],
    ).toBe(72)
    expect(
      setAfter(1, { ...calm, cdus: [{ id: 'cdu-1', chipMarginK: 4, valvePercent: 50 }] }).cduPressurePercent[
        'cdu-1'
      ],
    ).toBe(84)
  })
  it('facility pressure: trims while valves throttle, answers a wide valve, holds when one is not seen', () => {
    const valve = (valvePercent: number | undefined) =>
      setAfter(1, { ...calm, cdus: [{ id: 'cdu-1', chipMarginK: 20, valvePercent }] }).facilityPressurePercent
    expect([valve(50), valve(95), valve(undefined)]).toEqual([48, 56, 50])
  })
  it('an unknown chip never trims', () => {
    expect(
      setAfter(10, { ...calm, cdus: [{ id: 'cdu-1', chipMarginK: undefined, valvePercent: 50 }] })
        .cduPressurePercent['cdu-1'],
    ).toBe(60)
  })
  it('is safe at nameplate load on the design day', () => {
    expect(proveFallback(site)).toMatchObject({ safe: true })
    expect(proveFallback({ ...site, design: { ...site.design, cduSupplyC: 42 } })).toMatchObject({
      safe: false,
    })
  })
})

describe('the safety sequence', () => {
  const bounds = { lowest: 30, highest: 127 }
  it('under 5 K: 12 % at once and again every 10 s; under 3 K: everything, and the lease is dropped', () => {
    const first = safetyStep(safetyAtRest, 4.5, 50, bounds, 0)
    expect(first.next.dpKpa).toBeCloseTo(56)
    expect(safetyStep(first.next, 4.5, 56, bounds, 5 * second).next.dpKpa).toBeCloseTo(56)
    expect(safetyStep(first.next, 4.5, 56, bounds, 10 * second).next.dpKpa).toBeCloseTo(62.72)
    expect(safetyStep(first.next, 2.9, 56, bounds, 10 * second)).toMatchObject({
      dropLease: true,
      next: { dpKpa: 127 },
    })
  })
  it('lets go after five minutes over 8 K, not before', () => {
    const held = safetyStep(safetyAtRest, 4.5, 50, bounds, 0).next
    const calmer = safetyStep(held, 9, 56, bounds, minute).next
    expect(calmer.dpKpa).not.toBeNull()
    expect(safetyStep(calmer, 9, 56, bounds, 6 * minute).next.dpKpa).toBeNull()
  })
})
