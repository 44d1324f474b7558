import { Failure } from '#contract/failure.ts'
import type { Answer, Question } from '#contract/query/question.ts'
import type { Site } from '#contract/site/site.ts'
import { day, hour, type Millis } from '#contract/units.ts'
import { standardOffsetMs } from '#contract/zoneTime.ts'
import { meteredHours } from '#hub/savings/meteredHours.ts'
import { type ExperimentOutcome, endOf, judgeExperiment } from '#hub/savings/outcome.ts'
import type { State } from '#hub/state/state.ts'
import {
  type Arm,
  type Block,
  blockAt,
  blockMs,
  designSwitchback,
  type Power,
  pairsLeast,
  pairsMost,
  powerOf,
  type Registration,
  registrationOf,
  type SwitchbackDesign,
} from '#models/savings/switchback.ts'
import { placeboPairShares } from '#models/savings/switchbackResult.ts'

/** What is shown before anything starts: the order, and what such an experiment could find. */
export type Proposal = {
  readonly design: SwitchbackDesign
  readonly power: Power
  readonly registration: Registration
}

export type Experiment = Proposal & {
  readonly startedBy: string
  readonly registeredAt: Millis
  readonly aborted: ReadonlyArray<{ readonly index: number; readonly at: Millis; readonly why: string }>
  /** The newest block whose start stands in the audit log. */
  readonly announced: number
  readonly stopped: { readonly at: Millis; readonly by: string; readonly why: string } | null
}

/** The switchback that the hub runs: one at a time, registered before its first block. */
export type SavingsExperiment = {
  /** Which arm the site is in now; undefined where no experiment runs, and the planner does what it always does. */
  armAt(now: Millis): Arm | undefined
  /** The block that the site is in now, in words for plans and screens; empty where none runs. */
  sentenceAt(now: Millis): string
  /** Called by whoever plans, at each of its turns: writes block starts into the audit log. */
  turn(now: Millis): void
  /** The block could not be run as assigned. It counts as assigned all the same. */
  blockAborted(now: Millis, why: string): void
  propose(asked: { readonly pairs: number; readonly seed: number }): Promise<Proposal>
  /** Starts what was proposed, if it is still the same to the letter. */
  start(asked: {
    readonly pairs: number
    readonly seed: number
    readonly sha256: string
    readonly by: string
  }): Promise<Experiment>
  stop(asked: { readonly by: string; readonly why: string }): Experiment
  current(): Experiment | undefined
  /** undefined while it runs: who looks early and stops at a good moment turns chance into a saving. */
  outcome(): Promise<ExperimentOutcome | undefined>
}

export type ExperimentOptions = {
  readonly site: Pick<Site, 'name' | 'timeZone' | 'meters' | 'equipment' | 'planning'>
  readonly state: Pick<State, 'keep' | 'kept' | 'audit'>
  readonly ask: (question: Question) => Promise<Answer>
  readonly siteNow: () => Millis
}

const keptAs = 'switchback'
/** Placebo pairs of the last weeks tell how much pairs differ by themselves. */
const historyMs = 12 * 7 * day

export function createExperiment({ site, state, ask, siteNow }: ExperimentOptions): SavingsExperiment {
  const standardMs = standardOffsetMs(site.timeZone)
  let experiment = readKept(state.kept(keptAs))
  /** Late samples may still arrive: reckoned anew each hour, and not at each look. */
  let judged:
    | {
        readonly of: Experiment
        readonly hourAt: Millis
        readonly outcome: Promise<ExperimentOutcome>
      }
    | undefined
  const audit = (who: string, what: string, result: string) =>
    state.audit({ at: siteNow(), who, what, target: site.name, result })
  const keep = (next: Experiment): Experiment => {
    experiment = next
    state.keep(keptAs, JSON.stringify(next))
    return next
  }
  const isRunning = (now: Millis): boolean =>
    experiment !== undefined && !experiment.stopped && now < endOf(experiment.design)
  const blockNow = (now: Millis): Block | undefined =>
    experiment && !experiment.stopped ? blockAt(experiment.design, now) : undefined

  async function propose({ pairs, seed }: { pairs: number; seed: number }): Promise<Proposal> {
    if (!Number.isInteger(pairs) || pairs < pairsLeast || pairs > pairsMost)
      throw new Failure('CONFIG_INVALID', `pairs = ${pairs}: allowed are ${pairsLeast} to ${pairsMost}`)
    const now = siteNow()
    const common = { site: site.name, seed, standardOffsetMs: standardMs }
    const design = designSwitchback({ ...common, pairs, notBefore: now })
    const toAt = Math.floor(now / hour) * hour
    const hours = await meteredHours({ site, ask, fromAt: Math.max(0, toAt - historyMs), toAt })
    const past = designSwitchback({
      ...common,
      pairs: Math.floor(historyMs / (2 * blockMs)),
      notBefore: Math.max(0, toAt - historyMs),
    })
    const power = powerOf(pairs, placeboPairShares({ design: past, hours }))
    return { design, power, registration: registrationOf(design, power) }
  }

  return {
    propose,
    armAt: now => blockNow(now)?.arm,
    sentenceAt(now) {
      const block = blockNow(now)
      return experiment && block ? blockSentence(experiment.design, block) : ''
    },
    turn(now) {
      const block = blockNow(now)
      if (!experiment || !block || block.index <= experiment.announced) return
      keep({ ...experiment, announced: block.index })
      audit(
        'hub',
        'switchback block',
        `block ${block.index + 1} of ${experiment.design.blocks.length}: ${block.arm}`,
      )
    },
    blockAborted(now, why) {
      const block = blockNow(now)
      if (!experiment || !block || experiment.aborted.some(one => one.index === block.index)) return
      keep({ ...experiment, aborted: [...experiment.aborted, { index: block.index, at: now, why }] })
      audit('hub', 'switchback block aborted', `block ${block.index + 1}, counts as ${block.arm}: ${why}`)
    },
    async start({ pairs, seed, sha256, by }) {
      if (isRunning(siteNow()))
        throw new Failure(
          'CONFLICT',
          'a switchback is running; stop it first: its result is then of the blocks that ran',
        )
      const proposal = await propose({ pairs, seed })
      if (proposal.registration.sha256 !== sha256)
        throw new Failure(
          'CONFLICT',
          `sha256 = ${sha256}: the proposal is now ${proposal.registration.sha256}; look at it again before it starts`,
        )
      audit(by, 'switchback registered', `${proposal.registration.text}\nsha256 ${sha256}`)
      return keep({
        ...proposal,
        startedBy: by,
        registeredAt: siteNow(),
        aborted: [],
        announced: -1,
        stopped: null,
      })
    },
    stop({ by, why }) {
      if (!experiment || !isRunning(siteNow())) throw new Failure('CONFLICT', 'no switchback is running')
      audit(by, 'switchback stopped', why)
      return keep({ ...experiment, stopped: { at: siteNow(), by, why } })
    },
    current: () => experiment,
    async outcome() {
      const now = siteNow()
      if (!experiment || isRunning(now)) return undefined
      const hourAt = Math.floor(now / hour) * hour
      if (judged?.of !== experiment || judged.hourAt !== hourAt)
        judged = { of: experiment, hourAt, outcome: judgeExperiment({ ...experiment, site, ask }) }
      try {
        return await judged.outcome
      } catch (cause) {
        judged = undefined
        throw cause
      }
    },
  }
}

const blockSentence = ({ blocks, standardOffsetMs: offsetMs }: SwitchbackDesign, block: Block): string => {
  const until = new Date(block.toAt + offsetMs).toISOString().slice(0, 16).replace('T', ' ')
  return `Switchback: this block belongs to ${block.arm} (block ${block.index + 1} of ${blocks.length}, until ${until} standard time).`
}

const readKept = (text: string | undefined): Experiment | undefined =>
  text === undefined ? undefined : (JSON.parse(text) as Experiment)
