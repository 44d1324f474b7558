import { generateKeyPairSync } from 'node:crypto'
import { decide } from '#agent/control/decide.ts'
import { type Memory, startMemory } from '#agent/control/memory.ts'
import { modeRank } from '#agent/control/modes.ts'
import { stationOf } from '#agent/control/outputs.ts'
import type { Wish } from '#agent/control/wishes.ts'
import { imageOf } from '#agent/image/image.ts'
import type { AlarmView, PlanView } from '#contract/api.ts'
import { virtualClock } from '#contract/clock.ts'
import { resetApproachOf } from '#contract/control/reset.ts'
import { commandKind } from '#contract/messages/command.ts'
import { pointsOf } from '#contract/points.ts'
import type { Answer, Question } from '#contract/query/question.ts'
import type { Reading, SeriesKey } from '#contract/reading.ts'
import { siteGraph } from '#contract/site/graph.ts'
import { type DurationMs, type Millis, minute } from '#contract/units.ts'
import { doHourlyWork } from '#hub/planning/hourlyWork.ts'
import { createPlanning } from '#hub/planning/service.ts'
import type { AuditEntry } from '#hub/state/auditRows.ts'
import { openLoad } from '#simulators/load/openLoad.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import { resolveSite } from '#simulators/sites/sites.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'

const keys = generateKeyPairSync('ed25519')
const rowMs = 5 * minute

export type Scene = {
  readonly startAt: Millis
  readonly seed?: number
  readonly weather?: string
  readonly load?: string
  /** Length of an agent's cycle and of the plant's step. */
  readonly cycleMs?: DurationMs
  /** A real site has a canary and waits for a person. */
  readonly simulated?: boolean
  readonly canaryMs?: DurationMs
}

/** The hub's planning service, the agent's own decisions and a simulated plant, cycle by cycle, with no wire between them. */
export function steeredPlant(scene: Scene) {
  const { startAt, seed = 1, cycleMs = 20_000 } = scene
  const weather = openWeather(scene.weather ?? 'builtin:chicago', seed)
  const simulated = resolveSite('small', weather)
  const site = { ...simulated, simulated: scene.simulated ?? true }
  const load = openLoad(scene.load ?? 'builtin:inference', { site: simulated, seed, startAt })
  const plant = createPlant({ site: simulated, weather, load, seed, startAt, stepMs: cycleMs })
  const graph = siteGraph(site)
  const clock = virtualClock({ startAt })
  const agent = site.agents[0]?.id as string
  const station = stationOf(graph, { agent, approachK: resetApproachOf(site), speed: 1 })
  const everything = new Set(site.equipment.map(item => item.id))
  const points = site.equipment.flatMap(item =>
    pointsOf(item.kind).map(([point]) => [`${item.id}.${point}`, item.id, point] as const),
  )
  let memory: Memory = startMemory(station, { machineMs: 0, siteAt: startAt, mode: 'advise' })
  let wishes: Wish[] = []
  let readings = new Map<SeriesKey, Reading>()
  const buckets = new Map<string, Map<number, { sum: number; count: number; highest: number }>>()
  const plans = new Map<string, PlanView>()
  const kept = new Map<string, string>()
  const audited: AuditEntry[] = []
  const raised: string[] = []
  const standing = new Set<string>()
  const urgent: AlarmView[] = []
  let version = 0
  const hub = { isThere: true }

  const ask = async (question: Question): Promise<Answer> => ({
    question,
    series: site.equipment
      .filter(item => item.kind === question.kind)
      .flatMap(item =>
        question.points.map(point => {
          const found = [...(buckets.get(`${item.id}.${point}`) ?? [])].filter(
            ([at]) => at >= question.fromAt && at < question.toAt,
          )
          return {
            equipment: item.id,
            point,
            at: found.map(([at]) => at),
            value: found.map(([, one]) => (question.aggregate === 'max' ? one.highest : one.sum / one.count)),
          }
        }),
      ),
  })
  const planning = createPlanning({
    site,
    clock,
    ask,
    live: (equipment, point) => readings.get(`${equipment}.${point}` as SeriesKey),
    host: {
      sendLeases: async (_agent, leases) => {
        wishes.push(...leases.map(lease => ({ kind: commandKind(lease), lease, verified: true }) as const))
      },
      agents: () =>
        site.agents.map(({ id }) => ({
          id,
          online: true,
          lastWordMachineMs: clock.machineNow(),
          lastWordAt: clock.siteNow(),
          acknowledgedPosition: 1,
          deliveryProven: true,
          equipment: [],
        })),
    },
    key: {
      keyId: 'hub-1',
      privateKeyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    },
    state: {
      savePlan: plan => void plans.set(plan.id, plan),
      plans: limit => [...plans.values()].sort((a, b) => b.madeAt - a.madeAt).slice(0, limit),
      nextVersion: () => ++version,
      keep: (name, value) => void kept.set(name, value),
      kept: name => kept.get(name),
      audit: entry => void audited.push(entry),
    },
    alarms: {
      raise: (code, equipment) => {
        if (!standing.has(`${code}/${equipment}`)) raised.push(`${code}/${equipment}`)
        standing.add(`${code}/${equipment}`)
      },
      clear: (code, equipment) => void standing.delete(`${code}/${equipment}`),
      standing: () => urgent,
    },
    deadlineMs: 20_000,
    log: { info: () => undefined, warn: () => undefined },
    worker: { run: request => doHourlyWork(structuredClone(request)), close: async () => undefined },
    pace: () => () => undefined,
    seed,
    ...(scene.canaryMs === undefined ? {} : { canaryMs: scene.canaryMs }),
  })

  const see = () => {
    const at = clock.siteNow()
    readings = new Map()
    for (const [key, , point] of points) {
      if (point === 'mode') continue
      const reading = plant.read(key)
      readings.set(key as SeriesKey, reading)
      if (reading.quality !== 'good' || reading.value === null) continue
      const bucketAt = at - (at % rowMs)
      const series = buckets.get(key) ?? new Map<number, { sum: number; count: number; highest: number }>()
      buckets.set(key, series)
      const bucket = series.get(bucketAt) ?? { sum: 0, count: 0, highest: Number.NEGATIVE_INFINITY }
      bucket.sum += reading.value
      bucket.count += 1
      bucket.highest = Math.max(bucket.highest, reading.value)
      series.set(bucketAt, bucket)
    }
  }
  const seeModes = () => {
    for (const cdu of station.cdus)
      readings.set(`${cdu}.mode` as SeriesKey, {
        value: modeRank(memory.modes[cdu] ?? 'monitor'),
        quality: 'good',
        at: clock.siteNow(),
      })
  }
  const cycle = () => {
    see()
    const heard = wishes
    wishes = []
    const decision = decide(station, memory, {
      image: imageOf(readings, everything, { machineMs: clock.machineNow(), siteAt: clock.siteNow() }),
      wishes: heard,
      stoppedLoops: new Set(),
    })
    memory = decision.next
    seeModes()
    for (const write of decision.writes) plant.write(`${write.equipment}.${write.point}`, write.value)
    if (hub.isThere)
      for (const event of decision.events) {
        if (event.type === 'lease') planning.leaseReport(event)
        if (event.type === 'mode') planning.modeReport(event)
      }
    plant.advanceTo(clock.siteNow() + cycleMs)
    clock.advance(cycleMs)
  }

  return {
    plant,
    site,
    planning,
    clock,
    hub,
    audited,
    raised,
    standing,
    modes: () => memory.modes,
    /** An urgent alarm of the plant, as the hub's alarms would have it. */
    alarm(title: string): void {
      const at = clock.siteNow()
      urgent.push({
        id: title,
        code: 'pumpTripped',
        equipment: 'cdu-1',
        priority: 2,
        state: 'unackActive',
        raisedAt: at,
        changedAt: at,
        title,
        consequence: '',
        response: '',
      })
    },
    /** Until then the agent alone steers; the hub's store fills. */
    async live(untilAt: Millis, withHub = true): Promise<void> {
      while (clock.siteNow() < untilAt) {
        cycle()
        if (withHub && hub.isThere) await planning.turn()
      }
    },
    overLimit: () => plant.tally().overLimitDegreeMinutes,
  }
}

/** The same plant as commissioned, with the same faults. */
export function fixedPlant(scene: Scene) {
  const { startAt, seed = 1, cycleMs = 20_000 } = scene
  const weather = openWeather(scene.weather ?? 'builtin:chicago', seed)
  const site = resolveSite('small', weather)
  const load = openLoad(scene.load ?? 'builtin:inference', { site, seed, startAt })
  return createPlant({ site, weather, load, seed, startAt, stepMs: cycleMs })
}
