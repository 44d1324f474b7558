import { decide } from '#agent/control/decide.ts'
import { keptOf, type Memory, startMemory } from '#agent/control/memory.ts'
import { stationOf } from '#agent/control/outputs.ts'
import type { Wish } from '#agent/control/wishes.ts'
import { imageOf } from '#agent/image/image.ts'
import type { PointWrite } from '#agent/sources/source.ts'
import { modeCommand } from '#contract/messages/command.ts'
import type { AgentEvent } from '#contract/messages/event.ts'
import type { Lease } from '#contract/messages/lease.ts'
import type { Mode } from '#contract/points.ts'
import type { Reading, SeriesKey } from '#contract/reading.ts'
import type { SiteGraph } from '#contract/site/graph.ts'
import { minute, second } from '#contract/units.ts'
import { hallGraph } from '#tests/agent/halls.ts'

const noon = Date.UTC(2025, 6, 1, 12)

/** Every reading of the small hall at noon, by `equipment.point`: half load, devices free to be written. */
export function hallAtNoon(graph: SiteGraph): Map<string, number> {
  const plant = new Map<string, number>()
  const set = (key: string, value: number) => plant.set(key, value)
  for (const cdu of ['cdu-1', 'cdu-2']) {
    for (const [point, value] of Object.entries({
      remoteEnable: 1,
      authority: 2,
      maintenance: 0,
      supplyTemperatureSp: 30,
      differentialPressureSp: 76.6,
      valvePosition: 50,
      flow: 450,
      pumpSpeed: 70,
      differentialPressure: 76.6,
      primarySupplyTemperature: 26,
      supplyTemperature: 30,
      heat: 200,
    }))
      set(`${cdu}.${point}`, value)
  }
  for (const device of ['facility', 'tower'])
    for (const [point, value] of Object.entries({ remoteEnable: 1, authority: 2, maintenance: 0 }))
      set(`${device}.${point}`, value)
  set('facility.supplyTemperatureSp', 26)
  set('facility.differentialPressureSp', 79.35)
  set('facility.differentialPressure', 79.35)
  set('facility.heat', 400)
  set('tower.leavingTemperatureSp', 24)
  set('tower.waterFlowSp', 60)
  set('hall.dewPoint', 12)
  set('weather.wetBulb', 18)
  for (const tray of graph.ofKind('tray')) set(`${tray.id}.chipTemperature`, 65)
  return plant
}

/** A hall whose devices hold what is written and whose water follows at once; one cycle a second, or as long as told. */
export function day(mode: Mode = 'advise') {
  const graph = hallGraph()
  const station = stationOf(graph, { agent: 'agent-1', approachK: 6, speed: 1 })
  const plant = hallAtNoon(graph)
  const live = new Set(graph.site.equipment.map(item => item.id))
  const set = (key: string, value: number) => plant.set(key, value)
  const stuck = new Set<string>()
  const stoppedLoops = new Set<string>()
  const pressureFollows = { value: true }
  let at = noon
  let machineMs = 0
  let memory: Memory = startMemory(station, { machineMs, siteAt: at, mode })
  const writes: Array<PointWrite & { at: number }> = []
  const events: AgentEvent[] = []
  const cycle = (wishes: readonly Wish[] = []) => {
    const readings = new Map(
      [...plant].map(([key, value]) => [key as SeriesKey, { value, quality: 'good', at } as Reading]),
    )
    const decision = decide(station, memory, {
      image: imageOf(readings, live, { machineMs, siteAt: at }),
      wishes,
      stoppedLoops,
    })
    memory = decision.next
    events.push(...decision.events)
    for (const write of decision.writes) {
      writes.push({ ...write, at })
      const key = `${write.equipment}.${write.point}`
      if (stuck.has(key)) continue
      plant.set(key, write.value)
      if (write.point === 'differentialPressureSp' && pressureFollows.value)
        plant.set(`${write.equipment}.differentialPressure`, write.value)
    }
  }
  const pass = (ms: number, stepMs = 10 * second) => {
    for (const end = at + ms; at < end; ) {
      at += stepMs
      machineMs += stepMs
      cycle()
    }
  }
  const holds = (key: string) => plant.get(key) ?? Number.NaN
  const reportsOf = (key: string) =>
    events.flatMap(event =>
      event.type === 'lease' && `${event.equipment}.${event.point}` === key ? [event] : [],
    )
  let commands = 0
  const modeWish = (equipment: string, wanted: Mode, change: Partial<Lease> = {}): Wish => {
    commands += 1
    const issue = { author: 'Ada', reason: 'asked for', version: commands, now: at }
    const command = modeCommand({ equipment, mode: wanted, before: mode, speed: 1 }, issue)
    return { kind: 'mode', lease: { ...command, ...change }, verified: true }
  }
  pass(minute)
  return {
    set,
    pass,
    cycle,
    holds,
    writes,
    events,
    live,
    stuck,
    stoppedLoops,
    pressureFollows,
    station,
    now: () => at,
    memory: () => memory,
    restart: () => {
      memory = startMemory(station, { machineMs, siteAt: at, mode }, structuredClone(keptOf(memory)))
    },
    wish: (...wishes: Wish[]) => {
      at += second
      machineMs += second
      cycle(wishes)
    },
    lease: (group: string, wanted: Record<string, number>, change: Partial<Lease> = {}): Wish[] =>
      Object.entries(wanted).map(([key, value]) => {
        const [equipment = '', point = ''] = key.split('.')
        const lease: Lease = {
          id: `${group}-${key}`,
          groupId: group,
          groupSize: Object.keys(wanted).length,
          equipment,
          point,
          value,
          expected: holds(key),
          reason: 'less pumping carries this load',
          author: 'plan',
          priority: 'plan',
          version: Number(group.replace(/\D/g, '')),
          issuedAt: at,
          notBeforeAt: at,
          expiresAt: at + 90 * minute,
          ...change,
        }
        return { kind: 'lease', lease, verified: true }
      }),
    mode: modeWish,
    auto: (): Wish[] => ['cdu-1', 'cdu-2'].map(equipment => modeWish(equipment, 'auto')),
    reports: reportsOf,
    states: (key: string) => reportsOf(key).map(report => report.state),
    alarms: () => events.flatMap(event => (event.type === 'alarm' && event.active ? [event.code] : [])),
  }
}
