import { day } from '#contract/units.ts'
import type { Conditions } from '#models/audit/channels.ts'

/** Rows held back together. */
export type Fold = readonly number[]

const blocksInTime = 6
const blocksOfWeather = 4

/**
 * Two ways to hold rows back: stretches of time, and stretches of days in order of their weather, because a model is asked
 * about a season that it has not seen more often than about a gap in one that it has.
 */
export function foldsOf(conditions: Conditions, at: Float64Array, rows: readonly number[]): Fold[] {
  return [...inTime(rows, blocksInTime), ...byWeather(conditions, at, rows)]
}

const inTime = (rows: readonly number[], blocks: number): Fold[] =>
  Array.from({ length: blocks }, (_, block) =>
    rows.slice(Math.floor((block * rows.length) / blocks), Math.floor(((block + 1) * rows.length) / blocks)),
  ).filter(fold => fold.length > 0)

function byWeather(conditions: Conditions, at: Float64Array, rows: readonly number[]): Fold[] {
  const channel = ['wetBulb', 'dryBulb', 'condenserEntering', 'load', 'itPower']
    .map(name => conditions.channels.get(name as 'wetBulb'))
    .find(found => found !== undefined)
  if (!channel) return []
  const days = new Map<number, number[]>()
  for (const row of rows) {
    const key = Math.floor(at[row]! / day)
    const list = days.get(key)
    if (list) list.push(row)
    else days.set(key, [row])
  }
  const ordered = [...days.values()]
    .map(list => ({ list, mean: list.reduce((sum, row) => sum + channel.values[row]!, 0) / list.length }))
    .sort((a, b) => a.mean - b.mean)
  return inTime(
    ordered.map((_, index) => index),
    blocksOfWeather,
  ).map(group => group.flatMap(index => ordered[index]!.list))
}
