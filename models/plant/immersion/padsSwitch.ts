import { plantIds } from '#contract/site/expand.ts'
import { immersionIds } from '#contract/site/expandImmersion.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'

/** Faster than any weather: the threshold was moved, which says nothing of where the switch stands. */
const weatherMostK = 0.5

/**
 * How far above its threshold the dry bulb stands when the pads come on, K: the middle of what was seen; 0 where they never came on by
 * the weather. They go off somewhat lower, and between the two they may be wet or dry: a plan counts them dry there.
 */
export function padsOnAboveK({ keys, rows }: TelemetryTable): number {
  const column = (key: string) => keys.indexOf(key)
  const [pads, dryBulb, threshold] = [
    column(`${immersionIds.coolers}.padsOn`),
    column(`${plantIds.weather}.dryBulb`),
    column(`${immersionIds.coolers}.padsAboveSp`),
  ]
  const seen: number[] = []
  for (const [index, row] of rows.entries()) {
    const before = rows[index - 1]?.values
    const now = row.values
    if (!before || !(before[pads] === 0 && (now[pads] as number) > 0)) continue
    const aboveK = (values: Float64Array) => (values[dryBulb] as number) - (values[threshold] as number)
    const rise = aboveK(now) - aboveK(before)
    // Wet for 40 % of the row: they came on 10 % of a row after its middle.
    if (Math.abs(rise) < weatherMostK) seen.push(aboveK(now) + (0.5 - (now[pads] as number)) * rise)
  }
  seen.sort((a, b) => a - b)
  return seen[Math.floor(seen.length / 2)] ?? 0
}
