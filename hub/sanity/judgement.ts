import type { EquipmentKind } from '#contract/points.ts'
import type { DurationMs } from '#contract/units.ts'
import type { RowBlock } from '#hub/sanity/recentRows.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'
import type { Doubt } from '#models/sanity/sensors.ts'
import { freshSanityMemory, sanityStep } from '#models/sanity/watch.ts'

/** One judgement of the sensors. Plain data in and out: it runs in a thread. */
export type SanityRequest = {
  readonly block: RowBlock
  /** By equipment. */
  readonly kinds: Readonly<Record<string, EquipmentKind>>
  /** What the judgement before held against them. */
  readonly standing: readonly Doubt[]
  /** A value that is not said again holds this long: agents report by exception. */
  readonly holdsMs: DurationMs
}
export type SanityResult = { readonly standing: readonly Doubt[] }

export function judgeSensors({ block, kinds, standing, holdsMs }: SanityRequest): SanityResult {
  const { memory } = sanityStep(
    { ...freshSanityMemory, standing },
    tableOf(block, holdsMs),
    equipment => kinds[equipment],
  )
  return { standing: memory.standing }
}

/**
 * Rows in which anything spoke (a store that was away says nothing of a sensor), points that ever spoke (a site need not have
 * mapped all), and values that hold until they are said again.
 */
function tableOf({ keys, at, values }: RowBlock, holdsMs: DurationMs): TelemetryTable {
  const spoke = (row: number, place: number) => !Number.isNaN(values[row * keys.length + place])
  const places = keys.flatMap((_, place) => (at.some((_, row) => spoke(row, place)) ? [place] : []))
  const heard = places.map(() => ({ at: Number.NEGATIVE_INFINITY, value: Number.NaN }))
  const rows = [...at].flatMap((rowAt, row) => {
    if (!places.some(place => spoke(row, place))) return []
    const held = Float64Array.from(places, (place, index) => {
      const newest = heard[index]!
      if (spoke(row, place)) {
        newest.at = rowAt
        newest.value = values[row * keys.length + place]!
      }
      return rowAt - newest.at <= holdsMs ? newest.value : Number.NaN
    })
    return [{ at: rowAt, values: held }]
  })
  return { keys: places.map(place => keys[place]!), rows }
}
