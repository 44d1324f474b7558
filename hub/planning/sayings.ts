import type { PlanMove, PlanView } from '#contract/api.ts'
import type { Mode } from '#contract/points.ts'
import type { WorkResult } from '#hub/planning/hourlyWork.ts'
import { type Trust, waitingFor } from '#hub/planning/trust.ts'
import { hourName, viewOf } from '#hub/planning/views.ts'

/** Entries of the journal that send nothing: an hour without a plan, learning, advice. */
type Facts = {
  readonly now: number
  readonly trust: Trust
  readonly result: WorkResult | undefined
  readonly site: { readonly simulated: boolean }
}

export const noPlanView = (facts: Facts & { readonly reason: string; readonly mode: Mode }): PlanView =>
  viewOf({
    ...facts,
    id: `none-${hourName(facts.now)}`,
    reason: `${facts.reason} Leases that stand run to their end; then the agents' own reset rules steer.`,
    state: 'failed',
    waitingFor: facts.reason,
  })

export const learningView = ({ obstacle, ...facts }: Facts & { readonly obstacle: string }): PlanView =>
  viewOf({
    now: facts.now,
    trust: facts.trust,
    id: `learning-${hourName(facts.now)}`,
    state: 'learning',
    mode: 'advise',
    waitingFor: obstacle || waitingFor(facts.trust, facts.site),
    reason: `${facts.trust.sentence} Nothing is written to the plant; the agents' reset rules steer.`,
  })

export function adviceView(
  facts: Facts & {
    readonly result: WorkResult
    /** A person has asked for auto already. */
    readonly waits: boolean
    readonly moves: readonly PlanMove[]
    readonly durationMs: number
  },
): PlanView {
  const { decision } = facts.result
  return viewOf({
    ...facts,
    id: `advice-${hourName(facts.now)}`,
    state: decision ? 'advice' : 'learning',
    mode: 'advise',
    waitingFor: waitingFor(facts.trust, { simulated: facts.site.simulated || facts.waits }),
    reason: `Advice only: local rules drive the plant. ${decision?.reason ?? facts.trust.sentence}`,
  })
}

export const firstView = (facts: Facts): PlanView =>
  viewOf({
    now: facts.now,
    trust: facts.trust,
    id: 'learning-first',
    state: 'learning',
    mode: 'advise',
    waitingFor: 'the first samples',
    reason: "Learning: waiting for the first samples. The agents' reset rules steer.",
  })
