import { existsSync } from 'node:fs'
import fastifyRateLimit from '@fastify/rate-limit'
import fastifyStatic from '@fastify/static'
import fastifySwagger from '@fastify/swagger'
import fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import { failureCodes, isFailure } from '#contract/failure.ts'
import { registerRoutes } from '#hub/routes/routes.ts'
import type { Services } from '#hub/services.ts'

/** The hub's HTTP application: built without listening, so that a test injects requests. */
export async function buildApp(services: Services): Promise<FastifyInstance> {
  // 1 MB bodies (SEC-14); a question or an acknowledgement is a few hundred bytes.
  const app = fastify({
    logger: false,
    bodyLimit: 1_048_576,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true } },
    forceCloseConnections: true,
  })
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (isFailure(error))
      return reply.status(failureCodes[error.code].http).send({ code: error.code, sentence: error.message })
    if (error.validation || (error.statusCode !== undefined && error.statusCode < 500))
      return reply.status(error.statusCode ?? 400).send({
        code: 'MESSAGE_INVALID',
        sentence: `${request.method} ${request.url.split('?')[0]}: ${error.message}`,
      })
    services.log.error({ error, url: request.url }, 'a request met a defect')
    return reply.status(500).send({ code: 'DEFECT', sentence: 'the hub met a defect; it is in its log' })
  })
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff')
    reply.header(
      'content-security-policy',
      "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'self'",
    )
    reply.header('referrer-policy', 'no-referrer')
  })
  await app.register(fastifyRateLimit, { global: false })
  await app.register(fastifySwagger, {
    openapi: {
      info: {
        title: 'Coldloop hub',
        version: services.version,
        description:
          'Cooling telemetry, alarms, plans and energy of a liquid-cooled site. All instants are ms UTC of site time; all values are in °C, K, L/min, kPa, kW, kWh.',
      },
    },
  })
  await registerRoutes(app, services)
  if (existsSync(services.consoleDir)) {
    await app.register(fastifyStatic, { root: services.consoleDir, cacheControl: false })
    // Every view of the console is an address of its own: unknown paths get the page, unknown API paths a sentence.
    app.setNotFoundHandler((request, reply) => {
      if (request.method === 'GET' && !request.url.startsWith('/api/'))
        return reply.header('cache-control', 'no-cache').sendFile('index.html')
      return reply.status(404).send({
        code: 'NOT_FOUND',
        sentence: `there is nothing at ${request.method} ${request.url.split('?')[0]}`,
      })
    })
  }
  return app
}
