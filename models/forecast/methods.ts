import type { FeatureShape } from '#models/forecast/features.ts'
import type { Network } from '#models/forecast/network.ts'
import type { Regression } from '#models/forecast/regression.ts'
import type { Target } from '#models/forecast/regularSeries.ts'
import type { Smoothing } from '#models/forecast/smoothing.ts'

export const forecastMethodNames = [
  'persistence',
  'seasonalNaive',
  'weekNaive',
  'smoothing',
  'clockSmoothing',
  'regression',
  'network',
  'median',
] as const
export type ForecastMethodName = (typeof forecastMethodNames)[number]

/** A method with what it learned, as plain data. */
export type FittedMethod =
  | { readonly name: 'persistence' }
  | { readonly name: 'seasonalNaive' | 'weekNaive'; readonly periodRows: number }
  | {
      readonly name: 'smoothing' | 'clockSmoothing'
      readonly by: Smoothing
      /** What the target stands above the level: a highest value does. */
      readonly above: number
    }
  | { readonly name: 'regression'; readonly shape: FeatureShape; readonly regression: Regression }
  | {
      readonly name: 'network'
      readonly shape: FeatureShape
      readonly network: Network
      readonly lookedAt: readonly Target[]
      /** Place of the target among the network's. */
      readonly output: number
    }
  | { readonly name: 'median'; readonly members: readonly FittedMethod[] }

export type FitOptions = {
  readonly methods: readonly ForecastMethodName[]
  readonly seed: number
  /** Rows learned from, at most; a longer history is thinned evenly. */
  readonly rowsMost: number
}
