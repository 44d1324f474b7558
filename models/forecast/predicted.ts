import { commonFeatures, seasonalFeatures } from '#models/forecast/features.ts'
import type { FittedMethod } from '#models/forecast/methods.ts'
import { networkSays } from '#models/forecast/network.ts'
import { foretold } from '#models/forecast/regression.ts'
import { type Ledger, standingOf, type Target, truthOf } from '#models/forecast/regularSeries.ts'
import { projected, smooth } from '#models/forecast/smoothing.ts'

/**
 * What a method says at each origin, from rows up to the origin alone. Where it has nothing to say (its day or week before is
 * missing) persistence speaks.
 */
export function predicted(
  ledger: Ledger,
  fitted: FittedMethod,
  target: Target,
  origins: readonly number[],
): number[] {
  return origins.map(voiceOf(ledger, fitted, target))
}

function voiceOf(ledger: Ledger, fitted: FittedMethod, target: Target): (origin: number) => number {
  const say = ownVoiceOf(ledger, fitted, target)
  return origin => {
    const value = say(origin)
    return Number.isFinite(value) ? value : standingOf(ledger, target, origin)
  }
}

function ownVoiceOf(ledger: Ledger, fitted: FittedMethod, target: Target): (origin: number) => number {
  switch (fitted.name) {
    case 'persistence':
      return origin => standingOf(ledger, target, origin)
    case 'seasonalNaive':
    case 'weekNaive':
      return origin => truthOf(ledger, target, origin, -fitted.periodRows)
    case 'smoothing':
    case 'clockSmoothing': {
      const path = smooth(ledger, fitted.by)
      return origin => fitted.above + projected(path, fitted.by, target, origin)
    }
    case 'regression':
      return origin =>
        ledger.valueAt(origin) +
        fitted.shape.spread *
          foretold(fitted.regression, [
            ...commonFeatures(ledger, fitted.shape, origin),
            ...seasonalFeatures(ledger, fitted.shape, target, origin),
          ])
    case 'network':
      return origin =>
        ledger.valueAt(origin) +
        fitted.shape.spread *
          networkSays(
            fitted.network,
            [
              ...commonFeatures(ledger, fitted.shape, origin),
              ...fitted.lookedAt.flatMap(each => seasonalFeatures(ledger, fitted.shape, each, origin)),
            ],
            fitted.output,
          )
    case 'median': {
      const voices = fitted.members.map(member => voiceOf(ledger, member, target))
      return origin => medianOf(voices.map(voice => voice(origin)))
    }
    default:
      return fitted satisfies never
  }
}

/** Middle of the values; 0 of none. */
export function medianOf(values: readonly number[]): number {
  const rising = [...values].sort((a, b) => a - b)
  const middle = (rising.length - 1) / 2
  return ((rising[Math.floor(middle)] ?? 0) + (rising[Math.ceil(middle)] ?? 0)) / 2
}
