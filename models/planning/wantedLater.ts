import type { Horizon } from '#models/planning/horizon.ts'
import type { Situation } from '#models/planning/judge.ts'
import type { Reach } from '#models/planning/limits.ts'
import { searchRoughly } from '#models/planning/search.ts'
import type { Conditions, Settings } from '#models/plant/predict.ts'

/**
 * Where plans of later hours would have the settings, each hour for itself, as far as ramps let them come from those held. Found
 * roughly: it tells which way this hour should already go.
 */
export function wantedLater(
  now: Situation,
  hours: readonly Conditions[],
  from: { readonly held: Settings; readonly reachWithin: (hours: number) => Reach },
): { readonly later: Horizon['later']; readonly judged: number } {
  let wanted = from.held
  let judged = 0
  const later = hours.map((conditions, place) => {
    const peakItKw = now.peakItKw.map((kw, cdu) => Math.max(kw, conditions.itKw[cdu] as number))
    const then: Situation = { ...now, conditions, peakItKw, busy: undefined, overshootK: undefined }
    const found = searchRoughly(then, from.reachWithin(place + 2), [wanted, from.held])
    wanted = found.settings
    judged += found.judged
    return { conditions, wanted }
  })
  return { later, judged }
}
