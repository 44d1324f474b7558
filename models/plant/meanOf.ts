/** Mean of records of one shape, leaf by leaf: numbers, arrays of equal length, records. At least one is needed; NaN stays NaN. */
export const meanOf = <T>(records: readonly T[]): T => leafByLeaf(records, mean)

/** The same over those that tell; NaN where none does. */
export const meanOfKnown = <T>(records: readonly T[]): T =>
  leafByLeaf(records, values => mean(values.filter(Number.isFinite)))

/** Of nothing: NaN. */
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

function leafByLeaf<T>(records: readonly T[], of: (values: readonly number[]) => number): T {
  const first = records[0] as T
  const through = <K>(pick: (record: T) => K): K => leafByLeaf(records.map(pick), of)
  if (typeof first === 'number') return of(records as readonly number[]) as T
  if (Array.isArray(first)) return first.map((_, place) => through(one => (one as unknown[])[place])) as T
  return Object.fromEntries(
    Object.keys(first as object).map(key => [key, through(one => (one as Record<string, unknown>)[key])]),
  ) as T
}
