/** Instants and durations as an operator reads them: 24 h, in the site's zone. */
const locale = 'en-GB'
const formats = new Map<string, Intl.DateTimeFormat>()

function format(at: number, zone: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${zone} ${JSON.stringify(options)}`
  let formatter = formats.get(key)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(locale, { timeZone: zone, hourCycle: 'h23', ...options })
    formats.set(key, formatter)
  }
  return formatter.format(at)
}

export const formatClock = (at: number, zone: string): string =>
  format(at, zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
export const formatTime = (at: number, zone: string): string =>
  format(at, zone, { hour: '2-digit', minute: '2-digit' })
export const formatDay = (at: number, zone: string): string =>
  format(at, zone, { weekday: 'short', day: 'numeric', month: 'short' })
export const formatDayTime = (at: number, zone: string): string =>
  format(at, zone, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
export const formatDate = (at: number, zone: string): string =>
  format(at, zone, { day: 'numeric', month: 'short' })
/** UTC in full, for titles under the pointer. */
export const formatUtc = (at: number): string =>
  new Date(at).toISOString().replace('T', ' ').replace('.000Z', ' UTC')

/** `UTC+1`, as the zone stands at that instant. */
export function formatZone(at: number, zone: string): string {
  const parts = new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    timeZoneName: 'shortOffset',
  }).formatToParts(at)
  return (parts.find(part => part.type === 'timeZoneName')?.value ?? zone).replace('GMT', 'UTC')
}

/** The two largest units: 12 s, 3 min 55 s, 5 h 16 min, 6 d. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1_000))
  const pair = (large: number, largeUnit: string, small: number, smallUnit: string) =>
    small === 0 ? `${large}\u202f${largeUnit}` : `${large}\u202f${largeUnit} ${small}\u202f${smallUnit}`
  if (seconds < 60) return `${seconds}\u202fs`
  if (seconds < 3_600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's')
  if (seconds < 86_400)
    return pair(Math.floor(seconds / 3_600), 'h', Math.floor((seconds % 3_600) / 60), 'min')
  const days = Math.floor(seconds / 86_400)
  return days >= 3 ? `${days}\u202fd` : pair(days, 'd', Math.floor((seconds % 86_400) / 3_600), 'h')
}

/** One unit only, for the small box beside a stale value: 4 s, 7 min, 2 h. */
export function formatAge(ageMs: number): string {
  const seconds = Math.max(0, Math.floor(ageMs / 1_000))
  if (seconds < 60) return `${seconds}\u202fs`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}\u202fmin`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}\u202fh`
  return `${Math.floor(seconds / 86_400)}\u202fd`
}
