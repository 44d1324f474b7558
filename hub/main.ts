import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import pino from 'pino'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { roles } from '#contract/api.ts'
import { verdictExit, verdictText } from '#contract/auditChain.ts'
import { runClock } from '#contract/clockFile.ts'
import { Failure, failureCodes, isFailure, sentenceOf } from '#contract/failure.ts'
import { splitSeriesKey } from '#contract/reading.ts'
import { siteGraph } from '#contract/site/graph.ts'
import { hour } from '#contract/units.ts'
import { type Access, createAccess } from '#hub/access/access.ts'
import { agentViews } from '#hub/agents.ts'
import { takeAgentEvent } from '#hub/alarms/agentEvents.ts'
import { createAlarms } from '#hub/alarms/alarms.ts'
import { watchMeters } from '#hub/alarms/meters.ts'
import { watchStale } from '#hub/alarms/stale.ts'
import { buildApp } from '#hub/app.ts'
import { readHubConfig } from '#hub/config/config.ts'
import { createSparkplugHost } from '#hub/ingest/sparkplugHost.ts'
import { createLive } from '#hub/live.ts'
import { registerHubMetrics } from '#hub/metrics.ts'
import { createPlanning } from '#hub/planning/service.ts'
import { createSensorWatch } from '#hub/sanity/sensorWatch.ts'
import { createExperiment } from '#hub/savings/experiment.ts'
import type { Services } from '#hub/services.ts'
import { verifyAuditRows } from '#hub/state/auditRows.ts'
import { openState } from '#hub/state/state.ts'
import { openStore } from '#hub/store/open.ts'

const version = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version

const usage = `Usage: npm run hub -- --config FILE [--check] [--commission] | --verify-audit FILE
  --config FILE   the hub's configuration (YAML or JSON)
  --check         read the configuration, say what is wrong or "ok", and stop
  --commission    begin a commissioning sweep of 48 h as soon as the plant allows; on a real site the token of an
                  engineer stands in COLDLOOP_TOKEN
  --verify-audit FILE
                  say whether the audit rows of a hub.sqlite (or the one in a data folder) are as they were written;
                  exit 0, 1 or 2
`

async function run(): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      config: { type: 'string' },
      check: { type: 'boolean' },
      commission: { type: 'boolean' },
      'verify-audit': { type: 'string' },
      child: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (flags['verify-audit'] !== undefined) {
    const verdict = verifyAuditRows(resolve(flags['verify-audit']))
    process.stdout.write(`${verdictText(verdict)}\n`)
    process.exitCode = verdictExit(verdict)
    return
  }
  if (flags.help || !flags.config) {
    process.stdout.write(usage)
    if (!flags.help) throw new Failure('CONFIG_INVALID', '--config FILE is missing')
    return
  }
  const config = readHubConfig(resolve(flags.config))
  if (flags.check) {
    process.stdout.write(
      `ok: ${config.site.title}, ${config.site.equipment.length} pieces of equipment, ${config.store.kind} store\n`,
    )
    return
  }
  const log = pino({ level: config.logLevel, name: 'hub' }, pino.destination(2))
  mkdirSync(config.dataDir, { recursive: true })
  const { site } = config
  const graph = siteGraph(site)
  const clock = runClock(config.clock, path => readFileSync(path, 'utf8'))
  const startedAt = clock.siteNow()
  const state = openState(join(config.dataDir, 'hub.sqlite'))
  const store = await openStore({
    config: config.store,
    site,
    dataDir: config.dataDir,
    log,
    now: () => clock.siteNow(),
  })
  const live = createLive()
  // What the store knew last is old until an agent says it again.
  const known = [...(await store.latest())].map(([key, reading]) => ({ ...splitSeriesKey(key), ...reading }))
  live.take(known)
  for (const sample of known) live.markStale([sample.equipment], sample.at)
  const alarms = createAlarms({
    graph,
    live,
    state,
    clock,
    log: (sentence, error) => log.error({ error }, sentence),
  })
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics })

  const isNewState = onceEach()
  const stale = watchStale({ graph, alarms })
  const meters = watchMeters({ site, alarms })
  const host = createSparkplugHost({
    brokers: [config.uplink, ...(config.uplink.others ?? [])],
    reorderMs: config.uplink.reorderMs,
    hostId: config.hostId,
    site,
    store,
    clock,
    log,
    listener: {
      live: (_agent, samples) => {
        live.take(samples)
        alarms.samples(samples)
        meters.samples(samples)
        stale.fresh(samples)
      },
      // An alarm of an earlier life of this hub ends with the first commit of this one.
      stored: () => alarms.clear('storeUnreachable', 'store'),
      storeTakes: (takes, sentence) => {
        if (takes) alarms.clear('storeUnreachable', 'store')
        else alarms.raise('storeUnreachable', 'store', { detail: sentence })
      },
      event: (_agent, event) => {
        takeAgentEvent(event, alarms)
        if (event.type === 'lease') {
          if (isNewState(event.leaseId, event.state)) state.count(`lease.${event.state}`)
          planning.leaseReport(event)
        }
        if (event.type === 'mode') planning.modeReport(event)
      },
      agentOnline: (agent, online, at) => {
        if (online) alarms.clear('agentOffline', agent)
        else {
          alarms.raise('agentOffline', agent, { at })
          stale.agentLost(agent)
        }
      },
      equipmentStale: (agent, equipment, at) => {
        if (host.agents().some(status => status.id === agent && status.online)) stale.lost(equipment, at)
        live.markStale(
          equipment.flatMap(id => [id, ...graph.partsOf(id).map(part => part.id)]),
          at,
        )
      },
    },
  })
  const savings = createExperiment({ site, state, ask: store.ask, siteNow: () => clock.siteNow() })
  const sensors = createSensorWatch({ site, clock, ask: store.ask, state, alarms, log })
  const planning = createPlanning({
    site,
    clock,
    ask: store.ask,
    live: (equipment, point) => live.reading(equipment, point),
    host,
    key: { keyId: config.leaseKey.keyId, privateKeyPem: leaseKeyPem(config.leaseKey.privateKeyPath) },
    state,
    alarms,
    sensors,
    deadlineMs: config.planning.deadlineMs,
    experiment: savings,
    ...(config.planning.canaryHours === undefined ? {} : { canaryMs: config.planning.canaryHours * hour }),
    log,
  })
  const access = createAccess({ state, anonymousViewer: config.access.anonymousViewer })
  const commissioner = flags.commission ? commissionerOf(site.simulated, access) : ''
  const services: Services = {
    graph,
    siteView: () => ({
      site,
      startedAt,
      siteNow: clock.siteNow(),
      speed: clock.speed,
      simulated: site.simulated,
      store: store.kind,
      version,
    }),
    agents: () => agentViews({ graph, host, live, clock, modeOf: agent => modesOf(agent) }),
    clock,
    store,
    state,
    live,
    alarms,
    planning,
    sensors,
    savings,
    host,
    access,
    metrics,
    version,
    log,
    consoleDir: config.consoleDir ?? resolve(import.meta.dirname, '../dashboards/console/dist'),
  }
  const modesOf = (agent: string): string => {
    const modes = planning.modes()
    const own = site.equipment
      .filter(item => item.kind === 'cdu' && item.agent === agent)
      .map(item => modes[item.id] ?? 'advise')
    return [...new Set(own)].join(', ')
  }
  registerHubMetrics(metrics, services)
  const app = await buildApp(services)
  try {
    await app.listen({ host: config.http.host, port: config.http.port })
  } catch (cause) {
    if ((cause as { code?: string }).code === 'EADDRINUSE')
      throw new Failure(
        'PORT_IN_USE',
        `port ${config.http.port} on ${config.http.host} is in use: another process listens there; choose another with --port`,
        { cause },
      )
    throw cause
  }
  await host.open()
  sensors.open()
  if (config.planning.enabled) planning.open()
  // One that was under way before a restart goes on.
  const isSweeping = ['waiting', 'running'].includes(planning.view().commissioning?.state ?? '')
  if (flags.commission && !isSweeping) planning.startCommissioning(commissioner)
  const pulse = setInterval(() => alarms.tick(), 100)
  const port = (app.server.address() as AddressInfo).port
  const console_ = `http://${config.http.host}:${port}/`

  const stop = once(async () => {
    clearInterval(pulse)
    await planning.close()
    await sensors.close()
    await host.close()
    await app.close()
    await store.close()
    state.close()
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => void stop().then(() => process.exit(0)))
  if (flags.child) {
    process.stdin.resume()
    process.stdin.on('end', () => void stop().then(() => process.exit(0)))
    process.stdout.write(
      `${JSON.stringify({ ready: true, console: console_, port, ...(config.access.announceFirstToken && access.firstToken ? { adminToken: access.firstToken } : {}) })}\n`,
    )
  } else {
    process.stdout.write(`Coldloop hub for ${site.title}: ${console_}\n`)
    if (access.firstToken)
      process.stdout.write(
        `First admin token, shown once: ${access.firstToken}\nSigned in: ${console_}#token=${access.firstToken}\n`,
      )
  }
}

/** Who answers for a sweep: nobody need on a simulated site, an engineer on a real one. */
function commissionerOf(isSimulated: boolean, access: Access): string {
  if (isSimulated) return 'npm run hub -- --commission'
  const caller = access.signIn(process.env.COLDLOOP_TOKEN ?? '')
  if (caller && roles.indexOf(caller.role) >= roles.indexOf('engineer')) return caller.name
  throw new Failure(
    'NOT_ALLOWED',
    caller
      ? `--commission needs the role engineer; ${caller.name} has the role ${caller.role}`
      : '--commission on a real site needs the token of an engineer in COLDLOOP_TOKEN',
  )
}

/** Leases whose states are remembered: a day of hourly plans to a hundred CDUs. An agent may say a state of a lease again; it counts once. */
const leasesRememberedMax = 5_000

function onceEach(): (leaseId: string, state: string) => boolean {
  const seen = new Set<string>()
  return (leaseId, state) => {
    const key = `${leaseId}/${state}`
    if (seen.has(key)) return false
    seen.add(key)
    if (seen.size > leasesRememberedMax) seen.delete(seen.values().next().value as string)
    return true
  }
}

/** The key that signs leases; made on the first start, readable by its owner only. */
function leaseKeyPem(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8')
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  writeFileSync(path, pem, { mode: 0o600 })
  writeFileSync(`${path}.pub`, publicKey.export({ type: 'spki', format: 'pem' }) as string)
  return pem
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => (running ??= work())
}

run().catch(error => {
  process.stderr.write(`${sentenceOf(error)}\n${isFailure(error) ? '' : `${(error as Error).stack}\n`}`)
  process.exit(isFailure(error) ? failureCodes[error.code].exit : 1)
})
