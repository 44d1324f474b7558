import { day } from '#contract/units.ts'
import { zoneClock } from '#contract/zoneTime.ts'

export type Period = { readonly fromAt: number; readonly toAt: number; readonly label: string }

/** Up to here a report has a line for each day, beyond one for each month. */
const daysMax = 62

/**
 * A span cut at midnights (or first days of months) of the site's own zone: days of 23 and 25 hours are right, and the
 * first and last may be short.
 */
export function sitePeriods(span: {
  readonly fromAt: number
  readonly toAt: number
  readonly timeZone: string
}): Period[] {
  const { fromAt, toAt, timeZone } = span
  const clock = zoneClock(timeZone)
  const byMonth = toAt - fromAt > daysMax * day
  const periods: Period[] = []
  for (let start = fromAt; start < toAt; ) {
    const { year, month, date } = clock.at(start)
    const next = byMonth ? clock.midnight(year, month + 1, 1) : clock.midnight(year, month, date + 1)
    const end = Math.min(toAt, next > start ? next : start + day)
    const label = `${year}-${two(month)}`
    periods.push({ fromAt: start, toAt: end, label: byMonth ? label : `${label}-${two(date)}` })
    start = end
  }
  return periods
}

const two = (value: number): string => String(value).padStart(2, '0')

/** `2025-07-01 14:30` in the site's zone. */
export function siteTimeText(at: number, timeZone: string): string {
  const { year, month, date, hours, minutes } = zoneClock(timeZone).at(at)
  return `${year}-${two(month)}-${two(date)} ${two(hours)}:${two(minutes)}`
}
