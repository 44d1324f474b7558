import type { Conditions, Predictor, Settings } from '#models/plant/predict.ts'
import { isComplete, type PlantRow } from '#models/plant/row.ts'
import { predict } from '#models/plant/settle.ts'

/** The setpoints in force in a row; undefined where one is not known. */
export function settingsOf(row: PlantRow): Settings | undefined {
  if (!isComplete(row)) return undefined
  return {
    towerLeavingC: row.tower.leavingSpC,
    towerFlowPercent: row.tower.flowSpPercent,
    facilitySupplyC: row.facility.supplySpC,
    facilityDpKpa: row.facility.dpSpKpa,
    cduSupplyC: row.cdus.map(cdu => cdu.supplySpC),
    cduDpKpa: row.cdus.map(cdu => cdu.dpSpKpa),
  }
}

export type OneStepScore = {
  /** Mean absolute error of non-IT power over the rows, per cent of it; null without a row to judge by. */
  readonly errorPercent: number | null
  /** Mean signed error, kW: what the model is wrong by at present. */
  readonly biasKw: number
  /** Standard deviation of the error, kW. */
  readonly spreadKw: number
  readonly rows: number
}

/** Error of one row: absolute as a share, signed in kW. */
export type RowError = { readonly relative: number; readonly kw: number }

/** Nothing to judge by. */
export const noScore: OneStepScore = {
  errorPercent: null,
  biasKw: 0,
  spreadKw: 0,
  rows: 0,
}

/** Mean error, lean and spread of rows; without a row nothing is known. */
export function scoreOf(errors: readonly RowError[]): OneStepScore {
  if (errors.length === 0) return noScore
  const mean = (pick: (error: RowError) => number) =>
    errors.reduce((sum, error) => sum + pick(error), 0) / errors.length
  const biasKw = mean(error => error.kw)
  return {
    errorPercent: 100 * mean(error => error.relative),
    biasKw,
    spreadKw: Math.sqrt(mean(error => (error.kw - biasKw) ** 2)),
    rows: errors.length,
  }
}

/** Where the facility water stood a row before. */
export const facilityBefore = (before: PlantRow | undefined): Pick<Conditions, 'facilityC'> =>
  before && Number.isFinite(before.facility.supplyC) ? { facilityC: before.facility.supplyC } : {}

/**
 * Non-IT power (facility minus IT meter) of five-minute means, predicted from the settings, loads and wet bulb then in
 * force. The model must not have seen these rows.
 */
export function oneStepError(of: Predictor, rows: readonly PlantRow[]): OneStepScore {
  const errors: RowError[] = []
  for (const [place, row] of rows.entries()) {
    const settings = settingsOf(row)
    const measured = row.facilityKw - row.itKw
    if (!settings || !(measured > 0)) continue
    const expected = predict(of, 0, settings, {
      itKw: row.cdus.map(cdu => cdu.itKw),
      wetBulbC: row.wetBulbC,
      ...facilityBefore(rows[place - 1]),
    }).nonItKw
    errors.push({ relative: Math.abs(expected - measured) / measured, kw: expected - measured })
  }
  return scoreOf(errors)
}
