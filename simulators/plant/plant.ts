import type { Reading } from '#contract/reading.ts'
import type { AnySite } from '#contract/site/anySite.ts'
import type { MeterRole } from '#contract/site/site.ts'
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

/** What a backtest counts beside energy, since the plant's start, on the truth and not through meters. */
export type PlantTally = {
  /** Electrical energy by part. The roles of cooling add up to `coolingKwh`. */
  readonly partsKwh: Readonly<Partial<Record<MeterRole, number>>>
  /** Make-up water of towers and pads. */
  readonly waterL: number
  /** Tower water, L: basinAtStart + madeUp − evaporated − drift − blowDown = basin. */
  readonly towerWaterL?: {
    readonly basinAtStart: number
    readonly madeUp: number
    readonly evaporated: number
    readonly drift: number
    readonly blowDown: number
    readonly basin: number
  }
  /** Coolant in reservoirs and vessels, L: atStart + madeUp − leaked = now. */
  readonly coolantL?: {
    readonly atStart: number
    readonly madeUp: number
    readonly leaked: number
    readonly now: number
  }
  /** Kelvin over the limit of the hottest chip or tank, by CDU or tank, times minutes, summed over them. */
  readonly overLimitDegreeMinutes: number
  /** Whole clock hours of site time lived, times CDUs or tanks; each counts when it ends. */
  readonly cduHours: number
  /** Those of them with at least one step above limit − 1.5 K, by the same temperature as `overLimitDegreeMinutes`. */
  readonly cduHoursNearLimit: number
  /** Hottest chip or tank seen anywhere, °C. */
  readonly hottestC: number
  readonly chillerStarts: number
}

/** What a device answers to a write: the value it now holds (clamped to its range), or why it did not take it. */
export type PlantWrite =
  | { readonly taken: true; readonly held: number }
  | {
      readonly taken: false
      readonly because: 'unknownPoint' | 'notWritable' | 'notANumber' | 'deviceSilent' | 'localControl'
    }

/** One simulated plant. It moves only when told to; the same site, weather, load and seed give the same day, to the bit. */
export type Plant<S extends AnySite = AnySite> = {
  readonly site: S
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

/** What a test, a backtest or the simulator's own door may do beside reading and writing. */
export type SimulatedPlant<S extends AnySite = AnySite> = Plant<S> & {
  /** Turns a device's key, authority or maintenance tag, as a person at the device would. */
  setDevice(key: string, value: number): PlantWrite
  /** True power at this instant, kW. */
  powerNow(): {
    readonly itKw: number
    readonly facilityKw: number
    readonly coolingKw: number
    readonly lossesKw: number
  }
  tally(): PlantTally
  /** The whole state at this instant. Faults that come or go in between are not part of it. */
  snapshot(): PlantSnapshot
  /** Back to a snapshot of this same plant: the same steps follow, to the bit. */
  restore(snapshot: PlantSnapshot): void
}

/** Opaque: only the plant that gave it can read it. */
export type PlantSnapshot = { readonly state: object; readonly stepNumber: number }
