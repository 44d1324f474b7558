import { type ChildProcess, spawn } from 'node:child_process'
import { cpus as coresOf } from 'node:os'
import { type Ears, openEars } from '#commands/bench/leakEars.ts'
import { cdus, type LeakSite, startLeakSite, traysPerRack } from '#commands/bench/leakSite.ts'
import { Failure } from '#contract/failure.ts'
import { rackId, trayId } from '#contract/site/expand.ts'

/** From the wet report to our request, less the stated debounce. */
type Lateness = {
  readonly trips: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly worstMs: number
}
type Figures = { readonly mqtt: Lateness; readonly opcua: Lateness }

/** Numbers to reach, with both cores busy. */
const limits = { mqtt: { p99Ms: 50, worstMs: 150 }, opcua: { p99Ms: 150, worstMs: 300 } } as const

/** Wet together, one 60 ms after the other: each trip happens while the half second of others runs. */
const wave = 6
const staggerMs = 60
/** In a tray a drip: it would take a minute to spill onto the rack's rope. */
const dripLpm = 0.3
const gushLpm = 4
const patienceMs = 20_000

/** One half of the hall is wetted while the cores idle, the other while they are busy; the last CDU is the first loop to stop. */
const half = (cdus - 1) / 2
const halves = { idle: { first: 1, last: half }, busy: { first: half + 1, last: 2 * half } } as const
/** Of each half; trays are wetted in the others. */
const loopsPerHalf = 12
const racksPerHalf = half - loopsPerHalf
const tripsMax = racksPerHalf * (traysPerRack - 1)

/** Leak input → isolation command on the agent alone, at real speed, over both field protocols: idle and with every core busy. */
export async function benchLeak({ trips }: { trips: number }): Promise<object> {
  if (!(Number.isInteger(trips) && trips >= 1 && trips <= tripsMax))
    throw new Failure('CONFIG_INVALID', `--trips ${trips}: allowed is a whole number from 1 to ${tripsMax}`)
  const site = await startLeakSite()
  const burners: ChildProcess[] = []
  try {
    const ears = await openEars({
      fieldBroker: site.addresses.fieldBroker,
      topics: ['BMS/v1/+/Value/Rack/#', 'BMS/v1/+/Value/Sensor/LeakDetect/#', 'trays/#'],
      devices: devicesOf(site),
    })
    await until(site, 'every leak input is known', ({ inputs }) => inputs.unknown === 0)
    await stopFirstLoop(site, ears)
    const idle = await measure(site, ears, halves.idle, trips)
    for (const _ of coresOf()) burners.push(spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }))
    const busy = await measure(site, ears, halves.busy, trips)
    await ears.close()
    return {
      machine: { cores: coresOf().length, model: coresOf()[0]?.model, node: process.version },
      debounceMs: site.debounceMs,
      idle,
      busy,
      limits,
      withinLimits: [idle, busy].every(isWithin),
    }
  } finally {
    for (const burner of burners) burner.kill('SIGKILL')
    await site.stop()
  }
}

const isWithin = (figures: Figures): boolean =>
  (['mqtt', 'opcua'] as const).every(
    path => figures[path].p99Ms <= limits[path].p99Ms && figures[path].worstMs <= limits[path].worstMs,
  )

function devicesOf(site: LeakSite): Map<string, string[]> {
  const devices = new Map<string, string[]>()
  for (let cdu = 1; cdu <= cdus; cdu++) {
    const endpoint = site.addresses.opcua[site.serverOf(cdu)] as string
    const keys = [`cdu-${cdu}.leak`, `cdu-${cdu}.pumpRun`]
    devices.set(endpoint, [...(devices.get(endpoint) ?? []), ...keys])
  }
  return devices
}

async function measure(
  site: LeakSite,
  ears: Ears,
  of: { readonly first: number; readonly last: number },
  trips: number,
): Promise<Figures> {
  const trays = Array.from({ length: trips }, (_, nth) =>
    trayId(rackId(of.first + (nth % racksPerHalf), 1), 1 + Math.floor(nth / racksPerHalf)),
  )
  const loops = Array.from({ length: loopsPerHalf }, (_, nth) => of.last - nth)
  const mqtt = [
    ...(await inWaves(trays, tray => trayLateMs(site, ears, tray))),
    await ropeLateMs(site, ears, rackId(of.first, 1)),
  ]
  const opcua = await inWaves(loops, cdu => loopLateMs(site, ears, cdu))
  return { mqtt: latenessOf(mqtt), opcua: latenessOf(opcua) }
}

async function inWaves<T>(places: readonly T[], late: (place: T) => Promise<number>): Promise<number[]> {
  const all: number[] = []
  for (let at = 0; at < places.length; at += wave) {
    const staggered = places.slice(at, at + wave).map(async (place, nth) => {
      await new Promise(resolve => setTimeout(resolve, nth * staggerMs))
      return late(place)
    })
    all.push(...(await Promise.all(staggered)))
  }
  return all
}

async function trayLateMs(site: LeakSite, ears: Ears, tray: string): Promise<number> {
  const [rack, slot] = tray.split('-') as [string, string]
  const sinceMs = performance.now()
  await leakAt(site, tray, dripLpm)
  const wet = await ears.seen(`trays/${rack}/${slot}/leak`, 1, sinceMs)
  const request = await ears.seen(`trays/${rack}/${slot}/powerRequest`, 0, wet.atMs)
  await mendAt(site, tray)
  return request.atMs - wet.atMs - site.debounceMs
}

async function ropeLateMs(site: LeakSite, ears: Ears, rack: string): Promise<number> {
  const sinceMs = performance.now()
  await leakAt(site, rack, gushLpm)
  const wet = await ears.seen(`RackLeakDetect/leak-bench/${rack}/`, 1, sinceMs)
  const request = await ears.seen(`RackElectricalIsolationRequest/leak-bench/${rack}/`, 1, wet.atMs)
  await mendAt(site, rack)
  return request.atMs - wet.atMs - site.debounceMs
}

/** From now on a loop waits for a person unless two inputs saw water: the manifold's, and then the drip pan's half second counts. */
async function stopFirstLoop(site: LeakSite, ears: Ears): Promise<void> {
  const sinceMs = performance.now()
  await leakAt(site, `cdu-${cdus}`, gushLpm)
  await ears.seen(`cdu-${cdus}.pumpRun`, 0, sinceMs)
  await mendAt(site, `cdu-${cdus}`)
}

/** A CDU's drip pan: OPC UA both ways. */
async function loopLateMs(site: LeakSite, ears: Ears, cdu: number): Promise<number> {
  const sinceMs = performance.now()
  await leakAt(site, `manifold-${cdu}`, gushLpm)
  await until(site, `cdu-${cdu} waits for a person`, ({ waitingForConfirmation }) =>
    waitingForConfirmation.includes(`cdu-${cdu}`),
  )
  await leakAt(site, `cdu-${cdu}`, gushLpm)
  const wet = await ears.seen(`cdu-${cdu}.leak`, 1, sinceMs)
  const request = await ears.seen(`cdu-${cdu}.pumpRun`, 0, wet.atMs)
  for (const place of [`manifold-${cdu}`, `cdu-${cdu}`]) await mendAt(site, place)
  return request.atMs - wet.atMs - site.debounceMs
}

function latenessOf(lateMs: readonly number[]): Lateness {
  const sorted = [...lateMs].sort((one, other) => one - other)
  const rank = (share: number) =>
    Number((sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] as number).toFixed(1))
  return { trips: sorted.length, p50Ms: rank(0.5), p99Ms: rank(0.99), worstMs: rank(1) }
}

const leakAt = (site: LeakSite, place: string, size: number) =>
  ask(`${site.addresses.faults}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: `leak-${place}`, kind: 'leak', place, size }),
  })
const mendAt = (site: LeakSite, place: string) =>
  ask(`${site.addresses.faults}/faults/leak-${place}`, { method: 'DELETE' })

type InterlockHealth = {
  readonly waitingForConfirmation: readonly string[]
  readonly inputs: { readonly unknown: number }
}

async function until(
  site: LeakSite,
  what: string,
  isSo: (interlock: InterlockHealth) => boolean,
): Promise<void> {
  const givesUpAtMs = performance.now() + patienceMs
  for (;;) {
    const health = (await ask(`${site.addresses.agentHealth['agent-1']}/health`)) as {
      interlock: InterlockHealth
    }
    if (isSo(health.interlock)) return
    if (performance.now() > givesUpAtMs)
      throw new Failure('DEADLINE_PASSED', `${what}: not within ${patienceMs / 1_000} s`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

async function ask(url: string, request?: RequestInit): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(patienceMs), ...request })
  const text = await response.text()
  if (!response.ok) throw new Failure('CHILD_FAILED', `${url} answered ${response.status}: ${text}`)
  return JSON.parse(text)
}
