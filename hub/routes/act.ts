import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { AlarmView } from '#contract/api.ts'
import type { Services } from '#hub/services.ts'

const AlarmId = Type.Object(
  { id: Type.String({ minLength: 1, maxLength: 80 }) },
  { additionalProperties: false },
)
const Shelve = Type.Object(
  { forMs: Type.Integer({ minimum: 1 }), why: Type.String({ minLength: 3, maxLength: 400 }) },
  { additionalProperties: false },
)
/** Acts on alarms; each is audited with its result. Acts on plans are in plan.ts. */
export function registerAct(app: FastifyInstance, services: Services): void {
  const { access, alarms, state, clock } = services
  const audit = (who: string, what: string, target: string, result: string) =>
    state.audit({ at: clock.siteNow(), who, what, target, result })
  app.post<{ Params: Static<typeof AlarmId> }>(
    '/api/v1/alarms/:id/acknowledge',
    { schema: { params: AlarmId, tags: ['alarms'], summary: 'Acknowledge one alarm' } },
    async (request): Promise<AlarmView> => {
      const caller = access.require(request, 'operator')
      const alarm = alarms.acknowledge(request.params.id, caller.name)
      audit(caller.name, 'acknowledge', alarm.title, alarm.state)
      return alarm
    },
  )
  app.post<{ Params: Static<typeof AlarmId>; Body: Static<typeof Shelve> }>(
    '/api/v1/alarms/:id/shelve',
    {
      schema: {
        params: AlarmId,
        body: Shelve,
        tags: ['alarms'],
        summary: 'Shelve one alarm for a while, with a reason',
      },
    },
    async (request): Promise<AlarmView> => {
      const caller = access.require(request, 'operator')
      const alarm = alarms.shelve(request.params.id, { ...request.body, by: caller.name })
      audit(caller.name, 'shelve', alarm.title, request.body.why)
      return alarm
    },
  )
  app.get('/api/v1/audit', { schema: { tags: ['access'], summary: 'The last 500 acts' } }, async request => {
    access.require(request, 'engineer')
    return state.auditTail(500)
  })
}
