/**
 * Where a rising function passes zero, by false position with the Illinois rule (Dowell and Jarratt, BIT 11, 1971): about six
 * looks where halving needs twelve. The border that is nearer where it does not pass. Stops when the value is within
 * `closeEnough` of zero, after 24 looks at the latest.
 */
export function zeroOfRising(
  rising: (x: number) => number,
  borders: { readonly low: number; readonly high: number; readonly closeEnough: number },
): number {
  let { low, high } = borders
  let below = rising(low)
  if (below >= 0) return low
  let above = rising(high)
  if (above <= 0) return high
  let side = 0
  for (let look = 0; look < 24; look++) {
    const x = (low * above - high * below) / (above - below)
    const value = rising(x)
    if (Math.abs(value) < borders.closeEnough) return x
    if (value > 0) {
      high = x
      above = value
      if (side > 0) below /= 2
      side = 1
    } else {
      low = x
      below = value
      if (side < 0) above /= 2
      side = -1
    }
  }
  return (low + high) / 2
}
