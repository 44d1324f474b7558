import type { EnergyView, StatisticsView } from '#contract/api.ts'

/** What the agents, the hub and the plant say at the end of a run. */
export type RunEnd = {
  readonly site: string
  readonly siteHours: number
  readonly wallSeconds: number
  readonly console: string
  readonly accepted: number
  readonly statistics: StatisticsView
  readonly energy: EnergyView
  readonly truth: {
    readonly itKwh: number
    readonly facilityKwh: number
    readonly coolingKwh: number
    readonly pue: number
  }
}

/** The summary that `--json` writes. */
export function summaryOf(end: RunEnd) {
  const { statistics, energy } = end
  const rounded = (value: number | null, digits = 3) =>
    value === null ? null : Number(value.toFixed(digits))
  return {
    site: end.site,
    siteHours: rounded(end.siteHours, 4),
    wallSeconds: rounded(end.wallSeconds, 1),
    console: end.console,
    samples: {
      accepted: end.accepted,
      stored: statistics.samples.stored,
      duplicates: statistics.samples.duplicates,
      rejected: statistics.samples.rejected,
    },
    plans: { made: statistics.plans.inAuto, acted: statistics.plans.acted, held: statistics.plans.held },
    leases: statistics.leases,
    alarms: statistics.alarms,
    energy: {
      itKwh: rounded(energy.itKwh),
      facilityKwh: rounded(energy.facilityKwh),
      coolingKwh: rounded(energy.coolingKwh),
      pue: rounded(energy.pue, 4),
      kind: energy.kind,
      category: energy.category,
      coverage: rounded(energy.coverage, 4),
      truth: {
        itKwh: rounded(end.truth.itKwh),
        facilityKwh: rounded(end.truth.facilityKwh),
        coolingKwh: rounded(end.truth.coolingKwh),
        pue: rounded(end.truth.pue, 4),
      },
    },
  }
}

/** The same for a person, in a few lines. */
export function summaryText(end: RunEnd): string {
  const { statistics, energy } = end
  return [
    `${end.siteHours.toFixed(1)} site hours in ${end.wallSeconds.toFixed(0)} s`,
    `samples: ${end.accepted} accepted at the edge, ${statistics.samples.stored} found in the store, ${statistics.samples.duplicates} twice, ${statistics.samples.rejected} rejected`,
    `plans: ${statistics.plans.inAuto} in auto, ${statistics.plans.acted} moved something, ${statistics.plans.held} held; leases: ${statistics.leases.issued} issued, ${statistics.leases.applied} applied, ${statistics.leases.clipped} clipped, ${statistics.leases.refused} refused, ${statistics.leases.expired} expired`,
    `energy: IT ${energy.itKwh?.toFixed(0) ?? 'unknown'} kWh, facility ${energy.facilityKwh?.toFixed(0) ?? 'unknown'} kWh, interim PUE ${energy.pue?.toFixed(3) ?? 'unknown'} (category ${energy.category}, coverage ${(100 * energy.coverage).toFixed(1)} %); the plant itself says ${end.truth.pue.toFixed(3)}`,
    '',
  ].join('\n')
}
