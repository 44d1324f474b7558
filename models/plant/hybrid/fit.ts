import { type ComponentName, componentSpecs, needsSteady } from '#models/plant/components.ts'
import {
  type FactorBelief,
  type FactorFit,
  type Features,
  fitFactors,
  type Observation,
} from '#models/plant/fitFactors.ts'
import {
  type HybridComponentName,
  hybridComponentNames,
  hybridNeedsSteady,
  hybridSpecs,
  type SharedName,
  sharedNames,
  type WeighedRow,
  weighed,
} from '#models/plant/hybrid/components.ts'
import { type HybridModel, nameplateHybrid } from '#models/plant/hybrid/model.ts'
import { observeBasin, observeColdPlates, observeHybrid } from '#models/plant/hybrid/observe.ts'
import type { HybridPriors } from '#models/plant/hybrid/priors.ts'
import type { HybridRow } from '#models/plant/hybrid/row.ts'
import { type PumpRow, pumpStagesOf } from '#models/plant/learned/pumpStages.ts'
import { minutesHeld } from '#models/plant/learned/storage.ts'
import { factorOf, type PlantModel } from '#models/plant/model.ts'
import { inSetpoints } from '#models/plant/sensorOffsets.ts'

type Regression = {
  readonly belief: FactorBelief
  readonly observations: readonly (Observation | undefined)[]
  readonly of:
    | { readonly coldPlates: SharedName; readonly cdu: number }
    | { readonly hybrid: HybridComponentName }
}

/** Half hours two apart are independent; what is drawn again is drawn by four hours. */
const rowsPerIndependent = 2
const rowsPerBlock = 8

/** A plant model fitted to half hours, starting from the nameplate: the best fit and its ensemble (models/plant/fitFactors.ts). */
export async function fitHybrid(
  priors: HybridPriors,
  lessons: readonly WeighedRow[],
  options: { readonly seed: number; readonly pumpRows?: readonly PumpRow[] },
): Promise<HybridModel> {
  const model = nameplateHybrid(priors, options.seed)
  if (lessons.length === 0) return model
  const regressions = [...coldPlateRegressions(priors, lessons), ...hybridRegressions(priors, lessons)]
  const fits = await fitFactors(regressions, {
    rows: lessons.length,
    members: model.memberCount,
    seed: options.seed,
    rowsPerIndependent,
    rowsPerBlock,
  })
  const fitted = withFits(model, regressions, fits, lessons)
  return {
    ...fitted,
    basinMinutes: basinMinutes(priors, fitted, lessons),
    pumpStages: pumpStagesOf(priors.facilityPumps, options.pumpRows ?? []),
  }
}

/** By rows whose load and machines stood still while the tower's water warmed or cooled. */
function basinMinutes(
  priors: HybridPriors,
  { coldPlates }: HybridModel,
  rows: readonly WeighedRow[],
): number {
  const factor = (features: Features) => factorOf(coldPlates, 'towerAir', { unit: 0, member: 0 }, features)
  const seen = rows.map(row => (row.isSteady ? observeBasin(row, priors, factor) : undefined))
  return minutesHeld(seen.filter(one => one !== undefined))
}

/**
 * Rows as they are learned from. How the IT power parts into liquid and air stands first: everything else weighs the one or
 * the other.
 */
export function weighedRows(priors: HybridPriors, asRead: readonly HybridRow[]): WeighedRow[] {
  const rows = readInSetpoints(priors, asRead)
  const asOnPlate = rows.map(row => weighed(row, priors, 1))
  const seen = asOnPlate
    .map(row => (row.isSteady ? observeHybrid('liquidShare', row, priors)?.target : undefined))
    .filter(target => target !== undefined)
    .sort((a, b) => a - b)
  const middle = seen[Math.floor(seen.length / 2)]
  return middle === undefined ? asOnPlate : rows.map(row => weighed(row, priors, Math.exp(middle)))
}

/** Plans are made of setpoints: a sensor counts from the setpoint that its loop holds, by all rows in which it is held. */
function readInSetpoints(priors: HybridPriors, rows: readonly HybridRow[]): HybridRow[] {
  const isHeld = ({ chillers, economiser }: HybridRow) =>
    chillers.running >= 1 || economiser.valvePercent < 95
  const shifted = inSetpoints(
    rows.map(({ coldPlates, isSteady }) => ({ row: coldPlates, steady: isSteady, weight: 1 })),
    rows.filter(isHeld).map(({ coldPlates }) => coldPlates),
    priors.liquid,
  )
  return rows.map((row, index) => ({ ...row, coldPlates: shifted[index]!.row }))
}

function coldPlateRegressions(priors: HybridPriors, rows: readonly WeighedRow[]): Regression[] {
  return sharedNames.flatMap(name => {
    const cdus = componentSpecs[name].perCdu ? [...Array(priors.site.layout.cdus).keys()] : [-1]
    return cdus.map(cdu => ({
      belief: componentSpecs[name],
      of: { coldPlates: name, cdu },
      observations: rows.map(row =>
        row.isSteady || !needsSteady.has(name) ? observeColdPlates(name, row, cdu, priors) : undefined,
      ),
    }))
  })
}

const hybridRegressions = (priors: HybridPriors, rows: readonly WeighedRow[]): Regression[] =>
  hybridComponentNames.map(name => ({
    belief: hybridSpecs[name],
    of: { hybrid: name },
    observations: rows.map(row =>
      row.isSteady || !hybridNeedsSteady.has(name) ? observeHybrid(name, row, priors) : undefined,
    ),
  }))

function withFits(
  model: HybridModel,
  regressions: readonly Regression[],
  fits: readonly FactorFit[],
  rows: readonly WeighedRow[],
): HybridModel {
  type Mutable<T> = { -readonly [K in keyof T]: T[K] }
  const coldPlates = structuredClone({
    parameters: model.coldPlates.parameters,
    residuals: model.coldPlates.residuals,
  }) as {
    parameters: Record<ComponentName, (readonly number[])[][]>
    residuals: Record<ComponentName, number[]>
  }
  const parameters: Mutable<HybridModel['parameters']> = { ...model.parameters }
  const residuals: Mutable<HybridModel['residuals']> = { ...model.residuals }
  const seen: Record<string, number> = {}
  regressions.forEach(({ of }, index) => {
    const fit = fits[index] as FactorFit
    if ('hybrid' in of) {
      parameters[of.hybrid] = fit.members
      residuals[of.hybrid] = fit.residual ?? residuals[of.hybrid]
      seen[of.hybrid] = fit.seen
      return
    }
    const unit = Math.max(0, of.cdu)
    coldPlates.parameters[of.coldPlates][unit] = [...fit.members]
    if (fit.residual !== undefined) coldPlates.residuals[of.coldPlates][unit] = fit.residual
    seen[of.coldPlates] = Math.max(seen[of.coldPlates] ?? 0, fit.seen)
  })
  return {
    ...model,
    coldPlates: { ...model.coldPlates, ...coldPlates } satisfies PlantModel,
    parameters,
    residuals,
    seen,
    span: { fromAt: rows[0]!.at, toAt: rows.at(-1)!.at, rows: rows.length },
  }
}
