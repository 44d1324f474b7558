import type { SiteHistory } from '#commands/audit/history.ts'
import type { Accuracy } from '#models/audit/accuracy.ts'
import type { Audit } from '#models/audit/audit.ts'
import type { Driver } from '#models/audit/drivers.ts'
import type { Potential } from '#models/audit/potential.ts'
import type { Finding } from '#models/sanity/sensors.ts'

/** All that the three forms of the report draw from. */
export type AuditFacts = {
  readonly title: string
  readonly target: string
  readonly files: {
    readonly history: readonly string[]
    readonly test: readonly string[]
    readonly join: readonly string[]
  }
  readonly history: SiteHistory
  readonly audit: Audit
  readonly seed: number
}

/** What `--json` writes: shares as fractions, errors in per cent, times by the site's clock. */
export type AuditJson = {
  readonly title: string
  readonly target: string
  readonly train: { readonly rows: number; readonly from: string; readonly to: string }
  readonly test: Accuracy & {
    readonly from: string
    readonly to: string
    /** The rows whose inputs are all sound. */
    readonly trusted: Accuracy
    readonly coverage90: number
    /** The same rows by ordinary least squares. */
    readonly leastSquares: Accuracy | null
  }
  readonly model: {
    readonly features: string
    readonly networks: number
    readonly heldBackCvRmse: number
    readonly inputs: readonly string[]
  }
  readonly doubtfulSensors: ReadonlyArray<{
    readonly column: string
    readonly finding: Finding
    readonly from: string
    readonly to: string
    readonly rows: number
    readonly reason: string
    readonly cause: string
    readonly evidence: boolean
  }>
  readonly drivers: readonly Driver[]
  readonly potential: Potential
  readonly notes: readonly string[]
  readonly seed: number
}

export function auditJson({ title, target, history, audit, seed }: AuditFacts): AuditJson {
  const { at } = history.table
  const time = (instant: number) => siteTime(instant, history.zoneMs)
  const { main } = audit.expected
  const trainMean = meanOf(audit.targetKw.subarray(0, history.testFrom))
  return {
    title,
    target,
    train: { rows: audit.trainRows, from: time(at[0]!), to: time(at[history.testFrom - 1]!) },
    test: {
      ...rounded(audit.test),
      from: time(at[history.testFrom]!),
      to: time(at.at(-1)!),
      trusted: rounded(audit.trusted),
      coverage90: round(audit.coverage90, 3),
      leastSquares: audit.leastSquares ? rounded(audit.leastSquares) : null,
    },
    model: {
      features: main.parts
        .map(
          ({ choice, weight }) =>
            `${(100 * weight).toFixed(0)} % ${choice.set}${choice.clock ? ' with the clock' : ''}`,
        )
        .join(', '),
      networks: main.nets?.share ?? 0,
      heldBackCvRmse: round((100 * main.heldBackRmseKw) / trainMean, 2),
      inputs: [...main.allowed],
    },
    doubtfulSensors: audit.doubts.map(({ fromAt, toAt, column, finding, rows, reason, cause, evidence }) => ({
      column,
      finding,
      from: time(fromAt),
      to: time(toAt),
      rows,
      reason,
      cause,
      evidence,
    })),
    drivers: audit.drivers.map(driver => ({
      ...driver,
      importance: round(driver.importance, 2),
      effectPercent: round(driver.effectPercent, 2),
      swing: Number(driver.swing.toPrecision(3)),
    })),
    potential: audit.potential,
    notes: [...history.notes, ...audit.notes],
    seed,
  }
}

/** 2024-03-01T00:10:00 as the site's clock showed it. */
export const siteTime = (instant: number, zoneMs: number): string =>
  new Date(instant + zoneMs).toISOString().slice(0, 19)

const round = (value: number, digits: number): number => Number(value.toFixed(digits))
const rounded = (accuracy: Accuracy): Accuracy => ({
  rows: accuracy.rows,
  cvRmse: round(accuracy.cvRmse, 3),
  nmbe: round(accuracy.nmbe, 3),
  mape: round(accuracy.mape, 3),
})
const meanOf = (values: Float64Array): number => {
  const sound = values.filter(Number.isFinite)
  return sound.reduce((sum, value) => sum + value, 0) / sound.length
}
