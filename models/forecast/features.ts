import { day, hour, minute } from '#contract/units.ts'
import {
  type Ledger,
  periodsBack,
  rowsPerDayOf,
  type Target,
  truthOf,
} from '#models/forecast/regularSeries.ts'

/** What regression and network look at, chosen once from step and length of the history. */
export type FeatureShape = {
  /** Windows behind the origin, rows: each gives its mean above the last value. */
  readonly spanRows: readonly number[]
  /** Row distances whose change up to the last value is a feature. */
  readonly differenceRows: readonly number[]
  /** 0 where the step does not divide a day. */
  readonly rowsPerDay: number
  /** Earlier days whose course from the same clock time on is looked at; 0: the history is too short. */
  readonly days: number
  readonly hasWeek: boolean
  readonly hasClock: boolean
  /** Middle and spread of the history: features and targets are counted in spreads. */
  readonly centre: number
  readonly spread: number
}

const spans = [15 * minute, 30 * minute, hour, 2 * hour, 4 * hour, 8 * hour, day]
const differences = [0, 15 * minute, hour, 3 * hour]
/** A clock learned from fewer days than this is the course of those days. */
const daysForClock = 4
const daysForWeek = 15
const daysLooked = 7

/** The shape for a history of which the rows before `until` are known. */
export function featureShapeOf(ledger: Ledger, until: number): FeatureShape {
  const { stepMs } = ledger.series
  const distinct = (rows: readonly number[], least: number) =>
    [...new Set(rows.map(count => Math.max(least, Math.round(count / stepMs))))].filter(
      count => count <= until / 4,
    )
  const rowsPerDay = rowsPerDayOf(stepMs)
  const daysKnown = rowsPerDay === undefined ? 0 : until / rowsPerDay
  return {
    spanRows: distinct(spans, 2),
    differenceRows: distinct(differences, 1),
    rowsPerDay: rowsPerDay ?? 0,
    days: daysKnown < 2.5 ? 0 : Math.min(daysLooked, Math.floor(daysKnown / 2)),
    hasWeek: daysKnown >= daysForWeek,
    hasClock: daysKnown >= daysForClock,
    ...middleAndSpread(ledger, until),
  }
}

/** Mean and standard deviation; a series that stands still has a spread of 1. */
function middleAndSpread(ledger: Ledger, until: number): { centre: number; spread: number } {
  let count = 0
  let centre = 0
  let squares = 0
  for (let row = 0; row < until; row++) {
    const value = ledger.valueAt(row)
    if (!Number.isFinite(value)) continue
    count++
    const off = value - centre
    centre += off / count
    squares += off * (value - centre)
  }
  const spread = Math.sqrt(squares / Math.max(1, count - 1))
  return { centre, spread: spread > 0 ? spread : 1 }
}

/** Features that do not depend on the target, in spreads; what is not known is 0: no change. */
export function commonFeatures(ledger: Ledger, shape: FeatureShape, origin: number): number[] {
  const last = ledger.valueAt(origin)
  const inSpreads = (change: number) => (Number.isFinite(change) ? change / shape.spread : 0)
  const features = [
    inSpreads(last - shape.centre),
    ...shape.spanRows.map(rows => inSpreads(ledger.meanOf(origin - rows + 1, origin + 1) - last)),
    ...shape.differenceRows.map(rows => inSpreads(last - ledger.valueAt(origin - rows))),
  ]
  if (shape.hasClock) {
    const { startAt, stepMs } = ledger.series
    const turns = (startAt + origin * stepMs) / day
    for (const angle of [2 * Math.PI * turns, 4 * Math.PI * turns])
      features.push(Math.sin(angle), Math.cos(angle))
    if (shape.hasWeek) {
      const weekAngle = (2 * Math.PI * turns) / 7
      features.push(Math.sin(weekAngle), Math.cos(weekAngle))
    }
  }
  return features
}

/** What earlier days showed at the target's clock time, above the last value and as a course from the origin's clock time on. */
export function seasonalFeatures(
  ledger: Ledger,
  shape: FeatureShape,
  target: Target,
  origin: number,
): number[] {
  if (shape.days === 0) return []
  const last = ledger.valueAt(origin)
  const levels = average()
  const courses = average()
  let yesterdayLevel = Number.NaN
  let yesterdayCourse = Number.NaN
  const nearest = periodsBack(target, shape.rowsPerDay)
  for (let back = nearest; back < nearest + shape.days; back++) {
    const rows = back * shape.rowsPerDay
    const then = truthOf(ledger, target, origin, -rows)
    const level = (then - last) / shape.spread
    const course = (then - ledger.valueAt(origin - rows)) / shape.spread
    levels.add(level)
    courses.add(course)
    if (back === nearest) {
      yesterdayLevel = level
      yesterdayCourse = course
    }
  }
  const features = [yesterdayLevel, yesterdayCourse, levels.value(), courses.value()]
  if (shape.hasWeek) {
    const rows = periodsBack(target, 7 * shape.rowsPerDay) * 7 * shape.rowsPerDay
    const then = truthOf(ledger, target, origin, -rows)
    features.push((then - last) / shape.spread, (then - ledger.valueAt(origin - rows)) / shape.spread)
  }
  return features.map(feature => (Number.isFinite(feature) ? feature : 0))
}

function average(): { add(value: number): void; value(): number } {
  let sum = 0
  let count = 0
  return {
    add(value) {
      if (!Number.isFinite(value)) return
      sum += value
      count++
    },
    value: () => (count === 0 ? Number.NaN : sum / count),
  }
}
