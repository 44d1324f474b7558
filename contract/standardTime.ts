import { minute } from '#contract/units.ts'

/** Offset of a zone's standard time from UTC: the lesser of January's and July's, north and south of the equator. */
export function standardOffsetMs(timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  const offsetAt = (at: number): number => {
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const local = Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day, part.hour, part.minute)
    return Math.round((local - at) / minute) * minute
  }
  return Math.min(offsetAt(Date.UTC(2025, 0, 1)), offsetAt(Date.UTC(2025, 6, 1)))
}
