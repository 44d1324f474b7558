import { type Millis, minute } from '#contract/units.ts'

const tokens = {
  YYYY: '(?<year>\\d{4})',
  MM: '(?<month>\\d{1,2})',
  DD: '(?<day>\\d{1,2})',
  HH: '(?<hour>\\d{1,2})',
  hh: '(?<hour>\\d{1,2})',
  mm: '(?<minute>\\d{2})',
  ss: '(?<second>\\d{2}(?:\\.\\d+)?)',
  A: '(?<half>[AaPp]\\.?[Mm]\\.?)',
} as const

/** Reads times of a file: `format` of YYYY MM DD HH mm ss A, `unix s`, `unix ms`, or ISO 8601 where it is undefined. */
export function timeReader(format: string | undefined, zoneMs: Millis): (text: string) => Millis | undefined {
  if (format === undefined) return text => isoTime(text, zoneMs)
  if (format === 'unix s' || format === 'unix ms') {
    const factor = format === 'unix s' ? 1_000 : 1
    return text => (text !== '' && Number.isFinite(Number(text)) ? Number(text) * factor : undefined)
  }
  const pattern = new RegExp(
    `^${format.replace(/YYYY|MM|DD|HH|hh|mm|ss|A|[.*+?^$\\{}()|[\]\\]/g, part => tokens[part as keyof typeof tokens] ?? `\\${part}`)}$`,
  )
  return text => formattedTime(pattern.exec(text)?.groups, zoneMs)
}

/** Offset of `+08:00` or `Z` in ms. */
export function zoneOffsetMs(zone: string | undefined): Millis {
  if (zone === undefined || zone === 'Z') return 0
  const [hours, minutes] = zone.slice(1).split(':').map(Number)
  return (zone.startsWith('-') ? -1 : 1) * (hours! * 60 + minutes!) * minute
}

function isoTime(text: string, zoneMs: Millis): Millis | undefined {
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/.test(text.slice(10))
  const at = Date.parse(
    hasZone ? text : `${text.replace(' ', 'T').replace(/^(\d{4}-\d\d-\d\d)$/, '$1T00:00')}Z`,
  )
  return Number.isNaN(at) ? undefined : hasZone ? at : at - zoneMs
}

function formattedTime(
  found: Record<string, string | undefined> | undefined,
  zoneMs: Millis,
): Millis | undefined {
  if (!found) return undefined
  const part = (name: string, otherwise: number) =>
    found[name] === undefined ? otherwise : Number(found[name])
  const afternoon = found.half?.[0]?.toLowerCase()
  const hours = part('hour', 0)
  const hourOfDay = afternoon === undefined ? hours : (hours % 12) + (afternoon === 'p' ? 12 : 0)
  const [year, month, dayOfMonth] = [part('year', 1970), part('month', 1), part('day', 1)]
  const date = new Date(Date.UTC(year, month - 1, dayOfMonth))
  // 31/02 and 13 months are typing errors or the wrong order of day and month: not a date at all.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== dayOfMonth || hourOfDay > 24) return undefined
  return date.getTime() + (hourOfDay * 60 + part('minute', 0)) * minute + part('second', 0) * 1_000 - zoneMs
}
