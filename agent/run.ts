import { mkdirSync, readFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { openAudit } from '#agent/audit/audit.ts'
import type { AgentConfig } from '#agent/config/config.ts'
import type { KeptMemory } from '#agent/control/memory.ts'
import { stationOf, stretched } from '#agent/control/outputs.ts'
import { leaseVerifier } from '#agent/control/trust.ts'
import { AgentLoop } from '#agent/cycle/agentLoop.ts'
import { keptFile } from '#agent/cycle/keptFile.ts'
import { Reporter } from '#agent/cycle/reporter.ts'
import { type Health, openHealth } from '#agent/health/health.ts'
import { serviceManager } from '#agent/health/serviceManager.ts'
import { Interlock } from '#agent/interlock/interlock.ts'
import { latchFile } from '#agent/interlock/latchFile.ts'
import { observedSite } from '#agent/observed.ts'
import { openOutbox } from '#agent/outbox/sqliteOutbox.ts'
import { openSources } from '#agent/sources/open.ts'
import { atMost } from '#agent/sources/within.ts'
import { stamp } from '#agent/stamp.ts'
import { createUplink } from '#agent/uplink/edge.ts'
import { runClock } from '#contract/clockFile.ts'
import { resetApproachOf } from '#contract/control/reset.ts'
import { sentenceOf } from '#contract/failure.ts'
import { pointsOf } from '#contract/points.ts'
import { seriesKey } from '#contract/reading.ts'
import { siteGraph } from '#contract/site/graph.ts'

/** The hub's page of agents is at most this old. */
const healthEveryMs = 5_000
/** A disk that hangs must not keep the agent from ending. */
const flushMsMax = 2_000
/** Without a choice the agent runs `reset` and takes advice only. */
const firstMode = 'advise'

/** Wires an agent and lets it run until a signal, or with `child` until stdin ends. */
export async function run(config: AgentConfig, child: boolean): Promise<void> {
  const log = pino(
    { level: config.logLevel, base: { agent: config.id } },
    pino.destination({ dest: 2, sync: true }),
  )
  goBeforeOthers(log)
  const clock = runClock(config.clock, path => readFileSync(path, 'utf8'))
  mkdirSync(config.dataDir, { recursive: true })
  const site = withOwnLeakRules(config)
  const graph = siteGraph(site)
  const station = stationOf(graph, {
    agent: config.id,
    approachK: resetApproachOf(site),
    speed: clock.speed,
    narrowed: (equipment, point) =>
      config.guard[`${equipment}.${point}`] ?? config.guard[`${graph.equipment(equipment)?.kind}.${point}`],
  })
  let loop: AgentLoop | undefined
  const outbox = await openOutbox({
    dataDir: config.dataDir,
    clock,
    log,
    deviceOf: graph.assemblyOf,
    onDrop: (values, sentence) =>
      loop?.alarm('outboxDropping', true, `${values} values dropped: ${sentence}`),
    onUnavailable: (active, sentence) => loop?.alarm('outboxUnavailable', active, sentence),
  })
  const onTrouble = (sentence: string) => log.error(sentence)
  const latch = latchFile(join(config.dataDir, 'latched.json'), onTrouble)
  const control = keptFile<KeptMemory>(join(config.dataDir, 'control.json'), { onTrouble })
  loop = new AgentLoop({
    station,
    clock,
    outbox,
    interlock: new Interlock({
      graph,
      agent: config.id,
      speed: clock.speed,
      machineMs: clock.machineNow(),
      allowance: { racks: config.leak.siteWideRacksMax, itPercent: config.leak.siteWideItPercentMax },
    }),
    reporter: new Reporter(graph, {
      startedAt: clock.siteNow(),
      limitMs: stated => stretched(station, stated),
    }),
    audit: openAudit(join(config.dataDir, 'audit', 'decisions.jsonl')),
    latch,
    control,
    verify: leaseVerifier(config.trust.publicKeys),
    log,
    cycleMs: clock.speed > 1 ? Math.min(config.cycleMs, 200) : config.cycleMs,
    firstMode,
  })
  const uplink = createUplink({
    config: uplinkConfig(config),
    site,
    clock,
    outbox,
    births: { current: (equipment, point) => loop.image.current(equipment, point) },
    listener: loop,
    log,
    bdSeq: keptFile<{ bdSeq: number }>(join(config.dataDir, 'bdSeq.json'), { onTrouble }),
  })
  const sources = openSources({
    config: { ...config, site: observedSite(config) },
    clock,
    listener: loop,
    log,
  })
  loop.start(sources, uplink)
  uplink.open()

  const ownPoints = new Set(
    graph.site.equipment
      .filter(item => item.agent === config.id)
      .flatMap(item =>
        pointsOf(item.kind)
          .filter(([, spec]) => spec.quantity !== 'command')
          .map(([point]) => seriesKey(item.id, point)),
      ),
  )
  const health = (): Health => {
    const { mode, cycles, cycleP99Ms, sources: states, interlock, leases, stalls } = loop.status()
    return {
      id: config.id,
      siteNow: clock.siteNow(),
      mode,
      cycles,
      cycleP99Ms,
      sources: states,
      outbox: outbox.counters(),
      uplink: uplink.status(),
      interlock,
      leases,
      stalls,
      points: loop.image.counts(ownPoints),
      version: stamp.version,
    }
  }
  const door = await openHealth(config.health.port, health, {
    reset: (zone, by) => reasonOf(loop.resetZone(zone, by)),
    confirm: (id, by) => reasonOf(loop.confirmIsolation(id, by)),
    manual: wish => loop.manual(wish),
  })
  const pulse = setInterval(() => uplink.health(agentHealth(health(), clock.wallNow())), healthEveryMs)

  const manager = serviceManager({
    environment: process.env,
    pid: process.pid,
    cycles: () => (clock.hasStarted() ? loop.status().cycles : undefined),
    log,
  })
  let closing = false
  const close = async () => {
    if (closing) return
    closing = true
    manager.stopping()
    clearInterval(pulse)
    loop.stop()
    await Promise.allSettled(sources.map(source => source.close()))
    await atMost(flushMsMax, outbox.flush())
    await uplink.close()
    await door.close()
    await atMost(
      flushMsMax,
      Promise.all([latch.settled(), control.settled()]).then(() => undefined),
    )
    await outbox.close()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close())
  if (child)
    process.stdin
      .on('end', () => void close())
      .on('error', () => void close())
      .resume()
  manager.ready(`agent ${config.id} of site ${site.name}`)
  process.stdout.write(
    `${JSON.stringify({ ready: true, id: config.id, health: `http://127.0.0.1:${door.port}` })}\n`,
  )
}

/** On a busy machine a leak goes before other work. Needs the right to do so (root, or `Nice=` in the unit); without it all works, later. */
function goBeforeOthers(log: pino.Logger): void {
  try {
    setPriority(constants.priority.PRIORITY_HIGH)
  } catch (error) {
    log.info(`priority stays as it is: ${sentenceOf(error)}`)
  }
}

/** The site's leak rules, where this agent's configuration says otherwise. */
function withOwnLeakRules(config: AgentConfig): AgentConfig['site'] {
  const { traysToIsolateRack, debounceMs } = config.leak
  const { leak } = config.site
  return {
    ...config.site,
    leak: {
      ...leak,
      traysToIsolateRack: traysToIsolateRack ?? leak.traysToIsolateRack,
      debounceMs: debounceMs ?? leak.debounceMs,
    },
  }
}

function uplinkConfig(config: AgentConfig): Parameters<typeof createUplink>[0]['config'] {
  const { certificateFile, passwordFile: _, ...uplink } = config.uplink
  return {
    keepaliveS: 15,
    ...uplink,
    agent: config.id,
    ...(certificateFile === undefined ? {} : { certFile: certificateFile }),
  }
}

function agentHealth(health: Health, wallNow: number) {
  const { accepted, queued, durability, oldestQueuedWallAt } = health.outbox
  return {
    version: health.version,
    cycleP99Ms: health.cycleP99Ms,
    accepted,
    queued,
    durability,
    oldestQueuedAgeMs: oldestQueuedWallAt === null ? null : Math.max(0, wallNow - oldestQueuedWallAt),
    sources: health.sources,
    latchedZones: health.interlock.latched,
  }
}

const reasonOf = (
  answer: { readonly done: true } | { readonly done: false; readonly because: string },
): string | undefined => (answer.done ? undefined : answer.because)
