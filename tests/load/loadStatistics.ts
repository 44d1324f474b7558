import { type Millis, minute } from '#contract/units.ts'
import type { Load } from '#simulators/load/load.ts'
import { correlation, meanOf, spreadOf } from '#tests/weather/statisticsOf.ts'

export type LoadStatistics = {
  /** Shares of a CDU's nameplate over all CDUs and minutes looked at. */
  readonly lowest: number
  readonly median: number
  readonly mean: number
  readonly highest: number
  /** Standard deviation of the logarithm: σ of a log-normal load. */
  readonly logSpread: number
  /** Autocorrelation of the site's share after 1 minute, 1 h, 6 h and 24 h. */
  readonly after: readonly number[]
  /** Largest change of the site's share in five minutes. */
  readonly quickest: number
}

/** Minutes of a load over some days, every `everyMinutes`. */
export function loadStatistics(
  load: Load,
  span: { cdus: number; nameplateKw: number; fromAt: Millis; days: number; everyMinutes: number },
): LoadStatistics {
  const { cdus, nameplateKw, fromAt, everyMinutes } = span
  const shares: number[] = []
  const site: number[] = []
  for (let at = 0; at < span.days * 1440; at += everyMinutes) {
    const siteAt = fromAt + at * minute
    let sum = 0
    for (let cdu = 0; cdu < cdus; cdu++) {
      const share = load.cduPowerKw(cdu, siteAt) / nameplateKw
      shares.push(share)
      sum += share
    }
    site.push(sum / cdus)
  }
  const rising = Float64Array.from(shares).sort()
  const later = (minutes: number) => {
    const steps = minutes / everyMinutes
    return correlation(site.slice(steps), site.slice(0, -steps))
  }
  const fiveSteps = 5 / everyMinutes
  return {
    lowest: rising[0]!,
    median: rising[rising.length >> 1]!,
    mean: meanOf(shares),
    highest: rising[rising.length - 1]!,
    logSpread: spreadOf(shares.map(Math.log)),
    after: [1, 60, 360, 1440].map(later),
    quickest: site
      .slice(fiveSteps)
      .reduce((most, share, index) => Math.max(most, Math.abs(share - site[index]!)), 0),
  }
}
