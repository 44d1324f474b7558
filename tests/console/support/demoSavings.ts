import type { SavingsView, SwitchbackProposalView, SwitchbackView } from '#contract/api.ts'
import { designSwitchback, powerOf, registrationOf } from '#models/savings/switchback.ts'
import type { Story } from './demoPlant.ts'

const hour = 3_600_000
const seed = 3

/** Real order, power and registration, as the hub would propose them from twelve even weeks. */
export function demoProposal(at: number, pairs = 14, drawn = seed): SwitchbackProposalView {
  const design = designSwitchback({
    site: 'small',
    seed: drawn,
    pairs,
    notBefore: at,
    standardOffsetMs: -6 * hour,
  })
  const power = powerOf(
    pairs,
    Array.from({ length: 21 }, (_, pair) => 0.04 * (pair % 2 === 0 ? 1 : -1)),
  )
  return {
    pairs,
    seed: drawn,
    blocks: design.blocks.map(block => ({ ...block, aborted: null })),
    power: { ...power, detectableShare: power.detectableShare ?? null },
    registration: registrationOf(design, power),
  }
}

export const demoStarted = (proposal: SwitchbackProposalView, at: number): SwitchbackView => ({
  ...proposal,
  state: 'registered',
  startedBy: 'eve',
  registeredAt: at,
  stopped: null,
})

/** A new site has nothing; a leak falls into the seventh block; the pump trips after a switchback that found its saving. */
export function demoSavings(story: Story, at: number): SavingsView {
  if (story === 'firstRun' || story === 'normal') return { experiment: null, outcome: null }
  const isOver = story === 'pumpTrip'
  const startedAt = at - (isOver ? 60 : 14) * 24 * hour
  const proposal = demoProposal(startedAt)
  const handedBack = proposal.blocks.find(block => block.index > 1 && block.arm === 'plan')
  const blocks = proposal.blocks.map(block =>
    block.index === handedBack?.index
      ? { ...block, aborted: { at: block.fromAt + 5 * hour, why: 'handed back by otto' } }
      : block,
  )
  const experiment: SwitchbackView = {
    ...demoStarted({ ...proposal, blocks }, startedAt),
    state: isOver ? 'done' : 'running',
  }
  if (!isOver) return { experiment, outcome: null }
  return {
    experiment,
    outcome: {
      fromAt: blocks[0]?.fromAt ?? 0,
      toAt: blocks.at(-1)?.toAt ?? 0,
      claim: {
        level: 'verified',
        sentence:
          'Verified for metered cooling by 14 switchback pairs against reset: 6.1 % of cooling energy, 90 % interval 4.4 % to 7.8 %.',
      },
      pairs: { designed: 14, judged: 14, unknown: 0 },
      aborted: 1,
      togetherKwhPerHour: 1.28,
      notes: [
        'Cost is the energy part of the tariff; the demand charge is not in it.',
        'Water: the make-up of towers or coolers is not metered.',
      ],
      parts: [
        {
          what: 'cooling',
          basis: 'metered',
          unit: 'kWh/h',
          saved: 2.37,
          share: 0.061,
          interval68: [1.96, 2.77],
          interval90: [1.71, 3.03],
          cost: {
            unit: 'EUR/h',
            saved: 0.284,
            share: 0.06,
            interval68: [0.235, 0.332],
            interval90: [0.205, 0.364],
          },
          carbon: {
            unit: 'kg/h',
            saved: 0.9,
            share: 0.061,
            interval68: [0.74, 1.05],
            interval90: [0.65, 1.15],
          },
        },
        {
          what: 'losses',
          basis: 'metered',
          unit: 'kWh/h',
          saved: 0.11,
          share: 0.002,
          interval68: [-0.2, 0.42],
          interval90: [-0.41, 0.63],
        },
        {
          what: 'itLeakage',
          basis: 'modelled',
          unit: 'kWh/h',
          saved: -1.2,
          share: null,
          interval68: [-1.8, -0.6],
          interval90: [-1.8, -0.6],
        },
      ],
    },
  }
}
