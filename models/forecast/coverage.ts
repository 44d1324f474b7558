import type { ForecastMethodName } from '#models/forecast/methods.ts'
import { errorPool, quantileLevels } from '#models/forecast/quantiles.ts'
import type { Target } from '#models/forecast/regularSeries.ts'
import { type Rolled, saidBy } from '#models/forecast/rolling.ts'

/** Share of the truths at or below each quantile, and how wide the interval of 90 % was; NaN with too few errors to tell. */
export type Coverage = {
  readonly origins: number
  readonly quantiles: readonly { readonly quantile: number; readonly coverage: number }[]
  readonly interval90: { readonly coverage: number; readonly meanWidth: number }
}

/** Errors kept: older ones tell of another season. */
const poolMost = 1000

/** Coverage at the origins from `judgedFrom` on; those before only fill the pool. */
export function coverageOf(
  rolled: Rolled,
  target: Target,
  method: ForecastMethodName,
  judgedFrom: number,
): Coverage {
  const below = quantileLevels.map(() => 0)
  let inside = 0
  let width = 0
  let origins = 0
  walkErrors(rolled, target, method, (origin, error, offsets) => {
    const [lowest, highest] = [offsets[0] as number, offsets.at(-1) as number]
    if (origin < judgedFrom || !Number.isFinite(lowest)) return
    origins++
    width += highest - lowest
    if (error >= lowest && error <= highest) inside++
    offsets.forEach((offset, place) => {
      if (error <= offset) below[place] = (below[place] as number) + 1
    })
  })
  return {
    origins,
    quantiles: quantileLevels.map((quantile, place) => ({
      quantile,
      coverage: (below[place] as number) / origins,
    })),
    interval90: { coverage: inside / origins, meanWidth: width / origins },
  }
}

/** Offsets of the quantiles for a forecast made after all origins. */
export const offsetsAfter = (rolled: Rolled, target: Target, method: ForecastMethodName): number[] =>
  walkErrors(rolled, target, method, () => {})

/** Each origin has quantiles from the errors whose truths were known by then, and from no others. */
function walkErrors(
  rolled: Rolled,
  target: Target,
  method: ForecastMethodName,
  visit: (origin: number, error: number, offsets: readonly number[]) => void,
): number[] {
  const said = saidBy(rolled, method)
  const pool = errorPool(poolMost)
  const errors = rolled.truths.map((truth, index) => truth - (said[index] as number))
  const carried: number[][] = []
  let known = 0
  const learn = () => {
    pool.add(errors[known] as number, carried[known] as number[])
    known++
  }
  rolled.origins.forEach((origin, index) => {
    while (known < index && (rolled.origins[known] as number) + target.leadRows <= origin) learn()
    const offsets = pool.offsets()
    carried.push(offsets)
    visit(origin, errors[index] as number, offsets)
  })
  while (known < errors.length) learn()
  return pool.offsets()
}
