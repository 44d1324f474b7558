import type { LeaseState } from '#contract/messages/event.ts'
import type { Mode } from '#contract/points.ts'
import type { Quality } from '#contract/reading.ts'
import type { Site } from '#contract/site/site.ts'

/**
 * What the hub's HTTP API says, as the console, reports and other programs read it. All instants are site time in ms
 * UTC; all values in Coldloop's units. Paths are in hub/routes/README.md; the OpenAPI document is at /api/docs.
 */

/** GET /api/v1/site */
export type SiteView = {
  readonly site: Site
  readonly startedAt: number
  readonly siteNow: number
  readonly speed: number
  readonly simulated: boolean
  readonly store: 'duckdb' | 'influx'
  readonly version: string
}

/** [value or null, quality, source time]. A stale one carries the last value it had, with that value's own time. */
export type LiveValue = readonly [value: number | null, quality: Quality, at: number]

/** GET /api/v1/live: the newest reading of every series, by `equipment.point`. */
export type LiveView = { readonly siteNow: number; readonly values: Readonly<Record<string, LiveValue>> }

export type AlarmState = 'unackActive' | 'ackActive' | 'unackReturned' | 'shelved' | 'normal'
export type AlarmPriority = 1 | 2 | 3 | 4

/** GET /api/v1/alarms (active), /api/v1/alarms?state=all&from&to */
export type AlarmView = {
  readonly id: string
  readonly code: string
  readonly equipment: string
  readonly point?: string
  readonly priority: AlarmPriority
  readonly state: AlarmState
  readonly raisedAt: number
  readonly changedAt: number
  readonly returnedAt?: number
  readonly acknowledgedAt?: number
  readonly acknowledgedBy?: string
  readonly shelvedUntilAt?: number
  readonly shelvedBy?: string
  readonly shelvedWhy?: string
  /** What is wrong, in one line: "Water in rack C2". */
  readonly title: string
  /** What follows if nobody acts, and what to do. */
  readonly consequence: string
  readonly response: string
  /** Id of the alarm that caused this one; its row folds under that one. */
  readonly rootId?: string
  readonly chatters?: boolean
}

export type PlanState = 'learning' | 'advice' | 'sent' | 'applied' | 'held' | 'handedBack' | 'failed'

export type PlanMove = {
  readonly equipment: string
  readonly point: string
  readonly unit: string
  readonly before: number | null
  readonly requested: number | null
  readonly allowed: number | null
  readonly applied: number | null
  readonly why: string
  /** Which guard check cut it; empty when none did. */
  readonly check: string
  readonly state: LeaseState | 'advice' | 'sent' | 'held'
}

/** GET /api/v1/plans?limit=24 (newest first), /api/v1/plans/current */
export type PlanView = {
  readonly id: string
  readonly hourStartAt: number
  readonly madeAt: number
  readonly state: PlanState
  readonly mode: Mode
  /** One paragraph: why, forecast, margin, what handing back does. */
  readonly reason: string
  /** What was lowered; absent: nothing was decided, or by an older hub. */
  readonly objective?: 'energy' | 'cost' | 'carbon'
  /** What the plan waits for before it may act; empty when nothing. */
  readonly waitingFor: string
  /** Against `reset`, facility power, kW; negative saves. */
  readonly expectedKw: number | null
  readonly measuredKw: number | null
  readonly measuredPlusMinusKw: number | null
  readonly leasesEndAt: number | null
  readonly moves: readonly PlanMove[]
  readonly notDone: ReadonlyArray<{ readonly what: string; readonly why: string }>
  readonly trust: {
    readonly trusted: boolean
    /** One-step error of non-IT power over the last hour, per cent; null until measured. */
    readonly modelErrorPercent: number | null
    readonly historyHours: number
    readonly historyHoursNeeded: number
    readonly loadForecastErrorPercent: number | null
    readonly wetBulbForecastErrorK: number | null
    readonly insideKnownRange: boolean
    readonly sentence: string
  }
  readonly modelVersion: string
  readonly durationMs: number
  /** Cooling power over the hour: what the plan expects, and what `reset` would have drawn. */
  readonly expectedCurve: ReadonlyArray<{
    readonly at: number
    readonly coolingKw: number
    readonly resetKw: number
    readonly lowKw: number
    readonly highKw: number
  }>
}

/** GET /api/v1/agents */
export type AgentView = {
  readonly id: string
  readonly online: boolean
  readonly lastWordAt: number | null
  readonly lastWordAgeMs: number | null
  readonly mode: string
  readonly points: {
    readonly good: number
    readonly uncertain: number
    readonly stale: number
    readonly bad: number
    readonly none: number
  }
  readonly outboxDepth: number | null
  readonly oldestUnsentAgeMs: number | null
  readonly acknowledgedPosition: number | null
  readonly deliveryProven: boolean
  readonly cycleP99Ms: number | null
  readonly sources: ReadonlyArray<{ readonly id: string; readonly state: string }>
  readonly version: string | null
  readonly equipment: number
}

/** GET /api/v1/energy?from&to */
export type EnergyView = {
  readonly fromAt: number
  readonly toAt: number
  readonly kind: 'interim' | 'annual'
  readonly edition: string
  readonly category: 1 | 2 | 3
  /** Share of the span that meters cover, 0..1, worst meter. */
  readonly coverage: number
  readonly itKwh: number | null
  readonly facilityKwh: number | null
  readonly coolingKwh: number | null
  readonly lossesKwh: number | null
  readonly pue: number | null
  /** From meter classes, 95 %, absolute. */
  readonly puePlusMinus: number | null
  /** (IT + cooling of the liquid loop) / IT. */
  readonly liquidLoopPue: number | null
  readonly parts: ReadonlyArray<{
    readonly role: string
    readonly kwh: number | null
    readonly averageKw: number | null
  }>
  readonly meters: ReadonlyArray<{
    readonly id: string
    readonly role: string
    readonly kwh: number | null
    readonly method: 'register' | 'integratedPower' | 'none'
    readonly coverage: number
    readonly longestGapMs: number
    /** Register against integrated power, per cent; null where one is missing. */
    readonly agreementPercent: number | null
    readonly classPercent: number
    readonly note: string
  }>
  /** Power and energy say the same within 1 %. */
  readonly notes: readonly string[]
}

/** GET /api/v1/me */
export type MeView = { readonly name: string; readonly role: Role }
export const roles = ['viewer', 'operator', 'engineer', 'admin'] as const
export type Role = (typeof roles)[number]

/** GET /api/v1/statistics */
export type StatisticsView = {
  readonly samples: {
    readonly received: number
    readonly stored: number
    readonly duplicates: number
    readonly duplicatesOnWire: number
    readonly rejected: number
    readonly quarantined: number
  }
  readonly plans: {
    readonly made: number
    readonly acted: number
    readonly held: number
    readonly inAuto: number
    readonly applied: number
  }
  readonly leases: {
    readonly issued: number
    readonly applied: number
    readonly clipped: number
    readonly refused: number
    readonly expired: number
  }
  readonly alarms: { readonly raised: number; readonly active: number }
}

/**
 * GET /api/v1/stream (server-sent events). Event names and their data:
 * `live` LiveView holding changed values only (first message: all), at most 4 a second and at least one a second;
 * `alarm` AlarmView; `plan` PlanView; `agents` AgentView[]; `mode` { equipment, mode }.
 */
export type StreamEvents = {
  readonly live: LiveView
  readonly alarm: AlarmView
  readonly plan: PlanView
  readonly agents: readonly AgentView[]
}

/** Every refusal: HTTP status ≥ 400 with this body. */
export type ErrorView = { readonly code: string; readonly sentence: string }

/** GET /api/v1/planning: how far each CDU is trusted, by which model, and what is not known. */
export type PlanningView = {
  readonly ladder: ReadonlyArray<{
    readonly cdu: string
    readonly mode: Mode
    /** In auto, and nothing rests the plan. */
    readonly isSteered: boolean
    readonly isCanary: boolean
    /** A person asked for auto; it waits for what `holds` names, or for its canary. */
    readonly waits: boolean
    readonly reason: string
    /** Why the plan rests here now. */
    readonly holds: readonly string[]
    readonly lastFall: { readonly at: number; readonly why: string } | null
  }>
  readonly canary: {
    readonly cdu: string
    readonly steeredMs: number
    readonly neededMs: number
    readonly hasPassed: boolean
  } | null
  /** Champion first, then newest first. */
  readonly models: readonly ModelCard[]
  /** How the newest challenger did against the champion on rows that neither had seen; null: none yet. */
  readonly lastDuel: {
    readonly at: number
    readonly rows: number
    readonly championPercent: number | null
    readonly challengerPercent: number | null
    readonly winner: 'champion' | 'challenger'
  } | null
  /** What telemetry has not shown, and what that may cost; empty: nothing, or not told. */
  readonly unknown: ReadonlyArray<{
    readonly name: string
    readonly spreadPercent: number
    readonly costKw: number | null
  }>
  readonly commissioning: CommissioningView | null
}

/** GET /api/v1/models: the artefacts at hand; /api/v1/models/{id}: one of them whole. */
export type ModelCard = {
  readonly id: string
  readonly role: 'champion' | 'retired'
  readonly isPinned: boolean
  readonly madeAt: number
  readonly fromAt: number | null
  readonly toAt: number | null
  readonly rows: number
  readonly features: readonly string[]
  readonly seed: number
  /** One-step error of non-IT power on rows it had not seen, when it took over; null: not judged. */
  readonly errorPercent: number | null
}

/** GET and POST /api/v1/commissioning. */
export type CommissioningView = {
  readonly state: 'waiting' | 'running' | 'done' | 'aborted'
  readonly by: string
  readonly startedAt: number | null
  readonly endsAt: number | null
  readonly endedAt: number | null
  /** 0..1 of the sweep. */
  readonly share: number
  readonly block: number
  readonly blocks: number
  /** What stands on which side now, or why it ended, in words. */
  readonly sentence: string
  readonly facilityKwh: number
  /** K·min of each CDU's hottest chip over its limit, from five-minute maxima. */
  readonly overLimitDegreeMinutes: number
  readonly leastChipMarginK: number | null
}

/** One block of a switchback; its first 24 h are discarded, since ramps take hours. */
export type SwitchbackBlockView = {
  readonly index: number
  readonly pair: number
  readonly arm: 'plan' | 'reset'
  readonly fromAt: number
  readonly countsFromAt: number
  readonly toAt: number
  /** It could not be run as assigned, and counts as assigned. */
  readonly aborted: { readonly at: number; readonly why: string } | null
}

/** GET /api/v1/savings/proposal?pairs&seed: everything that is decided before the first block. */
export type SwitchbackProposalView = {
  readonly pairs: number
  readonly seed: number
  readonly blocks: readonly SwitchbackBlockView[]
  readonly power: {
    /** Pairs of the last weeks in which nothing was done. */
    readonly placeboPairs: number
    /** How much such pairs differ by themselves, standard deviation, 0..1 of cooling energy. */
    readonly pairDeviationShare: number | null
    /** The least saving that is found four times out of five, 0..1 of cooling energy; null: not to be told. */
    readonly detectableShare: number | null
  }
  /** What goes into the audit log word for word; a start names its hash. */
  readonly registration: { readonly text: string; readonly sha256: string }
}

export type SwitchbackView = SwitchbackProposalView & {
  readonly state: 'registered' | 'running' | 'done' | 'stopped'
  readonly startedBy: string
  readonly registeredAt: number
  readonly stopped: { readonly at: number; readonly by: string; readonly why: string } | null
}

/** A saving with its error, in one unit. */
export type SavingFigure = {
  /** kWh, kg, L or a currency; of a switchback by the hour, such as EUR/h. */
  readonly unit: string
  readonly saved: number
  /** Of what it would have taken otherwise; null where that is not known. */
  readonly share: number | null
  /** 68 % and 90 % intervals; of what is modelled, the range of its coefficient stands for both. */
  readonly interval68: readonly [low: number, high: number]
  readonly interval90: readonly [low: number, high: number]
}

/** One source of a saving. Only what is metered may be called verified. */
export type SavingPart = SavingFigure & {
  readonly what: 'cooling' | 'losses' | 'itLeakage' | 'water'
  readonly basis: 'metered' | 'modelled'
  /** Energy part of the tariff, without the demand charge; absent: the site names no tariff, or it is water. */
  readonly cost?: SavingFigure
  /** kg of the grid's carbon; absent: the site names none. */
  readonly carbon?: SavingFigure
}

/** GET /api/v1/savings */
export type SavingsView = {
  readonly experiment: SwitchbackView | null
  /** null while it runs: who looks early and stops at a good moment turns chance into a saving. */
  readonly outcome: {
    readonly fromAt: number
    readonly toAt: number
    readonly claim: {
      readonly level: 'none' | 'ceiling' | 'rampLimited' | 'verified'
      readonly sentence: string
    }
    readonly pairs: { readonly designed: number; readonly judged: number; readonly unknown: number }
    readonly aborted: number
    /** Empty where too few pairs could be judged. */
    readonly parts: readonly SavingPart[]
    /** What is not in the parts, in sentences: the demand charge, water that nobody meters. */
    readonly notes?: readonly string[]
    /** Cooling, losses and IT leakage together, kWh/h: the honest figure, partly modelled; null where one is not known. */
    readonly togetherKwhPerHour: number | null
  } | null
}
