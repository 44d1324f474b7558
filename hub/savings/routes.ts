import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { SavingsView, SwitchbackProposalView, SwitchbackView } from '#contract/api.ts'
import type { Clock } from '#contract/clock.ts'
import type { Access } from '#hub/access/access.ts'
import type { SavingsExperiment } from '#hub/savings/experiment.ts'
import { experimentView, outcomeView, proposalView } from '#hub/savings/view.ts'
import { pairsLeast, pairsMost } from '#models/savings/switchback.ts'

const Proposed = Type.Object(
  {
    pairs: Type.Integer({ minimum: pairsLeast, maximum: pairsMost, default: pairsLeast }),
    seed: Type.Integer({ minimum: 0, maximum: 4_294_967_295, default: 1 }),
  },
  { additionalProperties: false },
)
const Start = Type.Object(
  { ...Proposed.properties, sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }) },
  { additionalProperties: false },
)
const Stop = Type.Object(
  { why: Type.String({ minLength: 3, maxLength: 400 }) },
  { additionalProperties: false },
)

/** The switchback: what was proposed, what runs, what it found. The audit log is written by the experiment itself. */
export function registerSavings(
  app: FastifyInstance,
  {
    access,
    savings,
    clock,
  }: { readonly access: Access; readonly savings: SavingsExperiment; readonly clock: Pick<Clock, 'siteNow'> },
): void {
  const tags = ['savings']
  app.get(
    '/api/v1/savings',
    { schema: { tags, summary: 'The switchback and its result' } },
    async (request): Promise<SavingsView> => {
      access.require(request, 'viewer')
      const experiment = savings.current()
      const outcome = await savings.outcome()
      return {
        experiment: experiment ? experimentView(experiment, clock.siteNow()) : null,
        outcome: outcome ? outcomeView(outcome) : null,
      }
    },
  )
  app.get<{ Querystring: Static<typeof Proposed> }>(
    '/api/v1/savings/proposal',
    { schema: { querystring: Proposed, tags, summary: 'Order of blocks and power, before anything starts' } },
    async (request): Promise<SwitchbackProposalView> => {
      access.require(request, 'engineer')
      return proposalView(await savings.propose(request.query))
    },
  )
  app.post<{ Body: Static<typeof Start> }>(
    '/api/v1/savings/start',
    { schema: { body: Start, tags, summary: 'Register and start what was proposed' } },
    async (request): Promise<SwitchbackView> => {
      const caller = access.require(request, 'engineer')
      return experimentView(await savings.start({ ...request.body, by: caller.name }), clock.siteNow())
    },
  )
  app.post<{ Body: Static<typeof Stop> }>(
    '/api/v1/savings/stop',
    { schema: { body: Stop, tags, summary: 'Stop the switchback, with a reason' } },
    async (request): Promise<SwitchbackView> => {
      const caller = access.require(request, 'engineer')
      return experimentView(savings.stop({ why: request.body.why, by: caller.name }), clock.siteNow())
    },
  )
}
