/** What an agent says of itself every few seconds: JSON in the NDATA String metric named here. The newest counts; a lost one does not matter. */
export const healthMetric = 'Health'

export type AgentHealth = {
  readonly version: string
  readonly cycleP99Ms: number | null
  readonly accepted: number
  readonly queued: number
  readonly oldestQueuedAgeMs: number | null
  readonly durability: 'disk' | 'degraded'
  readonly sources: ReadonlyArray<{ readonly id: string; readonly state: string }>
  readonly latchedZones: readonly string[]
}
