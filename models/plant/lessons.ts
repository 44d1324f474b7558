import { hour } from '#contract/units.ts'
import { isSteady } from '#models/plant/components.ts'
import { isComplete, type PlantRow, rowMs } from '#models/plant/row.ts'

/** A row to learn from. */
export type Lesson = {
  readonly row: PlantRow
  /** The load stood still: heat was carried away as it came. */
  readonly steady: boolean
  /** Five-minute rows that it stands for. */
  readonly weight: number
}

/** The last hours are all taken; before them one row of each half hour, when the plant was at rest. */
const recentMs = 6 * hour
const slotMs = hour / 2
/**
 * All older rows together stand for no more than this many: what sensors and equations get wrong, all get wrong alike, and
 * ten times as many rows do not make it right.
 */
const olderWeightMost = 576
/** Of older rows no more than this: what a fit costs does not grow with the history. */
export const olderLessonsMost = 480
/** Half of them stand for the time as it went by, the other half for whatever was rare: a sweep, a storm, an empty hall. */
const rareShare = 0.5
/** A plant's wear, and what was repaired: after three weeks a row counts a third. */
const halfLifeMs = 14 * 24 * hour

/** What of a history is learned from: bounded, well spread, the newest in full. `rows` oldest first. */
export function lessonsOf(rows: readonly PlantRow[]): Lesson[] {
  const newestAt = rows.at(-1)?.at ?? 0
  const steady = rows.map((row, place) => isSteady(row, rows[place - 1]) && isSteady(row, rows[place - 2]))
  const older: PlantRow[] = []
  const recent: Lesson[] = []
  let slot = Number.NaN
  rows.forEach((row, place) => {
    if (row.at > newestAt - recentMs) recent.push({ row, steady: steady[place] as boolean, weight: 1 })
    else if (steady[place] && Math.floor(row.at / slotMs) !== slot) {
      slot = Math.floor(row.at / slotMs)
      older.push(row)
    }
  })
  const kept = older.length <= olderLessonsMost ? older : wellSpread(older)
  const ages = kept.map(row => 0.5 ** ((newestAt - row.at) / halfLifeMs))
  const weightEach = Math.min(slotMs / rowMs, olderWeightMost / ages.reduce((sum, one) => sum + one, 0))
  return [
    ...kept.map((row, place) => ({ row, steady: true, weight: weightEach * (ages[place] as number) })),
    ...recent,
  ]
}

/** Some evenly in time; the rest each as far as can be from all that are taken already. In order of time. */
function wellSpread(rows: readonly PlantRow[]): PlantRow[] {
  const places = rows.map(placeOf)
  const evenly = Math.round(olderLessonsMost * (1 - rareShare))
  const taken = new Set(Array.from({ length: evenly }, (_, i) => Math.floor((i * rows.length) / evenly)))
  const distance = places.map(place =>
    Math.min(...[...taken].map(one => between(place, places[one] as number[]))),
  )
  while (taken.size < olderLessonsMost) {
    let farthest = 0
    for (let i = 1; i < distance.length; i++)
      if ((distance[i] as number) > (distance[farthest] as number)) farthest = i
    taken.add(farthest)
    for (let i = 0; i < distance.length; i++)
      distance[i] = Math.min(
        distance[i] as number,
        between(places[i] as number[], places[farthest] as number[]),
      )
    distance[farthest] = -1
  }
  return rows.filter((_, i) => taken.has(i))
}

/** Where a row stands among the plant's states, in steps that matter alike: about 2 K, a tenth of pressure, flow or load. */
function placeOf(row: PlantRow): number[] {
  const mean = (pick: (cdu: PlantRow['cdus'][number]) => number) =>
    row.cdus.reduce((sum, cdu) => sum + pick(cdu), 0) / Math.max(1, row.cdus.length)
  const steps = [
    row.wetBulbC / 2,
    (row.tower.leavingSpC - row.wetBulbC) / 2,
    row.tower.flowSpPercent / 10,
    (row.facility.supplySpC - row.tower.leavingSpC) / 2,
    10 * Math.log(row.facility.dpSpKpa),
    (mean(cdu => cdu.supplySpC) - row.facility.supplySpC) / 2,
    10 * Math.log(mean(cdu => cdu.dpSpKpa)),
    10 * Math.log(Math.max(row.itKw, 1)),
  ]
  return isComplete(row) ? steps : steps.map(() => 0)
}

const between = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + (value - (b[i] as number)) ** 2, 0)
