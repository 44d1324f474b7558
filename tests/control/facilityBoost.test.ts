import { describe, expect, it } from 'vitest'
import { boostRules, type FacilityBoost, facilityBoost, noBoost } from '#contract/control/facilityBoost.ts'
import { minute } from '#contract/units.ts'

const bounds = { lowest: 20, highest: 160 }

/** Minute by minute: the widest valve and how much warmer than asked for the facility water is. */
function passed(
  minutes: number,
  seen: { readonly widestPercent: number; readonly facilityOverK?: number },
  from: { boost: FacilityBoost; at: number } = { boost: noBoost, at: 0 },
) {
  let { boost, at } = from
  for (const end = at + minutes * minute; at < end; at += minute)
    boost = facilityBoost(boost, { ...seen, heldKpa: 60, bounds, now: at, waitMs: boostRules.waitMs })
  return { boost, at }
}

describe('facility pressure that wide valves ask for', () => {
  it('rises by six per cent of the highest after two minutes, then every five, up to the highest', () => {
    expect(passed(2, { widestPercent: 99 }).boost.dpKpa).toBeNull()
    expect(passed(3, { widestPercent: 99 }).boost.dpKpa).toBeCloseTo(69.6, 6)
    expect(passed(7, { widestPercent: 99 }).boost.dpKpa).toBeCloseTo(69.6, 6)
    expect(passed(8, { widestPercent: 99 }).boost.dpKpa).toBeCloseTo(79.2, 6)
    expect(passed(90, { widestPercent: 99 }).boost.dpKpa).toBe(160)
  })

  it('is let go after five calm minutes, not while a valve stands between', () => {
    const raised = passed(8, { widestPercent: 99 })
    expect(passed(30, { widestPercent: 94 }, raised).boost.dpKpa).toBeCloseTo(79.2, 6)
    expect(passed(5, { widestPercent: 91 }, raised).boost.dpKpa).toBeCloseTo(79.2, 6)
    expect(passed(6, { widestPercent: 91 }, raised).boost.dpKpa).toBeNull()
  })

  it('is not asked of an exchanger that is used up: water 1.5 K too warm ends it, and it starts afresh', () => {
    const raised = passed(18, { widestPercent: 99, facilityOverK: 0.4 })
    expect(raised.boost.dpKpa).toBeGreaterThan(90)
    const overloaded = passed(20, { widestPercent: 100, facilityOverK: 1.5 }, raised)
    expect(overloaded.boost).toEqual(noBoost)
    expect(passed(3, { widestPercent: 100, facilityOverK: 0.5 }, overloaded).boost.dpKpa).toBeCloseTo(69.6, 6)
  })

  it('does not know of overload without a thermometer, and rises as before', () =>
    expect(passed(8, { widestPercent: 99 }).boost.dpKpa).toBeCloseTo(79.2, 6))
})
