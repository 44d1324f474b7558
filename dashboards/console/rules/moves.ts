import type { PlanMove, PlanView } from '#contract/api.ts'
import { t } from '../text.ts'
import { type WordKey, words } from '../words.ts'

/**
 * A setpoint that walks to its goal at the permitted ramp: what is allowed now is a step of the way, not a cut. The guard
 * cuts where any other check names itself, or the lease is in force at another value for good.
 */
export const isOnItsWay = (move: PlanMove): boolean =>
  (move.check === 'guard.ramp' || move.check === '') &&
  move.state !== 'clipped' &&
  move.requested !== null &&
  move.applied !== null &&
  Math.abs(move.requested - move.applied) > 0.05

export const isCut = (move: PlanMove): boolean =>
  move.state === 'clipped' || (move.check !== '' && move.check !== 'guard.ramp')

/** The device holds something else than was allowed it, beyond what a ramp's next step explains. */
export const isElsewhere = (move: PlanMove): boolean =>
  !isOnItsWay(move) &&
  move.allowed !== null &&
  move.applied !== null &&
  Math.abs(move.allowed - move.applied) > 0.3

/** Names of the checks in the words of the trade; a code that is not here shows itself. */
export const checkName = (check: string): string => {
  const key = `check.${check}`
  return key in words ? t(key as WordKey) : check
}

/** An hour that a switchback gave to `reset` on purpose: no plan is made in it. */
export const isResetHour = (plan: Pick<PlanView, 'id'>): boolean => plan.id.startsWith('reset-')
