import { type Accuracy, accuracyOf } from '#models/audit/accuracy.ts'
import type { ChannelName, Conditions } from '#models/audit/channels.ts'
import { featuresOf } from '#models/audit/features.ts'
import { filledFromNeighbours } from '#models/audit/filling.ts'
import { type PowerModel, predict, trainPowerModel } from '#models/audit/powerModel.ts'
import { momentsOf, onLine, scalingOf, solveLine } from '#models/audit/ridge.ts'

/** Consumption that the plant's own past leads one to expect, row by row. */
export type Expected = {
  readonly kw: Float64Array
  /** One standard deviation of a single row: held-back error and the ensemble's spread together. */
  readonly sigmaKw: Float64Array
  /** The model that sees every input that can be relied on; others fill in where some are doubtful. */
  readonly main: PowerModel
  /** Rows that needed fewer inputs, and rows nobody could say anything about. */
  readonly filledIn: Uint8Array
  readonly silent: number
  readonly fillers: ReadonlyArray<{
    readonly without: readonly ChannelName[]
    readonly rows: number
    /** Whether the missing inputs were lent by the neighbouring days; else a model of the other inputs spoke. */
    readonly lends: boolean
  }>
}

/** An input missing for more than this share of history or test is not relied on. */
const missingShareMost = 0.2
/** So many combinations of missing inputs get a model of their own; rows of rarer ones stay without. */
const fillersMost = 6
const trainRowsLeast = 50

/** Learns from rows before `testFrom` alone and says what was to be expected everywhere. */
export function expectedPower(task: {
  readonly conditions: Conditions
  readonly at: Float64Array
  readonly targetKw: Float64Array
  readonly testFrom: number
  readonly seed: number
}): Expected {
  const { conditions, targetKw, testFrom } = task
  const relied = reliedOn(conditions, testFrom)
  const missing = missingPatterns(conditions, relied)
  const kw = new Float64Array(conditions.rows).fill(Number.NaN)
  const sigmaKw = new Float64Array(conditions.rows).fill(Number.NaN)
  const learn = (allowed: ReadonlySet<ChannelName>, withNets: boolean) => {
    const rows = range(testFrom).filter(
      row =>
        Number.isFinite(targetKw[row]!) &&
        [...allowed].every(name => Number.isFinite(conditions.channels.get(name)!.values[row]!)),
    )
    return rows.length < trainRowsLeast ? undefined : trainPowerModel({ ...task, allowed, rows, withNets })
  }
  const say = (model: PowerModel, rows: readonly number[]) => {
    const said = predict(model, conditions)
    for (const row of rows) {
      kw[row] = said.kw[row]!
      sigmaKw[row] = Math.hypot(model.heldBackRmseKw, said.spreadKw[row]!)
    }
  }
  const main = learn(relied, true)
  if (!main) throw new Error('audit checks that there are rows to learn from before it asks for a model')
  say(main, missing.get('') ?? [])
  const patterns = [...missing].filter(([key]) => key !== '').sort((a, b) => b[1].length - a[1].length)
  const filledIn = new Uint8Array(conditions.rows)
  const fillers = patterns.slice(0, fillersMost).flatMap(([key, rows]) => {
    const without = key.split(' ') as ChannelName[]
    const model = learn(new Set([...relied].filter(name => !without.includes(name))), false)
    const way =
      model &&
      betterWay({ ...task, main, model, without, rows: missing.get('') ?? [], span: longestOf(rows) })
    if (!model || !way) return []
    say(model, rows)
    if (way.lends) {
      const lent = predict(main, filledFromNeighbours(conditions, task.at, { names: without, rows }))
      for (const row of rows) if (Number.isFinite(lent.kw[row]!)) kw[row] = lent.kw[row]!
    }
    for (const row of rows) {
      sigmaKw[row] = way.rmseKw
      filledIn[row] = 1
    }
    return [{ without, rows: rows.length, lends: way.lends }]
  })
  return { kw, sigmaKw, main, filledIn, fillers, silent: kw.filter(Number.isNaN).length }
}

/** So many stretches of the history are hidden to find out which way of filling in errs less. */
const rehearsals = 8

/**
 * Rehearses a silence of the inputs in the history, over stretches as long as the real one: are the neighbouring days' inputs in the
 * main model, or the other inputs in a model of their own, closer to the meter?
 */
function betterWay(task: {
  readonly conditions: Conditions
  readonly at: Float64Array
  readonly targetKw: Float64Array
  readonly testFrom: number
  readonly main: PowerModel
  readonly model: PowerModel
  readonly without: readonly ChannelName[]
  /** Rows that lack nothing. */
  readonly rows: readonly number[]
  readonly span: number
}): { lends: boolean; rmseKw: number } {
  const sound = task.rows.filter(row => row < task.testFrom && Number.isFinite(task.targetKw[row]!))
  const plain = predict(task.model, task.conditions).kw
  const span = Math.max(1, Math.min(task.span, Math.floor(sound.length / rehearsals)))
  let [ownSquares, lentSquares, count] = [0, 0, 0]
  for (let turn = 0; turn < rehearsals; turn++) {
    const start = Math.floor((turn * (sound.length - span)) / (rehearsals - 1))
    const rows = sound.slice(start, start + span)
    const lent = predict(
      task.main,
      filledFromNeighbours(task.conditions, task.at, { names: task.without, rows }),
    ).kw
    for (const row of rows) {
      if (!Number.isFinite(lent[row]!)) continue
      ownSquares += (plain[row]! - task.targetKw[row]!) ** 2
      lentSquares += (lent[row]! - task.targetKw[row]!) ** 2
      count++
    }
  }
  const lends = count > 0 && lentSquares < ownSquares
  return { lends, rmseKw: lends ? Math.sqrt(lentSquares / count) : task.model.heldBackRmseKw }
}

/** Rows of the longest stretch that follow each other. */
function longestOf(rows: readonly number[]): number {
  let [longest, length] = [0, 0]
  rows.forEach((row, at) => {
    length = at > 0 && row === rows[at - 1]! + 1 ? length + 1 : 1
    longest = Math.max(longest, length)
  })
  return longest
}

/** Rows that a model could learn from: enough of them is the caller's to check. */
export function learnableRows(conditions: Conditions, targetKw: Float64Array, testFrom: number): number {
  const relied = reliedOn(conditions, testFrom)
  return range(testFrom).filter(
    row =>
      Number.isFinite(targetKw[row]!) &&
      [...relied].every(name => Number.isFinite(conditions.channels.get(name)!.values[row]!)),
  ).length
}
export const learnableRowsLeast = trainRowsLeast

/**
 * Inputs that are mostly there. Where the towers' water and the wet bulb are known, air temperature and humidity tell a
 * water-cooled plant nothing more, and what a model learns of them does not outlast the season.
 */
function reliedOn(conditions: Conditions, testFrom: number): Set<ChannelName> {
  const share = (values: Float64Array) => values.filter(Number.isNaN).length / Math.max(1, values.length)
  const there = new Set(
    [...conditions.channels]
      .filter(
        ([, { values }]) =>
          share(values.subarray(0, testFrom)) <= missingShareMost &&
          share(values.subarray(testFrom)) <= missingShareMost,
      )
      .map(([name]) => name),
  )
  if (there.has('condenserEntering') && there.has('wetBulb')) {
    there.delete('dryBulb')
    there.delete('humidity')
  }
  return there
}

/** Rows by the names of the inputs that they lack, '' where none. */
function missingPatterns(conditions: Conditions, relied: ReadonlySet<ChannelName>): Map<string, number[]> {
  const inputs = [...relied].map(name => conditions.channels.get(name)!)
  const patterns = new Map<string, number[]>()
  for (let row = 0; row < conditions.rows; row++) {
    const key = inputs
      .filter(({ values }) => Number.isNaN(values[row]!))
      .map(({ name }) => name)
      .join(' ')
    const list = patterns.get(key)
    if (list) list.push(row)
    else patterns.set(key, [row])
  }
  return patterns
}

/** What the plainest analyst would get: least squares on every row as it stands, doubtful or not. */
export function plainLeastSquares(task: {
  readonly conditions: Conditions
  readonly targetKw: Float64Array
  readonly testFrom: number
  readonly testRows: readonly number[]
}): Accuracy | undefined {
  const { conditions, targetKw, testFrom, testRows } = task
  const channels = new Map(conditions.channels)
  const entering = channels.get('condenserEntering')
  if (!channels.has('wetBulb') && entering) channels.set('wetBulb', { ...entering, name: 'wetBulb' })
  const allowed = new Set<ChannelName>(['load', 'running', 'flow', 'supply', 'wetBulb'])
  const { columns } = featuresOf({ ...conditions, channels }, { set: 'line', clock: false }, { allowed })
  const usable = (row: number) => columns.every(column => Number.isFinite(column[row]!))
  const rows = range(testFrom).filter(row => usable(row) && Number.isFinite(targetKw[row]!))
  const judged = testRows.filter(usable)
  if (columns.length === 0 || rows.length < trainRowsLeast || judged.length === 0) return undefined
  const scaling = scalingOf(columns, rows)
  const line = solveLine(momentsOf(columns, targetKw, { rows, scaling }), scaling, { punishment: 0 })
  const kw = Float64Array.from({ length: conditions.rows }, (_, row) => onLine(line, columns, row))
  return accuracyOf(targetKw, kw, judged)
}

const range = (end: number): number[] => Array.from({ length: end }, (_, row) => row)
