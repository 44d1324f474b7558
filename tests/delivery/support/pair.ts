import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import type { Outbox } from '#agent/outbox/outbox.ts'
import { openOutbox } from '#agent/outbox/sqliteOutbox.ts'
import type { KeptBdSeq } from '#agent/uplink/bdSeq.ts'
import { createUplink } from '#agent/uplink/edge.ts'
import type { Uplink } from '#agent/uplink/uplink.ts'
import { systemClock } from '#contract/clock.ts'
import type { AgentEvent } from '#contract/messages/event.ts'
import type { SignedLease } from '#contract/messages/lease.ts'
import type { Reading, Sample } from '#contract/reading.ts'
import type { HostListener, SparkplugHost } from '#hub/ingest/host.ts'
import { createSparkplugHost } from '#hub/ingest/sparkplugHost.ts'
import type { LedgerStore } from './ledgerStore.ts'
import { deviceOf, smallSite } from './plant.ts'

export const quiet = pino({ level: process.env.LOG ?? 'silent' })
const folders: string[] = []
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})
/** A folder of its own for a test; gone when its process ends. */
export const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-delivery-'))
  folders.push(folder)
  return folder
}

export type TestAgent = {
  readonly outbox: Outbox
  readonly uplink: Uplink
  readonly leases: SignedLease[]
  readonly released: string[]
  readonly modes: string[]
  readonly hostWords: boolean[]
}

export async function startAgent(options: {
  url: string
  dataDir?: string
  current?: (equipment: string, point: string) => Reading | undefined
  acknowledges?: boolean
  hostId?: string
  /** Further brokers to walk to. */
  others?: readonly string[]
  hostWordMsMax?: number
  bdSeq?: KeptBdSeq
}): Promise<TestAgent> {
  const leases: SignedLease[] = []
  const released: string[] = []
  const modes: string[] = []
  const hostWords: boolean[] = []
  const clock = systemClock()
  const outbox = await openOutbox({
    dataDir: options.dataDir ?? newFolder(),
    clock,
    log: quiet,
    deviceOf,
    groupCommitMs: 20,
  })
  const uplink = createUplink({
    config: {
      url: options.url,
      agent: 'agent-1',
      hostId: options.hostId ?? 'hub',
      acknowledges: options.acknowledges ?? true,
      keepaliveS: 15,
      ...(options.others ? { others: options.others.map(url => ({ url })) } : {}),
    },
    site: smallSite(),
    clock,
    outbox,
    log: quiet,
    random: () => 0,
    ...(options.bdSeq ? { bdSeq: options.bdSeq } : {}),
    ...(options.hostWordMsMax ? { hostWordMsMax: options.hostWordMsMax } : {}),
    births: { current: options.current ?? (() => undefined) },
    listener: {
      lease: lease => leases.push(lease),
      releaseGroup: group => released.push(group),
      mode: (equipment, mode) => modes.push(`${equipment}=${mode}`),
      host: online => hostWords.push(online),
    },
  })
  uplink.open()
  return { outbox, uplink, leases, released, modes, hostWords }
}

export type TestHub = {
  readonly host: SparkplugHost
  readonly live: Sample[]
  readonly events: AgentEvent[]
  readonly stale: string[]
  readonly online: string[]
  /** false: the store does not take values; true: again. */
  readonly storeWords: boolean[]
}

export async function startHub(options: {
  url: string
  store: LedgerStore
  hostId?: string
  /** Further brokers that the hub is at as well. */
  others?: readonly string[]
  reorderMs?: number
  /** Is told what the hub's house is told. */
  house?: Pick<HostListener, 'live' | 'agentOnline' | 'equipmentStale'>
}): Promise<TestHub> {
  const live: Sample[] = []
  const events: AgentEvent[] = []
  const stale: string[] = []
  const online: string[] = []
  const storeWords: boolean[] = []
  const host = createSparkplugHost({
    brokers: [options.url, ...(options.others ?? [])].map(url => ({ url })),
    ...(options.reorderMs === undefined ? {} : { reorderMs: options.reorderMs }),
    hostId: options.hostId ?? 'hub',
    site: smallSite(),
    store: options.store,
    clock: systemClock(),
    log: quiet,
    random: () => 0,
    listener: {
      live: (agent, samples) => {
        live.push(...samples)
        options.house?.live(agent, samples)
      },
      stored: () => undefined,
      event: (_agent, event) => events.push(event),
      storeTakes: takes => storeWords.push(takes),
      agentOnline: (agent, isOnline, at) => {
        online.push(`${agent} ${isOnline ? 'online' : 'offline'}`)
        options.house?.agentOnline(agent, isOnline, at)
      },
      equipmentStale: (agent, equipment, at) => {
        stale.push(...equipment)
        options.house?.equipmentStale(agent, equipment, at)
      },
    },
  })
  await host.open()
  return { host, live, events, stale, online, storeWords }
}

/** Waits for a fact about real sockets; fails by name. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  limitMs = 10_000,
): Promise<void> {
  const endMs = performance.now() + limitMs
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`waited ${limitMs} ms for: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
