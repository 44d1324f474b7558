import type { Features } from '#models/plant/fitFactors.ts'
import {
  type HybridComponentName,
  hybridComponentNames,
  hybridSpecs,
} from '#models/plant/hybrid/components.ts'
import type { HybridPriors } from '#models/plant/hybrid/priors.ts'
import { type PumpStages, pumpStagesOf } from '#models/plant/learned/pumpStages.ts'
import { minutesHeld } from '#models/plant/learned/storage.ts'
import { memberCountDefault, nameplateModel, type PlantModel } from '#models/plant/model.ts'

/** A fitted hybrid plant as plain JSON. */
export type HybridModel = {
  readonly kind: 'coldloop-hybrid-1'
  readonly site: string
  readonly seed: number
  readonly memberCount: number
  /** CDUs, pumps, tower and losses: what a cold-plate plant has too. */
  readonly coldPlates: PlantModel
  /** [component][member][feature] */
  readonly parameters: Readonly<Record<HybridComponentName, ReadonlyArray<readonly number[]>>>
  /** Root mean square of the best fit's residuals (natural logarithm). */
  readonly residuals: Readonly<Record<HybridComponentName, number>>
  /** Minutes of design flow that stand in the tower's basin. */
  readonly basinMinutes: number
  readonly pumpStages: PumpStages
  /** Half hours that spoke of it. */
  readonly seen: Readonly<Record<string, number>>
  readonly span: { readonly fromAt: number; readonly toAt: number; readonly rows: number } | null
}

/** What is known before any telemetry. */
export function nameplateHybrid(priors: HybridPriors, seed: number): HybridModel {
  const each = <T>(make: (name: HybridComponentName) => T) =>
    Object.fromEntries(hybridComponentNames.map(name => [name, make(name)])) as Record<HybridComponentName, T>
  return {
    kind: 'coldloop-hybrid-1',
    site: priors.site.name,
    seed,
    memberCount: memberCountDefault,
    coldPlates: nameplateModel(priors.liquid, seed),
    parameters: each(name =>
      Array.from({ length: memberCountDefault }, () => [...hybridSpecs[name].priorMean]),
    ),
    residuals: each(name => hybridSpecs[name].noise),
    basinMinutes: minutesHeld([]),
    pumpStages: pumpStagesOf(priors.facilityPumps, []),
    seen: {},
    span: null,
  }
}

/** Learned ÷ nameplate for one component and member. */
export function hybridFactor(
  model: HybridModel,
  name: HybridComponentName,
  member: number,
  features: Features,
): number {
  const [level = 0, slope = 0, second = 0] = model.parameters[name][member] as readonly number[]
  return Math.exp(level * features[0] + slope * features[1] + second * features[2])
}
