import type { StatisticsView } from '#contract/api.ts'
import { second } from '#contract/units.ts'
import type { Services } from '#hub/services.ts'
import type { StoreCounts } from '#hub/store/store.ts'

/** Screens may ask each second; counting may take a twentieth of the time at the most, so a count of 2 s is 40 s old at worst. */
const keptMsMin = second
const keptPerCost = 20

/** Counts of a run; what is stored is asked of the store itself, never counted on the way. */
export function createStatistics(
  services: Pick<Services, 'store' | 'host' | 'planning' | 'alarms' | 'state' | 'clock'>,
): (how: { readonly fresh: boolean }) => Promise<StatisticsView> {
  const { store, clock } = services
  let kept: { readonly counts: StoreCounts; readonly untilMs: number } | undefined
  return async ({ fresh }) => {
    const startedMs = clock.machineNow()
    if (fresh || kept === undefined || startedMs >= kept.untilMs) {
      const counts = await store.counts()
      const endedMs = clock.machineNow()
      kept = { counts, untilMs: endedMs + Math.max(keptMsMin, keptPerCost * (endedMs - startedMs)) }
    }
    return view(services, kept.counts)
  }
}

function view(
  { host, planning, alarms, state }: Pick<Services, 'host' | 'planning' | 'alarms' | 'state'>,
  kept: StoreCounts,
): StatisticsView {
  const seen = host.counters()
  const plans = planning.counts()
  return {
    samples: {
      received: seen.received,
      stored: kept.values,
      duplicates: kept.duplicates,
      duplicatesOnWire: seen.duplicatesOnWire,
      rejected: seen.rejected,
      quarantined: seen.quarantined,
    },
    plans: {
      made: plans.made,
      acted: plans.acted,
      held: plans.held,
      inAuto: plans.inAuto,
      applied: plans.applied,
    },
    leases: {
      issued: plans.leasesIssued,
      applied: state.counted('lease.applied'),
      clipped: state.counted('lease.clipped'),
      refused: state.counted('lease.refused'),
      expired: state.counted('lease.expired'),
    },
    alarms: alarms.counts(),
  }
}
