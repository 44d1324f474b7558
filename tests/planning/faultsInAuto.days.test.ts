import { describe, expect, it } from 'vitest'
import { hour } from '#contract/units.ts'
import type { Fault } from '#simulators/faults/fault.ts'
import { fixedPlant, steeredPlant } from '#tests/planning/support/steeredPlant.ts'

const startAt = Date.UTC(2025, 6, 14, 8)
const faultAt = startAt + 5.2 * hour
const endAt = faultAt + 2.5 * hour
const scene = { startAt, seed: 4, load: 'builtin:annual' } as const
/** What a fault hides shows when something moves: half an hour later, in both plants. */
const jump: Fault = {
  id: 'jump',
  kind: 'loadJump',
  place: 'hall',
  size: 0.6,
  startAt: faultAt + hour / 2,
}

const stories: ReadonlyArray<{
  readonly story: string
  readonly faults: readonly Fault[]
  readonly hubLost?: true
  readonly plans: number
}> = [
  {
    story: 'a supply sensor freezes, then the load jumps',
    faults: [
      { id: 'frozen', kind: 'frozenSensor', place: 'cdu-1', point: 'supplyTemperature', startAt: faultAt },
      jump,
    ],
    plans: 5,
  },
  {
    story: 'a pump of a CDU trips, then the load jumps',
    faults: [{ id: 'trip', kind: 'pumpTrip', place: 'cdu-2-pa', startAt: faultAt }, jump],
    plans: 5,
  },
  {
    story: 'the load of the hall jumps by 60 % in a minute',
    faults: [{ ...jump, startAt: faultAt }],
    plans: 5,
  },
  {
    story: 'the wet-bulb sensor is lost, then the load jumps: no plan without it',
    faults: [{ id: 'blind', kind: 'badSensor', place: 'weather', point: 'wetBulb', startAt: faultAt }, jump],
    plans: 3,
  },
  {
    story: 'the hub is lost, then the load jumps: leases lapse',
    faults: [jump],
    hubLost: true,
    plans: 3,
  },
]

describe('faults while the plan steers: no hotter than as commissioned, plus 5 K min', () => {
  for (const { story, faults, hubLost, plans } of stories)
    it(story, async () => {
      const steered = steeredPlant(scene)
      const fixed = fixedPlant(scene)
      await steered.live(startAt + 2.7 * hour, false)
      await steered.live(faultAt)
      expect(Object.values(steered.modes())).toEqual(['auto', 'auto', 'auto', 'auto'])
      expect(steered.planning.current().leasesEndAt).toBeGreaterThan(faultAt)
      for (const fault of faults) for (const plant of [steered.plant, fixed]) plant.inject(fault)
      if (hubLost) steered.hub.isThere = false
      await steered.live(endAt)
      fixed.advanceTo(endAt)
      expect(steered.overLimit()).toBeLessThanOrEqual(fixed.tally().overLimitDegreeMinutes + 5)
      // The plant did live through it, under a plan for as long as it may.
      expect(steered.plant.tally().hottestC).toBeGreaterThan(75)
      expect(steered.planning.counts().made).toBeLessThanOrEqual(plans)
      expect(steered.planning.counts().made).toBeGreaterThanOrEqual(3)
    })
})
