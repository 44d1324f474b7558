import type { Sample } from '#contract/reading.ts'

/** One value for one point, on its way to a device. */
export type PointWrite = { readonly equipment: string; readonly point: string; readonly value: number }

/** Per write, in the order asked. `taken` means that the device confirmed the write call, not that it acts on it: read back. */
export type WriteResult = { readonly taken: true } | { readonly taken: false; readonly because: string }

export type SourceState = 'connecting' | 'live' | 'lost'

/** What a source has counted since it was made; for metrics and health. */
export type SourceCounters = {
  readonly samples: number
  /** Times the path was lost. */
  readonly losses: number
  /** Tries to connect. */
  readonly connects: number
  /** Values that arrived and were not believed: bad status, out of range, not a number, retained. */
  readonly refusedValues: number
  /** Values whose device said that earlier ones were pushed out of its queue. */
  readonly overflows: number
  /** Values whose time lay before that of an earlier one, or in the future: kept, marked uncertain. */
  readonly oddTimes: number
  /** Addresses that the device does not know now; tried again each minute. */
  readonly missingAddresses: number
}

/** What a source tells its agent. Calls come as things happen, never batched to a cycle: leak inputs must not wait. */
export type SourceListener = {
  samples(source: Source, samples: readonly Sample[]): void
  state(source: Source, state: SourceState, sentence: string): void
}

/**
 * A door to field devices. A new kind is one file that implements this. The agent opens it once; it reconnects by
 * itself, for ever, with jittered back-off, and never throws out of a timer.
 */
export type Source = {
  readonly id: string
  readonly kind: 'opcua' | 'mqtt' | 'modbus'
  /** Ids of the equipment that this source speaks for. */
  readonly equipment: ReadonlySet<string>
  /** Declared by configuration: behind it stands a simulated device on loopback. */
  readonly simulated: boolean
  readonly state: SourceState
  /** Starts connecting; resolves at once, states come through the listener. */
  open(listener: SourceListener): void
  /** Writes in order; resolves when each is answered or its deadline has passed (2 s of machine time). */
  write(writes: readonly PointWrite[]): Promise<readonly WriteResult[]>
  /** Machine time of the last proof that the path lives (a value, keep-alive or heartbeat). */
  lastAliveMs(): number
  counters(): SourceCounters
  close(): Promise<void>
}
