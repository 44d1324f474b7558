import type { Answer, Question } from '#contract/query/question.ts'
import { seriesKey } from '#contract/reading.ts'
import type { Site } from '#contract/site/site.ts'
import { type DurationMs, hour, type Millis } from '#contract/units.ts'
import { watchedPoints, watchRowMs, watchWindowMs } from '#models/sanity/watch.ts'

/** Five-minute means of the sensors that are judged, row by row in one piece of memory: what a thread is handed. */
export type RowBlock = {
  /** `equipment.point`. */
  readonly keys: readonly string[]
  /** Start of each row, oldest first. */
  readonly at: Float64Array
  /** Row after row, in the order of `keys`; NaN where the store has nothing. */
  readonly values: Float64Array
}

/** The last two weeks of them, fetched piece by piece from the store. */
export type RecentRows = {
  /** Fetches what is next, and the last half hour again (late samples). True: there is no more up to now. */
  fetch(now: Millis): Promise<boolean>
  block(): RowBlock
}

/** One question may span this much: the store answers screens in between. */
const pieceMs: DurationMs = 6 * hour
/** Samples may be this late and still get into their row. */
const lateMs: DurationMs = hour / 2

export function createRecentRows(
  site: Pick<Site, 'equipment'>,
  ask: (question: Question) => Promise<Answer>,
): RecentRows {
  const kinds = [...new Set(site.equipment.map(({ kind }) => kind))].filter(
    kind => watchedPoints(kind).length > 0,
  )
  const keys = site.equipment.flatMap(({ id, kind }) =>
    watchedPoints(kind).map(point => seriesKey(id, point)),
  )
  const placeOf = new Map<string, number>(keys.map((key, place) => [key, place]))
  const rows = new Map<Millis, Float64Array>()
  let fetchedToAt: Millis | undefined

  const put = (key: string, at: Millis, value: number): void => {
    const place = placeOf.get(key)
    if (place === undefined) return
    const rowAt = at - (at % watchRowMs)
    let row = rows.get(rowAt)
    if (!row) rows.set(rowAt, (row = new Float64Array(keys.length).fill(Number.NaN)))
    row[place] = value
  }
  return {
    async fetch(now) {
      const toAt = now - (now % watchRowMs)
      const oldestAt = Math.max(0, toAt - watchWindowMs)
      const fromAt = Math.max(oldestAt, fetchedToAt === undefined ? oldestAt : fetchedToAt - lateMs)
      const pieceToAt = Math.min(toAt, fromAt + pieceMs)
      if (pieceToAt <= fromAt) return true
      for (const kind of kinds) {
        const answer = await ask({
          kind,
          points: [...watchedPoints(kind)],
          aggregate: 'mean',
          fromAt,
          toAt: pieceToAt,
          everyMs: watchRowMs,
        })
        for (const { equipment, point, at, value } of answer.series)
          at.forEach((rowAt, index) => {
            const found = value[index]
            if (found !== null && found !== undefined) put(seriesKey(equipment, point), rowAt, found)
          })
      }
      fetchedToAt = pieceToAt
      for (const at of rows.keys()) if (at < oldestAt) rows.delete(at)
      return pieceToAt === toAt
    },
    block() {
      const at = Float64Array.from(rows.keys()).sort()
      const values = new Float64Array(at.length * keys.length)
      at.forEach((rowAt, index) => {
        values.set(rows.get(rowAt) as Float64Array, index * keys.length)
      })
      return { keys, at, values }
    },
  }
}
