/** A sparkline's path in a box of 100 × height: gaps stay gaps, and a quiet signal looks quiet. */
export type SparkShape = {
  readonly path: string
  readonly band: readonly [y: number, height: number] | undefined
}

export function sparkShape(
  values: ReadonlyArray<number | null>,
  height: number,
  leastSpan: number,
  band?: readonly [number, number],
): SparkShape {
  let lo = band ? band[0] : Infinity
  let hi = band ? band[1] : -Infinity
  for (const value of values) {
    if (value === null) continue
    lo = Math.min(lo, value)
    hi = Math.max(hi, value)
  }
  if (lo > hi) return { path: '', band: undefined }
  if (hi - lo < leastSpan) {
    const middle = (lo + hi) / 2
    lo = middle - leastSpan / 2
    hi = middle + leastSpan / 2
  }
  const y = (value: number) => 2 + (height - 4) * (1 - (value - lo) / (hi - lo))
  const last = Math.max(1, values.length - 1)
  let path = ''
  let penDown = false
  values.forEach((value, index) => {
    if (value === null) {
      penDown = false
      return
    }
    path += `${penDown ? 'L' : 'M'}${((100 * index) / last).toFixed(1)} ${y(value).toFixed(1)}`
    penDown = true
  })
  return { path, band: band ? [y(band[1]), y(band[0]) - y(band[1])] : undefined }
}
