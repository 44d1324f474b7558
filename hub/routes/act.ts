import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { AlarmView } from '#contract/api.ts'
import { Failure } from '#contract/failure.ts'
import { modeNames } from '#contract/points.ts'
import type { Services } from '#hub/services.ts'

const AlarmId = Type.Object(
  { id: Type.String({ minLength: 1, maxLength: 80 }) },
  { additionalProperties: false },
)
const Shelve = Type.Object(
  { forMs: Type.Integer({ minimum: 1 }), why: Type.String({ minLength: 3, maxLength: 400 }) },
  { additionalProperties: false },
)
const HandBack = Type.Object(
  { cdu: Type.String({ minLength: 1, maxLength: 60 }), mayReturnAt: Type.Integer({ minimum: 0 }) },
  { additionalProperties: false },
)
const SetMode = Type.Object(
  { cdu: Type.String({ minLength: 1, maxLength: 60 }), mode: Type.Enum([...modeNames]) },
  { additionalProperties: false },
)

/** Everything that changes something; each act is audited with its result. */
export function registerAct(app: FastifyInstance, services: Services): void {
  const { access, alarms, planning, state, clock, graph } = services
  const audit = (who: string, what: string, target: string, result: string) =>
    state.audit({ at: clock.siteNow(), who, what, target, result })
  const cduOrAll = (id: string): string => {
    if (id === 'all' || graph.equipment(id)?.kind === 'cdu') return id
    throw new Failure(
      'NOT_FOUND',
      `cdu = "${id}": this site has ${graph
        .ofKind('cdu')
        .map(cdu => cdu.id)
        .join(', ')}`,
    )
  }
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
  app.post<{ Body: Static<typeof HandBack> }>(
    '/api/v1/plans/hand-back',
    { schema: { body: HandBack, tags: ['plans'], summary: 'Take the leases of one CDU, or of all, back' } },
    async request => {
      const caller = access.require(request, 'operator')
      const cdu = cduOrAll(request.body.cdu)
      await planning.handBack({ cdu, mayReturnAt: request.body.mayReturnAt, by: caller.name })
      audit(caller.name, 'hand back', cdu, `until ${new Date(request.body.mayReturnAt).toISOString()}`)
      return { handedBack: cdu }
    },
  )
  app.post<{ Body: Static<typeof SetMode> }>(
    '/api/v1/modes',
    { schema: { body: SetMode, tags: ['plans'], summary: 'Set the mode of a CDU' } },
    async request => {
      const caller = access.require(request, 'engineer')
      const cdu = cduOrAll(request.body.cdu)
      const targets = cdu === 'all' ? graph.ofKind('cdu').map(item => item.id) : [cdu]
      for (const target of targets) await planning.setMode(target, request.body.mode, caller.name)
      audit(caller.name, 'mode', cdu, request.body.mode)
      return planning.modes()
    },
  )
  app.get('/api/v1/audit', { schema: { tags: ['access'], summary: 'The last 500 acts' } }, async request => {
    access.require(request, 'engineer')
    return state.auditTail(500)
  })
}
