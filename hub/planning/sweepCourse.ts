import { guardLimits } from '#contract/control/guard.ts'
import { coldPlateKind } from '#contract/control/levers/coldPlate.ts'
import type { Lever } from '#contract/control/levers/lever.ts'
import { resetRules } from '#contract/control/reset.ts'
import type { Site } from '#contract/site/site.ts'
import { hour, type Millis } from '#contract/units.ts'
import { chipMarginOf, type LiveLookup, type Places, type Present } from '#hub/planning/present.ts'
import { familyOf, isSwept, sweepRules, sweepSigns, sweepTarget } from '#models/commissioning/sweep.ts'
import { type MoveName, type Reach, reachOf, steeredOf } from '#models/planning/limits.ts'
import { type Move, settingAt } from '#models/planning/planHour.ts'
import { nameOf, unitOf } from '#models/planning/reasons.ts'
import type { Settings } from '#models/plant/predict.ts'

export type Asked = {
  readonly moves: readonly Move[]
  /** Levers that stay where `reset` has them instead of going toward less cooling, because a chip is near its limit. */
  readonly withdrawn: readonly string[]
}

/** Where a sweep wants each setpoint now, about where `reset` would have it. */
export type SweepCourse = {
  /** `reset` beside the sweep: looks at the plant every five minutes. */
  look(now: Millis): void
  /** What the block asks for, or undefined when the sweep is over. */
  ask(elapsedMs: number, present: Present & { readonly held: Settings }): Asked | undefined
  /** Which family stands on which side, in words. */
  sentence(elapsedMs: number): string
}

/** Beyond the guard's own kelvin between facility and CDU water: closer than that an exchanger asks for every valve it has. */
const overFacilityK = guardLimits.cduOverFacilityK + 2
/** Short of the 95 % at which the agent takes the pressure from everybody and the whole group goes home. */
const valvePercent = { noLessCooling: 80, noNarrower: 88 } as const

export function createSweepCourse(options: {
  readonly site: Site
  readonly places: Places
  readonly live: LiveLookup
  readonly approachK: number
}): SweepCourse {
  const { site, places, live } = options
  const kind = coldPlateKind(site)
  const levers = kind.levers.filter(isSwept)
  const families = [...new Set(levers.map(familyOf))]
  const reset = kind.startReset(options.approachK)
  const base = new Map<string, number>()
  const limitC = site.nameplate.chip.limitC

  const marginK = (cdu: number): number => chipMarginOf(places, live, cdu, limitC) ?? Number.NaN
  const placeOf = (lever: Lever): { name: MoveName; cdu: number } => {
    const name = familyOf(lever) as MoveName
    const equipment = (lever.keys[0] as string).split('.')[0] as string
    return { name, cdu: steeredOf[name].kind === 'cdu' ? places.cdus.indexOf(equipment) : -1 }
  }
  const valveOf = (cdu: number): number =>
    live(places.cdus[cdu] as string, 'valvePosition')?.value ?? Number.NaN
  /** Not known is wide open. */
  const widestPercent = (cdu: number): number => {
    const widest = cdu < 0 ? Math.max(...places.cdus.map((_, index) => valveOf(index))) : valveOf(cdu)
    return Number.isNaN(widest) ? 100 : widest
  }
  /** Whether this lever, moved that way, would open valves that are wide already. */
  const opensValves = (name: MoveName, sign: 1 | -1): boolean =>
    name === 'cduSupplyC' ? sign > 0 : sign < 0 && (name === 'facilityDpKpa' || name === 'facilitySupplyC')
  const leastMarginK = (cdu: number): number =>
    // Unknown anywhere is unknown: NaN stays through Math.min.
    cdu < 0 ? Math.min(...places.cdus.map((_, index) => marginK(index))) : marginK(cdu)

  const askOf = (lever: Lever, sign: 1 | -1, held: Settings) => {
    const place = placeOf(lever)
    const before = settingAt(held, place.name, place.cdu)
    const home = base.get(lever.keys[0] as string) ?? before
    const marginK = leastMarginK(place.cdu)
    const wide = opensValves(place.name, sign) ? widestPercent(place.cdu) : 0
    const because =
      sign < 0 && !(marginK >= sweepRules.chipMarginK)
        ? `a chip is nearer to its limit than ${sweepRules.chipMarginK} K`
        : wide >= valvePercent.noLessCooling
          ? `a valve stands at ${wide.toFixed(0)} %`
          : ''
    const target = because === '' ? sweepTarget(lever, home, sign, marginK) : home
    return {
      lever,
      wish: { ...place, before },
      target: wide >= valvePercent.noNarrower ? notWider(place.name, before, target) : target,
      isWithdrawn: because !== '',
      why: whyOf(lever, { away: Math.abs(target - home), sign, because }),
    }
  }

  return {
    look(now) {
      const read = (key: string) => {
        const [equipment, point] = key.split('.') as [string, string]
        return live(equipment, point) ?? { value: null, quality: 'bad' as const, at: now }
      }
      for (const [key, value] of reset.look({ now, read })) base.set(key, value)
    },
    ask(elapsedMs, present) {
      const signs = sweepSigns(families, elapsedMs)
      if (!signs) return undefined
      const { held } = present
      const reach = reachOf({ ...present, site, held, durationMs: hour })
      const asked = levers
        .filter(lever => {
          const { cdu } = placeOf(lever)
          return cdu < 0 ? present.plantIsFree : present.cduIsFree[cdu]
        })
        .map(lever => askOf(lever, signs[familyOf(lever)] as 1 | -1, held))
      const wanted = asked.map(
        ({ wish, target, why }): Move => ({ ...wish, value: into(reach, wish, target), why }),
      )
      const withdrawn = asked.flatMap(one => (one.isWithdrawn ? [one.lever.name] : []))
      const measured = (equipment: string, point: string) =>
        live(equipment, point)?.value ?? Number.NEGATIVE_INFINITY
      // From the sky inward: no water can be colder than the water that cools it.
      const facility = notBelow(wanted, reach, {
        name: 'facilitySupplyC',
        source: 'the tower water',
        sourceC: warmestC(wanted, 'towerLeavingC', {
          heldC: held.towerLeavingC,
          measuredC: measured(places.tower, 'leavingTemperature'),
        }),
        overK: resetRules.facilityOverTowerK,
      })
      const moves = notBelow(facility, reach, {
        name: 'cduSupplyC',
        source: 'the facility water',
        sourceC: warmestC(facility, 'facilitySupplyC', {
          heldC: held.facilitySupplyC,
          measuredC: measured(places.facility, 'supplyTemperature'),
        }),
        overK: overFacilityK,
      })
      return { moves, withdrawn }
    },
    sentence(elapsedMs) {
      const signs = sweepSigns(families, elapsedMs)
      if (!signs) return 'over'
      const on = (side: 1 | -1) =>
        families
          .filter(family => signs[family] === side)
          .map(family => nameOf(family as MoveName))
          .join(', ') || 'nothing'
      return `toward more cooling: ${on(1)}; toward less: ${on(-1)}`
    },
  }
}

const warmestC = (
  moves: readonly Move[],
  name: MoveName,
  now: { readonly heldC: number; readonly measuredC: number },
): number => Math.max(moves.find(move => move.name === name)?.value ?? now.heldC, now.heldC, now.measuredC)

/** A setpoint colder than its source allows opens every valve and pump and is not met. */
function notBelow(
  moves: readonly Move[],
  reach: Reach,
  rule: {
    readonly name: MoveName
    readonly source: string
    readonly sourceC: number
    readonly overK: number
  },
): readonly Move[] {
  const floorC = rule.sourceC + rule.overK
  return moves.map(move =>
    move.name === rule.name && move.value < floorC
      ? {
          ...move,
          value: into(reach, move, floorC),
          why: `${move.why}; no closer than ${rule.overK} K to ${rule.source}`,
        }
      : move,
  )
}

function into(reach: Reach, place: Pick<Move, 'name' | 'cdu' | 'before'>, target: number): number {
  const { name, cdu, before } = place
  const bounds = name === 'cduSupplyC' || name === 'cduDpKpa' ? reach[name][cdu] : reach[name]
  if (!bounds) throw new Error(`no reach for ${name} of CDU ${cdu}`)
  const value = Math.min(bounds.highest, Math.max(bounds.lowest, target))
  // To the side of the value held, so that no bound is passed by rounding.
  return (value > before ? Math.floor(100 * value + 1e-6) : Math.ceil(100 * value - 1e-6)) / 100
}

function whyOf(lever: Lever, at: { away: number; sign: 1 | -1; because: string }): string {
  if (at.because !== '') return `commissioning: kept where reset has it, because ${at.because}`
  const side = at.sign > 0 ? 'more' : 'less'
  return `commissioning: ${at.away.toFixed(1)} ${unitOf(familyOf(lever) as MoveName)} toward ${side} cooling than reset, so that the model learns what this lever does`
}

/** Colder CDU water, warmer facility water and less facility pressure open valves: none of that from where they stand. */
const notWider = (name: MoveName, before: number, target: number): number =>
  name === 'facilitySupplyC' ? Math.min(before, target) : Math.max(before, target)
