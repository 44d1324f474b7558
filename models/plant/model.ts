import { type ComponentName, componentNames, componentSpecs } from '#models/plant/components.ts'
import type { Features } from '#models/plant/fitFactors.ts'
import { type PumpStages, pumpStagesOf } from '#models/plant/learned/pumpStages.ts'
import { minutesHeld } from '#models/plant/learned/storage.ts'
import type { Priors } from '#models/plant/priors.ts'
import { noNets, type ResidualNets, type ResidualPart, residualParts } from '#models/plant/residualNets.ts'
import { type SensorOffsets, sensorOffsetsOf } from '#models/plant/sensorOffsets.ts'

/** Best fit plus five others whose spread is the uncertainty: "80 % of the ensemble" is four of five. */
export const memberCountDefault = 6

/** What is believed of IT leakage before any sweep: 0.2 %/K, somewhere between 0.1 and 0.3 (YARDSTICKS 1). */
export const leakageBelief = { perK: 0.002, sd: 0.0005, lowest: 0.001, highest: 0.003 } as const

/** A fitted plant as plain JSON: what was learned and the card that says from what. */
export type PlantModel = {
  readonly kind: 'coldloop-plant-1'
  readonly site: string
  readonly seed: number
  readonly memberCount: number
  /** [component][CDU, or 0 for the plant][member][feature] */
  readonly parameters: Readonly<Record<ComponentName, ReadonlyArray<ReadonlyArray<readonly number[]>>>>
  /** Root mean square of the best fit's residuals (natural logarithm), by component and CDU. */
  readonly residuals: Readonly<Record<ComponentName, readonly number[]>>
  /** Growth of IT power per kelvin of junction, by member; its standard deviation; whether telemetry has said anything of it. */
  readonly leakage: {
    readonly perK: readonly number[]
    readonly sd: number
    readonly isIdentified: boolean
  }
  /** What networks add to the equations of whole parts, and how they did on rows that they had not seen. */
  readonly residualNets: Readonly<Record<ResidualPart, ResidualNets>>
  readonly course: CourseFacts
  readonly span: { readonly fromAt: number; readonly toAt: number; readonly rows: number } | null
  readonly known: Readonly<Record<KnownName, readonly [lowest: number, highest: number] | null>>
}
/** What it takes to follow the plant between two states of rest. */
export type CourseFacts = {
  readonly offsets: SensorOffsets
  readonly pumpStages: PumpStages
  /** Minutes of design flow that the tower's basin holds. */
  readonly basinMinutes: number
}

type KnownName =
  | 'wetBulbC'
  | 'itKw'
  | 'towerLeavingC'
  | 'facilitySupplyC'
  | 'facilityDpKpa'
  | 'cduSupplyC'
  | 'cduDpKpa'

/** What is known before any telemetry. */
export function nameplateModel(priors: Priors, seed: number): PlantModel {
  const units = (name: ComponentName) => (componentSpecs[name].perCdu ? priors.site.layout.cdus : 1)
  const each = <T>(make: (name: ComponentName) => T) =>
    Object.fromEntries(componentNames.map(name => [name, make(name)])) as Record<ComponentName, T>
  return {
    kind: 'coldloop-plant-1',
    site: priors.site.name,
    seed,
    memberCount: memberCountDefault,
    parameters: each(name =>
      Array.from({ length: units(name) }, () =>
        Array.from({ length: memberCountDefault }, () => [...componentSpecs[name].priorMean]),
      ),
    ),
    residuals: each(name => Array.from({ length: units(name) }, () => componentSpecs[name].noise)),
    leakage: {
      perK: Array.from({ length: memberCountDefault }, () => leakageBelief.perK),
      sd: leakageBelief.sd,
      isIdentified: false,
    },
    residualNets: Object.fromEntries(residualParts.map(part => [part, noNets])) as Record<
      ResidualPart,
      ResidualNets
    >,
    course: {
      offsets: sensorOffsetsOf([], priors),
      pumpStages: pumpStagesOf(priors.facilityPumps, []),
      basinMinutes: minutesHeld([]),
    },
    span: null,
    known: {
      wetBulbC: null,
      itKw: null,
      towerLeavingC: null,
      facilitySupplyC: null,
      facilityDpKpa: null,
      cduSupplyC: null,
      cduDpKpa: null,
    },
  }
}

/** Learned ÷ nameplate for one component, CDU (0 for the plant) and member. */
export function factorOf(
  model: PlantModel,
  name: ComponentName,
  at: { readonly unit: number; readonly member: number },
  features: Features,
): number {
  const theta = model.parameters[name][at.unit]?.[at.member] as readonly number[]
  return Math.exp(
    (theta[0] as number) * features[0] +
      (theta[1] as number) * features[1] +
      (theta[2] as number) * features[2],
  )
}
