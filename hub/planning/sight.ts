import { siteLimitMs } from '#contract/clock.ts'
import { minute } from '#contract/units.ts'
import { areAllDoubted, unseenSentence } from '#hub/planning/believed.ts'
import type { LadderKeeper } from '#hub/planning/ladderKeeper.ts'
import type { PlanningOptions } from '#hub/planning/options.ts'
import { type Places, type Present, presentOf } from '#hub/planning/present.ts'
import { minuteName } from '#hub/planning/views.ts'
import type { Vigilance } from '#hub/planning/vigilance.ts'
import { type PlantRow, rowMs } from '#models/plant/row.ts'

/** The newest row may be this old: outbox, wire and commit take seconds, which are minutes when time runs fast. */
const rowsStaleMs = 45 * minute

type SightOptions = Pick<PlanningOptions, 'site' | 'host' | 'live' | 'clock' | 'sensors'>

/** What a plan may start from and touch now, as far as ladder, agents and devices allow. */
export function presentNow(options: SightOptions, places: Places, keeper: LadderKeeper): Present {
  const { host, site, live } = options
  const online = new Set(
    host
      .agents()
      .filter(agent => agent.online)
      .map(agent => agent.id),
  )
  const isOnline = (id: string) => online.has(site.equipment.find(item => item.id === id)?.agent ?? '')
  // Before auto the plan is advice as if all were in auto; afterwards only what really is.
  const isAdvice = !keeper.anyAuto()
  const ladder = keeper.ladder()
  const hasOwnHold = (id: string) => Object.keys(ladder.holds[id] ?? {}).length > 0
  return presentOf(places, live, {
    cdu: id => isOnline(id) && !hasOwnHold(id) && (isAdvice || keeper.isAuto(id)),
    // What all CDUs share is not a canary's to move.
    plant:
      isOnline(places.facility) &&
      isOnline(places.tower) &&
      (isAdvice || ladder.canary === null || ladder.canary.hasPassed),
  })
}

/** Why there can be no plan now; empty: nothing stands in the way. */
export function obstacleNow(
  options: SightOptions,
  keeper: LadderKeeper,
  vigilance: Vigilance,
  seen: { readonly rows: readonly PlantRow[]; readonly present: Present; readonly now: number },
): string {
  const { present, rows, now } = seen
  const newest = rows.at(-1)
  const isStale = newest && now - newest.at - rowMs > siteLimitMs(options.clock, rowsStaleMs)
  const unseen = [
    unseenSentence(present.missing, options.sensors),
    isStale
      ? `the store has no complete five minutes since ${minuteName(newest.at).slice(11).replace('-', ':')}`
      : '',
  ].find(sentence => sentence !== '')
  if (unseen !== undefined) {
    vigilance.rest(
      'missingInput',
      unseen,
      !keeper.anyAuto() || areAllDoubted(present.missing, options.sensors),
    )
    return `No plan: ${unseen}.`
  }
  vigilance.clear('missingInput')
  return present.plantIsFree || present.cduIsFree.some(Boolean)
    ? ''
    : 'No plan: nothing may be moved; agents are offline, or equipment is in maintenance or under another authority.'
}
