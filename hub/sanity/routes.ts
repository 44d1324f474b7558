import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Access } from '#hub/access/access.ts'
import type { SensorWatch } from '#hub/sanity/sensorWatch.ts'
import { findings } from '#models/sanity/sensors.ts'

const SensorDoubtView = Type.Object({
  sensor: Type.String({ description: 'equipment.point' }),
  finding: Type.Enum([...findings]),
  fromAt: Type.Number({ description: 'ms UTC of site time: its first doubtful five minutes' }),
  toAt: Type.Union([Type.Number(), Type.Null()], {
    description: 'when it had been sound for an hour; null: it is in doubt now',
  }),
  reason: Type.String(),
  cause: Type.String({ description: 'doubts of one cause have one alarm' }),
})
const SensorDoubts = Type.Array(SensorDoubtView)
export type SensorDoubtView = Static<typeof SensorDoubtView>

/** Sensors that are not believed, and those that were not in the last two weeks: from when to when, and why. */
export function registerSensorDoubts(
  app: FastifyInstance,
  { access, sensors }: { readonly access: Access; readonly sensors: Pick<SensorWatch, 'record'> },
): void {
  app.get(
    '/api/v1/sensors/doubts',
    {
      schema: {
        response: { 200: SensorDoubts },
        tags: ['alarms'],
        summary: 'Sensors in doubt, now and in the last two weeks: what, from when to when, why',
      },
    },
    async (request): Promise<SensorDoubtView[]> => {
      access.require(request, 'viewer')
      const { standing, past } = sensors.record()
      return [...standing.map(doubt => ({ ...doubt, closedAt: null })), ...past].map(
        ({ column, finding, fromAt, closedAt, reason, cause }) => ({
          sensor: column,
          finding,
          fromAt,
          toAt: closedAt,
          reason,
          cause,
        }),
      )
    },
  )
}
