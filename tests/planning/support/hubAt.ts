import { generateKeyPairSync } from 'node:crypto'
import type { PlanView } from '#contract/api.ts'
import { virtualClock } from '#contract/clock.ts'
import { commandKind } from '#contract/messages/command.ts'
import type { SignedLease } from '#contract/messages/lease.ts'
import { type Mode, modeNames } from '#contract/points.ts'
import type { Answer, Question } from '#contract/query/question.ts'
import type { Reading } from '#contract/reading.ts'
import { siteGraph } from '#contract/site/graph.ts'
import type { Site } from '#contract/site/site.ts'
import { minute } from '#contract/units.ts'
import type { SensorDoubts } from '#hub/planning/believed.ts'
import { doHourlyWork } from '#hub/planning/hourlyWork.ts'
import type { PlanningLog } from '#hub/planning/options.ts'
import { createPlanning } from '#hub/planning/service.ts'
import type { PlanningWorker } from '#hub/planning/workerThread.ts'
import type { ExperimentOptions, SavingsExperiment } from '#hub/savings/experiment.ts'
import type { AuditEntry } from '#hub/state/auditRows.ts'
import type { PlantRow } from '#models/plant/row.ts'
import { hiddenTruth, history, site as simulatedSite } from '#tests/models/syntheticSite.ts'

export const keys = generateKeyPairSync('ed25519')
const truth = hiddenTruth(2)
const day = history(truth, 10, 4)
export const startAt = Date.UTC(2025, 6, 1)
const graph = siteGraph(simulatedSite)

/** Where a row keeps what the store calls equipment.point. */
export function valueIn(row: PlantRow, equipment: string, point: string): number | undefined {
  const kind = graph.equipment(equipment)?.kind
  const cduIndex = Number(equipment.replace('cdu-', '')) - 1
  if (kind === 'cdu') {
    const cdu = row.cdus[cduIndex]!
    return {
      supplyTemperature: cdu.supplyC,
      returnTemperature: cdu.returnC,
      flow: cdu.flowLpm,
      differentialPressure: cdu.dpKpa,
      primarySupplyTemperature: cdu.primarySupplyC,
      primaryReturnTemperature: cdu.primaryReturnC,
      primaryFlow: cdu.primaryFlowLpm,
      valvePosition: cdu.valvePercent,
      power: cdu.pumpKw,
      supplyTemperatureSp: cdu.supplySpC,
      differentialPressureSp: cdu.dpSpKpa,
    }[point]
  }
  if (kind === 'facilityLoop')
    return {
      supplyTemperature: row.facility.supplyC,
      returnTemperature: row.facility.returnC,
      flow: row.facility.flowLpm,
      differentialPressure: row.facility.dpKpa,
      power: row.facility.pumpKw,
      supplyTemperatureSp: row.facility.supplySpC,
      differentialPressureSp: row.facility.dpSpKpa,
    }[point]
  if (kind === 'coolingTower')
    return {
      leavingTemperature: row.tower.leavingC,
      enteringTemperature: row.tower.enteringC,
      waterFlow: row.tower.flowLpm,
      fanPower: row.tower.fanKw,
      pumpPower: row.tower.pumpKw,
      leavingTemperatureSp: row.tower.leavingSpC,
      waterFlowSp: row.tower.flowSpPercent,
    }[point]
  if (kind === 'powerMeter')
    return equipment === 'meter-facility'
      ? row.facilityKw
      : equipment.startsWith('meter-it')
        ? row.itKw / 4
        : 1
  if (kind === 'rack') return row.cdus[Number(graph.cduOf(equipment)!.replace('cdu-', '')) - 1]!.itKw / 3
  if (kind === 'tray') return row.cdus[Number(graph.cduOf(equipment)!.replace('cdu-', '')) - 1]!.chipC
  if (kind === 'weatherStation') return point === 'wetBulb' ? row.wetBulbC : undefined
  if (kind === 'room') return point === 'dewPoint' ? row.roomDewPointC : undefined
  return undefined
}

/** A hub around the planner: store and agents that answer as the contracts say, and a clock that a test moves. */
export function hubAt(
  options: {
    site?: Site
    worker?: PlanningWorker
    deadlineMs?: number
    canaryMs?: number
    sensors?: SensorDoubts
    kept?: Map<string, string>
    /** A store to ask; default: one that holds ten hours of rows. */
    ask?: (question: Question) => Promise<Answer>
    /** What the plant does from `startAt` on; default: those ten hours. */
    rows?: readonly PlantRow[]
    /** When this hub starts; default: `startAt`. */
    hubStartAt?: number
    log?: PlanningLog
    /** A switchback on this hub's own clock, store and audit log. */
    experimentOf?: (hub: ExperimentOptions) => SavingsExperiment
  } = {},
) {
  const site = options.site ?? simulatedSite
  const clock = virtualClock({ startAt: options.hubStartAt ?? startAt, speed: 600 })
  const rows = options.rows ?? day
  const sent: { agent: string; leases: readonly SignedLease[] }[] = []
  const released: string[] = []
  const modes = new Map<string, Mode>()
  const plans = new Map<string, PlanView>()
  const kept = options.kept ?? new Map<string, string>()
  const silent = new Set<string>()
  const audited: AuditEntry[] = []
  const standing = new Set<string>()
  let version = 0
  const rowAt = (at: number) =>
    rows[Math.min(rows.length - 1, Math.max(0, Math.floor((at - startAt) / (5 * minute))))]!
  const askRows = async (question: Question): Promise<Answer> => ({
    question,
    series: site.equipment
      .filter(item => item.kind === question.kind)
      .flatMap(item =>
        question.points.map(point => {
          const at: number[] = []
          const value: number[] = []
          for (
            let t = Math.max(question.fromAt, startAt);
            t < Math.min(question.toAt, clock.siteNow());
            t += 5 * minute
          ) {
            const found = valueIn(rowAt(t), item.id, point)
            if (found === undefined) continue
            at.push(t)
            value.push(found)
          }
          return { equipment: item.id, point, at, value }
        }),
      ),
  })
  const ask = options.ask ?? askRows
  const live = (equipment: string, point: string): Reading | undefined => {
    const at = clock.siteNow()
    if (silent.has(`${equipment}.${point}`)) return { value: null, quality: 'stale', at }
    if (point === 'mode') return modes.has(equipment) ? { value: 3, quality: 'good', at } : undefined
    const value = valueIn(rowAt(at), equipment, point)
    return value === undefined ? undefined : { value, quality: 'good', at }
  }
  const state = {
    savePlan: (plan: PlanView) => void plans.set(plan.id, plan),
    plans: (limit: number) => [...plans.values()].sort((a, b) => b.madeAt - a.madeAt).slice(0, limit),
    nextVersion: () => ++version,
    keep: (name: string, value: string) => void kept.set(name, value),
    kept: (name: string) => kept.get(name),
    audit: (entry: AuditEntry) => void audited.push(entry),
  }
  const experiment = options.experimentOf?.({ site, state, ask, siteNow: clock.siteNow })
  const planning = createPlanning({
    site,
    clock,
    ask,
    live,
    host: {
      sendLeases: async (agent, leases) => {
        const [first] = leases
        const kind = first && commandKind(first)
        if (first && kind === 'release') released.push(first.groupId)
        else if (first && kind === 'mode')
          modeNames[first.value] === 'auto'
            ? modes.set(first.equipment, 'auto')
            : modes.delete(first.equipment)
        else sent.push({ agent, leases })
      },
      agents: () =>
        site.agents.map(agent => ({
          id: agent.id,
          online: true,
          lastWordMachineMs: 0,
          lastWordAt: startAt,
          acknowledgedPosition: 1,
          deliveryProven: true,
          equipment: [],
        })),
    },
    key: {
      keyId: 'hub-1',
      privateKeyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    },
    state,
    ...(experiment ? { experiment } : {}),
    alarms: {
      raise: (code, equipment) => void standing.add(`${code}/${equipment}`),
      clear: (code, equipment) => void standing.delete(`${code}/${equipment}`),
      standing: () => [],
    },
    deadlineMs: options.deadlineMs ?? 5_000,
    ...(options.sensors ? { sensors: options.sensors } : {}),
    ...(options.canaryMs === undefined ? {} : { canaryMs: options.canaryMs }),
    log: options.log ?? { info: () => undefined, warn: () => undefined },
    worker: options.worker ?? {
      run: request => doHourlyWork(structuredClone(request)),
      close: async () => undefined,
    },
    pace: () => () => undefined,
  })
  const goTo = async (siteAt: number) => {
    while (clock.siteNow() < siteAt) {
      clock.advance(Math.min(3_000, (siteAt - clock.siteNow()) / 600))
      await planning.turn()
    }
  }
  const report = (
    lease: SignedLease,
    state: 'applied' | 'refused' | 'clipped',
    more: { check?: string; why?: string } = {},
  ) =>
    planning.leaseReport({
      type: 'lease',
      at: clock.siteNow(),
      agent: 'agent-1',
      leaseId: lease.id,
      groupId: lease.groupId,
      equipment: lease.equipment,
      point: lease.point,
      state,
      requested: lease.value,
      allowed: state === 'refused' ? null : lease.value,
      applied: state === 'refused' ? null : lease.value,
      check: more.check ?? '',
      why: more.why ?? '',
    })
  return {
    planning,
    experiment,
    clock,
    sent,
    released,
    modes,
    plans,
    silent,
    audited,
    standing,
    kept,
    goTo,
    report,
  }
}
