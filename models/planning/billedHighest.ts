import { day, hour, type Millis } from '#contract/units.ts'
import { zoneClock } from '#contract/zoneTime.ts'
import { type PlantRow, rowMs } from '#models/plant/row.ts'

/** A month that has just begun will come to what the days before it came to: until then no hour is a new highest one of its own. */
const youngMs = 7 * day
/** An interval with fewer of its rows says nothing. */
const shareNeeded = 2 / 3

type Billed = { readonly now: Millis; readonly timeZone: string; readonly of: 'hour' | 'quarterHour' }

/**
 * Highest mean hour of facility power in the billing month so far, kW; in the month's first week, of the last seven days.
 * Where quarter hours are billed: the highest of them, less what a quarter usually stands above its hour, so that it can be
 * held against the mean of an hour to come. Undefined without a whole interval. What rows have not seen (before the hub
 * began, gaps, more than three weeks ago) it does not know.
 */
export function billedHighest(rows: readonly PlantRow[], { now, timeZone, of }: Billed): number | undefined {
  const clock = zoneClock(timeZone)
  const { year, month } = clock.at(now)
  const fromAt = Math.min(clock.midnight(year, month, 1), now - youngMs)
  const inMonth = rows.filter(row => row.at >= fromAt && row.at < now)
  // Hours are the clock's own: in zones half an hour off they begin at half past.
  const offsetMs = clock.offsetMs(now)
  const hours = meansOf(inMonth, hour, offsetMs)
  if (of === 'hour') return highestOf([...hours.values()])
  const quarters = meansOf(inMonth, hour / 4, offsetMs)
  const highest = highestOf([...quarters.values()])
  return highest === undefined ? undefined : highest - usualExcess(hours, quarters)
}

function meansOf(rows: readonly PlantRow[], widthMs: number, offsetMs: number): Map<number, number> {
  const sums = new Map<number, { sum: number; count: number }>()
  for (const { at, facilityKw } of rows) {
    if (!Number.isFinite(facilityKw)) continue
    const interval = Math.floor((at + offsetMs) / widthMs)
    const { sum, count } = sums.get(interval) ?? { sum: 0, count: 0 }
    sums.set(interval, { sum: sum + facilityKw, count: count + 1 })
  }
  const needed = (shareNeeded * widthMs) / rowMs
  return new Map(
    [...sums].flatMap(([interval, { sum, count }]) => (count >= needed ? [[interval, sum / count]] : [])),
  )
}

/** Median of what the highest quarter of an hour stands above the hour. */
function usualExcess(hours: ReadonlyMap<number, number>, quarters: ReadonlyMap<number, number>): number {
  const excess = [...hours]
    .map(([one, meanKw]) => {
      const own = [0, 1, 2, 3].map(place => quarters.get(4 * one + place) ?? meanKw)
      return Math.max(...own) - meanKw
    })
    .sort((a, b) => a - b)
  return excess[Math.floor(excess.length / 2)] ?? 0
}

const highestOf = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : Math.max(...values)
