import { type AnySite, loadPlacesOf } from '#contract/site/anySite.ts'
import { type Millis, minute } from '#contract/units.ts'
import { type Fault, sizeOf } from '#simulators/faults/fault.ts'
import type { Load } from '#simulators/load/load.ts'

export type LoadJumps = {
  /** The load with the jumps that act on it. */
  readonly load: Load
  switchFor(fault: Fault, now: () => Millis): ((isOn: boolean) => void) | string
}

type Jump = {
  /** CDUs or tanks by their place in the load; undefined: all of them. */
  readonly cdu: number | undefined
  readonly share: number
  readonly fromAt: Millis
  untilAt: Millis
}

/** A job scheduler needs about a minute to start or stop work on all nodes. */
const rampMs = minute

/** Load that jumps when told to: a share of nameplate comes or goes in a straight line over a minute, within 0 and nameplate. */
export function loadJumps(load: Load, site: AnySite): LoadJumps {
  const { count, nameplateKw } = loadPlacesOf(site)
  const jumps: Jump[] = []
  const jumpShare = (cdu: number, at: Millis): number => {
    let share = 0
    for (const jump of jumps)
      if (jump.cdu === undefined || jump.cdu === cdu)
        share += jump.share * (risen(at - jump.fromAt) - risen(at - jump.untilAt))
    return share
  }
  const cduPowerKw = (cdu: number, at: Millis): number => {
    const kw = load.cduPowerKw(cdu, at)
    if (jumps.length === 0) return kw
    const share = jumpShare(cdu, at)
    return share === 0 ? kw : Math.max(0, Math.min(nameplateKw, kw + share * nameplateKw))
  }
  const itFraction = (at: Millis): number => {
    if (jumps.length === 0) return load.itFraction(at)
    let kw = 0
    for (let cdu = 0; cdu < count; cdu++) kw += cduPowerKw(cdu, at)
    return kw / (count * nameplateKw)
  }
  return {
    load: { ...load, cduPowerKw, itFraction },
    switchFor: (fault, now) => {
      const cdu = loadPlace(site, fault.place)
      if (cdu === 'nowhere')
        return `a load cannot jump at "${fault.place}"; allowed are CDUs, tanks and the hall`
      let jump: Jump | undefined
      return isOn => {
        if (isOn) {
          jump = { cdu, share: sizeOf(fault), fromAt: now(), untilAt: Number.POSITIVE_INFINITY }
          jumps.push(jump)
        } else if (jump) jump.untilAt = now()
        const over = jumps.findIndex(other => other.untilAt + rampMs < now())
        if (over >= 0) jumps.splice(over, 1)
      }
    },
  }
}

const risen = (sinceMs: number): number => Math.max(0, Math.min(1, sinceMs / rampMs))

/** The place of a CDU or tank in the load; undefined for the hall, which holds them all. */
function loadPlace(site: AnySite, place: string): number | undefined | 'nowhere' {
  const entry = site.equipment.find(({ id }) => id === place)
  if (entry?.kind === 'room') return undefined
  const kind = site.cooling === 'immersionDryCooler' ? 'immersionTank' : 'cdu'
  if (entry?.kind !== kind) return 'nowhere'
  return site.equipment.filter(other => other.kind === kind).indexOf(entry)
}
