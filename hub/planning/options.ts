import type { Clock } from '#contract/clock.ts'
import type { Answer, Question } from '#contract/query/question.ts'
import type { Site } from '#contract/site/site.ts'
import type { Alarms } from '#hub/alarms/alarms.ts'
import type { SparkplugHost } from '#hub/ingest/host.ts'
import type { SensorDoubts } from '#hub/planning/believed.ts'
import type { PlanRepository } from '#hub/planning/journal.ts'
import type { LiveLookup } from '#hub/planning/present.ts'
import type { ExperimentArms } from '#hub/planning/switchback.ts'
import type { PlanningWorker } from '#hub/planning/workerThread.ts'

export type PlanningLog = {
  info(facts: object, sentence: string): void
  warn(facts: object, sentence: string): void
}

export type PlanningOptions = {
  readonly site: Site
  readonly clock: Clock
  readonly ask: (question: Question) => Promise<Answer>
  /** Newest reading of a point. */
  readonly live: LiveLookup
  readonly host: Pick<SparkplugHost, 'sendLeases' | 'agents'>
  /** Ed25519; agents hold the public half under `keyId`. */
  readonly key: { readonly keyId: string; readonly privateKeyPem: string }
  readonly state: PlanRepository
  /** Machine time that one turn of learning and planning may take; does not scale with the clock's speed. */
  readonly deadlineMs: number
  /** Where the planner says that it rests, and hears what else is wrong. */
  readonly alarms: Pick<Alarms, 'raise' | 'clear' | 'standing'>
  readonly log: PlanningLog
  /** Sensors that cannot be believed; absent: all can. */
  readonly sensors?: SensorDoubts
  /** How long the first CDU is steered alone before others follow; default: a day, none on a simulated site (DESIGN 6). */
  readonly canaryMs?: number
  /** A switchback that says whose hour it is: the plan's, or that of `reset`. */
  readonly experiment?: ExperimentArms
  /** Default: a thread of its own. */
  readonly worker?: PlanningWorker
  /** The site's a under `reset`; default: what the site says. */
  readonly resetApproachK?: number
  readonly seed?: number
  /** How often the clock is looked at: default each 200 ms of machine time; returns what stops it. */
  readonly pace?: (look: () => void) => () => void
}
