import type { SitePlanning } from '#contract/site/planning.ts'
import type { Site } from '#contract/site/site.ts'
import { hour, type Millis, minute } from '#contract/units.ts'
import { zoneClock } from '#contract/zoneTime.ts'
import { billedHighest } from '#models/planning/billedHighest.ts'
import type { Objective } from '#models/planning/objective.ts'
import type { PlantRow } from '#models/plant/row.ts'

/** What a kWh is worth by the site's clock: a tariff, or the carbon of the grid. */
export type Worth = {
  readonly at: (instant: Millis) => number
  /** Mean of the hour that begins then: a plan made at 16:20 has a third of an hour of what comes at 17:00. */
  readonly ofHour: (startAt: Millis) => number
}

/** Prices begin and end on a quarter of an hour. */
export const quarter = 15 * minute

/** Undefined: energy is lowered, a kWh is a kWh. */
export function worthOf({ timeZone, planning }: Pick<Site, 'timeZone' | 'planning'>): Worth | undefined {
  const objective = planning?.objective
  const usual = objective?.cost?.perKwh ?? objective?.carbon?.gramsPerKwh
  if (!planning || usual === undefined) return undefined
  const clock = zoneClock(timeZone)
  const periods = [
    ...(objective?.cost?.periods ?? []).map(one => ({ ...one, value: one.perKwh })),
    ...(objective?.carbon?.periods ?? []).map(one => ({ ...one, value: one.gramsPerKwh })),
  ]
  const at = (instant: Millis): number => {
    const local = localTime(clock.at(instant), planning.holidays)
    return periods.findLast(period => holds(period, local))?.value ?? usual
  }
  const quarters = [0, 1, 2, 3]
  return {
    at,
    ofHour: startAt => quarters.reduce((sum, one) => sum + at(startAt + one * quarter), 0) / quarters.length,
  }
}

type LocalTime = { readonly hourOfDay: number; readonly month: number; readonly isWeekend: boolean }

function localTime(
  at: ReturnType<ReturnType<typeof zoneClock>['at']>,
  holidays: SitePlanning['holidays'],
): LocalTime {
  const date = new Date(Date.UTC(at.year, at.month - 1, at.date))
  const weekday = date.getUTCDay()
  return {
    hourOfDay: at.hours + at.minutes / 60,
    month: at.month,
    isWeekend: weekday === 0 || weekday === 6 || holidays.includes(date.toISOString().slice(0, 10)),
  }
}

type Period = NonNullable<NonNullable<SitePlanning['objective']>['cost']>['periods'][number]

function holds(
  { fromHour, toHour, days, months }: Pick<Period, 'fromHour' | 'toHour' | 'days' | 'months'>,
  { hourOfDay, month, isWeekend }: LocalTime,
): boolean {
  if (months && !months.includes(month)) return false
  if (days !== 'all' && (days === 'weekends') !== isWeekend) return false
  const [hasBegun, hasNotEnded] = [hourOfDay >= fromHour, hourOfDay < toHour]
  return fromHour < toHour ? hasBegun && hasNotEnded : hasBegun || hasNotEnded
}

/** What this site's plan lowers in the coming hours, by its configuration and what its meter has shown this month. */
export function objectiveOf(
  site: Pick<Site, 'timeZone' | 'planning'>,
  ahead: { readonly hourStartAt: Millis; readonly hours: number },
  rows: readonly PlantRow[],
): Objective {
  const worth = worthOf(site)
  const { cost } = site.planning?.objective ?? {}
  if (!worth) return { name: 'energy' }
  const byHour = Array.from({ length: ahead.hours }, (_, hourAhead) =>
    worth.ofHour(ahead.hourStartAt + hourAhead * hour),
  )
  if (!cost) return { name: 'carbon', gramsPerKwh: byHour }
  const { demand } = cost
  return {
    name: 'cost',
    pricePerKwh: byHour,
    demandPerKw: demand?.perKw ?? 0,
    highestSoFarKw: demand
      ? highestPaidFor(
          billedHighest(rows, { now: ahead.hourStartAt, timeZone: site.timeZone, of: demand.of }),
          demand.leastBilledKw,
        )
      : Number.POSITIVE_INFINITY,
  }
}

/** With neither known no hour can be told to be a new highest one. */
const highestPaidFor = (seenKw: number | undefined, leastBilledKw: number | undefined): number =>
  seenKw === undefined && leastBilledKw === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(seenKw ?? 0, leastBilledKw ?? 0)
