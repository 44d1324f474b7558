import type { PlanView } from '#contract/api.ts'
import type { WorkResult } from '#hub/planning/hourlyWork.ts'
import { isTrusted, trustLimits } from '#models/planning/trust.ts'

/** When the model may act (pure). Advise comes before auto; the way down needs no one. */
export const trustRules = {
  /** Site hours of rows before the first judgement counts. */
  historyHours: 3,
  /** Minutes at both ends of the history lie in no full row. */
  historyTolerance: 0.2,
} as const

export type Trust = PlanView['trust']

export const noTrustYet: Trust = {
  trusted: false,
  modelErrorPercent: null,
  historyHours: 0,
  historyHoursNeeded: trustRules.historyHours,
  loadForecastErrorPercent: null,
  wetBulbForecastErrorK: null,
  insideKnownRange: false,
  sentence: 'Nothing has been measured yet.',
}

/** What the last piece of work says about trust; `before` is whether it was trusted until now. */
export function judgeTrust(result: WorkResult, before: boolean): Trust {
  const error = result.score.errorPercent
  const hours = result.historyHours
  const hasHistory = hours >= trustRules.historyHours - trustRules.historyTolerance
  const trusted = hasHistory && isTrusted(error, before)
  const loadError = result.itTotal?.meanAbsoluteError
  return {
    trusted,
    modelErrorPercent: error,
    historyHours: hours,
    historyHoursNeeded: trustRules.historyHours,
    loadForecastErrorPercent:
      loadError === null || loadError === undefined || !result.itTotal
        ? null
        : (100 * loadError) / Math.max(1, result.itTotal.value),
    wetBulbForecastErrorK: result.wetBulb?.meanAbsoluteError ?? null,
    insideKnownRange: result.insideKnownRange,
    sentence: sentence({ hours, hasHistory, error, trusted, inside: result.insideKnownRange }),
  }
}

function sentence(at: {
  hours: number
  hasHistory: boolean
  error: number | null
  trusted: boolean
  inside: boolean
}): string {
  if (!at.hasHistory) return `Learning: ${at.hours.toFixed(1)} of ${trustRules.historyHours} h of history.`
  if (at.error === null) return 'The last hour could not be judged: meters or setpoints are missing in it.'
  const measured = `Non-IT power of the last hour was foretold within ${at.error.toFixed(1)} % by a model that had not seen it`
  if (!at.trusted) return `${measured}; ${trustLimits.trustBelowPercent} % is needed.`
  return at.inside ? `${measured}.` : `${measured}, although weather or load are outside what it has seen.`
}

/** What the plan waits for before it may act; empty: nothing. */
export function waitingFor(trust: Trust, site: { readonly simulated: boolean }): string {
  if (trust.historyHours < trustRules.historyHours - trustRules.historyTolerance)
    return `learning, ${trust.historyHours.toFixed(1)} of ${trustRules.historyHours} h`
  if (!trust.trusted)
    return trust.modelErrorPercent === null
      ? 'an hour in which every meter and setpoint is known'
      : `a model error below ${trustLimits.trustBelowPercent} % (now ${trust.modelErrorPercent.toFixed(1)} %)`
  return site.simulated ? '' : 'a person who sets auto'
}
