import type { AgentView } from '#contract/api.ts'
import type { Clock } from '#contract/clock.ts'
import { pointsOf } from '#contract/points.ts'
import type { SiteGraph } from '#contract/site/graph.ts'
import type { SparkplugHost } from '#hub/ingest/host.ts'
import type { Live } from '#hub/live.ts'

/** Health of every agent that the site names, whether it has spoken or not. */
export function agentViews(options: {
  graph: SiteGraph
  host: SparkplugHost
  live: Live
  clock: Clock
  modeOf: (agent: string) => string
}): readonly AgentView[] {
  const { graph, host, live, clock, modeOf } = options
  const statusById = new Map(host.agents().map(status => [status.id, status]))
  return graph.site.agents.map(({ id }): AgentView => {
    const status = statusById.get(id)
    const equipment = graph.site.equipment.filter(item => item.agent === id)
    const points = { good: 0, uncertain: 0, stale: 0, bad: 0, none: 0 }
    for (const item of equipment)
      for (const [point, spec] of pointsOf(item.kind)) {
        // What only we write says nothing: counted as stale, a healthy agent would look doubtful for ever.
        if (spec.quantity === 'command') continue
        const reading = live.reading(item.id, point)
        points[reading?.quality ?? 'none'] += 1
      }
    return {
      id,
      online: status?.online ?? false,
      lastWordAt: status?.lastWordAt ?? null,
      lastWordAgeMs:
        status?.lastWordMachineMs == null ? null : Math.max(0, clock.machineNow() - status.lastWordMachineMs),
      mode: modeOf(id),
      points,
      outboxDepth: status?.health?.queued ?? null,
      oldestUnsentAgeMs: status?.health?.oldestQueuedAgeMs ?? null,
      acknowledgedPosition: status?.acknowledgedPosition ?? null,
      deliveryProven: status?.deliveryProven ?? false,
      cycleP99Ms: status?.health?.cycleP99Ms ?? null,
      sources: status?.health?.sources ?? [],
      version: status?.health?.version ?? null,
      equipment: equipment.length,
    }
  })
}
