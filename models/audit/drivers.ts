import { accuracyOf } from '#models/audit/accuracy.ts'
import type { ChannelName, Conditions } from '#models/audit/channels.ts'
import { type PowerModel, predict } from '#models/audit/powerModel.ts'
import { momentsOf, scalingOf, solveLine } from '#models/audit/ridge.ts'
import { seededRandom } from '#models/plant/random.ts'

/** What consumption hangs on, as the model sees it. */
export type Driver = {
  readonly name: string
  readonly columns: readonly string[]
  /** How much larger the error gets, in points of CV(RMSE), when these inputs are dealt out at random. */
  readonly importance: number
  /** Change of consumption for one usual swing of the leading input (a standard deviation), the others held, %. */
  readonly effectPercent: number
  readonly swing: number
  readonly unit: string
  readonly words: string
}

/**
 * Inputs that say nearly the same are dealt out together: the water that leaves the condenser repeats the heat, and alone
 * neither would be missed. The first of a group that is there leads: its effect is told.
 */
const groups: ReadonlyArray<readonly [name: string, members: readonly ChannelName[]]> = [
  ['load', ['load', 'itPower', 'flow', 'return']],
  ['machines', ['running', 'speed', 'pressure']],
  ['water to the load', ['supply']],
  ['condenser water', ['condenserEntering', 'condenserLeaving', 'condenserFlow']],
  ['weather', ['wetBulb', 'dryBulb', 'humidity']],
]
const words: Readonly<Record<ChannelName, string>> = {
  load: 'heat to be removed',
  itPower: 'IT power',
  running: 'machines running',
  flow: 'flow of the water to the load',
  supply: 'temperature of the water to the load',
  return: 'temperature of the water from the load',
  condenserEntering: 'temperature of the water from the towers',
  condenserLeaving: 'temperature of the water to the towers',
  condenserFlow: 'flow of the condenser water',
  wetBulb: 'outdoor wet bulb',
  dryBulb: 'outdoor dry bulb',
  humidity: 'outdoor humidity',
  speed: 'speed of pumps and fans',
  pressure: 'pressure difference of the loop',
}
const rowsMost = 2_000
/** Inputs that matter less than this are not worth a line, points of CV(RMSE). */
const importanceLeast = 0.05
/** Inputs that repeat each other share an effect instead of fighting over it. */
const effectPunishment = 0.02

/** Importance by dealing out one group of inputs at a time among the judged rows; the most important first. */
export function driversOf(task: {
  readonly model: PowerModel
  readonly conditions: Conditions
  readonly targetKw: Float64Array
  readonly rows: readonly number[]
  readonly seed: number
}): Driver[] {
  const stride = Math.max(1, Math.ceil(task.rows.length / rowsMost))
  const rows = task.rows.filter((_, at) => at % stride === 0)
  if (rows.length === 0) return []
  const conditions = onlyRows(task.conditions, rows)
  const measured = Float64Array.from(rows, row => task.targetKw[row]!)
  const all = rows.map((_, at) => at)
  const errorOf = (given: Conditions) => accuracyOf(measured, predict(task.model, given).kw, all).cvRmse
  const honest = errorOf(conditions)
  const effects = effectsOf(task.conditions, task.targetKw, [...task.model.allowed])
  return groups
    .flatMap(([name, members], at) => {
      const own = members.filter(member => task.model.allowed.has(member))
      const lead = own[0]
      if (lead === undefined) return []
      const importance = errorOf(dealtOut(conditions, own, seededRandom(task.seed + at))) - honest
      return [{ name, columns: columnsOf(conditions, own), importance, ...effects.get(lead)! }]
    })
    .filter(driver => driver.importance >= importanceLeast)
    .sort((a, b) => b.importance - a.importance)
}

/** Effects of every input beside all others, from a straight line over all sound rows of history and test. */
function effectsOf(conditions: Conditions, measured: Float64Array, names: readonly ChannelName[]) {
  const columns = names.map(name => conditions.channels.get(name)!.values)
  const rows: number[] = []
  for (let row = 0; row < conditions.rows; row++)
    if (Number.isFinite(measured[row]!) && columns.every(column => Number.isFinite(column[row]!)))
      rows.push(row)
  const scaling = scalingOf(columns, rows)
  const line = solveLine(momentsOf(columns, measured, { rows, scaling }), scaling, {
    punishment: effectPunishment,
  })
  const meanKw = rows.reduce((sum, row) => sum + measured[row]!, 0) / rows.length
  return new Map(
    names.map((name, at) => {
      const unit = conditions.channels.get(name)!.unit
      const swing = scaling.spreads[at]!
      const effectPercent = (100 * line.slopes[at]! * swing) / meanKw
      const size = `${Number(swing.toPrecision(2)).toLocaleString('en-US')} ${unit === '°C' ? 'K' : unit}`
      const effect = `${size} more ${effectPercent >= 0 ? 'cost' : 'save'} ${Math.abs(effectPercent).toFixed(1)} %, the others held`
      return [name, { effectPercent, swing, unit, words: `${words[name]}: ${effect}` }]
    }),
  )
}

const columnsOf = (conditions: Conditions, names: readonly ChannelName[]): string[] =>
  names.flatMap(name => conditions.channels.get(name)!.columns)

/** The same rows with some inputs taken from other rows, all of them from the same one. */
function dealtOut(conditions: Conditions, names: readonly ChannelName[], random: () => number): Conditions {
  const order = Array.from({ length: conditions.rows }, (_, row) => row)
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    ;[order[at], order[other]] = [order[other]!, order[at]!]
  }
  const channels = new Map(conditions.channels)
  for (const name of names) {
    const channel = channels.get(name)!
    channels.set(name, { ...channel, values: Float64Array.from(order, row => channel.values[row]!) })
  }
  return { ...conditions, channels }
}

const onlyRows = (conditions: Conditions, rows: readonly number[]): Conditions => ({
  ...conditions,
  rows: rows.length,
  channels: new Map(
    [...conditions.channels].map(([name, channel]) => [
      name,
      { ...channel, values: Float64Array.from(rows, row => channel.values[row]!) },
    ]),
  ),
  hourOfDay: Float64Array.from(rows, row => conditions.hourOfDay[row]!),
  weekday: Uint8Array.from(rows, row => conditions.weekday[row]!),
})
