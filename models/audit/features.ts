import type { ChannelName, Conditions } from '#models/audit/channels.ts'

/** How much of the physics a candidate model sees; the richer ones must earn their place by cross-validation. */
export const featureSets = ['line', 'lift', 'full'] as const
export type FeatureSet = (typeof featureSets)[number]
export type FeatureChoice = { readonly set: FeatureSet; readonly clock: boolean }

/** Columns of a regression, each over all rows; NaN where an input is missing. */
export type Features = {
  readonly names: readonly string[]
  readonly columns: readonly Float64Array[]
  /** So many of the first columns are the plain line's: nobody doubts that they belong. */
  readonly plain: number
}

type Term = readonly [name: string, needs: readonly ChannelName[], of: (value: Reader, row: number) => number]
type Reader = (name: ChannelName, row: number) => number

const product = (a: ChannelName, b: ChannelName): Term => [
  `${a} × ${b}`,
  [a, b],
  (value, row) => value(a, row) * value(b, row),
]
const itself = (name: ChannelName): Term => [name, [name], (value, row) => value(name, row)]
const power = (name: ChannelName, exponent: number): Term => [
  `${name}^${exponent}`,
  [name],
  (value, row) => value(name, row) ** exponent,
]
/** What the compressors lift the heat over, and what the condensers reject: by water temperatures. */
const liftK = (value: Reader, row: number) => value('condenserLeaving', row) - value('supply', row)
const rangeK = (value: Reader, row: number) =>
  value('condenserLeaving', row) - value('condenserEntering', row)

/** The regression that any analyst would start from; the yardstick of the richer sets. */
const lineTerms: readonly Term[] = [
  itself('load'),
  power('load', 2),
  itself('itPower'),
  itself('running'),
  itself('flow'),
  itself('supply'),
  itself('wetBulb'),
  product('load', 'wetBulb'),
]
const liftTerms: readonly Term[] = [
  ...lineTerms,
  itself('condenserEntering'),
  itself('condenserLeaving'),
  product('load', 'condenserEntering'),
  [
    'load × lift',
    ['load', 'condenserLeaving', 'supply'],
    (value, row) => value('load', row) * liftK(value, row),
  ],
  [
    'running × lift',
    ['running', 'condenserLeaving', 'supply'],
    (value, row) => value('running', row) * liftK(value, row),
  ],
  ['range²', ['condenserLeaving', 'condenserEntering'], (value, row) => rangeK(value, row) ** 2],
  itself('condenserFlow'),
  itself('dryBulb'),
  product('itPower', 'wetBulb'),
]
const fullTerms: readonly Term[] = [
  ...liftTerms,
  power('load', 3),
  product('running', 'load'),
  power('running', 2),
  product('load', 'supply'),
  product('load', 'flow'),
  power('flow', 2),
  power('wetBulb', 2),
  product('load', 'dryBulb'),
  product('running', 'condenserEntering'),
  itself('return'),
  itself('humidity'),
  itself('speed'),
  power('speed', 3),
  itself('pressure'),
  [
    'running × range',
    ['running', 'condenserLeaving', 'condenserEntering'],
    (value, row) => value('running', row) * rangeK(value, row),
  ],
  power('itPower', 2),
]
const termsOf: Readonly<Record<FeatureSet, readonly Term[]>> = {
  line: lineTerms,
  lift: liftTerms,
  full: fullTerms,
}

/** The columns of a choice, from those channels that are `allowed` and there; values are held within `bounds`. */
export function featuresOf(
  conditions: Conditions,
  choice: FeatureChoice,
  options: { readonly allowed: ReadonlySet<ChannelName>; readonly bounds?: Bounds },
): Features {
  const { rows, channels } = conditions
  const value: Reader = (name, row) => {
    const bound = options.bounds?.get(name)
    const raw = channels.get(name)!.values[row]!
    return bound ? Math.min(bound.highest, Math.max(bound.lowest, raw)) : raw
  }
  const terms = termsOf[choice.set].filter(([, needs]) =>
    needs.every(name => options.allowed.has(name) && channels.has(name)),
  )
  const names = terms.map(([name]) => name)
  const plain = terms.filter(term => lineTerms.includes(term)).length
  const columns: Float64Array[] = terms.map(([, , of]) =>
    Float64Array.from({ length: rows }, (_, row) => of(value, row)),
  )
  if (choice.clock) {
    for (const [name, column] of clockColumns(conditions)) {
      names.push(name)
      columns.push(column)
    }
  }
  return { names, columns, plain }
}

/** Daily course in three harmonics and the weekend: for what follows people rather than weather. */
const clockColumns = ({ hourOfDay, weekday }: Conditions): ReadonlyArray<readonly [string, Float64Array]> => [
  ...[1, 2, 3].flatMap(times => {
    const angle = (at: number) => (times * 2 * Math.PI * at) / 24
    return [
      [`clock sin ${times}`, hourOfDay.map(at => Math.sin(angle(at)))] as const,
      [`clock cos ${times}`, hourOfDay.map(at => Math.cos(angle(at)))] as const,
    ]
  }),
  ['weekend', Float64Array.from(weekday, day => (day === 0 || day === 6 ? 1 : 0))] as const,
]

/** Range of a channel in training, widened by a tenth: beyond it a polynomial knows nothing and is held. */
export type Bounds = ReadonlyMap<ChannelName, { readonly lowest: number; readonly highest: number }>

export function boundsOf(conditions: Conditions, rows: readonly number[]): Bounds {
  return new Map(
    [...conditions.channels].map(([name, { values }]) => {
      let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
      for (const row of rows) {
        const value = values[row]!
        if (value < lowest) lowest = value
        if (value > highest) highest = value
      }
      const margin = 0.1 * (highest - lowest)
      return [name, { lowest: lowest - margin, highest: highest + margin }] as const
    }),
  )
}
