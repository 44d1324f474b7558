import { featuresOf } from '#models/plant/components.ts'
import type { PumpRow } from '#models/plant/learned/pumpStages.ts'
import { factorOf } from '#models/plant/model.ts'
import type { Predictor } from '#models/plant/predict.ts'
import type { PlantRow } from '#models/plant/row.ts'

/** How many facility pumps run, by the power that they draw for their flow and pressure; NaN where a row does not tell. */
export function pumpsSeen({ priors, model }: Predictor, row: PlantRow): PumpRow {
  const flowLpm = row.cdus.reduce((sum, cdu) => sum + cdu.primaryFlowLpm, 0)
  const features = featuresOf.facilityPump(priors, flowLpm)
  const factor = factorOf(model, 'facilityPump', { unit: 0, member: 0 }, features)
  let running = Number.NaN
  let nearest = Number.POSITIVE_INFINITY
  for (let pumps = 1; pumps <= priors.facilityPumps.pumps; pumps++) {
    const expectedKw = factor * priors.facilityPump(flowLpm, row.facility.dpKpa, pumps)
    const distance = Math.abs(Math.log(row.facility.pumpKw / expectedKw))
    if (distance < nearest) [running, nearest] = [pumps, distance]
  }
  return { running, flowLpm }
}
