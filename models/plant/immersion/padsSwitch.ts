import { plantIds } from '#contract/site/expand.ts'
import { immersionIds } from '#contract/site/expandImmersion.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'

/** Faster than any weather: the threshold was moved, which says nothing of where the switch stands. */
const weatherMostK = 0.5
/** Where they were never seen to go off: a thermostat's usual band. */
const usualBandK = 1

/** Dry bulb above the pads' threshold at which they come on, and at which they go off, K. */
export type PadsSwitch = { readonly onAboveK: number; readonly offAboveK: number }

/**
 * Where the pads' switch really stands: the middle of what was seen. 0, and a band of 1 K, where the weather never moved it. Between the
 * two they may be wet or dry, as they were before; a plan that does not know counts them dry there.
 */
export function padsSwitchOf(table: TelemetryTable): PadsSwitch {
  const seen = switchesSeen(table)
  const onAboveK = middle(seen.on) ?? 0
  return { onAboveK, offAboveK: Math.min(onAboveK, middle(seen.off) ?? onAboveK - usualBandK) }
}

function switchesSeen({ keys, rows }: TelemetryTable): { readonly on: number[]; readonly off: number[] } {
  const column = (key: string) => keys.indexOf(key)
  const [pads, dryBulb, threshold] = [
    column(`${immersionIds.coolers}.padsOn`),
    column(`${plantIds.weather}.dryBulb`),
    column(`${immersionIds.coolers}.padsAboveSp`),
  ]
  const seen = { on: [] as number[], off: [] as number[] }
  for (const [index, row] of rows.entries()) {
    const before = rows[index - 1]?.values
    const now = row.values
    if (!before) continue
    const [was, share] = [before[pads] as number, now[pads] as number]
    const comesOn = was === 0 && share > 0
    const goesOff = was === 1 && share < 1
    if (!comesOn && !goesOff) continue
    const aboveK = (values: Float64Array) => (values[dryBulb] as number) - (values[threshold] as number)
    const rise = aboveK(now) - aboveK(before)
    if (!(Math.abs(rise) < weatherMostK)) continue
    // Wet for 40 % of the row: they came on 10 % of a row after its middle, or went off as much before it.
    const afterMiddle = comesOn ? 0.5 - share : share - 0.5
    seen[comesOn ? 'on' : 'off'].push(aboveK(now) + afterMiddle * rise)
  }
  return seen
}

function middle(values: number[]): number | undefined {
  values.sort((a, b) => a - b)
  return values[Math.floor(values.length / 2)]
}

/** Wet or dry from now on, as they were until now. */
export function padsAfter(
  { onAboveK, offAboveK }: PadsSwitch,
  wereWet: boolean,
  at: { readonly dryBulbC: number; readonly padsAboveC: number; readonly dryBelowC: number },
): boolean {
  const aboveK = at.dryBulbC - at.padsAboveC
  return aboveK > (wereWet ? offAboveK : onAboveK) && at.dryBulbC >= at.dryBelowC
}
