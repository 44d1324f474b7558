import { coldPlateKind } from '#contract/control/levers/coldPlate.ts'
import type { Site } from '#contract/site/site.ts'
import type { Millis } from '#contract/units.ts'
import { familyOf, sweepMs, sweepSigns, sweepTarget } from '#models/commissioning/sweep.ts'
import { type MoveName, moveNames } from '#models/planning/limits.ts'
import { settingAt, withValue } from '#models/planning/planHour.ts'
import type { Settings } from '#models/plant/predict.ts'

/**
 * Where a commissioning sweep of a cold-plate site wants each setpoint, while it lasts. Every other CDU does the opposite of
 * its neighbours: what a load does to all of them alike can then be told from what the sweep does.
 */
export function sweepOf(site: Site, fromAt: Millis | undefined) {
  const levers = coldPlateKind(site).levers
  const families = [...new Set(levers.map(familyOf))]
  const leversOf = (name: MoveName) => levers.filter(lever => familyOf(lever) === name)
  const signsAt = (now: Millis) => (fromAt === undefined ? undefined : sweepSigns(families, now - fromAt))
  return {
    isOn: (now: Millis): boolean => fromAt !== undefined && now >= fromAt && now < fromAt + sweepMs,
    /** Around `reset`, whose settings are given; with a chip near its limit only toward more cooling. */
    settings(reset: Settings, now: Millis, leastChipMarginK: number): Settings {
      const signs = signsAt(now)
      if (!signs) return reset
      let settings = reset
      for (const name of moveNames)
        leversOf(name).forEach((lever, place) => {
          const cdu = name === 'cduSupplyC' || name === 'cduDpKpa' ? place : -1
          const value = sweepTarget(
            lever,
            settingAt(reset, name, cdu),
            sideOf(signs[name] as 1 | -1, place),
            leastChipMarginK,
          )
          settings = withValue(settings, { name, cdu, value })
        })
      return settings
    },
  }
}

const sideOf = (sign: 1 | -1, place: number): 1 | -1 => (place % 2 === 0 ? sign : sign === 1 ? -1 : 1)
