import { day, hour } from '#contract/units.ts'

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
  const clock = siteClock(timeZone)
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
  const { year, month, date, hours, minutes } = siteClock(timeZone).at(at)
  return `${year}-${two(month)}-${two(date)} ${two(hours)}:${two(minutes)}`
}

function siteClock(timeZone: string) {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  const at = (instant: number) => {
    const parts = Object.fromEntries(
      format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
    )
    return {
      year: parts.year ?? 0,
      month: parts.month ?? 0,
      date: parts.day ?? 0,
      hours: parts.hour ?? 0,
      minutes: parts.minute ?? 0,
      seconds: parts.second ?? 0,
    }
  }
  const offsetMs = (instant: number): number => {
    const { year, month, date, hours, minutes, seconds } = at(instant)
    return Date.UTC(year, month - 1, date, hours, minutes, seconds) - Math.floor(instant / 1_000) * 1_000
  }
  /** The instant of a local midnight: the offset is asked twice, because the first guess may lie across a change of clocks. */
  const midnight = (year: number, month: number, date: number): number => {
    const local = Date.UTC(year, month - 1, date)
    const guess = local - offsetMs(local)
    const exact = local - offsetMs(guess)
    // Where clocks jump over midnight, the day begins an hour later.
    return at(exact).date === new Date(local).getUTCDate() ? exact : exact + hour
  }
  return { at, midnight }
}
