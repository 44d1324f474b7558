import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { heldGroups } from '#contract/control/leaseGroup.ts'
import { holderOf, slots } from '#contract/control/priority.ts'
import { hour, minute, second } from '#contract/units.ts'
import { day } from '#tests/agent/steeredDay.ts'

const facilityDp = 'facility.differentialPressureSp'
const cduDp = 'cdu-1.differentialPressureSp'
const cduSupply = 'cdu-1.supplyTemperatureSp'
const wanted = { [cduSupply]: 31, [cduDp]: 70, [facilityDp]: 74 }

type Hall = ReturnType<typeof day>
/** The hall forty minutes into a plan, which has arrived. */
function underPlan(): Hall {
  const hall = day()
  hall.wish(...hall.auto())
  hall.wish(...hall.lease('plan1', wanted))
  hall.pass(40 * minute)
  for (const [key, value] of Object.entries(wanted)) expect(hall.holds(key), key).toBe(value)
  return hall
}
const heldPlans = (hall: Hall) => heldGroups(hall.memory().book).map(group => group.id)
const valve = (hall: Hall, percent: number) => hall.set('cdu-2.valvePosition', percent)
/** Chips of this hall may have 85 °C. */
const chipMargin = (hall: Hall, marginK: number) => hall.set('A2-t03.chipTemperature', 85 - marginK)

describe('a plan keeps its leases while protection adds to it', () => {
  it('a valve wide open for ten minutes: facility pressure rises, the rest of the plan stands, then the pressure comes back at the ramp', () => {
    const hall = underPlan()
    valve(hall, 98)
    hall.pass(10 * minute)
    const raisedKpa = hall.holds(facilityDp)
    expect(raisedKpa).toBeGreaterThan(74 + 15)
    expect(heldPlans(hall)).toEqual(['plan1'])
    expect(hall.holds(cduSupply)).toBe(31)
    expect(hall.holds(cduDp)).toBe(70)
    expect(hall.reports(facilityDp).at(-1)).toMatchObject({
      state: 'clipped',
      requested: 74,
      check: 'protection',
      why: 'protection (a CDU valve is wide open) holds it above the 74 kPa asked for',
    })
    expect(hall.reports(facilityDp).at(-1)?.allowed).toBeCloseTo(raisedKpa, 3)
    expect(hall.reports(facilityDp).at(-1)?.applied).toBeCloseTo(raisedKpa, 3)
    valve(hall, 60)
    hall.pass(6 * minute)
    expect(hall.reports(facilityDp).at(-1)).toMatchObject({ state: 'applied', check: 'guard.ramp' })
    hall.pass(30 * minute)
    // 15 % of 120 kPa an hour, from five minutes after the valve on.
    expect(raisedKpa - hall.holds(facilityDp)).toBeGreaterThan(8.5)
    expect(raisedKpa - hall.holds(facilityDp)).toBeLessThan(9.5)
    expect(heldPlans(hall)).toEqual(['plan1'])
    expect(hall.states(facilityDp)).not.toContain('returned')
  })

  it('chips 4 K under their limit: CDU pressure rises, the plan stands, and is approached again when they are cool', () => {
    const hall = underPlan()
    chipMargin(hall, 4)
    hall.pass(5 * minute)
    const raisedKpa = hall.holds(cduDp)
    expect(raisedKpa).toBeGreaterThan(100)
    expect(heldPlans(hall)).toEqual(['plan1'])
    expect(hall.holds(cduSupply)).toBe(31)
    expect(hall.holds(facilityDp)).toBe(74)
    expect(hall.reports(cduDp).at(-1)).toMatchObject({ state: 'clipped', check: 'protection', requested: 70 })
    chipMargin(hall, 20)
    hall.pass(35 * minute)
    // 15 % of 100 kPa an hour, for the half hour since chips were cool for five minutes.
    expect(raisedKpa - hall.holds(cduDp)).toBeGreaterThan(7)
    expect(raisedKpa - hall.holds(cduDp)).toBeLessThan(8)
    expect(heldPlans(hall)).toEqual(['plan1'])
  })

  it('chips 2 K under their limit: full pressure, and the plan goes home, flow before warmer water', () => {
    const hall = day()
    hall.wish(...hall.auto())
    hall.wish(...hall.lease('plan1', { [cduSupply]: 28.5, [cduDp]: 60, [facilityDp]: 62 }))
    hall.pass(80 * minute)
    const from = hall.now()
    chipMargin(hall, 4)
    hall.pass(20 * second)
    expect(heldPlans(hall)).toEqual(['plan1'])
    chipMargin(hall, 2)
    hall.pass(20 * minute)
    expect(heldPlans(hall)).toEqual([])
    expect(hall.reports(cduSupply).at(-1)).toMatchObject({ state: 'returned', check: 'safety.chipMargin' })
    expect(hall.holds(cduDp)).toBeCloseTo(127.7, 1)
    const firstMove = (key: string) =>
      hall.writes.find(write => write.at > from && `${write.equipment}.${write.point}` === key)?.at
    expect(firstMove(cduDp)).toBeLessThan(firstMove(facilityDp) as number)
    expect(firstMove(facilityDp)).toBeLessThan(firstMove(cduSupply) as number)
    expect(hall.holds(facilityDp)).toBeGreaterThan(62)
    expect(hall.holds(cduSupply)).toBeGreaterThan(28.5)
  })

  it('protection that outlasts the hour: the next plan takes over under it, and the last one lapses in its time', () => {
    const hall = underPlan()
    valve(hall, 98)
    hall.pass(30 * minute)
    hall.wish(...hall.lease('plan2', wanted))
    hall.pass(80 * minute)
    expect(heldPlans(hall)).toEqual(['plan2'])
    expect(hall.holds(facilityDp)).toBeCloseTo(158.7, 1)
    expect(hall.reports(facilityDp).at(-1)).toMatchObject({ groupId: 'plan2', check: 'protection' })
    hall.pass(11 * minute)
    expect(heldPlans(hall)).toEqual([])
    expect(hall.reports(cduSupply).at(-1)).toMatchObject({ groupId: 'plan2', state: 'expired' })
  })

  it.each<{ what: string; happens: (hall: Hall) => void; check: string }>([
    {
      what: 'a hand at the agent',
      happens: hall =>
        hall.wish({
          kind: 'manual',
          equipment: 'facility',
          point: 'differentialPressureSp',
          value: 80,
          by: 'Ada',
        }),
      check: 'priority',
    },
    {
      what: 'a CDU that leaves auto',
      happens: hall => hall.wish(hall.mode('cdu-1', 'advise')),
      check: 'lease.mode',
    },
    {
      what: 'a stopped loop',
      happens: hall => hall.stoppedLoops.add('cdu-1'),
      check: 'interlock',
    },
    {
      what: 'a device that does not take the pressure',
      happens: hall => hall.stuck.add(facilityDp),
      check: 'readback',
    },
    {
      what: 'a dew point that keeps the water warmer',
      happens: hall => hall.set('hall.dewPoint', 30),
      check: 'guard.dewPoint',
    },
  ])('$what ends it all the same', ({ happens, check }) => {
    const hall = underPlan()
    valve(hall, 98)
    hall.pass(5 * minute)
    expect(hall.reports(facilityDp).at(-1)).toMatchObject({ check: 'protection' })
    happens(hall)
    hall.pass(5 * minute)
    expect(heldPlans(hall)).toEqual([])
    expect(hall.reports(cduSupply).find(report => report.state === 'returned')).toMatchObject({ check })
  })
})

describe('protection is a floor under what is asked for', () => {
  it('a plan that asks for more facility pressure than a wide valve got has it, at its own ramp', () => {
    const hall = day()
    hall.wish(...hall.auto())
    valve(hall, 98)
    hall.pass(3 * minute)
    valve(hall, 93)
    const floorKpa = hall.holds(facilityDp)
    hall.wish(...hall.lease('plan1', { [facilityDp]: 110 }))
    hall.pass(10 * minute)
    expect(hall.holds(facilityDp)).toBeGreaterThan(floorKpa + 5)
    // Three times 15 % of 120 kPa an hour.
    expect(hall.holds(facilityDp)).toBeLessThan(floorKpa + 9.6)
    hall.pass(20 * minute)
    expect(hall.holds(facilityDp)).toBe(110)
    expect(hall.states(facilityDp)).not.toContain('clipped')
  })

  it('warm chips get their pressure at once even where the plan asks for more and comes slowly', () => {
    const hall = day()
    hall.wish(...hall.auto())
    hall.wish(...hall.lease('plan1', { [cduDp]: 120 }))
    const before = hall.holds(cduDp)
    chipMargin(hall, 4.5)
    hall.pass(20 * second)
    expect(hall.holds(cduDp)).toBeGreaterThan(before * 1.12)
    expect(hall.holds(cduDp)).toBeLessThan(119)
    chipMargin(hall, 5.1)
    hall.pass(hour)
    expect(hall.memory().safety['cdu-1']?.dpKpa).toBeLessThan(119)
    expect(hall.holds(cduDp)).toBe(120)
  })

  it('whatever valves, chips and hands do, a pressure falls only toward the larger of what is asked for and the floor', () => {
    const pressures = [facilityDp, cduDp] as const
    const kpa = fc.double({ min: 60, max: 120, noNaN: true })
    const happening = fc.oneof(
      fc.record({ what: fc.constant('valve' as const), value: fc.constantFrom(50, 93, 98) }),
      fc.record({ what: fc.constant('margin' as const), value: fc.constantFrom(2, 5.1, 20) }),
      fc.record({ what: fc.constant('hand' as const), value: fc.option(kpa) }),
      fc.record({ what: fc.constant('panel' as const), value: kpa }),
    )
    const pressureOf = (hall: Hall, key: (typeof pressures)[number]) => {
      const { slots: array, ramped, pending } = hall.memory().outputs[key]!
      const { asked } = holderOf(array, hall.now(), { held: ramped, relinquishDefault: 0 })
      const floor = array[slots.safetySequence - 1]?.value ?? 0
      return { least: Math.max(asked.value, floor), isOnItsWay: pending !== null }
    }
    const happen = (
      hall: Hall,
      { what, value }: typeof happening extends fc.Arbitrary<infer T> ? T : never,
    ) => {
      if (what === 'valve') valve(hall, value)
      if (what === 'margin') chipMargin(hall, value)
      for (const key of pressures) {
        const [equipment = '', point = ''] = key.split('.')
        if (what === 'hand') hall.wish({ kind: 'manual', equipment, point, value, by: 'Ada' })
        // A write that is on its way is sent again over whatever is set at the device.
        if (what === 'panel' && !pressureOf(hall, key).isOnItsWay) hall.set(key, value)
      }
    }
    fc.assert(
      fc.property(fc.array(happening, { minLength: 5, maxLength: 20 }), happenings => {
        const hall = day()
        valve(hall, 98)
        hall.pass(2.5 * minute)
        valve(hall, 93)
        chipMargin(hall, 4.5)
        hall.pass(10 * second)
        chipMargin(hall, 6)
        for (const one of happenings) {
          happen(hall, one)
          for (let cycle = 0; cycle < 6; cycle++) {
            const before = pressures.map(key => hall.holds(key))
            hall.pass(30 * second, 30 * second)
            pressures.forEach((key, index) => {
              const least = Math.min(before[index] as number, pressureOf(hall, key).least)
              expect(hall.holds(key), key).toBeGreaterThan(least - 0.01)
            })
          }
        }
      }),
      { numRuns: 40 },
    )
  })
})
