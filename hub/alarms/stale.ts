import type { Sample } from '#contract/reading.ts'
import type { SiteGraph } from '#contract/site/graph.ts'
import type { Millis } from '#contract/units.ts'
import type { Alarms } from '#hub/alarms/alarms.ts'

/** Keeps the alarm “no fresh values” of each assembly: raised when its path dies, cleared by the first value after. */
export type StaleWatch = {
  lost(assemblies: readonly string[], at: Millis): void
  fresh(samples: readonly Sample[]): void
  /** The whole agent is gone: its own alarm says it, single ones would only repeat it. */
  agentLost(agent: string): void
}

export function watchStale({ graph, alarms }: { graph: SiteGraph; alarms: Alarms }): StaleWatch {
  const standing = new Set(
    alarms.standing().flatMap(alarm => (alarm.code === 'equipmentStale' ? [alarm.equipment] : [])),
  )
  const end = (assembly: string) => {
    if (standing.delete(assembly)) alarms.clear('equipmentStale', assembly)
  }
  return {
    lost: (assemblies, at) => {
      for (const assembly of assemblies) {
        if (standing.has(assembly)) continue
        standing.add(assembly)
        alarms.raise('equipmentStale', assembly, { at })
      }
    },
    fresh: samples => {
      if (standing.size === 0) return
      for (const sample of samples) if (sample.value !== null) end(graph.assemblyOf(sample.equipment))
    },
    agentLost: agent => {
      for (const assembly of [...standing]) if (graph.equipment(assembly)?.agent === agent) end(assembly)
    },
  }
}
