import { decide } from '#agent/control/decide.ts'
import { keptOf, type Memory, startMemory } from '#agent/control/memory.ts'
import { type Output, type Station, stationOf } from '#agent/control/outputs.ts'
import { leaseVerifier } from '#agent/control/trust.ts'
import type { Wish } from '#agent/control/wishes.ts'
import { imageOf } from '#agent/image/image.ts'
import { deviceCommands, nodeCommands } from '#agent/uplink/commands.ts'
import { isFailure } from '#contract/failure.ts'
import { commandKind } from '#contract/messages/command.ts'
import type { AgentEvent } from '#contract/messages/event.ts'
import type { Reading, SeriesKey } from '#contract/reading.ts'
import { type BirthPlan, birthPlan } from '#contract/sparkplug/birth.ts'
import { decodePayload } from '#contract/sparkplug/payload.ts'
import { minute, second } from '#contract/units.ts'
import { seededRandom } from '#models/plant/random.ts'
import { type Asked, commandMaker, type Message } from '#tests/agent/fuzz/commands.ts'
import { type Truth, watchWrites } from '#tests/agent/fuzz/watch.ts'
import { hallGraph } from '#tests/agent/halls.ts'
import { hallAtNoon } from '#tests/agent/steeredDay.ts'

/** What is broken on purpose, to see that the watch sees it. */
export type Sabotage = 'none' | 'bounds' | 'ramp' | 'dewPoint' | 'signature'

export type FuzzResult = {
  readonly commands: number
  readonly byKind: Readonly<Record<string, number>>
  readonly cycles: number
  readonly writes: number
  /** Leases that the agent took, groups that it held, modes that it followed: a fuzz that is all refused proves little. */
  readonly accepted: number
  readonly held: number
  readonly modes: number
  readonly violations: readonly string[]
}

const violationsMax = 20

/** Narrower than the site's, as an agent's own configuration may have them, and near enough to be met within an hour. */
const ownBounds: Readonly<Record<string, { readonly lowest: number; readonly highest: number }>> = {
  'cdu.supplyTemperatureSp': { lowest: 28, highest: 32 },
  'cdu.differentialPressureSp': { lowest: 70, highest: 90 },
  'facilityLoop.supplyTemperatureSp': { lowest: 24, highest: 28 },
  'facilityLoop.differentialPressureSp': { lowest: 70, highest: 95 },
  'coolingTower.leavingTemperatureSp': { lowest: 22, highest: 26 },
  'coolingTower.waterFlowSp': { lowest: 50, highest: 80 },
}

/** Bytes to the agent's ears, decisions, writes to the devices of a small hall: from the wire to the valve, without waiting. */
export function runFuzz(options: { count: number; seed: number; sabotage?: Sabotage }): FuzzResult {
  const { count, seed, sabotage = 'none' } = options
  const random = seededRandom(seed)
  const graph = hallGraph()
  const narrowed = (equipment: string, point: string) =>
    ownBounds[`${graph.equipment(equipment)?.kind}.${point}`]
  const site = { agent: 'agent-1', approachK: 6, speed: 1 }
  const own = stationOf(graph, { ...site, narrowed })
  const station: Station = sabotage === 'bounds' ? stationOf(graph, site) : own
  const boundsFor = new Map(own.outputs.map(output => [output.key, output.bounds]))
  const plan = birthPlan(graph.site, 'agent-1')
  const plant = hallAtNoon(graph)
  const live = new Set(graph.site.equipment.map(item => item.id))
  const held = (key: string) => plant.get(key) ?? Number.NaN
  let siteAt = Date.UTC(2025, 6, 1, 12)
  let machineMs = 0
  let memory: Memory = startMemory(station, { machineMs, siteAt, mode: 'advise' })
  const maker = commandMaker({
    plan,
    outputs: station.outputs,
    cdus: station.cdus,
    random,
    now: () => siteAt,
    held: output => held(`${output.equipment}.${output.point}`),
  })
  const verify = sabotage === 'signature' ? () => true : leaseVerifier(maker.publicKeys)
  const watch = watchWrites(own, (output: Output) => boundsFor.get(output.key) ?? output.bounds, held)
  const ledger = watchEffects(maker.asked)
  const byKind: Record<string, number> = Object.fromEntries(maker.names.map(name => [name, 0]))
  const violations: string[] = []
  const violated = (kind: string, why: string) => {
    if (violations.length < violationsMax) violations.push(`cycle ${cycles}, last ${kind}: ${why}`)
  }
  let [commands, cycles, writes] = [0, 0, 0]
  let kind = ''

  while (commands < count && violations.length < violationsMax) {
    cycles += 1
    const elapsedMs = (1 + Math.floor(random() * 20)) * second
    siteAt += elapsedMs
    machineMs += elapsedMs
    disturb(plant, random)
    const wishes: Wish[] = []
    const volley = Math.floor(random() * 25)
    for (let nth = 0; nth < volley && commands < count; nth++) {
      const made = maker.next()
      kind = made.kind
      for (const message of made.messages) {
        commands += 1
        byKind[kind] = (byKind[kind] ?? 0) + 1
        try {
          wishes.push(...heard(plan, verify, message))
        } catch (error) {
          violated(kind, `the agent’s ears broke: ${String(error)}`)
        }
      }
    }
    // A restart now and then: what is remembered goes through JSON, as it does through the file.
    if (random() < 0.001)
      memory = startMemory(
        station,
        { machineMs, siteAt, mode: 'advise' },
        JSON.parse(JSON.stringify(keptOf(memory))) as ReturnType<typeof keptOf>,
      )
    const truth = truthOf(plant, { siteAt, elapsedMs })
    const readings = readingsOf(plant, siteAt)
    if (sabotage === 'dewPoint')
      readings.set('hall.dewPoint' as SeriesKey, { value: 5, quality: 'good', at: siteAt } as Reading)
    const before = memory
    const paceAt = sabotage === 'ramp' ? siteAt * 2 : siteAt
    const decision = decide(station, before, {
      image: imageOf(readings, live, { machineMs, siteAt: paceAt }),
      wishes,
      stoppedLoops: new Set(),
    })
    memory = decision.next
    for (const why of watch.look(decision.writes, memory, truth)) violated(kind, why)
    for (const why of ledger.look(decision.events, before, memory, siteAt)) violated(kind, why)
    writes += decision.writes.length
    for (const write of decision.writes) plant.set(`${write.equipment}.${write.point}`, write.value)
  }
  return { commands, byKind, cycles, writes, ...ledger.counts(), violations }
}

/** As the uplink and the agent's loop hear it. */
function heard(plan: BirthPlan, verify: ReturnType<typeof leaseVerifier>, message: Message): Wish[] {
  if (message.retained) return []
  try {
    const payload = decodePayload(message.bytes)
    const commands =
      message.device === undefined ? nodeCommands(payload) : deviceCommands(plan, message.device, payload)
    return commands.flatMap((command): Wish[] => {
      if (command.kind === 'lease')
        return [{ kind: commandKind(command.lease), lease: command.lease, verified: verify(command.lease) }]
      if (command.kind === 'mode') return [{ kind: 'unsigned', what: 'mode', where: command.equipment }]
      if (command.kind === 'releaseGroup')
        return [{ kind: 'unsigned', what: 'release', where: command.groupId }]
      return []
    })
  } catch (error) {
    if (isFailure(error)) return []
    throw error
  }
}

/** Nothing takes effect that the hub has not asked for, and nothing twice. */
function watchEffects(asked: Asked) {
  const taken = new Set<string>()
  const followed = new Set<string>()
  const changedAt = new Map<string, { value: number; at: number }>()
  let [accepted, held, modes] = [0, 0, 0]
  return {
    counts: () => ({ accepted, held, modes }),
    look(events: readonly AgentEvent[], before: Memory, next: Memory, siteAt: number): string[] {
      const wrong: string[] = []
      for (const event of events) {
        if (event.type !== 'lease') continue
        if (event.state === 'applied') held += 1
        if (event.check === 'lease.released' && !asked.released.has(event.groupId))
          wrong.push(`${event.groupId} was released, and nobody asked`)
        if (event.state !== 'accepted' || event.check === 'lease.duplicate') continue
        accepted += 1
        const one = asked.leases.get(event.leaseId)
        if (!one) wrong.push(`${event.leaseId} was taken, and the hub never sent it`)
        else if (one.expiresAt <= siteAt || one.issuedAt > siteAt + 5 * second)
          wrong.push(`${event.leaseId} was taken outside its time`)
        if (taken.has(event.leaseId)) wrong.push(`${event.leaseId} was taken twice`)
        taken.add(event.leaseId)
        // CS-16: a plan moves a point once in five minutes.
        const point = `${event.equipment}.${event.point}`
        const last = changedAt.get(point)
        const isChange = last !== undefined && last.value !== event.requested
        if (one?.priority === 'plan' && isChange && siteAt - last.at < 5 * minute)
          wrong.push(`a plan moved ${point} again after ${(siteAt - last.at) / second} s`)
        changedAt.set(point, { value: event.requested, at: siteAt })
      }
      for (const [cdu, { id, version }] of Object.entries(next.modeCommands)) {
        if (before.modeCommands[cdu]?.id === id) continue
        modes += 1
        const issuedAt = asked.modes.get(id)
        if (issuedAt === undefined) wrong.push(`${cdu} followed ${id}, and the hub never sent it`)
        else if (Math.abs(siteAt - issuedAt) > minute + 5 * second)
          wrong.push(`${cdu} followed ${id} too late`)
        if (version < (before.modeCommands[cdu]?.version ?? 0))
          wrong.push(`${cdu} followed ${id} after a newer one`)
        if (followed.has(id)) wrong.push(`${cdu} followed ${id} twice`)
        followed.add(id)
      }
      return wrong
    },
  }
}

/** Weather, load and sensors have their own life: dew point, flow and chips drift, and are lost for a while. */
function disturb(plant: Map<string, number>, random: () => number): void {
  const drift = (key: string, step: number, lowest: number, highest: number) => {
    const value = (plant.get(key) ?? (lowest + highest) / 2) + (random() * 2 - 1) * step
    plant.set(key, Math.min(highest, Math.max(lowest, value)))
  }
  if (random() < 0.002) plant.delete('hall.dewPoint')
  else if (plant.has('hall.dewPoint') || random() < 0.01) drift('hall.dewPoint', 0.2, 20, 27)
  // A door stands open: damp air comes in at once, and goes.
  if (plant.has('hall.dewPoint') && random() < 0.02) plant.set('hall.dewPoint', 20 + random() * 7)
  drift('weather.wetBulb', 0.02, 8, 26)
  for (const cdu of ['cdu-1', 'cdu-2']) {
    // 562.5 l/min are design flow; the floor is half of it.
    if (random() < 0.01) plant.set(`${cdu}.flow`, 200 + random() * 400)
    plant.set(`${cdu}.primarySupplyTemperature`, plant.get('facility.supplyTemperatureSp') ?? 26)
    plant.set(`${cdu}.differentialPressure`, plant.get(`${cdu}.differentialPressureSp`) ?? 76)
    if (random() < 0.01) plant.set(`${cdu}.valvePosition`, 30 + random() * 70)
  }
  plant.set('facility.differentialPressure', plant.get('facility.differentialPressureSp') ?? 79)
  if (random() < 0.005) {
    const chipC = random() < 0.9 ? 60 + random() * 12 : 76 + random() * 10
    for (const key of plant.keys()) if (key.endsWith('.chipTemperature')) plant.set(key, chipC)
  }
}

function truthOf(plant: ReadonlyMap<string, number>, now: { siteAt: number; elapsedMs: number }): Truth {
  return {
    ...now,
    dewPointC: plant.get('hall.dewPoint'),
    facilityC: plant.get('facility.supplyTemperatureSp') ?? Number.NaN,
    flowFraction: Object.fromEntries(
      ['cdu-1', 'cdu-2'].map(cdu => [cdu, (plant.get(`${cdu}.flow`) ?? Number.NaN) / 562.5]),
    ),
  }
}

const readingsOf = (plant: ReadonlyMap<string, number>, at: number): Map<SeriesKey, Reading> =>
  new Map([...plant].map(([key, value]) => [key as SeriesKey, { value, quality: 'good', at } as Reading]))
