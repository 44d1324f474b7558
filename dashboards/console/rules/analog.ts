/** Geometry of the analog indicator, in per cent of its width: pure, so that the shape is tested without a browser. */
export type AnalogScale = {
  readonly lo: number
  readonly hi: number
  /** Normal now: from the mode, the plan and the load. */
  readonly band: readonly [number, number]
  readonly limits?: readonly number[]
  /** The guard's ends; null where there is none on that side. */
  readonly guard?: readonly [low: number | null, high: number | null]
}

export type AnalogShape = {
  readonly band: readonly [x: number, width: number]
  readonly limits: readonly number[]
  readonly guard: readonly number[]
  readonly needle: number | undefined
  readonly setpoint: number | undefined
  /** Where the value stands when it is abnormal: the only part that takes the priority colour. */
  readonly zone: readonly [x: number, width: number] | undefined
}

export function analogShape(
  scale: AnalogScale,
  value: number | null,
  setpoint?: number | null,
  abnormal = false,
): AnalogShape {
  const { lo, hi, band, limits = [], guard = [null, null] } = scale
  const x = (at: number) => Math.max(0, Math.min(100, (100 * (at - lo)) / (hi - lo)))
  const span = (from: number, to: number) => [x(from), Math.max(0, x(to) - x(from))] as const
  const sorted = [...limits].sort((a, b) => a - b)
  const zone = (at: number) =>
    at >= (band[0] + band[1]) / 2
      ? span(sorted.findLast(limit => limit > band[0] && limit <= at) ?? band[1], hi)
      : span(lo, sorted.find(limit => limit >= at) ?? band[0])
  return {
    band: span(band[0], band[1]),
    limits: limits.map(x),
    guard: guard.filter(end => end !== null).map(x),
    needle: value === null ? undefined : x(value),
    setpoint: setpoint === undefined || setpoint === null ? undefined : x(setpoint),
    zone: value === null || !abnormal ? undefined : zone(value),
  }
}
