import type { Millis } from '#contract/units.ts'
import { sweepMs } from '#models/commissioning/sweep.ts'
import type { SweepReport } from '#simulators/backtest/planDriver.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'

export type { SweepReport }

/** Tells what a sweep took, on the plant's truth, when it is over; to be called each minute. */
export function sweepMeter(
  fromAt: Millis | undefined,
  tell: ((report: SweepReport) => void) | undefined,
): (plant: SimulatedPlant) => void {
  let before: ReturnType<typeof truthOf> | undefined
  return plant => {
    const now = plant.siteNow()
    if (fromAt === undefined || now < fromAt || now > fromAt + sweepMs) return
    before ??= truthOf(plant)
    if (now < fromAt + sweepMs) return
    const after = truthOf(plant)
    tell?.({
      fromAt,
      toAt: now,
      itKwh: after.itKwh - before.itKwh,
      facilityKwh: after.facilityKwh - before.facilityKwh,
      overLimitDegreeMinutes: after.overLimitDegreeMinutes - before.overLimitDegreeMinutes,
    })
  }
}

function truthOf(plant: SimulatedPlant) {
  const { itKwh, facilityKwh } = plant.energy()
  return { itKwh, facilityKwh, overLimitDegreeMinutes: plant.tally().overLimitDegreeMinutes }
}
