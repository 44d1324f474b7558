import type { Lever } from '#contract/control/levers/lever.ts'
import type { MeterRole } from '#contract/site/site.ts'
import type { Leakage } from '#models/plant/learned/leakage.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'

/** What comes from outside the plant. */
export type OutsideConditions = {
  /** IT power of each CDU or tank, in the site's order, as it is or is foreseen. */
  readonly itKw: readonly number[]
  readonly wetBulbC: number
  readonly dryBulbC: number
  /**
   * Mean junction temperatures at which `itKw` was drawn, by place, and the assumed growth per kelvin: chips that run warmer
   * draw more. Absent: IT power is taken as it is.
   */
  readonly leakage?: { readonly referenceC: readonly number[]; readonly perK: number }
  /** Whether a chiller runs, as measured. Absent, or no chillers: what settings and weather make of them. */
  readonly areChillersOn?: boolean
  /** Whether one ran as the time asked about began: machines stay on or off until a changeover's band is passed. */
  readonly wereChillersOn?: boolean
}

/** A plant at rest under given settings, as one member of the ensemble sees it. */
export type LearnedOutcome = {
  readonly facilityKw: number
  readonly itKw: number
  /** Electrical power of what cools, by role; with IT, lighting and losses it adds up to the facility. */
  readonly partsKw: Readonly<Partial<Record<MeterRole, number>>>
  readonly lossesKw: number
  /** Hottest chip of each CDU or tank. */
  readonly hottestC: readonly number[]
  readonly meanJunctionC: readonly number[]
  /** Widest primary valve of the place, per cent; above 100 its setpoint cannot be held. */
  readonly valvePercent: readonly number[]
  /**
   * How far the plant misses what is asked of it, in kelvins (a tower or cooler at full air, a chiller at full load, a valve
   * at its stop); 0: every setpoint is held. The figures above are already those of the warmer plant.
   */
  readonly unmetK: number
}

/** Five minutes that follow known ones: the settings then in force, loads and weather. Machines' states are not told. */
export type FollowedRow = { readonly values: readonly number[]; readonly conditions: OutsideConditions }

/** A plant as a planner sees it, whatever cools it: telemetry and nameplate alone. */
export type LearnedPlant = {
  /** What may be moved; `values` below are in this order. */
  readonly levers: readonly Lever[]
  /** Member 0 is the best fit; the spread of the others is the uncertainty. */
  readonly memberCount: number
  predict(member: number, values: readonly number[], conditions: OutsideConditions): LearnedOutcome
  /**
   * What the plant does in the five-minute rows right after known ones, by the best fit: it goes on from the machines, pads,
   * pumps and temperatures in which telemetry left it, on its way between two rests. An hour of known rows is enough.
   */
  follow?(known: TelemetryTable, rows: readonly FollowedRow[]): LearnedOutcome[]
  /** One standard deviation of what the fit leaves unexplained of the hottest chip, by place, K. */
  readonly hottestResidualK: readonly number[]
  /** Lowest and highest that telemetry has shown of each lever, in their order; null: never seen. Absent: not told. */
  readonly known?: ReadonlyArray<readonly [lowest: number, highest: number] | null>
  /** Growth of IT power with chip temperature as telemetry shows it. Absent: not looked for, the planner assumes one. */
  readonly leakage?: Leakage
  /** Parameters that telemetry leaves as wide as they were believed before: names that a plant engineer reads. */
  readonly unknown: ReadonlyArray<{ readonly name: string; readonly spreadPercent: number }>
  /** Plain JSON: parameters with the card that says from what (span, features, scores, seed). */
  readonly artefact: object
}
