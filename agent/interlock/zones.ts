import type { EquipmentKind } from '#contract/points.ts'
import { type SeriesKey, seriesKey } from '#contract/reading.ts'
import type { SiteGraph } from '#contract/site/graph.ts'

/** How far the water has got, smallest first. */
export type Grade = 'tray' | 'rack' | 'loop' | 'floor'

/** A place with its own leak input. Its id is the equipment's. */
export type Zone = {
  readonly id: string
  readonly kind: EquipmentKind
  readonly grade: Grade
  /** The rack of a tray or rack zone. */
  readonly rack: string | undefined
  readonly cdu: string | undefined
}

const gradeOfKind: Partial<Record<EquipmentKind, Grade>> = {
  tray: 'tray',
  rack: 'rack',
  manifold: 'loop',
  cdu: 'loop',
  leakSensor: 'floor',
}

/** The zones that an agent looks after. */
export function zonesOf(graph: SiteGraph, agent: string): readonly Zone[] {
  return graph.site.equipment.flatMap(item => {
    const grade = gradeOfKind[item.kind]
    if (grade === undefined || item.agent !== agent) return []
    const rack = grade === 'rack' ? item.id : grade === 'tray' ? graph.assemblyOf(item.id) : undefined
    return [
      {
        id: item.id,
        kind: item.kind,
        grade,
        rack,
        cdu: grade === 'floor' ? undefined : graph.cduOf(item.id),
      },
    ]
  })
}

/** Points that the interlock must hear of at once, whatever the cycle does. */
export function interlockKeys(graph: SiteGraph, agent: string): ReadonlySet<SeriesKey> {
  const keys = new Set<SeriesKey>()
  const watch: Partial<Record<EquipmentKind, readonly string[]>> = {
    tray: ['leak'],
    rack: [
      'leak',
      'leakSensorFault',
      'liquidIsolationStatus',
      'electricalIsolationStatus',
      'power',
      'controlValvePosition',
    ],
    manifold: ['leak', 'leakSensorFault'],
    cdu: [
      'leak',
      'leakSensorFault',
      'pumpSpeed',
      'isolationValvePosition',
      'returnValvePosition',
      'bypassValvePosition',
      'flow',
      'makeupFlow',
      'maintenance',
    ],
    leakSensor: ['leak', 'leakSensorFault'],
  }
  for (const item of graph.site.equipment)
    if (item.agent === agent) for (const point of watch[item.kind] ?? []) keys.add(seriesKey(item.id, point))
  return keys
}
