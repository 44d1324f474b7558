import type { EnergyView, PlanView } from '#contract/api.ts'
import { Failure } from '#contract/failure.ts'
import type { Answer, Question } from '#contract/query/question.ts'
import type { Site } from '#contract/site/site.ts'
import { hour } from '#contract/units.ts'
import { energyOver } from '#hub/energy/energy.ts'
import { reportCsv } from '#hub/reports/csv.ts'
import { reportHtml } from '#hub/reports/html.ts'
import {
  type AdjustedEvidence,
  type ReportedSaving,
  reportedSaving,
  type SavingEvidence,
} from '#hub/reports/saving.ts'
import { type Period, sitePeriods } from '#hub/reports/siteDays.ts'
import { meteredHours } from '#hub/savings/meteredHours.ts'
import type { ExperimentOutcome } from '#hub/savings/outcome.ts'
import { byCurrency } from '#hub/savings/parts.ts'
import { savingsSplit } from '#models/savings/claim.ts'
import { itWorth, siteWorths } from '#models/savings/valued.ts'

export const reportFormats = ['html', 'csv', 'json'] as const
export type ReportFormat = (typeof reportFormats)[number]

export type ReportedSite = Pick<
  Site,
  'name' | 'title' | 'timeZone' | 'simulated' | 'meters' | 'equipment' | 'planning'
>

/** What a report says, before it is given a form. */
export type ReportFacts = {
  readonly site: Pick<ReportedSite, 'name' | 'title' | 'timeZone' | 'simulated'>
  readonly fromAt: number
  readonly toAt: number
  readonly energy: EnergyView
  /** Days, or months of a long span, in the site's zone. */
  readonly periods: ReadonlyArray<Period & { readonly energy: EnergyView }>
  /** null where no hub runs that could tell. */
  readonly plans: PlanSummary | null
  readonly saving: ReportedSaving
}

/** What became of the hourly plans of the period; hours without one ran on the local rules. */
export type PlanSummary = {
  readonly made: number
  readonly byState: Readonly<Record<string, number>>
  readonly setpointsRequested: number
  readonly setpointsApplied: number
  readonly setpointsCut: number
}

export type ReportRequest = {
  readonly site: ReportedSite
  readonly ask: (question: Question) => Promise<Answer>
  /** Newest first, as the planning service lists them; null where no hub runs that could tell. */
  readonly plans: readonly PlanView[] | null
  readonly fromAt: number
  readonly toAt: number
  readonly format: ReportFormat
  /** A longer silence of a meter is a gap; absent: 15 minutes. */
  readonly gapLimitMs?: number
  /** The switchback that has ended, where a hub runs that knows of one. */
  readonly outcome?: ExperimentOutcome | undefined
  /** The span is judged against an adjusted baseline that was fitted from here to the span's start. */
  readonly baselineFromAt?: number | undefined
}
export type Report = { readonly contentType: string; readonly body: string }

/** The PUE report of a span, asked of the store. */
export async function createReport({
  site,
  ask,
  plans,
  fromAt,
  toAt,
  format,
  gapLimitMs,
  outcome,
  baselineFromAt,
}: ReportRequest): Promise<Report> {
  const span = { fromAt: Math.floor(fromAt), toAt: Math.ceil(toAt) }
  const gap = gapLimitMs === undefined ? {} : { gapLimitMs }
  const energy = await energyOver({ site, ask, ...span, ...gap })
  const periods: Array<Period & { energy: EnergyView }> = []
  for (const period of sitePeriods({ ...span, timeZone: site.timeZone })) {
    periods.push({
      ...period,
      energy: await energyOver({ site, ask, fromAt: period.fromAt, toAt: period.toAt, ...gap }),
    })
  }
  const adjusted =
    baselineFromAt === undefined ? undefined : await adjustedSplit({ site, ask, baselineFromAt, ...span })
  return report({ energy, periods, plans, site, ...span, format, evidence: { outcome, adjusted } })
}

/** Whole hours of the span against those before it. */
async function adjustedSplit(asked: {
  readonly site: ReportedSite
  readonly ask: ReportRequest['ask']
  readonly baselineFromAt: number
  readonly fromAt: number
  readonly toAt: number
}): Promise<AdjustedEvidence> {
  const { site, ask, baselineFromAt, fromAt, toAt } = asked
  const [first, cut, last] = [baselineFromAt, fromAt, toAt].map(at => Math.floor(at / hour) * hour) as [
    number,
    number,
    number,
  ]
  if (first >= cut || cut >= last)
    throw new Failure(
      'QUERY_INVALID',
      'a baseline needs hours before the span, and the span hours of its own',
    )
  const hours = await meteredHours({ site, ask, fromAt: first, toAt: last })
  const reporting = hours.filter(one => one.at >= cut)
  const worths = siteWorths(site)
  return {
    ...savingsSplit({ before: hours.filter(one => one.at < cut), reporting }),
    worths,
    perItKwh: byCurrency(name => worths[name] && itWorth(reporting, worths[name])),
  }
}

/** The report out of energies that are known already. */
export function report(given: {
  readonly energy: EnergyView
  readonly periods: ReportFacts['periods']
  readonly plans: readonly PlanView[] | null
  readonly site: ReportedSite
  readonly fromAt: number
  readonly toAt: number
  readonly format: ReportFormat
  readonly evidence?: SavingEvidence
}): Report {
  const { site, energy, periods, fromAt, toAt, format } = given
  const facts: ReportFacts = {
    site: { name: site.name, title: site.title, timeZone: site.timeZone, simulated: site.simulated },
    fromAt,
    toAt,
    energy,
    periods,
    plans:
      given.plans &&
      summaryOf(given.plans.filter(plan => plan.hourStartAt >= fromAt && plan.hourStartAt < toAt)),
    saving: reportedSaving({ fromAt, toAt }, given.evidence ?? {}),
  }
  switch (format) {
    case 'html':
      return { contentType: 'text/html; charset=utf-8', body: reportHtml(facts) }
    case 'csv':
      return { contentType: 'text/csv; charset=utf-8; header=present', body: reportCsv(facts) }
    case 'json':
      return { contentType: 'application/json; charset=utf-8', body: `${JSON.stringify(facts, null, 2)}\n` }
    default:
      return format satisfies never
  }
}

function summaryOf(plans: readonly PlanView[]): PlanSummary {
  const byState: Record<string, number> = {}
  for (const plan of plans) byState[plan.state] = (byState[plan.state] ?? 0) + 1
  const moves = plans.flatMap(plan => plan.moves)
  return {
    made: plans.length,
    byState,
    setpointsRequested: moves.filter(move => move.requested !== null && move.state !== 'advice').length,
    setpointsApplied: moves.filter(move => move.applied !== null).length,
    setpointsCut: moves.filter(move => move.check !== '').length,
  }
}
