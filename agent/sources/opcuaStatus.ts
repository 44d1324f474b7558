import type { DataValue } from 'node-opcua-data-value'
import type { Reading } from '#contract/reading.ts'
import type { Millis } from '#contract/units.ts'

/** One OPC UA value as it came in, before its point's unit and range are looked at. */
export type OpcuaReading = {
  readonly reading: Reading
  /** The server dropped earlier values of this item from its queue. */
  readonly overflowed: boolean
  readonly oddTime: boolean
}

/** Top two bits of a status code (OPC UA Part 4, 7.39): 00 good, 01 uncertain, 1x bad. */
export function severityOf(statusCode: number): 'good' | 'uncertain' | 'bad' {
  const severity = statusCode >>> 30
  return severity === 0 ? 'good' : severity === 1 ? 'uncertain' : 'bad'
}

/** Info type `DataValue` (bits 10, 11 = 01) with bit 7: the queue overflowed (Part 4, 7.39.1). */
export const isOverflow = (statusCode: number): boolean =>
  (statusCode & 0x0c00) === 0x0400 && (statusCode & 0x80) !== 0

/**
 * Status, value and time of a notification. A bad value is never a number, whatever the device sends beside it. The
 * source's time is kept; without it the server's, without both the time of arrival, marked uncertain. A server's clock
 * is not the site's (a simulated site runs in its own year), so its time counts only within `skewMs` of site time.
 */
export function opcuaReading(
  dataValue: DataValue,
  options: { readonly siteNow: Millis; readonly skewMs: number },
): OpcuaReading {
  const statusCode = dataValue.statusCode?.value ?? 0
  const severity = severityOf(statusCode)
  const source = dataValue.sourceTimestamp?.getTime()
  const server = dataValue.serverTimestamp?.getTime()
  const serverIsNear = server !== undefined && Math.abs(server - options.siteNow) <= options.skewMs
  const at = source ?? (serverIsNear ? server : options.siteNow)
  const isAhead = at > options.siteNow + options.skewMs
  const overflowed = isOverflow(statusCode)
  const code = statusCode === 0 ? {} : { statusCode }
  const value = numberOf(dataValue.value?.value)
  if (severity === 'bad' || value === undefined)
    return {
      reading: { value: null, quality: 'bad', at: isAhead ? options.siteNow : at, ...code },
      overflowed,
      oddTime: isAhead,
    }
  const timeIsKnown = source !== undefined || serverIsNear
  const quality = severity === 'good' && timeIsKnown && !isAhead ? 'good' : 'uncertain'
  return { reading: { value, quality, at, ...code }, overflowed, oddTime: isAhead }
}

/** A finite number, or undefined: Boolean is 0 or 1, a 64-bit integer comes as [high, low]. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'bigint') return Number(value)
  if (
    Array.isArray(value) &&
    value.length === 2 &&
    typeof value[0] === 'number' &&
    typeof value[1] === 'number'
  )
    return (value[0] | 0) * 2 ** 32 + (value[1] >>> 0)
  return undefined
}
