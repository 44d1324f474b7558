import { type PlantView, plantView } from '#models/sanity/plantView.ts'
import {
  quantileOf,
  robustOf,
  type Sensor,
  type SensorTable,
  type Span,
  sensorRoles,
  sortedOf,
  spansOf,
} from '#models/sanity/sensors.ts'

/** Rows that break one law: who is held responsible, of whom else the law speaks, and the sentence. */
export type Breach = {
  readonly column: string
  /** Every column in the law: a doubt already held against one of them explains the breach. */
  readonly involved: readonly string[]
  readonly flags: Uint8Array
  readonly why: string
}

/** Two honest thermometers may differ by so much. */
const temperatureToleranceK = 0.5
/** Weather from another place may differ by so much. */
const elsewhereToleranceK = 2
/** Heat that leaves the balance open by more than a fifth is no meter's error. */
const balanceOpen = 0.2
/** Parts and total of honest meters differ by less. */
const sumOpen = 0.1
/** No real machine reaches 90 % of Carnot's. */
const shareOfCarnot = 0.9
/** Water: kJ per litre and kelvin, over 60 s a minute. 1000 L/min warmed by 5 K carry 348 kW. */
const kwPerLpmK = 4.18 / 60
/** A breach shorter than this in one stretch, or three rows, is the ripple of a plant that switches. */
const rowsLeast = 3

/** Every law of physics that the mapped sensors allow to check, row by row. `doubtful` rows accuse nobody else. */
export function breachesOf(table: SensorTable, doubtful: ReadonlyMap<string, Uint8Array>): Breach[] {
  const view = plantView(table)
  return [
    ...outOfRange(table),
    ...belowWetBulb(view, doubtful),
    ...backwards(view),
    ...openBalance(view),
    ...beyondCarnot(view),
    ...openSum(view),
  ].filter(breach => breach.flags.includes(1))
}

function outOfRange({ sensors }: SensorTable): Breach[] {
  return sensors.map(({ column, role, values }) => {
    const { range, unit } = sensorRoles[role].point
    // Meters read a little below zero when nothing runs.
    const lowest = range[0] === 0 && unit !== 'C' ? -0.01 * quantileOf(sortedOf(values), 0.95) : range[0]
    return {
      column,
      involved: [column],
      flags: Uint8Array.from(values, value => (value < lowest || value > range[1] ? 1 : 0)),
      why: `outside ${range[0]} to ${range[1]} ${unit}, what such an instrument can read`,
    }
  })
}

/** A tower cannot cool water below the wet bulb. The wet bulb is blamed, unless a second one agrees with it. */
function belowWetBulb(view: PlantView, doubtful: ReadonlyMap<string, Uint8Array>): Breach[] {
  const wetBulbs = view.table.sensors.filter(sensor => sensor.role === 'wetBulb')
  const own = wetBulbs.filter(sensor => !sensor.joined)
  const judged = own.length > 0 ? own : wetBulbs
  return view
    .all('condenserWaterEnteringTemperature')
    .flatMap(leaving => judged.flatMap(wetBulb => belowOneWetBulb(leaving, wetBulb, { wetBulbs, doubtful })))
}

function belowOneWetBulb(
  leaving: Sensor,
  wetBulb: Sensor,
  given: { readonly wetBulbs: readonly Sensor[]; readonly doubtful: ReadonlyMap<string, Uint8Array> },
): Breach[] {
  const deficitK = (other: Sensor, row: number) => other.values[row]! - leaving.values[row]!
  const tolerance = wetBulb.joined ? elsewhereToleranceK : 0.02
  const flags = Uint8Array.from(leaving.values, (_, row) => (deficitK(wetBulb, row) > tolerance ? 1 : 0))
  const worst = flags.reduce((most, flag, row) => (flag ? Math.max(most, deficitK(wetBulb, row)) : most), 0)
  if (worst < temperatureToleranceK || countIn(flags, { first: 0, last: flags.length - 1 }) < rowsLeast)
    return []
  const allSay = (row: number) =>
    given.wetBulbs.length > 1 &&
    given.wetBulbs.every(
      other => !given.doubtful.get(other.column)?.[row] && deficitK(other, row) > elsewhereToleranceK,
    )
  return [
    {
      column: wetBulb.column,
      involved: [wetBulb.column, leaving.column],
      flags: flags.map((flag, row) => (flag && !allSay(row) ? 1 : 0)),
      why: `water leaves the tower (${leaving.column}) up to ${worst.toFixed(1)} K below this wet bulb`,
    },
    {
      column: leaving.column,
      involved: [leaving.column],
      flags: flags.map((flag, row) => (flag && allSay(row) ? 1 : 0)),
      why: 'water leaves the tower below the wet bulb on which two sensors agree',
    },
  ]
}

/** Under load water comes back warmer than it went, on both sides of a chiller. */
function backwards(view: PlantView): Breach[] {
  const pairs = [
    ['chilledWaterSupplyTemperature', 'chilledWaterReturnTemperature', 'the load'],
    ['condenserWaterEnteringTemperature', 'condenserWaterLeavingTemperature', 'the condensers'],
  ] as const
  return pairs.flatMap(([coldRole, warmRole, where]) => {
    const [cold, warm] = [view.only(coldRole), view.only(warmRole)]
    if (!cold || !warm) return []
    const flags = steady(
      view,
      row => view.underLoad[row] === 1 && warm.values[row]! < cold.values[row]! - temperatureToleranceK,
    )
    return accused(
      [cold, warm],
      flags,
      guilty =>
        `water comes from ${where} colder than it went (${guilty === cold ? warm.column : cold.column})`,
    )
  })
}

/** Load against flow × warming, where the two usually agree up to a constant factor. */
function openBalance(view: PlantView): Breach[] {
  const [supply, back, flow] = [
    view.only('chilledWaterSupplyTemperature'),
    view.only('chilledWaterReturnTemperature'),
    view.only('chilledWaterFlow'),
  ]
  const load = view.only('load')
  if (!supply || !back || !flow || !load) return []
  const carried = carriedKw({ supply, back, flow })
  const ratios = load.values.map((kw, row) => (view.underLoad[row] ? kw / carried[row]! : Number.NaN))
  const { median, sigma } = robustOf(ratios.filter(Number.isFinite))
  if (!(median > 0) || sigma > 0.1 * median) return []
  const limit = Math.max(balanceOpen, (6 * sigma) / median)
  const flags = steady(view, row => {
    if (!view.underLoad[row]) return false
    const expected = median * carried[row]!
    // Two thermometers that each err by 0.2 K move the warming by so much.
    const doubtKw = median * kwPerLpmK * flow.values[row]! * 0.4
    return Math.abs(load.values[row]! - expected) > Math.max(limit * Math.abs(expected), doubtKw)
  })
  return accused(
    [load, flow, supply, back],
    flags,
    () => 'heat balance open: load is not flow × warming here',
  )
}

/** Heat that the water carries: flow × (return − supply). */
export const carriedKw = (loop: { supply: Sensor; back: Sensor; flow: Sensor }): Float64Array =>
  loop.flow.values.map((lpm, row) => kwPerLpmK * lpm * (loop.back.values[row]! - loop.supply.values[row]!))

/** A chiller that lifts heat from the supply to the condenser water needs more than Carnot's power. */
function beyondCarnot(view: PlantView): Breach[] {
  const load = view.only('load')
  const power = view.only('totalPower')
  const cold = view.only('chilledWaterSupplyTemperature')
  const warm = view.only('condenserWaterLeavingTemperature')
  if (!load || !power || !cold || !warm) return []
  const flags = steady(view, row => {
    const lift = warm.values[row]! - cold.values[row]!
    const leastKw = (load.values[row]! * lift) / (cold.values[row]! + 273.15)
    return view.underLoad[row] === 1 && lift > 0 && power.values[row]! < shareOfCarnot * leastKw
  })
  return accused([power, load, warm, cold], flags, () => 'efficiency above that of an ideal machine (Carnot)')
}

/** Meters of the parts against the meter of the whole, where they usually add up. */
function openSum(view: PlantView): Breach[] {
  const total = view.only('totalPower')
  const parts = view.all('partPower')
  const sum = view.sumOf('partPower')
  if (!total || !sum || parts.length < 2) return []
  const ratios = total.values.map((kw, row) => (view.underLoad[row] ? sum[row]! / kw : Number.NaN))
  const { median, sigma } = robustOf(ratios.filter(Number.isFinite))
  if (Math.abs(median - 1) > 0.05 || sigma > 0.03) return []
  const limit = Math.max(sumOpen, 6 * sigma)
  const flags = steady(
    view,
    row => view.underLoad[row] === 1 && Math.abs(sum[row]! / total.values[row]! - median) > limit,
  )
  return accused([total, ...parts], flags, () => 'the parts do not add up to the total')
}

/** Rows that break a law at least three in a row, or one after the other with short breaks. */
function steady(view: PlantView, breaks: (row: number) => boolean): Uint8Array {
  const flags = Uint8Array.from(view.table.at, (_, row) => (breaks(row) ? 1 : 0))
  for (const span of spansOf(flags, 1))
    if (countIn(flags, span) < rowsLeast) flags.fill(0, span.first, span.last + 1)
  return flags
}

const countIn = (flags: Uint8Array, { first, last }: Span): number =>
  flags.subarray(first, last + 1).reduce((sum, flag) => sum + flag, 0)

/** Each span is laid at the door of the sensor that is furthest from its own habit in it. */
function accused(sensors: readonly Sensor[], flags: Uint8Array, why: (guilty: Sensor) => string): Breach[] {
  const involved = sensors.map(sensor => sensor.column)
  const spans = spansOf(flags, rowsLeast).map(span => ({ span, guilty: strangest(sensors, span, flags) }))
  return sensors.flatMap(sensor => {
    const own = spans.filter(({ guilty }) => guilty === sensor)
    if (own.length === 0) return []
    const mine = new Uint8Array(flags.length)
    for (const { span } of own) for (let row = span.first; row <= span.last; row++) mine[row] = flags[row]!
    return [{ column: sensor.column, involved, flags: mine, why: why(sensor) }]
  })
}

/** Whose values over the span lie furthest outside its own spread in the rows that break no law; the first of equals. */
function strangest(sensors: readonly Sensor[], span: Span, flags: Uint8Array): Sensor {
  const strangeness = sensors.map(({ values }) => {
    const { median, sigma } = robustOf(values.filter((_, row) => !flags[row]))
    const here = quantileOf(sortedOf(values.subarray(span.first, span.last + 1)), 0.5)
    const step = stepInto(values, span.first)
    const steps = values
      .filter((_, row) => !flags[row])
      .map((value, row, list) => value - (list[row - 1] ?? value))
    const usualStep = quantileOf(sortedOf(steps.map(Math.abs)), 0.99)
    return Math.abs(here - median) / Math.max(sigma, 1e-6) + Math.abs(step) / Math.max(usualStep, 1e-6)
  })
  return sensors[strangeness.indexOf(Math.max(...strangeness))]!
}

const stepInto = (values: Float64Array, row: number): number =>
  row > 0 && Number.isFinite(values[row - 1]!) ? values[row]! - values[row - 1]! : 0
