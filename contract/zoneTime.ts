import { hour } from '#contract/units.ts'

/** Clock and calendar of an IANA zone. */
export function zoneClock(timeZone: string) {
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
  return { at, offsetMs, midnight }
}

/** Offset of a zone's standard time from UTC: the lesser of January's and July's, north and south of the equator. */
export function standardOffsetMs(timeZone: string): number {
  const { offsetMs } = zoneClock(timeZone)
  return Math.min(offsetMs(Date.UTC(2025, 0, 1)), offsetMs(Date.UTC(2025, 6, 1)))
}
