import Type, { type Static } from 'typebox'

/** A fault with start, place, size and end; scripted in a scenario or injected through the simulator's HTTP endpoint. */
export const Fault = Type.Object(
  {
    id: Type.String({ pattern: '^[A-Za-z0-9-]{1,60}$' }),
    kind: Type.Enum([
      'leak',
      'pumpTrip',
      'frozenSensor',
      'badSensor',
      'leakSensorFault',
      'silentController',
      'meterBackwards',
      'stuckValve',
    ]),
    /** Equipment id: tray, rack, manifold, cdu, floor rope for leaks; a pump; for sensors the equipment. */
    place: Type.String(),
    /** Point name, for sensor faults. */
    point: Type.Optional(Type.String()),
    /** Leak: litres per minute. */
    size: Type.Optional(Type.Number({ minimum: 0 })),
    /** Site time; absent: at once. */
    startAt: Type.Optional(Type.Number()),
    /** Site time; absent: until cleared. */
    endAt: Type.Optional(Type.Number()),
  },
  { additionalProperties: false },
)
export type Fault = Static<typeof Fault>
