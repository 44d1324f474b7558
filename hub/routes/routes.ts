import type { FastifyInstance } from 'fastify'
import { registerAct } from '#hub/routes/act.ts'
import { registerHealth } from '#hub/routes/health.ts'
import { registerLook } from '#hub/routes/look.ts'
import { registerPlan } from '#hub/routes/plan.ts'
import { registerSession } from '#hub/routes/session.ts'
import { registerStream } from '#hub/routes/stream.ts'
import { registerSensorDoubts } from '#hub/sanity/routes.ts'
import { registerSavings } from '#hub/savings/routes.ts'
import type { Services } from '#hub/services.ts'

/** Every address the hub answers. */
export async function registerRoutes(app: FastifyInstance, services: Services): Promise<void> {
  await registerSession(app, services)
  registerLook(app, services)
  registerStream(app, services)
  registerAct(app, services)
  registerPlan(app, services)
  registerSavings(app, services)
  registerSensorDoubts(app, services)
  registerHealth(app, services)
}
