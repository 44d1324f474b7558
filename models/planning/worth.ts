import type { SitePlanning, Tariff } from '#contract/site/planning.ts'
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

type Clocked = Pick<Site, 'timeZone' | 'planning'>

/** Prices begin and end on a quarter of an hour. */
export const quarter = 15 * minute

/** What a kWh costs at this site, in its currency; undefined: it names no tariff. */
export const priceOf = ({ timeZone, planning }: Clocked): Worth | undefined =>
  planning?.tariff &&
  worthBy(timeZone, planning, {
    usual: planning.tariff.perKwh,
    periods: planning.tariff.periods.map(one => ({ ...one, value: one.perKwh })),
  })

/** Grams of carbon in a kWh of this site's grid; undefined: it does not say. */
export const gramsOf = ({ timeZone, planning }: Clocked): Worth | undefined =>
  planning?.carbon &&
  worthBy(timeZone, planning, {
    usual: planning.carbon.gramsPerKwh,
    periods: planning.carbon.periods.map(one => ({ ...one, value: one.gramsPerKwh })),
  })

/** By what the site's plan lowers. Undefined: energy is lowered, a kWh is a kWh. */
export function worthOf(site: Clocked): Worth | undefined {
  const { objective = 'energy' } = site.planning ?? {}
  switch (objective) {
    case 'energy':
      return undefined
    case 'cost':
      return priceOf(site)
    case 'carbon':
      return gramsOf(site)
    default:
      return objective satisfies never
  }
}

function worthBy(
  timeZone: string,
  { holidays }: SitePlanning,
  { usual, periods }: { readonly usual: number; readonly periods: ReadonlyArray<Period & { value: number }> },
): Worth {
  const clock = zoneClock(timeZone)
  const at = (instant: Millis): number => {
    const local = localTime(clock.at(instant), holidays)
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

type Period = Pick<Tariff['periods'][number], 'fromHour' | 'toHour' | 'days' | 'months'>

function holds(
  { fromHour, toHour, days, months }: Period,
  { hourOfDay, month, isWeekend }: LocalTime,
): boolean {
  if (months && !months.includes(month)) return false
  if (days !== 'all' && (days === 'weekends') !== isWeekend) return false
  const [hasBegun, hasNotEnded] = [hourOfDay >= fromHour, hourOfDay < toHour]
  return fromHour < toHour ? hasBegun && hasNotEnded : hasBegun || hasNotEnded
}

/** What this site's plan lowers in the coming hours, by its configuration and what its meter has shown this month. */
export function objectiveOf(
  site: Clocked,
  ahead: { readonly hourStartAt: Millis; readonly hours: number },
  rows: readonly PlantRow[],
): Objective {
  const worth = worthOf(site)
  if (!site.planning || !worth) return { name: 'energy' }
  const byHour = Array.from({ length: ahead.hours }, (_, hourAhead) =>
    worth.ofHour(ahead.hourStartAt + hourAhead * hour),
  )
  if (site.planning.objective === 'carbon') return { name: 'carbon', gramsPerKwh: byHour }
  const demand = site.planning.tariff?.demand
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
