import type { SavingsView, SwitchbackProposalView, SwitchbackView } from '#contract/api.ts'
import type { Millis } from '#contract/units.ts'
import type { Experiment, Proposal } from '#hub/savings/experiment.ts'
import type { ExperimentOutcome } from '#hub/savings/outcome.ts'
import { outcomeNotes, outcomeParts } from '#hub/savings/parts.ts'
import type { Block } from '#models/savings/switchback.ts'

/** JSON has no NaN: what is not known is null. */
const known = (value: number | undefined | null): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null

export function proposalView(
  { design, power, registration }: Proposal,
  aborted: Experiment['aborted'] = [],
): SwitchbackProposalView {
  return {
    pairs: design.pairs,
    seed: design.seed,
    blocks: design.blocks.map(block => {
      const one = aborted.find(({ index }) => index === block.index)
      return { ...block, aborted: one ? { at: one.at, why: one.why } : null }
    }),
    power: {
      placeboPairs: power.placeboPairs,
      pairDeviationShare: known(power.pairDeviationShare),
      detectableShare: known(power.detectableShare),
    },
    registration,
  }
}

export function experimentView(experiment: Experiment, now: Millis): SwitchbackView {
  const { design, stopped } = experiment
  const [first, last] = [design.blocks[0] as Block, design.blocks.at(-1) as Block]
  const state = stopped ? 'stopped' : now < first.fromAt ? 'registered' : now < last.toAt ? 'running' : 'done'
  return {
    ...proposalView(experiment, experiment.aborted),
    state,
    startedBy: experiment.startedBy,
    registeredAt: experiment.registeredAt,
    stopped,
  }
}

export function outcomeView(outcome: ExperimentOutcome): NonNullable<SavingsView['outcome']> {
  const parts = outcomeParts(outcome)
  const facility = parts.filter(part => part.what !== 'water')
  return {
    fromAt: outcome.fromAt,
    toAt: outcome.toAt,
    claim: outcome.claim,
    pairs: outcome.cooling.pairs,
    aborted: outcome.cooling.aborted,
    parts,
    notes: outcomeNotes(outcome),
    togetherKwhPerHour:
      facility.length === facilityParts ? facility.reduce((sum, part) => sum + part.saved, 0) : null,
  }
}

/** Cooling, losses, IT leakage: with one of them missing the sum would flatter. */
const facilityParts = 3
