import type { Quality, Sample } from '#contract/reading.ts'
import type { Site } from '#contract/site/site.ts'
import { birthPlan } from '#contract/sparkplug/birth.ts'
import type { Millis } from '#contract/units.ts'

/** Which point a sample of the run is of, and between what its values lie. */
export type Series = {
  readonly equipment: string
  readonly point: string
  readonly lowest: number
  readonly highest: number
}

/** Sample number n is taken n ms after this: its time says which one it is. */
export const firstAt: Millis = Date.UTC(2025, 6, 1)
/** Enough for several devices, few enough that births stay small. */
const seriesMax = 60

/** Measured points of an agent, spread over its devices. */
export function seriesOf(site: Site, agent: string): readonly Series[] {
  const measured = [...birthPlan(site, agent).devices.values()]
    .flat()
    .filter(({ spec }) => spec.unit !== 'bool' && spec.unit !== 'state' && spec.quantity !== 'command')
  const step = Math.max(1, Math.floor(measured.length / seriesMax))
  return measured
    .filter((_, index) => index % step === 0)
    .slice(0, seriesMax)
    .map(({ equipment, point, spec }) => ({
      equipment,
      point,
      lowest: spec.range[0],
      highest: spec.range[1],
    }))
}

/** Sample number `position`: a function of series and position alone, so that an altered or invented one is recognised. */
export function sampleAt(series: readonly Series[], position: number): Sample {
  const { equipment, point, lowest, highest } = series[position % series.length] as Series
  const at = firstAt + position
  if (position % 31 === 7) return { equipment, point, value: null, quality: 'bad', at }
  // Multiplied by an odd number, positions below 2³² all differ, and so do their values.
  const share = (Math.imul(position, 0x9e3779b1) >>> 0) / 4_294_967_296
  const quality: Extract<Quality, 'good' | 'uncertain'> = position % 13 === 5 ? 'uncertain' : 'good'
  return { equipment, point, value: lowest + share * (highest - lowest), quality, at }
}
