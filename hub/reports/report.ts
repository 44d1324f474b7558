import type { EnergyView, PlanView } from '#contract/api.ts'
import type { Answer, Question } from '#contract/query/question.ts'
import type { Site } from '#contract/site/site.ts'
import { energyOver } from '#hub/energy/energy.ts'
import { reportCsv } from '#hub/reports/csv.ts'
import { reportHtml } from '#hub/reports/html.ts'
import { type Period, sitePeriods } from '#hub/reports/siteDays.ts'

export const reportFormats = ['html', 'csv', 'json'] as const
export type ReportFormat = (typeof reportFormats)[number]

export type ReportedSite = Pick<Site, 'name' | 'title' | 'timeZone' | 'simulated' | 'meters'>

/** What a report says, before it is given a form. */
export type ReportFacts = {
  readonly site: Omit<ReportedSite, 'meters'>
  readonly fromAt: number
  readonly toAt: number
  readonly energy: EnergyView
  /** Days, or months of a long span, in the site's zone. */
  readonly periods: ReadonlyArray<Period & { readonly energy: EnergyView }>
  /** null where no hub runs that could tell. */
  readonly plans: PlanSummary | null
  readonly saving: { readonly claim: null; readonly why: string }
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
  return report({ energy, periods, plans, site, ...span, format })
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
    saving: { claim: null, why: whyNoClaim },
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

/** A difference to a model alone is no evidence: the same arithmetic finds savings where nothing was done. */
const whyNoClaim =
  'A saving is claimed only from at least 14 switchback pairs against the reset rules, with a placebo that finds nothing. No such experiment lies in this period.'

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
