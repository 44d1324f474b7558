import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import { economiserModes } from '#models/plant/hybrid/chilledWater.ts'

/** Chillers and changeover as they stand, and for how long each has been called for. */
export type Machines = {
  readonly chillers: ReadonlyArray<{ readonly isOn: boolean; readonly sinceMin: number }>
  readonly isEngaged: boolean
  readonly startMin: number
  readonly stopMin: number
  readonly changeoverMin: number
}

/** What the loop's controller sees. */
export type LoopSeen = {
  readonly setpointC: number
  readonly supplyC: number
  readonly returnC: number
  /** Water behind the economiser with all of it through the plates. */
  readonly couldLeaveC: number
  readonly basinC: number
  readonly wetBulbC: number
  readonly mode: number
  /** Asked of the machines that run, and the most that one of them gives. */
  readonly coolingKw: number
  readonly machineKw: number
}

export const runningOf = ({ chillers }: Machines): number => chillers.filter(({ isOn }) => isOn).length

/** Some minutes on: whoever was called long enough starts or stops, within the machines' own times. */
export function machinesAfter(site: HybridSite, from: Machines, seen: LoopSeen, minutes: number): Machines {
  const waited = waitedOn(site, from, seen, minutes)
  const changed = changedOver(site, waited, seen)
  const started =
    changed.startMin >= startAfterMin(site, changed, seen) ? withStart(site, changed) : undefined
  const next = started ? { ...started, startMin: 0 } : changed
  const stopped =
    next.stopMin >= site.nameplate.economiser.changeoverHoldMin ? withStop(site, next) : undefined
  return stopped ? { ...stopped, stopMin: 0 } : next
}

/** Some minutes on, with nobody started or stopped yet: how long each call has lasted. */
export function waitedOn(site: HybridSite, from: Machines, seen: LoopSeen, minutes: number): Machines {
  const chillers = from.chillers.map(one => ({ ...one, sinceMin: one.sinceMin + minutes }))
  const lasting = (isCalled: boolean, sofarMin: number) => (isCalled ? sofarMin + minutes : 0)
  const waited = {
    ...from,
    chillers,
    changeoverMin: lasting(changeoverIsCalled(site, from, seen), from.changeoverMin),
  }
  return {
    ...waited,
    startMin: lasting(startIsCalled(site, waited, seen), from.startMin),
    stopMin: lasting(stopIsCalled(site, waited, seen), from.stopMin),
  }
}

function changeoverIsCalled({ nameplate }: HybridSite, { isEngaged }: Machines, seen: LoopSeen): boolean {
  const { economiser, chiller } = nameplate
  const mode = Math.round(seen.mode)
  if (mode === economiserModes.off) return isEngaged
  const overPointK =
    mode === economiserModes.auto
      ? seen.wetBulbC - economiser.carriesAllBelowWetBulbC
      : seen.basinC - (seen.returnC - chiller.sequence.worthPassingK)
  return isEngaged ? overPointK > economiser.changeoverBandK : overPointK < -economiser.changeoverBandK
}

function changedOver({ nameplate }: HybridSite, from: Machines, { mode }: LoopSeen): Machines {
  if (Math.round(mode) === economiserModes.off) return { ...from, isEngaged: false, changeoverMin: 0 }
  // In auto the economiser carries until a machine does.
  const mayChange =
    !from.isEngaged ||
    Math.round(mode) !== economiserModes.auto ||
    from.chillers.some(one => one.isOn && one.sinceMin >= nameplate.chiller.sequence.carriesAfterMin)
  return from.changeoverMin >= nameplate.economiser.changeoverHoldMin && mayChange
    ? { ...from, isEngaged: !from.isEngaged, changeoverMin: 0 }
    : from
}

function handsOver({ nameplate }: HybridSite, from: Machines, seen: LoopSeen): boolean {
  return (
    Math.round(seen.mode) === economiserModes.auto &&
    from.isEngaged &&
    from.changeoverMin >= nameplate.economiser.changeoverHoldMin &&
    runningOf(from) === 0
  )
}

function startIsCalled(site: HybridSite, from: Machines, seen: LoopSeen): boolean {
  const { sequence } = site.nameplate.chiller
  const running = runningOf(from)
  if (running > 0) return seen.coolingKw > sequence.helpAtLoad * running * seen.machineKw
  if (handsOver(site, from, seen)) return true
  return from.isEngaged
    ? seen.couldLeaveC > seen.setpointC + site.nameplate.economiser.changeoverBandK
    : seen.supplyC > seen.setpointC + sequence.warmK
}

function startAfterMin(site: HybridSite, from: Machines, seen: LoopSeen): number {
  const { sequence } = site.nameplate.chiller
  if (runningOf(from) > 0) return sequence.helpAfterMin
  if (handsOver(site, from, seen)) return 0
  const waits = from.isEngaged && seen.supplyC < seen.setpointC + sequence.tooWarmK
  return waits ? site.nameplate.economiser.changeoverHoldMin : sequence.warmAfterMin
}

function stopIsCalled({ nameplate }: HybridSite, from: Machines, seen: LoopSeen): boolean {
  const { chiller, economiser } = nameplate
  const running = runningOf(from)
  if (running > 1) return seen.coolingKw < chiller.sequence.restBelowLoad * (running - 1) * seen.machineKw
  const isIdle = seen.coolingKw < chiller.leastPartLoad * seen.machineKw
  if (running === 0 || !from.isEngaged) return running === 1 && isIdle
  const bandK = economiser.changeoverBandK
  return seen.couldLeaveC < seen.setpointC + (isIdle ? bandK : -bandK)
}

/** The machine that has rested longest starts, if it has rested long enough. */
const withStart = ({ nameplate }: HybridSite, from: Machines): Machines | undefined =>
  turned(from, false, nameplate.chiller.leastOffMin)

const withStop = ({ nameplate }: HybridSite, from: Machines): Machines | undefined =>
  turned(from, true, nameplate.chiller.leastOnMin)

function turned(from: Machines, wasOn: boolean, leastMin: number): Machines | undefined {
  const ready = from.chillers.filter(one => one.isOn === wasOn && one.sinceMin >= leastMin)
  if (ready.length === 0) return undefined
  const longest = ready.reduce((most, one) => (one.sinceMin > most.sinceMin ? one : most))
  return {
    ...from,
    chillers: from.chillers.map(one => (one === longest ? { isOn: !wasOn, sinceMin: 0 } : one)),
  }
}
