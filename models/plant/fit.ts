import {
  type ComponentName,
  componentNames,
  componentSpecs,
  needsSteady,
  observeCdu,
  observePlant,
} from '#models/plant/components.ts'
import { type FactorFit, fitFactors, type Observation } from '#models/plant/fitFactors.ts'
import { learnLeakage } from '#models/plant/leakage.ts'
import { pumpStagesOf } from '#models/plant/learned/pumpStages.ts'
import { minutesHeld } from '#models/plant/learned/storage.ts'
import { type Lesson, lessonsOf } from '#models/plant/lessons.ts'
import { nameplateModel, type PlantModel } from '#models/plant/model.ts'
import type { Priors } from '#models/plant/priors.ts'
import { pumpsSeen } from '#models/plant/pumpsSeen.ts'
import { learnResiduals } from '#models/plant/residualNets.ts'
import type { PlantRow } from '#models/plant/row.ts'
import { sensorOffsetsOf, shifted } from '#models/plant/sensorOffsets.ts'
import { basinSeen } from '#models/plant/waterStores.ts'

type Regression = {
  readonly name: ComponentName
  readonly cdu: number
  readonly observations: readonly (Observation | undefined)[]
}

/** A plant model fitted to these rows, starting from the nameplate: the best fit and its ensemble (fitFactors.ts). */
export async function fitPlant(
  priors: Priors,
  rows: readonly PlantRow[],
  options: { readonly seed: number },
): Promise<PlantModel> {
  const model = nameplateModel(priors, options.seed)
  if (rows.length === 0) return model
  const offsets = sensorOffsetsOf(rows, priors)
  const lessons = lessonsOf(rows).map(lesson => ({ ...lesson, row: shifted(lesson.row, offsets) }))
  const regressions = allRegressions(priors, lessons)
  const fits = await fitFactors(
    regressions.map(({ name, observations }) => ({ belief: componentSpecs[name], observations })),
    { rows: lessons.length, members: model.memberCount, seed: options.seed },
  )
  const fitted = withFits(model, regressions, fits, rows)
  const of = { priors, model: fitted }
  return {
    ...fitted,
    leakage: learnLeakage(of, rows, options.seed),
    residualNets: await learnResiduals(of, lessons, options.seed),
    course: {
      offsets,
      pumpStages: pumpStagesOf(
        priors.facilityPumps,
        rows.map(row => pumpsSeen(of, row)),
      ),
      basinMinutes: minutesHeld(basinSeen(of, rows, offsets)),
    },
  }
}

function allRegressions(priors: Priors, lessons: readonly Lesson[]): Regression[] {
  const cdus = priors.site.layout.cdus
  const seenBy = (name: ComponentName, observe: (row: PlantRow) => Observation | undefined) =>
    lessons.map(({ row, steady, weight }) => {
      const observation = steady || !needsSteady.has(name) ? observe(row) : undefined
      return observation && { ...observation, weight }
    })
  return componentNames.flatMap(name =>
    componentSpecs[name].perCdu
      ? Array.from({ length: cdus }, (_, cdu) => ({
          name,
          cdu,
          observations: seenBy(name, row => row.cdus[cdu] && observeCdu(name, row, row.cdus[cdu], priors)),
        }))
      : [{ name, cdu: -1, observations: seenBy(name, row => observePlant(name, row, priors)) }],
  )
}

function withFits(
  model: PlantModel,
  regressions: readonly Regression[],
  fits: readonly FactorFit[],
  rows: readonly PlantRow[],
): PlantModel {
  const parameters = structuredClone(model.parameters) as Record<ComponentName, (readonly number[])[][]>
  const residuals = structuredClone(model.residuals) as Record<ComponentName, number[]>
  regressions.forEach(({ name, cdu }, index) => {
    const { members, residual } = fits[index] as FactorFit
    const unit = Math.max(0, cdu)
    parameters[name][unit] = [...members]
    if (residual !== undefined) residuals[name][unit] = residual
  })
  return {
    ...model,
    parameters,
    residuals,
    span: { fromAt: (rows[0] as PlantRow).at, toAt: (rows.at(-1) as PlantRow).at, rows: rows.length },
    known: knownRange(rows),
  }
}

/** Lowest and highest of what the plant was seen doing; plans beyond it are a step into the unknown. */
function knownRange(rows: readonly PlantRow[]): PlantModel['known'] {
  const range = (pick: (row: PlantRow) => number): readonly [number, number] | null => {
    const values = rows.map(pick).filter(Number.isFinite)
    return values.length === 0 ? null : [Math.min(...values), Math.max(...values)]
  }
  return {
    wetBulbC: range(row => row.wetBulbC),
    itKw: range(row => row.itKw),
    towerLeavingC: range(row => row.tower.leavingC),
    facilitySupplyC: range(row => row.facility.supplyC),
    facilityDpKpa: range(row => row.facility.dpKpa),
    cduSupplyC: range(row => row.cdus[0]?.supplyC ?? Number.NaN),
    cduDpKpa: range(row => row.cdus[0]?.dpKpa ?? Number.NaN),
  }
}
