import { hour } from '#contract/units.ts'
import { seededNormal, seededRandom } from '#models/plant/random.ts'
import type { MeteredHour } from '#models/savings/hours.ts'

export const start = Date.UTC(2024, 0, 1)

export type SyntheticOptions = {
  readonly seed: number
  readonly weeks: number
  /** Standard deviation of what load and weather do not explain, as a share, and its correlation from hour to hour. */
  readonly noiseShare?: number
  readonly noiseCorrelation?: number
  /** Half of the way from January's to July's wet bulb. */
  readonly seasonK?: number
}

/** A plant that bends at 14 °C of wet bulb, with load and weather that wander and noise that stays for hours. */
export function syntheticHours(options: SyntheticOptions): MeteredHour[] {
  const { seed, weeks, noiseShare = 0.05, noiseCorrelation = 0.9, seasonK = 0 } = options
  const random = seededRandom(seed)
  const walk = (correlation: number) => {
    let value = seededNormal(random)
    return () => {
      value = correlation * value + Math.sqrt(1 - correlation ** 2) * seededNormal(random)
      return value
    }
  }
  const [load, air, noise] = [walk(0.95), walk(0.97), walk(noiseCorrelation)]
  return Array.from({ length: weeks * 168 }, (_, index) => {
    const wetBulbC = 13 - seasonK * Math.cos((2 * Math.PI * index) / 8736) + 4 * air()
    const itKwh = 1000 * (1 + 0.12 * load())
    const untouched = (itKwh / 1000) ** 1.5 * (30 + 0.5 * wetBulbC + 1.5 * Math.max(0, wetBulbC - 14))
    return {
      at: start + index * hour,
      itKwh,
      wetBulbC,
      coolingKwh: untouched * (1 + noiseShare * noise()),
      lossesKwh: 40 + 0.03 * itKwh,
    }
  })
}

/** The same hours with a share of cooling saved from an hour on. */
export const withSaving = (
  hours: readonly MeteredHour[],
  { fromHour, share }: { fromHour: number; share: number },
): MeteredHour[] =>
  hours.map((one, index) => (index < fromHour ? one : { ...one, coolingKwh: one.coolingKwh * (1 - share) }))
