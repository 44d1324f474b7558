import type { LearnedPlant } from '#models/plant/learned/learnedPlant.ts'
import type { RowReader } from '#models/plant/learned/rowReader.ts'
import type { TelemetryRow } from '#models/plant/learned/telemetry.ts'
import { type OneStepScore, type RowError, scoreOf } from '#models/plant/score.ts'

/** Mean non-IT power (facility minus IT meter) of the rows that tell it, kW; NaN: none does. */
export function usualNonItKw(reader: RowReader, rows: readonly TelemetryRow[]): number {
  const known = rows.map(row => nonItKw(reader, row)).filter(kw => kw > 0)
  return known.reduce((sum, kw) => sum + kw, 0) / known.length
}

const nonItKw = (reader: RowReader, row: TelemetryRow): number =>
  reader.facilityKw(row) - reader.itMeterKw(row)

/**
 * Non-IT power of five-minute means against what the plant's best member says under the settings, loads and weather then in
 * force, per cent of what was measured, or of `usualKw` where that is more: with its chillers at rest a plant takes so little
 * that a good model looks a bad one. The model must not have seen these rows.
 */
export function oneStepOf(
  plant: LearnedPlant,
  reader: RowReader,
  rows: readonly TelemetryRow[],
  usualKw = 0,
): OneStepScore {
  const errors: RowError[] = []
  for (const row of rows) {
    const measured = nonItKw(reader, row)
    if (!(measured > 0)) continue
    const outcome = plant.predict(0, reader.leverValues(row), reader.conditions(row))
    const kw = outcome.facilityKw - outcome.itKw - measured
    if (Number.isFinite(kw)) errors.push({ relative: Math.abs(kw) / Math.max(measured, usualKw), kw })
  }
  return scoreOf(errors)
}
