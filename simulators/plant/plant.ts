import type { Reading } from '#contract/reading.ts'
import type { Site } from '#contract/site/site.ts'
import type { Millis } from '#contract/units.ts'
import type { Fault } from '#simulators/faults/fault.ts'

/** Energy that truly flowed since the plant's start, before any meter's error. */
export type EnergyTruth = {
  readonly fromAt: Millis
  readonly toAt: Millis
  readonly itKwh: number
  readonly facilityKwh: number
  readonly coolingKwh: number
  readonly lossesKwh: number
  readonly pue: number
  /** Heat that entered minus heat that left minus heat stored, over heat that entered. */
  readonly energyBalanceError: number
}

/** What a device answers to a write: the value it now holds (clamped to its range), or why it did not take it. */
export type PlantWrite =
  | { readonly taken: true; readonly held: number }
  | {
      readonly taken: false
      readonly because: 'unknownPoint' | 'notWritable' | 'notANumber' | 'deviceSilent' | 'localControl'
    }

/** One simulated plant. It moves only when told to; the same site, weather, load and seed give the same day, to the bit. */
export type Plant = {
  readonly site: Site
  siteNow(): Millis
  /** Steps to `siteAt` in the plant's fixed step; never backwards. */
  advanceTo(siteAt: Millis): void
  /** Every point of every equipment, in the site's order: `equipment.point`. */
  readonly keys: readonly string[]
  /** What the sensor says now, errors and faults included. `at` is the sensor's own time (a frozen sensor keeps its value, not its time). */
  read(key: string): Reading
  /** True value for tests: without sensor error. */
  truthOf(key: string): number | undefined
  write(key: string, value: number): PlantWrite
  inject(fault: Fault): void
  clear(faultId: string): void
  activeFaults(): readonly Fault[]
  energy(): EnergyTruth
}
