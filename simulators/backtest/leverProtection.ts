import { boostRules, type FacilityBoost, facilityBoost, noBoost } from '#contract/control/facilityBoost.ts'
import type { Lever } from '#contract/control/levers/lever.ts'
import { type SafetyMemory, safetyAtRest, safetyStep } from '#contract/control/safetySequence.ts'
import type { AnySite } from '#contract/site/anySite.ts'
import { plantIds } from '#contract/site/expand.ts'
import type { Millis } from '#contract/units.ts'
import { leverRoles } from '#models/planning/levers/roles.ts'
import { placesOf } from '#models/plant/learned/places.ts'

/** What the agent does on its own while a plan or a sweep drives: warm chips get pressure, wide valves get facility pressure. */
export type LeverProtection = {
  /** Call once a minute; `dropPlan`: a chip is so near its limit that the plan is over. */
  look(values: readonly number[], now: Millis): { readonly dropPlan: boolean }
  /** Lowest that a lever may be given now. */
  floorOf(lever: number): number
  /** Limit minus hottest chip of each place, K; NaN: nobody tells. */
  chipMarginsK(): readonly number[]
  /** Widest valve of each place, per cent; NaN: nobody tells. */
  valves(): readonly number[]
}

export function leverProtection(
  site: AnySite,
  levers: readonly Lever[],
  value: (key: string) => number,
): LeverProtection {
  const places = placesOf(site)
  const roles = leverRoles(site, levers)
  const pressureOf = places.map((_, place) =>
    roles.findIndex(role => role.sets === 'placePressure' && role.place === place),
  )
  const facilityPressure = roles.findIndex(role => role.sets === 'facilityPressure')
  const facilitySupply = roles.findIndex(role => role.sets === 'facilitySupply')
  const { limitC } = site.nameplate.chip
  let safety: SafetyMemory[] = places.map(() => safetyAtRest)
  let boost: FacilityBoost = noBoost
  const chipMarginsK = () =>
    places.map(({ chipKeys }) => {
      const known = chipKeys.map(value).filter(Number.isFinite)
      return known.length === 0 ? Number.NaN : limitC - Math.max(...known)
    })
  const valves = () => places.map(({ valveKey }) => value(valveKey))
  return {
    chipMarginsK,
    valves,
    look(values, now) {
      const marginsK = chipMarginsK()
      let dropPlan = false
      safety = safety.map((memory, place) => {
        const lever = pressureOf[place] as number
        const marginK = marginsK[place] as number
        const known = Number.isFinite(marginK) ? marginK : undefined
        const step = safetyStep(memory, known, values[lever] as number, levers[lever] as Lever, now)
        dropPlan ||= step.dropLease
        return step.next
      })
      const facilityOverK =
        value(`${plantIds.facility}.supplyTemperature`) - (values[facilitySupply] as number)
      boost = facilityBoost(boost, {
        facilityOverK: Number.isFinite(facilityOverK) ? facilityOverK : undefined,
        // A valve that cannot be seen: the driver then moves nothing toward less cooling.
        widestPercent: Math.max(-1, ...valves().filter(Number.isFinite)),
        heldKpa: values[facilityPressure] as number,
        bounds: levers[facilityPressure] as Lever,
        now,
        waitMs: boostRules.waitMs,
      })
      return { dropPlan }
    },
    floorOf(lever) {
      const held = lever === facilityPressure ? boost.dpKpa : safety[pressureOf.indexOf(lever)]?.dpKpa
      return held ?? Number.NEGATIVE_INFINITY
    },
  }
}
