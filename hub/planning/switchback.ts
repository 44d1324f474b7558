import type { Clock } from '#contract/clock.ts'
import { hour, type Millis } from '#contract/units.ts'
import type { Commissioning } from '#hub/planning/commissioning.ts'
import type { Journal } from '#hub/planning/journal.ts'
import type { LadderKeeper } from '#hub/planning/ladderKeeper.ts'
import type { Sender } from '#hub/planning/sender.ts'
import { hourName, hourOf, type ViewFacts, viewOf } from '#hub/planning/views.ts'
import type { SavingsExperiment } from '#hub/savings/experiment.ts'
import { type Ladder, siteScope } from '#models/planning/ladder.ts'

/** As much of a savings experiment as the planner sees. */
export type ExperimentArms = Pick<SavingsExperiment, 'armAt' | 'sentenceAt' | 'turn' | 'blockAborted'>

/** Keeps the planner to the arm of the block. Without an experiment nothing ever happens here. */
export type Switchback = {
  turn(now: Millis): Promise<void>
  /** The block belongs to `reset`: nothing is sent. */
  isReset(): boolean
}

export function createSwitchback(
  options: { readonly experiment?: ExperimentArms; readonly clock: Clock },
  parts: {
    readonly journal: Journal
    readonly keeper: LadderKeeper
    readonly sender: Sender
    readonly commissioning: Commissioning
  },
  facts: (now: Millis) => Pick<ViewFacts, 'now' | 'trust' | 'result'>,
): Switchback {
  const { experiment, clock } = options
  const { journal, keeper, sender, commissioning } = parts
  let saidHourAt = Number.NEGATIVE_INFINITY

  const standing = (): string | undefined => keeper.ladder().holds[siteScope]?.switchback?.why
  /** Leases go back once, at the block's start; the ladder says why nothing is steered. */
  const restFor = async (why: string): Promise<void> => {
    if (standing() === why) return
    keeper.tell({ kind: 'hold', scope: siteScope, name: 'switchback', why })
    await sender.takeBack(why)
  }
  const say = (now: Millis, why: string): void => {
    if (hourOf(now) === saidHourAt || !keeper.anyAuto()) return
    saidHourAt = hourOf(now)
    journal.put(
      viewOf({
        ...facts(now),
        id: `reset-${hourName(now)}`,
        state: 'handedBack',
        mode: keeper.highest(),
        reason: `${why} Nothing is written to the plant; the agents' own reset rules steer.`,
        waitingFor: '',
        isCut: true,
      }),
    )
  }
  return {
    isReset: () => experiment?.armAt(clock.siteNow()) === 'reset',
    async turn(now) {
      if (!experiment) return
      experiment.turn(now)
      const arm = experiment.armAt(now)
      if (arm !== 'reset' && standing() !== undefined) {
        keeper.tell({ kind: 'clear', scope: siteScope, name: 'switchback' })
        await keeper.flush()
      }
      if (arm === undefined) return
      if (commissioning.isActive()) experiment.blockAborted(now, 'a commissioning sweep ran in it')
      else if (arm === 'plan') {
        const why = whyNotSteered(keeper.ladder(), now)
        if (why !== undefined) experiment.blockAborted(now, why)
      } else {
        const why = experiment.sentenceAt(now)
        await restFor(why)
        say(now, why)
      }
    },
  }
}

/**
 * What keeps the plan out of a block that is its own. A hold may take an hour, as late planners do under every plan; one
 * that stands longer, a person, or a lost permission takes the block.
 */
export function whyNotSteered({ holds, rungs }: Ladder, now: Millis): string | undefined {
  for (const [scope, own] of Object.entries(holds))
    for (const [name, hold] of Object.entries(own))
      if (name === 'handedBack' || now - hold.sinceAt >= hour)
        return scope === siteScope ? hold.why : `${scope}: ${hold.why}`
  const fallen = Object.entries(rungs).find(([, rung]) => rung.mode !== 'auto')
  return fallen && `${fallen[0]} is in ${fallen[1].mode}: ${fallen[1].reason}`
}
