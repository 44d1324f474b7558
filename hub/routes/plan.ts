import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { CommissioningView, ModelCard, PlanningView, PlanView } from '#contract/api.ts'
import { Failure } from '#contract/failure.ts'
import { modeNames } from '#contract/points.ts'
import type { Services } from '#hub/services.ts'

const Limit = Type.Object(
  { limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 24 }) },
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
const ModelId = Type.String({ minLength: 1, maxLength: 120 })
const OneModel = Type.Object({ id: ModelId }, { additionalProperties: false })
const PinModel = Type.Object({ id: Type.Union([ModelId, Type.Null()]) }, { additionalProperties: false })
const Commission = Type.Object({ action: Type.Enum(['start', 'abort']) }, { additionalProperties: false })

/** Plans, modes, models and commissioning: looking needs a viewer, acting an operator or engineer, and is audited. */
export function registerPlan(app: FastifyInstance, services: Services): void {
  registerPlanLook(app, services)
  registerPlanAct(app, services)
}

function registerPlanLook(app: FastifyInstance, { access, planning }: Services): void {
  app.register(async look => {
    look.addHook('onRequest', async request => {
      access.require(request, 'viewer')
    })
    look.get<{ Querystring: Static<typeof Limit> }>(
      '/api/v1/plans',
      { schema: { querystring: Limit, tags: ['plans'], summary: 'Plans, newest first' } },
      async (request): Promise<readonly PlanView[]> => planning.list(request.query.limit),
    )
    look.get(
      '/api/v1/plans/current',
      { schema: { tags: ['plans'], summary: 'The plan of the hour' } },
      async (): Promise<PlanView> => planning.current(),
    )
    look.get('/api/v1/modes', { schema: { tags: ['plans'], summary: 'Mode of each CDU' } }, async () =>
      planning.modes(),
    )
    look.get(
      '/api/v1/planning',
      {
        schema: {
          tags: ['plans'],
          summary: 'Trust ladder of each CDU, champion and challenger, what is not known, commissioning',
        },
      },
      async (): Promise<PlanningView> => planning.view(),
    )
    look.get(
      '/api/v1/models',
      { schema: { tags: ['plans'], summary: 'Cards of the models at hand, champion first' } },
      async (): Promise<readonly ModelCard[]> => planning.view().models,
    )
    look.get<{ Params: Static<typeof OneModel> }>(
      '/api/v1/models/:id',
      { schema: { params: OneModel, tags: ['plans'], summary: 'A whole model, parameters and span' } },
      async request => planning.model(request.params.id),
    )
    look.get(
      '/api/v1/commissioning',
      { schema: { tags: ['plans'], summary: 'The commissioning sweep, or null' } },
      async (): Promise<CommissioningView | null> => planning.view().commissioning,
    )
  })
}

function registerPlanAct(app: FastifyInstance, services: Services): void {
  const { access, planning, state, clock, graph } = services
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
    {
      schema: {
        body: SetMode,
        tags: ['plans'],
        summary: 'Set the mode of a CDU, or of all; auto comes when its preconditions are met, one CDU first',
      },
    },
    async request => {
      const caller = access.require(request, 'engineer')
      const cdu = cduOrAll(request.body.cdu)
      const targets = cdu === 'all' ? graph.ofKind('cdu').map(item => item.id) : [cdu]
      for (const target of targets) await planning.setMode(target, request.body.mode, caller.name)
      audit(caller.name, 'mode', cdu, request.body.mode)
      return planning.modes()
    },
  )
  app.post<{ Body: Static<typeof PinModel> }>(
    '/api/v1/models/pin',
    {
      schema: {
        body: PinModel,
        tags: ['plans'],
        summary: 'Let one model steer whatever comes (also an earlier one); null: the better one again',
      },
    },
    async (request): Promise<readonly ModelCard[]> => {
      const caller = access.require(request, 'engineer')
      planning.pinModel(request.body.id)
      audit(caller.name, 'pin model', request.body.id ?? 'none', 'done')
      return planning.view().models
    },
  )
  app.post<{ Body: Static<typeof Commission> }>(
    '/api/v1/commissioning',
    {
      schema: {
        body: Commission,
        tags: ['plans'],
        summary: 'Start a commissioning sweep of 48 h, or abort the one under way',
      },
    },
    async (request): Promise<CommissioningView> => {
      const caller = access.require(request, 'engineer')
      return request.body.action === 'start'
        ? planning.startCommissioning(caller.name)
        : planning.abortCommissioning(caller.name)
    },
  )
}
