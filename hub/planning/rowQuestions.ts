import type { Question } from '#contract/query/question.ts'
import { type DurationMs, day, hour } from '#contract/units.ts'
import type { Span } from '#hub/planning/remembered.ts'
import { rowMs } from '#models/plant/row.ts'

/** Dead-banded points that do not change are not sent: a value holds this long without a word. */
export const valueHoldsMs = 6 * hour
/** A setpoint holds until the next one. */
export const setpointHoldsMs = day

export const isSetpoint = (point: string): boolean => point.endsWith('Sp')

const asked: ReadonlyArray<Pick<Question, 'kind' | 'points' | 'aggregate'>> = [
  {
    kind: 'cdu',
    aggregate: 'mean',
    points: [
      'supplyTemperature',
      'returnTemperature',
      'flow',
      'differentialPressure',
      'primarySupplyTemperature',
      'primaryReturnTemperature',
      'primaryFlow',
      'valvePosition',
      'power',
    ],
  },
  { kind: 'cdu', aggregate: 'mean', points: ['supplyTemperatureSp', 'differentialPressureSp'] },
  {
    kind: 'facilityLoop',
    aggregate: 'mean',
    points: ['supplyTemperature', 'returnTemperature', 'flow', 'differentialPressure', 'power'],
  },
  { kind: 'facilityLoop', aggregate: 'mean', points: ['supplyTemperatureSp', 'differentialPressureSp'] },
  {
    kind: 'coolingTower',
    aggregate: 'mean',
    points: ['leavingTemperature', 'enteringTemperature', 'waterFlow', 'fanPower', 'pumpPower'],
  },
  { kind: 'coolingTower', aggregate: 'mean', points: ['leavingTemperatureSp', 'waterFlowSp'] },
  { kind: 'powerMeter', aggregate: 'mean', points: ['activePower'] },
  { kind: 'rack', aggregate: 'mean', points: ['power'] },
  { kind: 'tray', aggregate: 'max', points: ['chipTemperature'] },
  { kind: 'weatherStation', aggregate: 'mean', points: ['wetBulb'] },
  { kind: 'room', aggregate: 'mean', points: ['dewPoint'] },
]

/** One question may span this much: its answer holds the hub's own thread for some milliseconds, and screens are heard in between. */
const questionMs = 6 * hour

/** What the rows of a span need of the store; with `lead`, also what may hold into it from before. */
export function rowQuestions(
  { fromAt, toAt }: Span,
  { lead }: { readonly lead: boolean },
): readonly Question[] {
  return asked.flatMap(part => {
    const holdsMs: DurationMs = part.points.every(isSetpoint) ? setpointHoldsMs : valueHoldsMs
    const firstAt = Math.max(0, fromAt - (lead ? holdsMs : 0))
    return Array.from({ length: Math.ceil((toAt - firstAt) / questionMs) }, (_, slice) => ({
      ...part,
      points: [...part.points],
      fromAt: firstAt + slice * questionMs,
      toAt: Math.min(toAt, firstAt + (slice + 1) * questionMs),
      everyMs: rowMs,
    }))
  })
}
