/** Silicon leaks 0.1 to 0.3 % more for each kelvin (YARDSTICKS 4); nobody can meter what was not drawn. */
export const leakagePerK = { least: 0.001, middle: 0.002, most: 0.003 } as const

/** IT energy saved by cooler chips, below zero where they run warmer. Modelled, and never to be called verified. */
export type LeakageSaving = {
  readonly modelledKwh: number
  readonly range: readonly [low: number, high: number]
  /** Mean chip temperature under the plan less that of the baseline. */
  readonly warmerK: number
}

/** 1,000,000 kWh of IT with chips 2 K warmer lose 4,000 kWh at 0.2 %/K; the range is 2,000 to 6,000. */
export function leakageSaving(itKwh: number, warmerK: number): LeakageSaving {
  const at = (perK: number) => -itKwh * perK * warmerK
  const ends = [at(leakagePerK.least), at(leakagePerK.most)] as const
  return {
    modelledKwh: at(leakagePerK.middle),
    range: [Math.min(...ends), Math.max(...ends)],
    warmerK,
  }
}
