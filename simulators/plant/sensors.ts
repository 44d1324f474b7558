import type { PointSpec } from '#contract/points.ts'
import { drawBetween, hashOf, normalAt, uniformAt } from '#simulators/plant/chance.ts'

/** What a sensor makes of the truth. */
export type SensorError = {
  readonly bias: number
  readonly gain: number
  readonly noise: number
  readonly hash: number
  readonly lowest: number
  readonly highest: number
}

const exact = { bias: 0, gain: 1, noise: 0 }

/**
 * Errors of a good industrial sensor, drawn once per sensor: temperature 0.1 K (one σ), flow 0.5 %, pressure 0.3 %, power
 * 0.5 %; beside them a little noise at each step. Energy meters carry their class error in the meter itself; states,
 * commands and setpoints are exact.
 */
export function sensorError(seed: number, key: string, spec: PointSpec, isMeter: boolean): SensorError {
  const hash = hashOf(seed, `sensor/${key}`)
  const [lowest, highest] = spec.range
  const error =
    spec.writable || isMeter
      ? exact
      : errorOf(spec, hash, label => drawBetween(seed, `sensor/${key}/${label}`, -1, 1))
  return { ...error, hash, lowest, highest }
}

function errorOf(
  spec: PointSpec,
  hash: number,
  draw: (label: string) => number,
): { bias: number; gain: number; noise: number } {
  switch (spec.quantity) {
    case 'temperature':
      return { bias: 0.1 * normalAt(hash, -1), gain: 1, noise: 0.015 }
    case 'flow':
      return { bias: 0, gain: 1 + 0.005 * draw('gain'), noise: 0 }
    case 'pressure':
      return { bias: 0, gain: 1 + 0.003 * draw('gain'), noise: 0.05 }
    case 'power':
      return { bias: 0, gain: 1 + 0.005 * draw('gain'), noise: 0 }
    case 'humidity':
      return { bias: 1.5 * draw('bias'), gain: 1, noise: 0.05 }
    case 'level':
      return { bias: 0, gain: 1, noise: 0.01 }
    case 'conductivity':
      return { bias: 0, gain: 1 + 0.02 * draw('gain'), noise: 1 }
    case 'temperatureDifference':
    case 'energy':
    case 'speed':
    case 'opening':
    case 'leak':
    case 'status':
    case 'command':
      return exact
    default:
      return spec.quantity satisfies never
  }
}

/** The value that the sensor shows at a step; the same step always shows the same. */
export function sensed(truth: number, error: SensorError, stepNumber: number): number {
  if (error.noise === 0 && error.bias === 0 && error.gain === 1) return truth
  const noise = error.noise === 0 ? 0 : error.noise * (2 * uniformAt(error.hash, stepNumber) - 1)
  return Math.max(error.lowest, Math.min(error.highest, truth * error.gain + error.bias + noise))
}
