import { day, hour, type Millis, minute, second } from '#contract/units.ts'

/** How the cells of a time column are read: to ms, UTC where they name no zone; NaN for what is no time. */
export type TimeReader = (text: string) => Millis

const dated =
  /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?\s*([AP]M)?)?$/i
/** Names of time columns, after everything but letters and digits became an underscore. */
const named =
  /^(ts|time|timestamp|date|date_?time|epoch|unix.*|datum|zeit|hour|local_time.*|time_.*|.*_time|.*_timestamp|.*_date)$/i

/** Index of the time column: one with such a name, the first of them; else the first column when its first cells read as times. */
export function timeColumnOf(header: readonly string[], firstRow: readonly string[]): number {
  const byName = header.findIndex(name => named.test(name.replace(/[^a-z0-9]+/gi, '_').replace(/_$/, '')))
  if (byName >= 0) return byName
  const cell = firstRow[0] ?? ''
  return cell !== '' && !Number.isFinite(Number(cell)) && Number.isFinite(timeReaderOf('', [cell])(cell))
    ? 0
    : -1
}

/**
 * The reader for a column, from its name and all its cells: ISO 8601; numbers as seconds (hours, minutes, days or ms by the name,
 * ms when they are so large); day/month/year, or month/day/year when a middle number above 12 says so.
 */
export function timeReaderOf(name: string, cells: readonly string[]): TimeReader {
  const first = cells.find(cell => cell !== '') ?? ''
  if (Number.isFinite(Number(first))) {
    const unitMs = unitOf(name, Number(first))
    return text => (text === '' ? Number.NaN : Number(text) * unitMs)
  }
  if (dated.test(first)) {
    const monthFirst = !first.includes('.') && cells.some(cell => Number(dated.exec(cell)?.[2]) > 12)
    return text => fromDated(text, monthFirst)
  }
  return fromIso
}

function unitOf(name: string, first: number): number {
  if (first > 1e11 || /_?ms$/i.test(name)) return 1
  if (/hour|_h$/i.test(name)) return hour
  if (/min/i.test(name)) return minute
  if (/day/i.test(name)) return day
  return second
}

function fromIso(text: string): Millis {
  const iso = text.trim().replace(/\//g, '-').replace(' ', 'T')
  if (!/^\d{4}-\d{2}(-\d{2})?/.test(iso)) return Number.NaN
  const zoned = /T.*(Z|[+-]\d\d(:?\d\d)?)$/i.test(iso) || !iso.includes('T')
  return Date.parse(zoned ? iso : `${iso}Z`)
}

function fromDated(text: string, monthFirst: boolean): Millis {
  const parts = dated.exec(text.trim())
  if (!parts) return Number.NaN
  const [a, b, year] = parts.slice(1, 4).map(Number) as [number, number, number]
  const [dayOfMonth, month] = monthFirst ? [b, a] : [a, b]
  if (month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > 31) return Number.NaN
  const half = parts[7]?.toUpperCase()
  const clock = Number(parts[4] ?? 0)
  const hours = half === undefined ? clock : (clock % 12) + (half === 'PM' ? 12 : 0)
  return Date.UTC(year, month - 1, dayOfMonth, hours, Number(parts[5] ?? 0)) + Number(parts[6] ?? 0) * second
}
