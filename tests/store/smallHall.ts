import type { EquipmentKind } from '#contract/points.ts'
import type { Sample } from '#contract/reading.ts'
import type { IngestBatch } from '#hub/store/store.ts'

const of = (kind: EquipmentKind, ids: readonly string[]) =>
  ids.map(id => ({ id, kind, name: id, agent: 'rack-agent', via: 'dsx' as const }))

/** As much of a site as a store needs: what stands there. */
export const smallHall = {
  name: 'small',
  equipment: [
    ...of('cdu', ['cdu-1', 'cdu-2']),
    ...of('rack', ['A1', 'A2', 'B1']),
    ...of('powerMeter', ['M-1']),
  ],
}

export const noon = Date.UTC(2025, 6, 1, 12)

export const good = (equipment: string, point: string, at: number, value: number): Sample => ({
  equipment,
  point,
  at,
  value,
  quality: 'good',
})
export const uncertain = (equipment: string, point: string, at: number, value: number): Sample => ({
  equipment,
  point,
  at,
  value,
  quality: 'uncertain',
})
export const none = (equipment: string, point: string, at: number, quality: 'stale' | 'bad'): Sample => ({
  equipment,
  point,
  at,
  value: null,
  quality,
})

export const record = (position: number, samples: readonly Sample[], epoch = 'epoch-0001'): IngestBatch => ({
  agent: 'rack-agent',
  mark: { epoch, position },
  samples,
})
