import { hour, type Millis } from '#contract/units.ts'
import type { Weather } from '#simulators/weather/weather.ts'

/** Seconds of interface time count from 1 January 00:00 standard time of this year, which has no leap day and begins on a Wednesday. */
const calendarYear = 2025
export const dayS = 86_400
export const yearS = 365 * dayS

export const yearStartOf = (weather: Weather): Millis =>
  Date.UTC(calendarYear, 0, 1) - (weather.offsetMs ?? 0)

export const timePeriods = ['peak_cool_day', 'typical_cool_day', 'mix_day', 'cold_day'] as const
export type TimePeriod = (typeof timePeriods)[number]

/** A test period lasts 14 days about its day and is warmed up for 7, as BOPTEST has it. */
export const periodS = 14 * dayS
export const periodWarmupS = 7 * dayS

/**
 * Where each period begins, from the weather itself: the day of highest mean wet bulb, the median day of the warmest
 * quarter, the median day of the year, and the coldest day. A period never leaves the year.
 */
export function periodStarts(weather: Weather): Readonly<Record<TimePeriod, number>> {
  const start = yearStartOf(weather)
  const days = Array.from({ length: 365 }, (_, day) => {
    let wet = 0
    let dry = 0
    for (let h = 0; h < 24; h++) {
      const air = weather.at(start + (day * 24 + h + 0.5) * hour)
      wet += air.wetBulbC / 24
      dry += air.dryBulbC / 24
    }
    return { day, wet, dry }
  })
  const byWet = [...days].sort((a, b) => a.wet - b.wet || a.day - b.day)
  const coldest = days.reduce((best, entry) => (entry.dry < best.dry ? entry : best))
  // Of 365 days in order of wet bulb, 274 is where the warmest quarter begins and 319 its middle.
  const about = (day: number) => Math.min(Math.max(0, day - 7), 365 - 14) * dayS
  return {
    peak_cool_day: about(byWet[364]!.day),
    typical_cool_day: about(byWet[319]!.day),
    mix_day: about(byWet[182]!.day),
    cold_day: about(coldest.day),
  }
}
