import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { flagsOf } from '#commands/flags.ts'
import { type Clock, siteTimeAt, systemClock } from '#contract/clock.ts'
import { runClock } from '#contract/clockFile.ts'
import { Failure, failureCodes, isFailure, sentenceOf } from '#contract/failure.ts'
import type { AnySite } from '#contract/site/anySite.ts'
import { hour, type Millis } from '#contract/units.ts'
import { startBoptest } from '#simulators/boptest/startBoptest.ts'
import { offerOf } from '#simulators/boptest/testcase.ts'
import { placeScenario } from '#simulators/faults/scenario.ts'
import { builtinLoads } from '#simulators/load/builtinLoad.ts'
import { builtinCities } from '#simulators/weather/builtinWeather.ts'
import { livesWithParent } from '#simulators/wire/childLife.ts'
import { openPlant } from '#simulators/wire/openPlant.ts'
import { type Simulator, startSimulator } from '#simulators/wire/simulator.ts'
import { readSimulatorConfig } from '#simulators/wire/simulatorConfig.ts'

const usage = `Usage: npm run simulate -- [OPTIONS]
Runs the field devices of a simulated site on this machine: its OPC UA servers, its MQTT field broker with a building
system in the DSX profile, and an HTTP endpoint that injects faults and tells the true energy. Prints the addresses.

  --site NAME|FILE   small (default), warm-water, or an own site's YAML
  --weather FILE     EPW weather (.epw or .epw.gz), or builtin:CITY; default builtin:chicago. Cities:
                     ${builtinCities.slice(0, 8).join(', ')},
                     ${builtinCities.slice(8).join(', ')}
  --load FILE        load CSV (.csv or .csv.gz), bench:FILE for a CSV whose days differ by 90..105 %, or
                     ${builtinLoads.map(load => `builtin:${load}`).join(' | ')}; default builtin:ai
  --from ISO         first instant of site time; default now at speed 1, otherwise 2025-07-01T00:00Z
  --speed N          site seconds per second, 1 to 1000 (default 1)
  --scenario FILE    faults at their times, YAML as in simulators/faults/scenarios
  --seed N           seed of plant, weather and load (default 1)
  --port N           field broker on N, fault endpoint on N + 1, OPC UA servers from N + 2 on; default: free ports
  --help

  --boptest          instead: the REST interface of the BOPTEST service over all sites (and an own one by --site FILE),
                     on --port; its clients move time, so --speed and --from are not allowed with it

  --config FILE      all of it from a JSON file instead
  --child            end when standard input ends; print one line of JSON when ready
`

type Run = { readonly simulator: Simulator; readonly notes: readonly string[]; stop(): Promise<void> }

async function main(): Promise<void> {
  const flags = readFlags(process.argv.slice(2))
  if (flags.help) {
    process.stdout.write(usage)
    return
  }
  let run: Run | undefined
  const end = () => {
    const stopped = run ? run.stop() : Promise.resolve()
    stopped.then(() => process.exit(0), refuse)
  }
  livesWithParent({ isChild: flags.child === true, input: process.stdin, end })
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  if (flags.boptest) {
    await serveBoptest(flags)
    return
  }
  run = flags.config === undefined ? await runForPerson(flags) : await runFromConfig(flags.config)
  const { opcua, fieldBroker, faults } = run.simulator
  const ready = { ready: true, opcua, fieldBroker, faults, notes: run.notes }
  process.stdout.write(flags.child ? `${JSON.stringify(ready)}\n` : spoken(run))
}

/** The plants as a benchmark of others' controllers. */
async function serveBoptest(flags: Flags): Promise<void> {
  const idle = (['speed', 'from', 'config', 'scenario'] as const).find(name => flags[name] !== undefined)
  if (idle)
    throw new Failure(
      'CONFIG_INVALID',
      `--${idle} ${flags[idle]}: not allowed with --boptest, whose clients choose testcase and time`,
    )
  const port = whole(flags, 'port', 0, { lowest: 0, highest: 65_535 })
  const { site, weather, load } = flags
  const seed = whole(flags, 'seed', 1, { lowest: 0, highest: 4_294_967_295 })
  const offer = offerOf({
    seed,
    ...(site === undefined ? {} : { site }),
    ...(weather === undefined ? {} : { weather }),
    ...(load === undefined ? {} : { load }),
  })
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const { url } = await startBoptest({ offer, version, port, machineNow: systemClock().machineNow })
  process.stdout.write(
    flags.child
      ? `${JSON.stringify({ ready: true, boptest: url })}\n`
      : `BOPTEST service at ${url}\n  testcases ${Object.keys(offer.sites).join(', ')}\n`,
  )
}

async function runFromConfig(path: string): Promise<Run> {
  const config = readSimulatorConfig(path)
  const log = pino({ name: 'simulator', level: config.logLevel }, pino.destination({ fd: 2, sync: true }))
  const clock = runClock(config.clock, path => readFileSync(path, 'utf8'))
  const { startAt, endAt } = clock
  const site = (config.site ?? config.sitePath) as AnySite | string
  const { plant, notes } = openPlant({
    site,
    weather: config.weather,
    load: config.load,
    seed: config.seed,
    startAt,
    clock,
  })
  if (config.scenario !== undefined) placeScenario(plant, { path: config.scenario, startAt })
  const simulator = await startSimulator({
    plant,
    clock,
    dataDir: config.dataDir,
    opcuaPorts: config.opcuaPorts,
    fieldBrokerPort: config.fieldBrokerPort,
    faultPort: config.faultPort,
    log,
    ...(endAt === undefined ? {} : { endAt }),
  })
  return {
    simulator,
    notes,
    stop: async () => {
      await simulator.close()
    },
  }
}

type Flags = ReturnType<typeof readFlags>

async function runForPerson(flags: Flags): Promise<Run> {
  const speed = whole(flags, 'speed', 1, { lowest: 1, highest: 1_000 })
  const seed = whole(flags, 'seed', 1, { lowest: 0, highest: 4_294_967_295 })
  const port = whole(flags, 'port', 0, { lowest: 0, highest: 65_000 })
  const { clock, startAt, endAt, note } = personsClock(flags.from, speed)
  const { plant, notes } = openPlant({
    site: flags.site ?? 'small',
    weather: flags.weather ?? 'builtin:chicago',
    load: flags.load ?? 'builtin:ai',
    seed,
    startAt,
    clock,
  })
  if (flags.scenario !== undefined) placeScenario(plant, { path: flags.scenario, startAt })
  const dataDir = mkdtempSync(join(tmpdir(), 'coldloop-devices-'))
  const log = pino({ name: 'simulator', level: 'warn' }, pino.destination({ fd: 2, sync: true }))
  const ports =
    port === 0
      ? {}
      : {
          fieldBrokerPort: port,
          faultPort: port + 1,
          opcuaPorts: Object.fromEntries(
            plant.site.opcuaServers.map(({ id }, place) => [id, port + 2 + place]),
          ),
        }
  const tidy = () => rmSync(dataDir, { recursive: true, force: true })
  const simulator = await startSimulator({
    plant,
    clock,
    dataDir,
    log,
    ...ports,
    ...(endAt === undefined ? {} : { endAt }),
  }).catch((error: unknown) => {
    tidy()
    throw error
  })
  return {
    simulator,
    notes: [...notes, ...note],
    stop: async () => {
      await simulator.close()
      tidy()
    },
  }
}

/** Real time, or a start in the past; a fast clock stops where it would pass the present, because nothing has happened there yet. */
function personsClock(
  from: string | undefined,
  speed: number,
): { clock: Clock; startAt: Millis; endAt: Millis | undefined; note: string[] } {
  const machine = systemClock()
  const anchorAt = machine.wallNow()
  if (from === undefined && speed === 1)
    return { clock: machine, startAt: anchorAt, endAt: undefined, note: [] }
  const startAt = from === undefined ? Date.UTC(2025, 6, 1) : Date.parse(from)
  if (!Number.isFinite(startAt))
    throw new Failure(
      'CONFIG_INVALID',
      `--from ${from}: allowed is an ISO 8601 instant such as 2025-07-01T00:00Z`,
    )
  if (startAt > anchorAt - hour)
    throw new Failure(
      'CONFIG_INVALID',
      `--from ${from}: site time starts at least an hour before now, because it never passes the wall clock`,
    )
  const endAt = speed > 1 ? Math.floor(anchorAt + (anchorAt - startAt) / (speed - 1)) : undefined
  const time = { startAt, anchorAt, speed, ...(endAt === undefined ? {} : { endAt }) }
  return {
    clock: { ...machine, speed, siteNow: () => siteTimeAt(time, machine.wallNow()) },
    startAt,
    endAt,
    note:
      endAt === undefined
        ? []
        : [`site time stops at ${new Date(endAt).toISOString()}, where it meets the wall clock`],
  }
}

function readFlags(args: readonly string[]) {
  const text = { type: 'string' } as const
  const options = {
    site: text,
    weather: text,
    load: text,
    from: text,
    scenario: text,
    speed: text,
    seed: text,
    port: text,
    config: text,
    boptest: { type: 'boolean' },
    child: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const
  return flagsOf({ args: [...args], options }).values
}

function whole(
  flags: Flags,
  name: 'speed' | 'seed' | 'port',
  fallback: number,
  allowed: { lowest: number; highest: number },
): number {
  const given = flags[name]
  const value = given === undefined ? fallback : Number(given)
  if (given?.trim() === '' || !Number.isInteger(value) || value < allowed.lowest || value > allowed.highest)
    throw new Failure(
      'CONFIG_INVALID',
      `--${name} ${given}: allowed is a whole number from ${allowed.lowest} to ${allowed.highest}`,
    )
  return value
}

function spoken({ simulator, notes }: Run): string {
  const { site } = simulator.plant
  const lines = [
    `${site.title}: ${simulator.plant.keys.length} points`,
    ...Object.entries(simulator.opcua).map(([id, url]) => `  OPC UA ${id.padEnd(12)} ${url}`),
    `  MQTT (DSX and trays) ${simulator.fieldBroker}`,
    `  faults and truth     ${simulator.faults}`,
    ...notes.map(note => `  note: ${note}`),
  ]
  return `${lines.join('\n')}\n`
}

function refuse(error: unknown): never {
  process.stderr.write(`${sentenceOf(error)}\n${isFailure(error) ? '' : `${(error as Error).stack}\n`}`)
  process.exit(isFailure(error) ? failureCodes[error.code].exit : 1)
}

main().catch(refuse)
