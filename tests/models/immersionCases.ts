import type { ImmersionSite } from '#contract/site/immersion.ts'
import { day, hour, type Millis } from '#contract/units.ts'
import { sweepMs } from '#models/commissioning/sweep.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'
import type { Load } from '#simulators/load/load.ts'
import { openLoad } from '#simulators/load/openLoad.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'
import type { Weather } from '#simulators/weather/weather.ts'
import { immersionCourse } from '#tests/models/immersionCourse.ts'
import { immersionSite } from '#tests/plant/immersionPlant.ts'

export type ImmersionCase = {
  readonly weatherName: string
  readonly loadName: string
  readonly seed: number
  /** Where learning ends and the unseen days begin. */
  readonly judgedAt: Millis
  readonly learnDays: number
  readonly judgeDays: number
  readonly approachK?: number
}

export type ImmersionHistory = {
  readonly site: ImmersionSite
  readonly weather: Weather
  readonly load: Load
  readonly seen: TelemetryTable
  readonly unseen: TelemetryTable
  readonly leakagePerK: number
}

/** Days under `reset` with one sweep from noon of the first, then days that nobody has learned from. */
export function immersionHistory(asked: ImmersionCase): ImmersionHistory {
  const { seed, judgedAt } = asked
  const startAt = judgedAt - asked.learnDays * day
  const leakagePerK = 0.0015
  const weather = openWeather(asked.weatherName, seed)
  const site = immersionSite(weather)
  const load = openLoad(asked.loadName, { site, seed, startAt })
  const plant = createPlant({ site, weather, load, seed, startAt, stepMs: 60_000, leakagePerK })
  const course = immersionCourse(plant, asked.approachK ?? 6)
  const sweepAt = startAt + 12 * hour
  course.until(sweepAt)
  course.until(sweepAt + sweepMs, sweepAt)
  course.until(judgedAt)
  const seen = course.table()
  course.until(judgedAt + asked.judgeDays * day)
  const all = course.table()
  return {
    site,
    weather,
    load,
    seen,
    unseen: { keys: all.keys, rows: all.rows.slice(seen.rows.length) },
    leakagePerK,
  }
}
