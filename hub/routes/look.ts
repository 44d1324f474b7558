import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { AgentView, AlarmView, EnergyView, LiveView, SiteView, StatisticsView } from '#contract/api.ts'
import { checked } from '#contract/check.ts'
import { siteLimitMs } from '#contract/clock.ts'
import { Failure } from '#contract/failure.ts'
import { type Answer, Question } from '#contract/query/question.ts'
import { day, hour } from '#contract/units.ts'
import { energyOver } from '#hub/energy/energy.ts'
import { gapLimitDefaultMs } from '#hub/energy/energyOf.ts'
import { createReport, reportFormats } from '#hub/reports/report.ts'
import type { Services } from '#hub/services.ts'
import { createStatistics } from '#hub/statistics.ts'

const Instant = Type.Integer({ minimum: 0, description: 'ms since 1970 UTC, site time' })
const Span = Type.Object(
  { from: Type.Optional(Instant), to: Type.Optional(Instant) },
  { additionalProperties: false },
)
const AlarmQuery = Type.Object(
  {
    state: Type.Enum(['standing', 'all'], { default: 'standing' }),
    from: Type.Optional(Instant),
    to: Type.Optional(Instant),
    limit: Type.Integer({ minimum: 1, maximum: 10_000, default: 1_000 }),
  },
  { additionalProperties: false },
)
const StatisticsQuery = Type.Object(
  {
    fresh: Type.Boolean({
      default: false,
      description: 'count the store now; otherwise its count may be a second old, or 20 times what it takes',
    }),
  },
  { additionalProperties: false },
)
const ReportQuery = Type.Object(
  {
    from: Type.Optional(Instant),
    to: Type.Optional(Instant),
    baselineFrom: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'a saving is judged against an adjusted baseline fitted from here to `from`',
      }),
    ),
    format: Type.Enum([...reportFormats], { default: 'html' }),
  },
  { additionalProperties: false },
)

/** A span whose ends are in order; the last 24 h where none is given. */
function spanOf(
  query: { from?: number; to?: number },
  now: number,
  startedAt: number,
): { fromAt: number; toAt: number } {
  const toAt = query.to ?? Math.floor(now)
  const fromAt = query.from ?? Math.max(startedAt, toAt - day)
  if (fromAt >= toAt) throw new Failure('QUERY_INVALID', `from = ${fromAt} must be before to = ${toAt}`)
  if (toAt - fromAt > 400 * day)
    throw new Failure(
      'QUERY_TOO_LARGE',
      `the span is ${Math.round((toAt - fromAt) / day)} days; at most 400 are allowed`,
    )
  return { fromAt, toAt }
}

/** A year before the span is what a baseline wants; two are the most that is fetched. */
function baselineOf(baselineFrom: number | undefined, fromAt: number): number | undefined {
  if (baselineFrom === undefined) return undefined
  if (baselineFrom >= fromAt)
    throw new Failure('QUERY_INVALID', `baselineFrom = ${baselineFrom} must be before from = ${fromAt}`)
  if (fromAt - baselineFrom > 800 * day)
    throw new Failure(
      'QUERY_TOO_LARGE',
      `the baseline is ${Math.round((fromAt - baselineFrom) / day)} days long; at most 800 are allowed`,
    )
  return baselineFrom
}

/** Everything that only looks. */
export function registerLook(app: FastifyInstance, services: Services): void {
  const { access, live, alarms, planning, savings, clock, store, graph, state } = services
  const site = graph.site
  app.register(async look => {
    look.addHook('onRequest', async request => {
      access.require(request, 'viewer')
    })
    look.get(
      '/api/v1/site',
      { schema: { tags: ['site'], summary: 'The site: equipment, feeds, meters, limits' } },
      async (): Promise<SiteView> => services.siteView(),
    )
    look.get(
      '/api/v1/live',
      { schema: { tags: ['site'], summary: 'Newest reading of every series' } },
      async (): Promise<LiveView> => ({ siteNow: clock.siteNow(), values: live.all() }),
    )
    look.get<{ Querystring: Static<typeof AlarmQuery> }>(
      '/api/v1/alarms',
      {
        schema: {
          querystring: AlarmQuery,
          tags: ['alarms'],
          summary: 'Standing alarms, or all raised in a span',
        },
      },
      async (request): Promise<readonly AlarmView[]> => {
        if (request.query.state === 'standing') return alarms.standing()
        const { fromAt, toAt } = spanOf(request.query, clock.siteNow() + 1, services.siteView().startedAt)
        return state.alarms({ fromAt, toAt, limit: request.query.limit })
      },
    )
    look.get(
      '/api/v1/agents',
      { schema: { tags: ['agents'], summary: 'Health of the agents' } },
      async (): Promise<readonly AgentView[]> => services.agents(),
    )
    look.get<{ Querystring: Static<typeof Span> }>(
      '/api/v1/energy',
      {
        schema: {
          querystring: Span,
          tags: ['energy'],
          summary: 'PUE with category and coverage, energy by part and meter',
        },
      },
      async (request): Promise<EnergyView> => {
        const span = spanOf(request.query, clock.siteNow(), services.siteView().startedAt)
        return energyOver({
          site,
          ask: store.ask,
          ...span,
          gapLimitMs: siteLimitMs(clock, gapLimitDefaultMs),
        })
      },
    )
    look.post<{ Body: unknown }>(
      '/api/v1/query',
      {
        schema: { tags: ['site'], summary: 'A typed question to the time series', body: Question },
        bodyLimit: 262_144,
      },
      async (request): Promise<Answer> => {
        const question = checked(Question, request.body, 'question', 'QUERY_INVALID')
        return store.ask(question)
      },
    )
    look.get<{ Querystring: Static<typeof ReportQuery> }>(
      '/api/v1/report',
      {
        schema: {
          querystring: ReportQuery,
          tags: ['energy'],
          summary: 'The PUE and savings report as HTML, CSV or JSON',
        },
      },
      async (request, reply) => {
        const span = spanOf(request.query, clock.siteNow(), services.siteView().startedAt)
        const baselineFromAt = baselineOf(request.query.baselineFrom, span.fromAt)
        const report = await createReport({
          site,
          ask: store.ask,
          plans: planning.list(Math.min(1_000, Math.ceil((span.toAt - span.fromAt) / hour) + 1)),
          ...span,
          format: request.query.format,
          outcome: await savings.outcome(),
          baselineFromAt,
          gapLimitMs: siteLimitMs(clock, gapLimitDefaultMs),
        })
        // The report stands alone: it carries its own style, and no script.
        reply.header(
          'content-security-policy',
          "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
        )
        return reply.type(report.contentType).send(report.body)
      },
    )
    const statistics = createStatistics(services)
    look.get<{ Querystring: Static<typeof StatisticsQuery> }>(
      '/api/v1/statistics',
      {
        schema: {
          querystring: StatisticsQuery,
          tags: ['agents'],
          summary: 'What was received, stored, planned, raised',
        },
      },
      async (request): Promise<StatisticsView> => statistics(request.query),
    )
    look.get('/api/docs', { schema: { hide: true } }, async () => app.swagger())
  })
}
