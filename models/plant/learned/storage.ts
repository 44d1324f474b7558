/** What one row says of how much water a loop holds. */
export type StorageSeen = {
  /** Natural logarithm of air that fans moved ÷ air that the heat would have needed with nothing stored. */
  readonly residual: number
  /** Change of that need, as a logarithm, for each minute of design flow that the loop holds. */
  readonly perMinute: number
}

/** Usual basins and headers hold one to five minutes of design flow. */
const believed = { minutes: 3, sd: 1.5 }
/** Fewer rows than this that move say nothing. */
const rowsLeast = 8
/** Rows in which the need changes by less than this for a minute of flow do not count as moving. */
const telling = 0.002
/** Residual of one row that is not worth explaining. */
const noise = 0.03

/** Minutes of design flow that a loop holds, by rows in which its temperature moved; as is usual where none did. */
export function minutesHeld(rows: readonly StorageSeen[]): number {
  const known = rows.filter(({ residual, perMinute }) => Number.isFinite(residual * perMinute))
  const still = known.filter(({ perMinute }) => Math.abs(perMinute) < telling).map(({ residual }) => residual)
  const moving = known.filter(({ perMinute }) => Math.abs(perMinute) >= telling)
  if (moving.length < rowsLeast) return believed.minutes
  // The fit's own bias is the same in rows at rest and in rows that move.
  const level =
    still.length < rowsLeast ? 0 : (still.sort((a, b) => a - b)[Math.floor(still.length / 2)] as number)
  let [information, weighed] = [1 / believed.sd ** 2, believed.minutes / believed.sd ** 2]
  for (const { residual, perMinute } of moving) {
    // One row far off is a switch, not a store.
    const error = Math.max(-4 * noise, Math.min(4 * noise, residual - level - perMinute * believed.minutes))
    information += (perMinute / noise) ** 2
    weighed += (perMinute * (error + perMinute * believed.minutes)) / noise ** 2
  }
  return Math.max(0, weighed / information)
}
