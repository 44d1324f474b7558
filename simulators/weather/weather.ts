import type { DurationMs, Millis } from '#contract/units.ts'
import { standardPressurePa, wetBulbC } from '#models/physics/psychrometrics.ts'

export type OutdoorAir = {
  readonly dryBulbC: number
  readonly wetBulbC: number
  readonly relativeHumidityPercent: number
  readonly pressurePa: number
}

/** Outdoor air at any instant: straight between the hours, the same year again and again. */
export type Weather = {
  readonly name: string
  /** Wet bulb passed in 0.4 % of the hours (35 hours of a year): sizes towers. */
  readonly designWetBulbC: number
  /** Dry bulb passed in 0.4 % of the hours: sizes dry coolers. */
  readonly designDryBulbC: number
  /** Coldest hour of the year: what the coolants must not freeze at. */
  readonly coldestDryBulbC: number
  /** Offset of the place's standard time from UTC; absent: UTC. The year of the weather begins at local midnight. */
  readonly offsetMs?: DurationMs
  at(siteAt: Millis): OutdoorAir
}

/** Hours of a year without leap day; row 0 is the hour that ends at 01:00 on 1 January, standard time. */
export type WeatherYear = {
  readonly name: string
  /** Offset of standard time from UTC. */
  readonly offsetMs: number
  readonly dryBulbC: Float64Array
  readonly wetBulbC: Float64Array
  readonly relativeHumidityPercent: Float64Array
  readonly pressurePa: Float64Array
}

export const hoursOfYear = 8760
const hourMs = 3_600_000
const dayMs = 86_400_000

/** Hours since 1 January 00:00 standard time of a 365-day year; 29 February is lived as 28 February again. */
export function hourOfTypicalYear(siteAt: Millis, offsetMs: number): number {
  const local = siteAt + offsetMs
  const year = new Date(local).getUTCFullYear()
  const intoYear = local - Date.UTC(year, 0, 1)
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const pastLeapDay = isLeap && intoYear >= 59 * dayMs
  return (intoYear - (pastLeapDay ? dayMs : 0)) / hourMs
}

/** The same air at all times, for a test or a design point: humidity 50 % and sea level unless told otherwise. */
export function weatherOf(air: {
  dryBulbC: number
  relativeHumidityPercent?: number
  pressurePa?: number
}): Weather {
  const { dryBulbC, relativeHumidityPercent = 50, pressurePa = standardPressurePa } = air
  const wet = wetBulbC({ dryBulbC, relativeHumidityPercent, pressurePa })
  return {
    name: `steady ${dryBulbC} °C, ${relativeHumidityPercent} %`,
    designWetBulbC: wet,
    designDryBulbC: dryBulbC,
    coldestDryBulbC: dryBulbC,
    at: () => ({ dryBulbC, wetBulbC: wet, relativeHumidityPercent, pressurePa }),
  }
}

/** A value for an hour ending at h stands at h: between 01:00 and 02:00 lies the straight line from row 0 to row 1. */
export function weatherOfYear(year: WeatherYear): Weather {
  const between = (row: Float64Array, earlier: number, later: number, share: number) =>
    row[earlier]! + share * (row[later]! - row[earlier]!)
  return {
    name: year.name,
    designWetBulbC: exceededInShare(year.wetBulbC, 0.004),
    offsetMs: year.offsetMs,
    designDryBulbC: exceededInShare(year.dryBulbC, 0.004),
    coldestDryBulbC: year.dryBulbC.reduce((coldest, value) => Math.min(coldest, value)),
    at: siteAt => {
      const place = hourOfTypicalYear(siteAt, year.offsetMs) - 1
      const floor = Math.floor(place)
      const earlier = (floor + hoursOfYear) % hoursOfYear
      const later = (floor + 1 + hoursOfYear) % hoursOfYear
      const share = place - floor
      return {
        dryBulbC: between(year.dryBulbC, earlier, later, share),
        wetBulbC: between(year.wetBulbC, earlier, later, share),
        relativeHumidityPercent: between(year.relativeHumidityPercent, earlier, later, share),
        pressurePa: between(year.pressurePa, earlier, later, share),
      }
    },
  }
}

/** The value passed in a share of the hours: 0.4 % of 8,760 h is the 36th highest. */
export function exceededInShare(values: Float64Array, share: number): number {
  const falling = Float64Array.from(values).sort().reverse()
  return falling[Math.floor(share * falling.length)]!
}
