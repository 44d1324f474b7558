import { join } from 'node:path'
import { type Child, type Role, startChild } from '#commands/start/children.ts'
import { buildConsole } from '#commands/start/console.ts'
import { drained, getJson } from '#commands/start/drain.ts'
import { leaseKeys, rememberSiteTime, startOf, writeJson } from '#commands/start/folder.ts'
import type { StartOptions } from '#commands/start/options.ts'
import { portIsFree } from '#commands/start/ports.ts'
import { type Addresses, writeRoles } from '#commands/start/roles.ts'
import { type RunEnd, summaryOf, summaryText } from '#commands/start/summary.ts'
import type { EnergyView, StatisticsView } from '#contract/api.ts'
import { type SiteTime, siteTimeAt, systemClock } from '#contract/clock.ts'
import { Failure } from '#contract/failure.ts'
import type { Site } from '#contract/site/site.ts'
import { hour } from '#contract/units.ts'
import { openLoad } from '#simulators/load/openLoad.ts'
import { readSiteFile, resolveSite } from '#simulators/sites/sites.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'

/** The whole site is up when every agent has its sources and the hub; a cold machine takes some seconds. */
const upMsMax = 60_000
const machine = systemClock()
const tell = (sentence: string) => process.stdout.write(`${sentence}\n`)

/** Starts every process of a site, lets site time run, and ends it in order: drain, sum up, stop. */
export async function runSite(options: StartOptions): Promise<void> {
  const launchedAt = performance.now()
  const { site, notes } = readInputs(options)
  const startAt = startOf(options, site)
  const endAt = options.hours === undefined ? undefined : startAt + options.hours * hour
  if (options.port !== 0 && !(await portIsFree(options.port)))
    throw new Failure(
      'PORT_IN_USE',
      `--port ${options.port} is in use: another process listens there; choose another, or --port 0 for a free one`,
    )
  const clockPath = join(options.dataDir, 'clock.json')
  const clockFile = { startAt, speed: options.speed, ...(endAt === undefined ? {} : { endAt }) }
  writeJson(clockPath, { ...clockFile, anchorAt: null })
  const { roles, addresses } = await writeRoles(options, { site, startAt, keys: leaseKeys(options.dataDir) })

  const children: Child[] = []
  const noteRun = () =>
    writeJson(join(options.dataDir, 'run.json'), {
      ...addresses,
      startAt,
      speed: options.speed,
      processes: children.map(child => ({
        name: child.role.name,
        pid: child.pid() ?? null,
        restarts: child.restarts(),
      })),
    })
  const stopped = stopSignal()
  try {
    const built = buildConsole()
    const launch = (role: Role): Child => {
      const child = startChild(role, {
        onExit: (name, why) => process.stderr.write(`${name} ended (${why}); it is started again\n`),
        onPid: () => noteRun(),
      })
      children.push(child)
      // Its pid came before it stood in the list.
      noteRun()
      return child
    }
    // Agents come when their devices answer: an agent that finds nothing waits longer at each try.
    const isAgent = (role: Role) => role.script.startsWith('agent/')
    const first = roles.filter(role => !isAgent(role)).map(launch)
    const ground = await Promise.race([Promise.all(first.map(child => child.ready)), stopped.promise])
    if (ground === 'stop') return
    const agents = roles.filter(isAgent).map(launch)
    const words = await Promise.race([
      Promise.all([...agents.map(child => child.ready), built]),
      stopped.promise,
    ])
    if (words === 'stop') return
    await untilUp(addresses)
    const time: SiteTime = { ...clockFile, anchorAt: machine.wallNow() }
    writeJson(clockPath, time)
    for (const note of notes) tell(note)
    greet({ options, site, addresses, words: ground, seconds: (performance.now() - launchedAt) / 1_000 })
    const remember = setInterval(
      () => rememberSiteTime(options.dataDir, site.name, siteTimeAt(time, machine.wallNow())),
      1_000,
    )
    const why = await Promise.race([untilEnd(time), stopped.promise])
    clearInterval(remember)
    rememberSiteTime(options.dataDir, site.name, siteTimeAt(time, machine.wallNow()))
    if (why === 'end') await finish({ options, site, addresses, time, endAt: endAt as number, launchedAt })
  } finally {
    stopped.forget()
    // Agents first, so that they say goodbye while the hub still listens; devices last.
    for (const prefix of ['agent', 'hub', 'broker', 'simulator'])
      await Promise.all(
        children.filter(child => child.role.name.startsWith(prefix)).map(child => child.stop()),
      )
    for (const child of children) await child.stop()
  }
}

/** Reads every input before a process starts, so that a bad one costs one sentence and nothing else. */
function readInputs(options: StartOptions): { site: Site; notes: readonly string[] } {
  const file = readSiteFile(options.site)
  const weather = openWeather(options.weather ?? 'builtin:chicago', options.seed)
  const load = openLoad(options.load, { site: file, seed: options.seed, startAt: 0 })
  return { site: resolveSite(options.site, weather), notes: load.notes }
}

type Up = {
  readonly sources: ReadonlyArray<{ readonly state: string }>
  readonly uplink: { readonly connected: boolean; readonly hostOnline: boolean }
}

async function untilUp(addresses: Addresses): Promise<void> {
  const givesUpAt = performance.now() + upMsMax
  for (;;) {
    const pages = await Promise.all(
      Object.values(addresses.agentHealth).map(url => getJson<Up>(`${url}/health`)),
    )
    if (
      pages.every(
        page =>
          page.uplink.connected &&
          page.uplink.hostOnline &&
          page.sources.every(source => source.state === 'live'),
      )
    )
      return
    if (performance.now() > givesUpAt)
      throw new Failure(
        'CHILD_FAILED',
        `after ${upMsMax / 1_000} s an agent still misses a source or the hub: ${JSON.stringify(pages)}`,
      )
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

function greet(of: {
  options: StartOptions
  site: Site
  addresses: Addresses
  words: ReadonlyArray<Readonly<Record<string, unknown>>>
  seconds: number
}): void {
  const token = of.words.map(word => word.adminToken).find(word => typeof word === 'string')
  tell(`${of.site.title} is live after ${of.seconds.toFixed(1)} s, at ${of.options.speed} × real time`)
  tell(`Console: ${of.addresses.console}${token === undefined ? '' : `#token=${token}`}`)
  tell(
    token === undefined
      ? '  (sign in with the token that the first start in this folder showed)'
      : '  (the address signs you in as first admin; it is shown once)',
  )
  tell(`Field devices to break: ${of.addresses.faults}/faults   Data: ${of.options.dataDir}`)
  if (of.options.hours === undefined) tell('Stop with Ctrl-C.')
}

/** Resolves `end` when site time has come to its end; never without one. */
function untilEnd(time: SiteTime): Promise<'end'> {
  return new Promise(resolve => {
    if (time.endAt === undefined) return
    const showProgress = process.stdout.isTTY
    const look = setInterval(() => {
      const now = siteTimeAt(time, machine.wallNow())
      if (showProgress)
        process.stdout.write(
          `\r${new Date(now).toISOString().slice(0, 16)}Z  ${((100 * (now - time.startAt)) / ((time.endAt as number) - time.startAt)).toFixed(0)} %  `,
        )
      if (now < (time.endAt as number)) return
      clearInterval(look)
      if (showProgress) process.stdout.write('\r')
      resolve('end')
    }, 100)
  })
}

async function finish(of: {
  options: StartOptions
  site: Site
  addresses: Addresses
  time: SiteTime
  endAt: number
  launchedAt: number
}): Promise<void> {
  const { options, addresses, time, endAt } = of
  const truth = await truthAtEnd(addresses.faults, endAt)
  const accepted = await drained(Object.values(addresses.agentHealth))
  const statistics = await getJson<StatisticsView>(`${addresses.console}api/v1/statistics?fresh=true`, 60_000)
  const energy = await getJson<EnergyView>(
    `${addresses.console}api/v1/energy?from=${time.startAt}&to=${endAt}`,
    60_000,
  )
  const end: RunEnd = {
    site: of.site.name,
    siteHours: (endAt - time.startAt) / hour,
    wallSeconds: (performance.now() - of.launchedAt) / 1_000,
    console: addresses.console,
    accepted,
    statistics,
    energy,
    truth,
  }
  if (options.json) writeJson(options.json, summaryOf(end))
  process.stdout.write(summaryText(end))
}

type Truth = RunEnd['truth'] & { readonly toAt: number }

/** The plant's own account, once it has stepped to the very end. */
async function truthAtEnd(faultsUrl: string, endAt: number): Promise<Truth> {
  const givesUpAt = performance.now() + 30_000
  for (;;) {
    const truth = await getJson<Truth>(`${faultsUrl}/truth`)
    if (truth.toAt >= endAt) return truth
    if (performance.now() > givesUpAt)
      throw new Failure(
        'DEADLINE_PASSED',
        `the plant stands at ${new Date(truth.toAt).toISOString()} and does not come to ${new Date(endAt).toISOString()}`,
      )
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

function stopSignal(): { promise: Promise<'stop'>; forget: () => void } {
  let stop: () => void = () => undefined
  const promise = new Promise<'stop'>(resolve => {
    stop = () => resolve('stop')
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  return {
    promise,
    forget: () => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, stop)
    },
  }
}
