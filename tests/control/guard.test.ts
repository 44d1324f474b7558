import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundsOf, commissionedValue, steeredPoint, steeredPoints } from '#contract/control/bounds.ts'
import { type GuardQuestion, guard } from '#contract/control/guard.ts'
import type { Asker } from '#contract/control/ramps.ts'
import { hour, minute, second } from '#contract/units.ts'
import { smallHall } from '#tests/agent/halls.ts'

const site = smallHall()
const cduSupply = steeredPoint('cdu', 'supplyTemperatureSp')!
const cduPressure = steeredPoint('cdu', 'differentialPressureSp')!
const facilitySupply = steeredPoint('facilityLoop', 'supplyTemperatureSp')!
const ask = (change: Partial<GuardQuestion>) =>
  guard({
    site,
    steered: cduSupply,
    asker: 'plan',
    requested: 34,
    held: 32,
    elapsedMs: hour,
    dewPointC: 12,
    inputsFresh: true,
    ...change,
  })

describe('whatever is asked, the guard lets through a number inside the bounds', () => {
  const strange = fc.oneof(
    fc.double(),
    fc.constantFrom(
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      -0,
      1e308,
      -1e308,
      Number.MIN_VALUE,
    ),
    fc.double({ min: -100, max: 300 }),
  )
  it('10,000 fuzzed commands', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...steeredPoints),
        fc.constantFrom<Asker>('plan', 'operator', 'schedule', 'walkBack', 'safety', 'fallback'),
        strange,
        strange,
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.option(fc.double({ min: -30, max: 40, noNaN: true }), { nil: undefined }),
        fc.option(fc.double({ min: 0, max: 80, noNaN: true }), { nil: undefined }),
        fc.option(fc.double({ min: 0, max: 2, noNaN: true }), { nil: undefined }),
        fc.boolean(),
        (
          steered,
          asker,
          requested,
          held,
          elapsedMs,
          dewPointC,
          facilitySupplyC,
          flowFraction,
          inputsFresh,
        ) => {
          const { allowed } = guard({
            site,
            steered,
            asker,
            requested,
            held,
            elapsedMs,
            dewPointC,
            facilitySupplyC,
            flowFraction,
            inputsFresh,
          })
          const { lowest, highest } = boundsOf(site, steered)
          return (
            Number.isFinite(allowed) && allowed >= lowest && allowed <= highest && !Object.is(allowed, -0)
          )
        },
      ),
      { numRuns: 10_000, seed: 1 },
    )
  })
})

describe('ramps bind the economising direction', () => {
  it.each([
    { what: 'a plan warms by 2 K/h', change: { requested: 42 }, allowed: 34 },
    { what: 'a plan cools three times as fast', change: { requested: 20 }, allowed: 26 },
    {
      what: 'a plan gives back 15 % of design pressure an hour',
      change: { steered: cduPressure, requested: 40, held: 100 },
      allowed: 85,
    },
    {
      what: 'a plan asks for more pressure: 45 % an hour',
      change: { steered: cduPressure, requested: 127, held: 60 },
      allowed: 105,
    },
    {
      what: 'the safety sequence asks for more pressure: 5 %/s',
      change: {
        steered: cduPressure,
        asker: 'safety' as const,
        requested: 127,
        held: 60,
        elapsedMs: 5 * second,
      },
      allowed: 85,
    },
    {
      what: 'going home warms by 0.5 K/min',
      change: { asker: 'walkBack' as const, requested: 40, elapsedMs: 4 * minute },
      allowed: 34,
    },
    {
      what: 'going home cools by 1 K/min',
      change: { asker: 'walkBack' as const, requested: 22, elapsedMs: 4 * minute },
      allowed: 28,
    },
  ])('$what', ({ change, allowed }) => {
    expect(ask(change).allowed).toBeCloseTo(allowed, 6)
  })

  it('a value that only walks is not clipped: its aim is the request', () => {
    expect(ask({ requested: 42 })).toMatchObject({ aim: 42, check: 'guard.ramp' })
  })
})

describe('checks on the value held', () => {
  it('a dew point that rises lifts the supply by itself, 1 K a minute', () => {
    const answer = ask({ requested: 22, held: 22, dewPointC: 22, elapsedMs: minute })
    expect(answer).toMatchObject({ aim: 24, check: 'guard.dewPoint' })
    expect(answer.allowed).toBeCloseTo(23)
  })

  it('a lost dew point: no lowering, and a CDU supply of at least 21 °C', () => {
    expect(ask({ requested: 25, held: 30, dewPointC: undefined }).allowed).toBe(30)
    expect(ask({ requested: 20, held: 20, dewPointC: undefined }).aim).toBe(21)
  })

  it('an insulated facility pipe is not held above the dew point', () => {
    const insulated = { ...site, coolant: { ...site.coolant, insulatedPipes: ['facility' as const] } }
    const cold = {
      steered: facilitySupply,
      asker: 'schedule' as const,
      requested: 18,
      held: 18,
      dewPointC: 22,
    }
    expect(ask({ ...cold, site: insulated }).aim).toBe(18)
    expect(ask(cold).aim).toBe(24)
  })

  it('CDU and facility water walk down together: only where the CDU stands now is held against the facility water', () => {
    const walking = ask({ requested: 24.7, held: 28, elapsedMs: minute, facilitySupplyC: 24 })
    expect(walking).toMatchObject({ aim: 24.7, check: 'guard.ramp' })
    expect(ask({ requested: 24.7, held: 25.05, elapsedMs: minute, facilitySupplyC: 24 })).toMatchObject({
      allowed: 25,
      check: 'guard.facilitySupply',
    })
  })
  it('CDU supply stays 1 K above facility supply', () => {
    expect(ask({ requested: 30, held: 30, facilitySupplyC: 31 })).toMatchObject({
      aim: 32,
      check: 'guard.facilitySupply',
    })
  })

  it('flow under half of design raises the pressure by the flow law: 40 % asks for × 1.48', () => {
    const answer = ask({
      steered: cduPressure,
      asker: 'schedule',
      requested: 40,
      held: 40,
      flowFraction: 0.4,
    })
    expect(answer.allowed).toBeCloseTo(40 * 1.25 ** 1.75, 3)
    expect(answer.check).toBe('guard.minimumFlow')
  })

  it('stale inputs: nothing moves toward less cooling, more cooling is welcome', () => {
    expect(ask({ requested: 36, inputsFresh: false })).toMatchObject({
      allowed: 32,
      check: 'guard.freshness',
    })
    expect(ask({ requested: 28, inputsFresh: false }).allowed).toBeLessThan(32)
  })

  it('every steered point has a commissioned value inside its bounds', () => {
    for (const steered of steeredPoints) {
      const { lowest, highest } = boundsOf(site, steered)
      expect(commissionedValue(site, steered)).toBeGreaterThanOrEqual(lowest)
      expect(commissionedValue(site, steered)).toBeLessThanOrEqual(highest)
    }
  })
})
