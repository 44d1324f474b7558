import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { type Role, roles } from '#contract/api.ts'
import { Failure } from '#contract/failure.ts'
import type { State } from '#hub/state/state.ts'

/** Who asks: a person or program with a token, or anybody on loopback who only looks. */
export type Caller = { readonly name: string; readonly role: Role }

export type Access = {
  /** The first admin token, told once: only when this hub had none. */
  readonly firstToken: string | undefined
  callerOf(request: FastifyRequest): Caller | undefined
  /** A new token for a person or program, told once. Names are unique: the audit log goes by them. */
  issue(name: string, role: Role): string
  /** Checks a token; undefined when it is unknown. */
  signIn(token: string): Caller | undefined
  /** Throws NOT_SIGNED_IN or NOT_ALLOWED in one sentence. */
  require(request: FastifyRequest, role: Role): Caller
}

export const sessionCookie = 'coldloop'

/** A site has a few dozen people and programs; each sign-in compares with all of them. */
const tokensMax = 200

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')
const atLeast = (have: Role, need: Role): boolean => roles.indexOf(have) >= roles.indexOf(need)

/** Tokens are 256 random bits; only their hash is kept, so a hash without salt cannot be searched back. */
export function createAccess(options: { state: State; anonymousViewer: boolean }): Access {
  const { state, anonymousViewer } = options
  const issue = (name: string, role: Role): string => {
    const known = state.tokens()
    if (known.some(record => record.name === name))
      throw new Failure(
        'CONFLICT',
        `there is a token of the name "${name}" already: take another name, or remove that one`,
      )
    if (known.length >= tokensMax)
      throw new Failure('CONFLICT', `${tokensMax} tokens exist already: remove one first`)
    const token = randomBytes(32).toString('base64url')
    state.addToken({ name, role, hash: hashOf(token) })
    return token
  }
  const firstToken = state.tokens().length === 0 ? issue('first admin', 'admin') : undefined
  const signIn = (token: string): Caller | undefined => {
    const hash = Buffer.from(hashOf(token))
    const found = state.tokens().find(record => timingSafeEqual(Buffer.from(record.hash), hash))
    return found ? { name: found.name, role: found.role } : undefined
  }
  const callerOf = (request: FastifyRequest): Caller | undefined => {
    const token = bearerOf(request) ?? cookieOf(request)
    if (token !== undefined) {
      const caller = signIn(token)
      if (caller) return caller
    }
    return anonymousViewer ? { name: 'viewer', role: 'viewer' } : undefined
  }
  return {
    firstToken,
    issue,
    callerOf,
    signIn,
    require: (request, role) => {
      const caller = callerOf(request)
      if (!caller)
        throw new Failure(
          'NOT_SIGNED_IN',
          'this needs a token: sign in, or send "Authorization: Bearer TOKEN"',
        )
      if (!atLeast(caller.role, role)) {
        const code = caller.name === 'viewer' && anonymousViewer ? 'NOT_SIGNED_IN' : 'NOT_ALLOWED'
        throw new Failure(code, `this needs the role ${role}; ${caller.name} has the role ${caller.role}`)
      }
      return caller
    },
  }
}

function bearerOf(request: FastifyRequest): string | undefined {
  const match = /^Bearer ([A-Za-z0-9_-]{20,100})$/.exec(request.headers.authorization ?? '')
  return match?.[1]
}

function cookieOf(request: FastifyRequest): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=')
    if (name === sessionCookie && value !== undefined && /^[A-Za-z0-9_-]{20,100}$/.test(value)) return value
  }
  return undefined
}
