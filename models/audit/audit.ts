import { Failure } from '#contract/failure.ts'
import type { Millis } from '#contract/units.ts'
import { type Accuracy, accuracyOf } from '#models/audit/accuracy.ts'
import { conditionsOf } from '#models/audit/channels.ts'
import { type Driver, driversOf } from '#models/audit/drivers.ts'
import {
  type Expected,
  expectedPower,
  learnableRows,
  learnableRowsLeast,
  plainLeastSquares,
} from '#models/audit/expected.ts'
import { type Potential, potentialOf } from '#models/audit/potential.ts'
import { findDoubts } from '#models/sanity/findDoubts.ts'
import type { Doubt, SensorTable } from '#models/sanity/sensors.ts'

/** A site's own history in Coldloop's units, oldest row first. */
export type AuditTask = {
  readonly table: SensorTable
  /** Column that the model is to explain; its sensor has the role totalPower. */
  readonly target: string
  /** First row that the model is judged on and never taught with. */
  readonly testFrom: number
  /** Site's clock less UTC, ms. */
  readonly zoneMs: Millis
  readonly seed: number
}

export type Audit = {
  readonly trainRows: number
  /** All judged rows: those with doubtful inputs by a model that does without them. */
  readonly test: Accuracy
  /** Rows whose inputs are all sound. */
  readonly trusted: Accuracy
  /** Share of judged rows inside the 90 % interval. */
  readonly coverage90: number
  /** The same rows by ordinary least squares on everything as it stands; undefined where its columns are not mapped. */
  readonly leastSquares: Accuracy | undefined
  readonly doubts: readonly Doubt[]
  readonly drivers: readonly Driver[]
  readonly potential: Potential
  readonly expected: Expected
  readonly targetKw: Float64Array
  readonly notes: readonly string[]
}

/** Finds what is doubtful, learns from the rest, judges on the rows held out. `openTensors()` must have resolved. */
export function auditHistory(task: AuditTask): Audit {
  const { table, testFrom, zoneMs } = task
  const { doubts, doubtful } = findDoubts(table)
  const conditions = conditionsOf(table, doubtful, { testFrom, zoneMs })
  const target = table.sensors.find(sensor => sensor.column === task.target)!
  const targetKw = target.values.map((kw, row) => (doubtful.get(target.column)?.[row] ? Number.NaN : kw))
  refuseTooLittle(learnableRows(conditions, targetKw, testFrom))
  const expected = expectedPower({ conditions, at: table.at, targetKw, testFrom, seed: task.seed })
  const judged: number[] = []
  for (let row = testFrom; row < table.at.length; row++)
    if (Number.isFinite(targetKw[row]!) && Number.isFinite(expected.kw[row]!)) judged.push(row)
  if (judged.length === 0)
    throw new Failure(
      'CONFIG_INVALID',
      `${task.target}: no row of the test has a sound value of it and of its inputs`,
    )
  const sound = judged.filter(row => !expected.filledIn[row])
  const inside = judged.filter(
    row => Math.abs(targetKw[row]! - expected.kw[row]!) <= 1.645 * expected.sigmaKw[row]!,
  )
  return {
    trainRows: expected.main.trainRows,
    test: accuracyOf(targetKw, expected.kw, judged),
    trusted: accuracyOf(targetKw, expected.kw, sound),
    coverage90: inside.length / judged.length,
    leastSquares: plainLeastSquares({
      conditions: asItStands(task, doubtful),
      targetKw,
      testFrom,
      testRows: judged,
    }),
    doubts,
    drivers: driversOf({ model: expected.main, conditions, targetKw, rows: sound, seed: task.seed }),
    potential: potentialOf({ conditions, at: table.at, targetKw, seed: task.seed }),
    expected,
    targetKw,
    notes: [...conditions.notes, ...fillerNotes(expected)],
  }
}

function refuseTooLittle(rows: number): void {
  if (rows < learnableRowsLeast)
    throw new Failure(
      'CONFIG_INVALID',
      `the history has ${rows} rows with a sound target and sound inputs; at least ${learnableRowsLeast} are needed: check the map's columns and units, or give more history`,
    )
}

/** Everything as it stands but the wet bulb, which must not be a dead one, or the yardstick would be a straw man. */
function asItStands(task: AuditTask, doubtful: ReadonlyMap<string, Uint8Array>) {
  const wetBulbs = task.table.sensors.filter(({ role }) => role === 'wetBulb').map(({ column }) => column)
  const sensors = task.table.sensors.filter(({ role }) => wetBulbs.length > 0 || role !== 'relativeHumidity')
  return conditionsOf(
    { ...task.table, sensors },
    new Map([...doubtful].filter(([column]) => wetBulbs.includes(column))),
    task,
  )
}

const fillerNotes = ({ fillers, silent }: Expected): string[] => [
  ...fillers.map(
    ({ without, rows, lends }) =>
      `${rows} rows lack a sound ${without.join(', ')}: ${lends ? 'the same hours of the neighbouring days lent it' : 'the other inputs spoke alone'}`,
  ),
  ...(silent > 0 ? [`${silent} rows lack too much to expect anything`] : []),
]
