import { describe, expect, it } from 'vitest'
import { day, hour } from '#contract/units.ts'
import { hubAt, startAt } from '#tests/planning/support/hubAt.ts'

const keptAs = 'planning.commissioning'
const spanOf = (endedAt: number) => [endedAt - 40 * hour, endedAt] as const

/** What a hub kept of a sweep that ran, and of those before it. */
const keptSweep = (endedAt: number, earlier?: ReadonlyArray<readonly [number, number]>) =>
  JSON.stringify({
    state: 'done',
    by: 'anna',
    askedAt: endedAt - 41 * hour,
    startedAt: endedAt - 40 * hour,
    endsAt: endedAt,
    endedAt,
    sentAt: endedAt - hour,
    countedToAt: endedAt,
    lostInARow: 0,
    isLost: false,
    sentence: 'all 16 blocks were run',
    facilityKwh: 20_000,
    overLimitDegreeMinutes: 0,
    leastChipMarginK: 5,
    ...(earlier ? { earlier } : {}),
  })

describe('a second sweep within three weeks', () => {
  it('does not make the hub forget when the first one ran, also one that an older hub kept', () => {
    const kept = new Map([[keptAs, keptSweep(startAt - 3 * day)]])
    hubAt({ kept }).planning.startCommissioning('bo')
    expect(JSON.parse(kept.get(keptAs)!)).toMatchObject({ by: 'bo', earlier: [spanOf(startAt - 3 * day)] })
  })

  it('one that never began leaves no mark, and what no planner remembers is let go', async () => {
    const kept = new Map([
      [keptAs, keptSweep(startAt - 3 * day, [spanOf(startAt - 9 * day), spanOf(startAt - 22 * day)])],
    ])
    const { planning } = hubAt({ kept })
    planning.startCommissioning('bo')
    await planning.abortCommissioning('bo')
    const view = planning.startCommissioning('cleo')
    expect(JSON.parse(kept.get(keptAs)!).earlier).toEqual([
      spanOf(startAt - 9 * day),
      spanOf(startAt - 3 * day),
    ])
    expect(view).not.toHaveProperty('earlier')
  })
})
