import Type, { type Static } from 'typebox'

export const faultKinds = [
  'leak',
  'pumpTrip',
  'stuckValve',
  'fouling',
  'towerFanFailure',
  'chillerTrip',
  'loadJump',
  'sensorDrift',
  'sensorBias',
  'frozenSensor',
  'badSensor',
  'leakSensorFault',
  'silentController',
  'clockSkew',
  'meterBackwards',
  'meterRollover',
] as const
export type FaultKind = (typeof faultKinds)[number]

/** What `size` means for a kind: `usual` is taken where none is given; a kind without it needs one. */
type SizeRule = {
  readonly means: string
  readonly lowest: number
  readonly highest: number
  readonly usual?: number
}
type FaultRule = {
  readonly point: 'needed' | 'optional' | 'none'
  readonly size?: SizeRule
}

/** A day: clocks further off than that are set by hand the same hour. */
const skewMaxS = 86_400
const anyAmount = { lowest: -1e6, highest: 1e6 } as const

/** What each kind is given beside its place. */
export const faultRules: Readonly<Record<FaultKind, FaultRule>> = {
  leak: {
    point: 'none',
    size: { means: 'L/min at operating pressure', lowest: 0, highest: 1_000, usual: 0.5 },
  },
  pumpTrip: { point: 'none' },
  stuckValve: { point: 'optional' },
  fouling: {
    point: 'none',
    size: { means: 'share of the conductance that is left', lowest: 0.05, highest: 1 },
  },
  towerFanFailure: { point: 'none', size: { means: 'share of the fans that fail', lowest: 0, highest: 1 } },
  chillerTrip: { point: 'none' },
  loadJump: {
    point: 'none',
    size: { means: 'share of nameplate that is added within a minute', lowest: -1, highest: 1 },
  },
  sensorDrift: { point: 'needed', size: { means: "the point's unit per day", ...anyAmount } },
  sensorBias: { point: 'needed', size: { means: "the point's unit", ...anyAmount } },
  frozenSensor: { point: 'needed' },
  badSensor: { point: 'needed' },
  leakSensorFault: { point: 'none' },
  silentController: { point: 'optional' },
  clockSkew: {
    point: 'none',
    size: { means: 'seconds that the clock is ahead', lowest: -skewMaxS, highest: skewMaxS },
  },
  meterBackwards: { point: 'none' },
  meterRollover: {
    point: 'none',
    size: { means: 'kWh that are left until the register rolls over', lowest: 0, highest: 1e6, usual: 1 },
  },
}

/** A fault with start, place, size and end; scripted in a scenario or injected through the simulator's HTTP endpoint. */
export const Fault = Type.Object(
  {
    id: Type.String({ pattern: '^[A-Za-z0-9-]{1,60}$' }),
    kind: Type.Enum([...faultKinds]),
    /** Equipment id: tray, rack, manifold, cdu, floor rope for leaks; a pump; for sensors the equipment. */
    place: Type.String(),
    /** Point name, for faults of sensors, commands and of one valve of several. */
    point: Type.Optional(Type.String()),
    /** What it means depends on the kind: `faultRules`. */
    size: Type.Optional(Type.Number()),
    /** Site time; absent: at once. */
    startAt: Type.Optional(Type.Number()),
    /** Site time; absent: until cleared. */
    endAt: Type.Optional(Type.Number()),
  },
  { additionalProperties: false },
)
export type Fault = Static<typeof Fault>

/** Size of a fault, or what is usual for its kind; the board has seen to it that one of them is there. */
export const sizeOf = (fault: Fault): number => fault.size ?? faultRules[fault.kind].size?.usual ?? 0

/** What is wrong with a fault's point, size or times whatever the plant, in a sentence; undefined where nothing is. */
export function wrongOf(fault: Fault): string | undefined {
  const { point, size } = faultRules[fault.kind]
  if (point === 'needed' && fault.point === undefined) return 'needs a point'
  if (point === 'none' && fault.point !== undefined) return `takes no point, but has "${fault.point}"`
  if (!size) {
    if (fault.size !== undefined) return `takes no size, but has ${fault.size}`
  } else {
    const allowed = `${size.lowest}..${size.highest} (${size.means})`
    if (fault.size === undefined && size.usual === undefined) return `needs a size, ${allowed}`
    if (fault.size !== undefined && !(fault.size >= size.lowest && fault.size <= size.highest))
      return `size ${fault.size} where ${allowed} is allowed`
  }
  if (fault.startAt !== undefined && fault.endAt !== undefined && fault.endAt <= fault.startAt)
    return 'ends before it starts'
  return undefined
}
