import type { AlarmView } from '#contract/api.ts'
import type { SiteGraph } from '#contract/site/graph.ts'
import type { DurationMs } from '#contract/units.ts'
import { type AlarmCode, alarmCatalogue, consequencesOf } from '#hub/alarms/catalogue.ts'
import { isActive } from '#hub/alarms/transitions.ts'

/**
 * The root of an alarm, if one stands: an active alarm that brings this code with it, at the same assembly or upstream of
 * it, raised within the window. Leaks never fold; nothing folds under an alarm that is itself folded.
 */
export function rootOf(options: {
  alarm: AlarmView
  standing: Iterable<AlarmView>
  graph: SiteGraph
  agentOf: (equipment: string) => string | undefined
  windowMs: DurationMs
}): AlarmView | undefined {
  const { alarm, standing, windowMs } = options
  if ('leak' in alarmCatalogue[alarm.code as AlarmCode] && alarm.code === 'leak') return undefined
  let best: AlarmView | undefined
  for (const candidate of standing) {
    if (candidate.id === alarm.id || candidate.rootId !== undefined || !isActive(candidate)) continue
    const brings = consequencesOf[candidate.code as AlarmCode]
    if (!brings?.includes(alarm.code as AlarmCode)) continue
    // A consequence that is more urgent than any its cause implies still shows by itself only when it is a leak.
    if (Math.abs(alarm.raisedAt - candidate.raisedAt) > windowMs && candidate.raisedAt > alarm.raisedAt)
      continue
    const related = isRelated(candidate, alarm, options)
    if (!related) continue
    if (
      !best ||
      candidate.priority < best.priority ||
      (candidate.priority === best.priority && candidate.raisedAt < best.raisedAt)
    )
      best = candidate
  }
  return best
}

/** A lost path takes everything behind its agent with it; all else follows the coolant. */
function isRelated(
  cause: AlarmView,
  effect: AlarmView,
  { graph, agentOf }: { graph: SiteGraph; agentOf: (equipment: string) => string | undefined },
): boolean {
  if (cause.code === 'agentOffline') return agentOf(effect.equipment) === cause.equipment
  if (cause.code === 'sourceLost' && (effect.code === 'equipmentStale' || effect.code === 'leakSensorFault'))
    return agentOf(effect.equipment) === agentOf(cause.equipment)
  return isSameOrUpstream(cause.equipment, effect.equipment, graph)
}

/** Whether `cause` is the same assembly as `effect`, feeds it, or sits in the same rack or loop below the same CDU. */
export function isSameOrUpstream(cause: string, effect: string, graph: SiteGraph): boolean {
  const from = graph.assemblyOf(cause)
  const seen = new Set<string>()
  const queue = [graph.assemblyOf(effect)]
  while (queue.length > 0) {
    const at = queue.pop() as string
    if (at === from) return true
    if (seen.has(at)) continue
    seen.add(at)
    queue.push(...graph.upstream(at))
  }
  return false
}
