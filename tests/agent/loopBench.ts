import { vi } from 'vitest'
import { stationOf } from '#agent/control/outputs.ts'
import { AgentLoop } from '#agent/cycle/agentLoop.ts'
import { Reporter } from '#agent/cycle/reporter.ts'
import { Interlock, type LatchRecord } from '#agent/interlock/interlock.ts'
import type { Outbox } from '#agent/outbox/outbox.ts'
import type { PointWrite, Source, WriteResult } from '#agent/sources/source.ts'
import type { Uplink } from '#agent/uplink/uplink.ts'
import type { RunClock } from '#contract/clockFile.ts'
import type { AgentEvent } from '#contract/messages/event.ts'
import type { Sample } from '#contract/reading.ts'
import type { SiteGraph } from '#contract/site/graph.ts'

/** A source in the same process: a test speaks through it and reads what the agent wrote to it. */
export class HandSource implements Source {
  readonly simulated = true
  readonly id: string
  readonly kind: Source['kind']
  readonly equipment: ReadonlySet<string>
  state: Source['state'] = 'connecting'
  /** What the device says to each write; a promise that never ends is a device that never answers. */
  answer: () => Promise<WriteResult> = async () => ({ taken: true })
  readonly #wrote: (write: PointWrite) => void

  constructor(kind: Source['kind'], equipment: readonly string[], wrote: (write: PointWrite) => void) {
    this.kind = kind
    this.id = `hand-${kind}`
    this.equipment = new Set(equipment)
    this.#wrote = wrote
  }
  open(): void {}
  write(writes: readonly PointWrite[]): Promise<readonly WriteResult[]> {
    writes.forEach(this.#wrote)
    return Promise.all(writes.map(() => this.answer()))
  }
  lastAliveMs = () => 0
  counters = (): ReturnType<Source['counters']> => ({
    samples: 0,
    losses: 0,
    connects: 1,
    refusedValues: 0,
    overflows: 0,
    oddTimes: 0,
    missingAddresses: 0,
  })
  close = async () => undefined
}

/** What stays when an agent is killed: its disk and the devices. */
export type Disk = { latch: LatchRecord | undefined }

/** An agent between two sources that a test moves by hand, on timers that stand still until told (`vi.useFakeTimers`). */
export function agentOn(graph: SiteGraph, disk: Disk = { latch: undefined }) {
  const startAt = Date.UTC(2026, 0, 1)
  const begunMs = performance.now()
  /** Machine time that passed while the event loop stood still. */
  let stoodStillMs = 0
  const now = () => performance.now() - begunMs + stoodStillMs
  const clock: RunClock = {
    speed: 1,
    startAt,
    endAt: undefined,
    machineNow: now,
    siteNow: () => startAt + now(),
    wallNow: () => startAt + now(),
    hasStarted: () => true,
    hasEnded: () => false,
  }
  /** Everything that left or was kept, in its order. */
  const diary: string[] = []
  const writes: Array<PointWrite & { readonly atMs: number }> = []
  const events: AgentEvent[] = []
  const offered: Sample[] = []
  const warnings: string[] = []
  const wrote = (write: PointWrite) => {
    if (write.point === 'watchdog') return
    writes.push({ ...write, atMs: now() })
    diary.push(`write ${write.equipment}.${write.point}=${write.value}`)
  }
  const via = (opcua: boolean) =>
    graph.site.equipment.filter(item => (item.via === 'opcua') === opcua).map(item => item.id)
  const devices = new HandSource('opcua', via(true), wrote)
  const field = new HandSource('mqtt', via(false), wrote)
  const outbox = {
    offer: (samples: readonly Sample[]) => offered.push(...samples),
    offerEvent: (event: AgentEvent) => {
      events.push(event)
      diary.push(`tell ${event.type === 'interlock' ? event.stage : event.type}`)
    },
  } as unknown as Outbox
  const station = stationOf(graph, { agent: 'agent-1', approachK: 6, speed: 1 })
  const loop = new AgentLoop({
    station,
    clock,
    outbox,
    interlock: new Interlock({ graph, agent: 'agent-1', speed: 1, machineMs: now() }),
    reporter: new Reporter(graph, { startedAt: startAt, limitMs: stated => stated }),
    audit: { write: entry => void diary.push(`audit ${entry.what}`) },
    latch: {
      kept: disk.latch,
      problem: undefined,
      keep: record => {
        disk.latch = structuredClone(record)
        diary.push('latch kept')
        return undefined
      },
      settled: async () => undefined,
    },
    control: { kept: undefined, problem: undefined, keep: () => undefined, settled: async () => undefined },
    verify: () => false,
    log: {
      info: () => undefined,
      warn: (_: unknown, sentence?: string) => warnings.push(sentence ?? ''),
      error: (_: unknown, sentence?: string) => warnings.push(sentence ?? ''),
    } as never,
    cycleMs: 1_000,
    firstMode: 'advise',
  })
  loop.start([devices, field], { deviceOnline: () => undefined } as unknown as Uplink)
  const turn = (source: HandSource, state: Source['state']) => {
    source.state = state
    loop.state(source, state, state)
  }
  const tell = (equipment: string, point: string, value: number) => {
    const source = devices.equipment.has(equipment) ? devices : field
    loop.samples(source, [{ equipment, point, value, quality: 'good', at: clock.siteNow() }])
  }
  return {
    loop,
    devices,
    field,
    diary,
    writes,
    events,
    offered,
    warnings,
    disk,
    tell,
    turn,
    connect: () => {
      turn(devices, 'live')
      turn(field, 'live')
    },
    pass: (ms: number) => vi.advanceTimersByTimeAsync(ms),
    standStill: (ms: number) => {
      stoodStillMs += ms
    },
    written: () => writes.map(({ equipment, point, value }) => `${equipment}.${point}=${value}`),
    /** Killed: nothing is said goodbye to, only the disk stays. */
    kill: () => vi.clearAllTimers(),
  }
}
