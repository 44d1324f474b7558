import { fitMethods } from '#models/forecast/fitMethods.ts'
import type { FitOptions, ForecastMethodName } from '#models/forecast/methods.ts'
import { predicted } from '#models/forecast/predicted.ts'
import { knownRows, type Ledger, type Target, truthOf } from '#models/forecast/regularSeries.ts'

/** What every method said at origins of a stretch, beside the truth: persistence is always among them. */
export type Rolled = {
  readonly origins: readonly number[]
  readonly truths: readonly number[]
  readonly said: ReadonlyMap<ForecastMethodName, readonly number[]>
}

export type Stretch = {
  /** Rows before this one are learned from: it is the first that is not. */
  readonly fitUntil: number
  /** First origin that may follow. */
  readonly originUntil: number
  /** Truths before this row count. */
  readonly truthUntil: number
  readonly originsMost: number
}

/** Methods fitted before a stretch and asked at its origins, for each target. */
export async function rollOver(
  ledger: Ledger,
  targets: readonly Target[],
  stretch: Stretch,
  options: FitOptions,
): Promise<Rolled[]> {
  const fitted = await fitMethods(ledger, targets, stretch.fitUntil, options)
  return targets.map((target, index) => {
    const to = Math.min(stretch.originUntil, stretch.truthUntil - target.leadRows)
    const origins = knownRows(ledger, stretch.fitUntil - 1, to, stretch.originsMost).filter(origin =>
      Number.isFinite(truthOf(ledger, target, origin)),
    )
    return {
      origins,
      truths: origins.map(origin => truthOf(ledger, target, origin)),
      said: new Map(
        (fitted[index] ?? []).map(method => [method.name, predicted(ledger, method, target, origins)]),
      ),
    }
  })
}

/** What persistence said at the origins before a row: it needs no learning, so its errors are known from the first row on. */
export const standingBefore = (
  ledger: Ledger,
  targets: readonly Target[],
  originUntil: number,
  originsMost: number,
): Promise<Rolled[]> =>
  rollOver(
    ledger,
    targets,
    { fitUntil: 1, originUntil, truthUntil: ledger.rows, originsMost },
    { methods: [], seed: 0, rowsMost: 0 },
  )

/** Stretches of the same target, one after the other; where a method was not fitted persistence speaks for it. */
export function joined(parts: readonly Rolled[]): Rolled {
  const names = new Set(parts.flatMap(part => [...part.said.keys()]))
  return {
    origins: parts.flatMap(part => part.origins),
    truths: parts.flatMap(part => part.truths),
    said: new Map(
      [...names].map(name => [
        name,
        parts.flatMap(part => part.said.get(name) ?? saidBy(part, 'persistence')),
      ]),
    ),
  }
}

/** What a method said; persistence where it was not fitted. */
export const saidBy = (rolled: Rolled, name: ForecastMethodName): readonly number[] =>
  rolled.said.get(name) ?? (rolled.said.get('persistence') as readonly number[])

/** Mean absolute error; NaN without an origin. */
export function meanAbsoluteErrorOf(rolled: Rolled, name: ForecastMethodName): number {
  const said = saidBy(rolled, name)
  let sum = 0
  rolled.truths.forEach((truth, index) => {
    sum += Math.abs(truth - (said[index] as number))
  })
  return sum / rolled.truths.length
}

/** 1 - error / persistence's error; 0 where persistence makes none. */
export function skillOf(rolled: Rolled, name: ForecastMethodName): number {
  const persistence = meanAbsoluteErrorOf(rolled, 'persistence')
  if (!(persistence > 0)) return 0
  return 1 - meanAbsoluteErrorOf(rolled, name) / persistence
}

/** Fewer origins than this measure luck. */
const originsToChoose = 12
/** Less skill than this on the origins of the choice is chance. */
const skillToChoose = 0.01

/** What a single method must be ahead of the median of all when it was compared over one horizon; less over many. */
const leadOverMedian = 0.3

/**
 * The method of the smallest error, or persistence. The median of all errs least when weather or work change, so a single
 * method must be ahead of it by more than the chance of so many horizons. Whatever is chosen has skill in both halves of the
 * origins: skill that comes and goes is no skill.
 */
export function chosenFrom(rolled: Rolled, target: Target): ForecastMethodName {
  if (rolled.origins.length < originsToChoose) return 'persistence'
  const spanRows = (rolled.origins.at(-1) as number) - (rolled.origins[0] as number)
  const lead = leadOverMedian / Math.sqrt(Math.max(1, spanRows / target.leadRows))
  const halves = halvesOf(rolled)
  let chosen: ForecastMethodName = 'persistence'
  let best = Number.NEGATIVE_INFINITY
  for (const name of rolled.said.keys()) {
    const skill = skillOf(rolled, name)
    const rank = skill + (name === 'median' ? lead : 0)
    const holds = skill > skillToChoose && halves.every(half => skillOf(half, name) > 0)
    if (holds && rank > best) [chosen, best] = [name, rank]
  }
  return chosen
}

/** Earlier and later origins, as many of each. */
function halvesOf(rolled: Rolled): Rolled[] {
  const middle = Math.floor(rolled.origins.length / 2)
  return [
    [0, middle],
    [middle, rolled.origins.length],
  ].map(([from, to]) => ({
    origins: rolled.origins.slice(from, to),
    truths: rolled.truths.slice(from, to),
    said: new Map([...rolled.said].map(([name, said]) => [name, said.slice(from, to)])),
  }))
}
