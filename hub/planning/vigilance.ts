import { goodValue } from '#contract/reading.ts'
import { hour, type Millis } from '#contract/units.ts'
import { areAllDoubted, unseenSentence } from '#hub/planning/believed.ts'
import type { WorkResult } from '#hub/planning/hourlyWork.ts'
import type { LadderKeeper } from '#hub/planning/ladderKeeper.ts'
import type { PlanningOptions } from '#hub/planning/options.ts'
import { chipMarginOf, isTakenBy, type Places, unseenOf } from '#hub/planning/present.ts'
import { canaryUnwatched, watchCanary } from '#models/planning/canary.ts'
import { driftAfter, driftSentence, noDrift } from '#models/planning/drift.ts'
import { type HoldName, siteScope } from '#models/planning/ladder.ts'
import { type PlantRow, rowMs } from '#models/plant/row.ts'

/** Whose name an alarm of the planner carries. */
const planner = 'planner'

const alarmOfHold = {
  deadline: 'planningFailed',
  crash: 'planningFailed',
  nonsense: 'planningFailed',
  missingInput: 'planInputsMissing',
  drift: 'modelDrift',
  untrusted: 'modelDrift',
  unfamiliar: 'planUnfamiliar',
} as const satisfies Partial<Record<HoldName, string>>
type AlarmedHold = keyof typeof alarmOfHold

/** Looks for reasons to rest the plan or to take it away; tells the ladder, and raises one alarm for each cause. */
export type Vigilance = {
  /** A rest of the whole site; an alarm goes with it unless `isQuiet`. */
  rest(name: AlarmedHold, why: string, isQuiet?: boolean): void
  clear(...names: readonly AlarmedHold[]): void
  /** Each turn: what agents, devices and paths say of each CDU, and how the canary fares. */
  look(now: Millis): void
  /** Once an hour: the bias of the model over the hour. True: it drifts. */
  hourOfBias(result: WorkResult, rows: readonly PlantRow[], now: Millis): boolean
  /** Hours in a row under weather or load that the model had not seen; one of them, 1, is the first. */
  unfamiliarHours(result: WorkResult, now: Millis): number
  /** A lease of the canary came back. */
  breach(cdu: string, why: string): void
}

export function createVigilance(
  options: Pick<PlanningOptions, 'site' | 'live' | 'host' | 'alarms' | 'sensors'>,
  places: Places,
  keeper: LadderKeeper,
): Vigilance {
  const { site, live, host, alarms, sensors } = options
  const limitC = site.nameplate.chip.limitC
  const agentOf = new Map(site.equipment.map(item => [item.id, item.agent]))
  let canary = { cdu: '', watch: canaryUnwatched }
  let drift = noDrift
  let biasHeardAt = Number.NEGATIVE_INFINITY
  let unfamiliar = { hours: 0, countedAt: Number.NEGATIVE_INFINITY }

  /** Told only when it changes: the ladder is kept on disk at each word. */
  const holdCdu = (cdu: string, name: 'offline' | 'notOurs' | 'missingInput', why: string): void => {
    const standing = keeper.ladder().holds[cdu]?.[name]
    if (why === '' && standing) keeper.tell({ kind: 'clear', scope: cdu, name })
    if (why !== '' && standing?.why !== why) keeper.tell({ kind: 'hold', scope: cdu, name, why })
  }
  const fall = (cdu: string, name: 'canaryBreach' | 'maintenance', why: string): void => {
    keeper.tell({ kind: 'fault', cdu, name, why })
  }
  const lookAtCdu = (cdu: string, index: number, online: ReadonlySet<string>): void => {
    const agent = agentOf.get(cdu) ?? ''
    holdCdu(cdu, 'offline', online.has(agent) ? '' : `agent ${agent} is silent`)
    if (keeper.isAuto(cdu) && goodValue(live(cdu, 'maintenance')) === 1)
      fall(cdu, 'maintenance', `${cdu} is in maintenance; a person sets it back`)
    holdCdu(cdu, 'notOurs', isTakenBy(live, cdu))
    const unseen = unseenOf(places, live, index)
    const why = unseenSentence(unseen, sensors)
    holdCdu(cdu, 'missingInput', why)
    if (why !== '' && keeper.isAuto(cdu) && !areAllDoubted(unseen, sensors))
      alarms.raise('planInputsMissing', cdu, { detail: why })
    if (why === '') alarms.clear('planInputsMissing', cdu)
    lookForFall(cdu)
  }
  const lookForFall = (cdu: string): void => {
    const rung = keeper.ladder().rungs[cdu]
    if (rung?.lastFall && rung.lastFall.at === rung.changedAt)
      alarms.raise('autoLost', cdu, { detail: rung.lastFall.why })
    else alarms.clear('autoLost', cdu)
  }
  const breach = (cdu: string, why: string): void => {
    const standing = keeper.ladder().canary
    if (standing?.cdu !== cdu || standing.hasPassed || !keeper.isAuto(cdu)) return
    fall(cdu, 'canaryBreach', `${cdu} was the canary and went back: ${why}`)
  }
  const lookAtCanary = (now: Millis): void => {
    const standing = keeper.ladder().canary
    if (!standing || standing.hasPassed || !keeper.isAuto(standing.cdu)) {
      canary = { cdu: '', watch: canaryUnwatched }
      return
    }
    const { cdu } = standing
    canary = {
      cdu,
      watch: watchCanary(canary.cdu === cdu ? canary.watch : canaryUnwatched, {
        at: now,
        supplyC: goodValue(live(cdu, 'supplyTemperature')),
        supplySpC: goodValue(live(cdu, 'supplyTemperatureSp')),
        chipMarginK: chipMarginOf(places, live, places.cdus.indexOf(cdu), limitC),
      }),
    }
    if (canary.watch.breach !== null) breach(cdu, canary.watch.breach)
  }
  const rest = (name: AlarmedHold, why: string, isQuiet = false): void => {
    if (keeper.ladder().holds[siteScope]?.[name]?.why !== why)
      keeper.tell({ kind: 'hold', scope: siteScope, name, why })
    if (!isQuiet) alarms.raise(alarmOfHold[name], planner, { detail: why })
  }
  const clear = (...names: readonly AlarmedHold[]): void => {
    const isHeld = (name: AlarmedHold) => keeper.ladder().holds[siteScope]?.[name] !== undefined
    for (const name of names) if (isHeld(name)) keeper.tell({ kind: 'clear', scope: siteScope, name })
    // An alarm ends when none of its reasons stands; one of an earlier life of this hub ends here as well.
    for (const code of new Set(names.map(name => alarmOfHold[name]))) {
      const stands = (Object.keys(alarmOfHold) as AlarmedHold[]).some(
        name => alarmOfHold[name] === code && isHeld(name),
      )
      if (!stands) alarms.clear(code, planner)
    }
  }

  return {
    rest,
    clear,
    breach,
    look(now) {
      const online = new Set(
        host
          .agents()
          .filter(agent => agent.online)
          .map(agent => agent.id),
      )
      keeper.noticeFalls()
      places.cdus.forEach((cdu, index) => {
        lookAtCdu(cdu, index, online)
      })
      lookAtCanary(now)
    },
    hourOfBias(result, rows, now) {
      if (now - biasHeardAt < hour) return drift.isDrifting
      biasHeardAt = now
      drift = driftAfter(drift, biasPercentOf(result, rows))
      if (drift.isDrifting) rest('drift', driftSentence(drift), !keeper.anyAuto())
      else clear('drift')
      return drift.isDrifting
    },
    unfamiliarHours(result, now) {
      if (result.insideKnownRange) {
        unfamiliar = { hours: 0, countedAt: Number.NEGATIVE_INFINITY }
        clear('unfamiliar')
      } else if (now - unfamiliar.countedAt >= hour || unfamiliar.hours === 0)
        unfamiliar = { hours: unfamiliar.hours + 1, countedAt: now }
      return unfamiliar.hours
    },
  }
}

/** Signed error of non-IT power over the last hour, per cent of what the meters read; null: nothing to judge by. */
function biasPercentOf(result: WorkResult, rows: readonly PlantRow[]): number | null {
  if (result.score.errorPercent === null) return null
  const nonItKw = rows.slice(-hour / rowMs).map(row => row.facilityKw - row.itKw)
  if (nonItKw.length === 0) return null
  const meanKw = nonItKw.reduce((sum, kw) => sum + kw, 0) / nonItKw.length
  return meanKw > 0 ? (100 * result.score.biasKw) / meanKw : null
}
