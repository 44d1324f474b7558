import { immersionKind } from '#contract/control/levers/immersion.ts'
import type { Lever } from '#contract/control/levers/lever.ts'
import type { ImmersionSite } from '#contract/site/immersion.ts'
import { factorSpecs, plantComponents, tankComponents } from '#models/plant/immersion/beliefs.ts'
import { hottestResidualsK } from '#models/plant/immersion/chipResidual.ts'
import { fitImmersion } from '#models/plant/immersion/fit.ts'
import { followImmersion } from '#models/plant/immersion/followHours.ts'
import type { ImmersionSettings } from '#models/plant/immersion/loopAtRest.ts'
import type { ImmersionModel } from '#models/plant/immersion/model.ts'
import { predictImmersion } from '#models/plant/immersion/predict.ts'
import { immersionPriors } from '#models/plant/immersion/priors.ts'
import { leakageOf } from '#models/plant/learned/leakage.ts'
import type { LearnedPlant } from '#models/plant/learned/learnedPlant.ts'
import { knownRanges, rowReader } from '#models/plant/learned/rowReader.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'

/** Tanks on dry coolers as telemetry and nameplate show them. The same table and seed give the same plant. */
export async function learnImmersion(
  site: ImmersionSite,
  table: TelemetryTable,
  options: { readonly seed: number },
): Promise<LearnedPlant> {
  const priors = immersionPriors(site)
  const model = await fitImmersion(priors, table, options)
  const { levers } = immersionKind(site)
  const settingsOf = settingsReader(levers)
  const reader = rowReader(site, levers, table.keys)
  // Of a chip that no row tells of, the belief is all there is.
  const believedK =
    factorSpecs.chipRise.priorSd[0] * priors.chipRise(site.nameplate.itPerTankKw, site.design.tankFlowLpm)
  const hottestResidualK = hottestResidualsK({ priors, model, member: 0 }, site, table, {
    ...reader,
    settings: settingsOf,
  }).map(residualK => (Number.isFinite(residualK) ? residualK : believedK))
  const predict: LearnedPlant['predict'] = (member, values, conditions) =>
    predictImmersion({ priors, model, member }, settingsOf(values), conditions)
  const leakage = leakageOf(reader, table.rows, predict)
  return {
    levers,
    memberCount: model.memberCount,
    predict,
    follow: (known, rows) =>
      followImmersion({ priors, model, member: 0 }, known, rows, {
        ...rowReader(site, levers, known.keys),
        settings: settingsOf,
      }),
    leakage,
    hottestResidualK,
    known: knownRanges(reader, table.rows, levers.length),
    unknown: unknownOf(model),
    artefact: { ...model, hottestResidualK, leakage },
  }
}

/** Values in the order of the levers, by what they set. */
function settingsReader(levers: readonly Lever[]): (values: readonly number[]) => ImmersionSettings {
  const placesOf = (name: string): number[] =>
    levers.flatMap((lever, place) => ((lever.family ?? lever.name) === name ? [place] : []))
  const supplies = placesOf('tankSupplyC')
  const pressures = placesOf('tankDpKpa')
  const [facilityC] = placesOf('facilitySupplyC')
  const [facilityKpa] = placesOf('facilityDpKpa')
  const [padsC] = placesOf('padsAboveC')
  return values => ({
    tankSupplyC: supplies.map(place => values[place] as number),
    facilitySupplyC: values[facilityC as number] as number,
    tankDpKpa: pressures.map(place => values[place] as number),
    facilityDpKpa: values[facilityKpa as number] as number,
    padsAboveC: values[padsC as number] as number,
  })
}

/** A number that keeps more than this of the doubt it began with has not been seen. */
const unseenShare = 0.6
/** Tanks share a name: their worst is told. */
function unknownOf(model: ImmersionModel): LearnedPlant['unknown'] {
  return [...tankComponents, ...plantComponents].flatMap(name =>
    factorSpecs[name].says.flatMap((says, feature) => {
      const sd = factorSpecs[name].priorSd[feature] as number
      const left = Math.max(...model.leftOfBelief[name].map(unit => unit[feature] as number))
      return says === '' || left < unseenShare ? [] : [{ name: says, spreadPercent: 100 * sd * left }]
    }),
  )
}
