import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { type MeView, roles } from '#contract/api.ts'
import { Failure } from '#contract/failure.ts'
import { sessionCookie } from '#hub/access/access.ts'
import type { Services } from '#hub/services.ts'

const SignIn = Type.Object(
  { token: Type.String({ minLength: 20, maxLength: 100 }) },
  { additionalProperties: false },
)

const TokenName = Type.String({ minLength: 2, maxLength: 60, pattern: '^[\\p{L}\\p{N} ._@-]+$' })
const NewToken = Type.Object(
  { name: TokenName, role: Type.Enum([...roles]) },
  { additionalProperties: false },
)
const NamedToken = Type.Object({ name: TokenName }, { additionalProperties: false })

/** Who am I, signing in and out. A browser keeps its token in a cookie that no script can read. */
export async function registerSession(
  app: FastifyInstance,
  { access, state, clock }: Services,
): Promise<void> {
  app.get(
    '/api/v1/me',
    { schema: { tags: ['access'], summary: 'Who this request comes from' } },
    async (request): Promise<MeView> => {
      const caller = access.callerOf(request)
      if (!caller) throw new Failure('NOT_SIGNED_IN', 'this hub shows nothing without a token')
      return caller
    },
  )
  app.post<{ Body: Static<typeof SignIn> }>(
    '/api/v1/session',
    // Five wrong tokens a minute from one address (SEC-12); writes by others go on.
    {
      schema: { body: SignIn, tags: ['access'], summary: 'Sign in with a token' },
      config: { rateLimit: { max: 5, timeWindow: 60_000 } },
    },
    async (request, reply): Promise<MeView> => {
      const caller = access.signIn(request.body.token)
      if (!caller) {
        state.audit({
          at: clock.siteNow(),
          who: request.ip,
          what: 'sign in',
          target: 'hub',
          result: 'refused',
        })
        throw new Failure('NOT_SIGNED_IN', 'that token is not known here')
      }
      const secure = request.protocol === 'https' ? '; Secure' : ''
      reply.header(
        'set-cookie',
        `${sessionCookie}=${request.body.token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000${secure}`,
      )
      return caller
    },
  )
  app.delete(
    '/api/v1/session',
    { schema: { tags: ['access'], summary: 'Sign out' } },
    async (_request, reply) => {
      reply.header('set-cookie', `${sessionCookie}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0`)
      return { signedOut: true }
    },
  )
  app.get(
    '/api/v1/tokens',
    { schema: { tags: ['access'], summary: 'Who has a token, and in which role' } },
    async request => {
      access.require(request, 'admin')
      return state.tokens().map(({ name, role }) => ({ name, role }))
    },
  )
  app.post<{ Body: Static<typeof NewToken> }>(
    '/api/v1/tokens',
    {
      schema: {
        body: NewToken,
        tags: ['access'],
        summary: 'A token for a person or program; its text is told once',
      },
    },
    async request => {
      const caller = access.require(request, 'admin')
      const { name, role } = request.body
      const token = access.issue(name, role)
      state.audit({ at: clock.siteNow(), who: caller.name, what: 'issue token', target: name, result: role })
      return { name, role, token }
    },
  )
  app.delete<{ Params: Static<typeof NamedToken> }>(
    '/api/v1/tokens/:name',
    {
      schema: { params: NamedToken, tags: ['access'], summary: 'Remove a token: it opens nothing any more' },
    },
    async request => {
      const caller = access.require(request, 'admin')
      const { name } = request.params
      if (name === caller.name)
        throw new Failure('CONFLICT', 'nobody removes the token they came with: ask another admin')
      if (!state.removeToken(name)) throw new Failure('NOT_FOUND', `no token has the name "${name}"`)
      state.audit({
        at: clock.siteNow(),
        who: caller.name,
        what: 'remove token',
        target: name,
        result: 'removed',
      })
      return { removed: name }
    },
  )
}
