import { hybridKind } from '#contract/control/levers/hybrid.ts'
import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import { type ComponentName, componentSpecs } from '#models/plant/components.ts'
import type { FactorBelief } from '#models/plant/fitFactors.ts'
import type { HybridPredictor } from '#models/plant/hybrid/air.ts'
import { hybridComponentNames, hybridSpecs, type WeighedRow } from '#models/plant/hybrid/components.ts'
import { fitHybrid, weighedRows } from '#models/plant/hybrid/fit.ts'
import { followHybrid, type WaterOffsets } from '#models/plant/hybrid/followHours.ts'
import type { HybridSettings } from '#models/plant/hybrid/hall.ts'
import type { HybridModel } from '#models/plant/hybrid/model.ts'
import { type HybridOutcome, type RestState, restStates } from '#models/plant/hybrid/predict.ts'
import { type HybridPriors, hybridPriors } from '#models/plant/hybrid/priors.ts'
import { type HybridRow, hybridRowsOf, pumpRowsOf } from '#models/plant/hybrid/row.ts'
import { leakageOf } from '#models/plant/learned/leakage.ts'
import type { LearnedOutcome, LearnedPlant } from '#models/plant/learned/learnedPlant.ts'
import { knownRanges, rowReader } from '#models/plant/learned/rowReader.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'

/** A chilled-hybrid plant learned from its telemetry, behind the interface of every kind. */
export async function learnHybrid(
  site: HybridSite,
  table: TelemetryTable,
  options: { readonly seed: number },
): Promise<LearnedPlant> {
  const { levers } = hybridKind(site)
  const reader = rowReader(site, levers, table.keys)
  const priors = hybridPriors(site)
  const asRead = hybridRowsOf(site, table)
  const lessons = weighedRows(priors, asRead)
  const model = await fitHybrid(priors, lessons, { ...options, pumpRows: pumpRowsOf(site, table) })
  const of: HybridPredictor = { priors, model }
  const settingsOf = settingsReader(
    site,
    levers.map(({ name }) => name),
  )
  const predict: LearnedPlant['predict'] = (member, values, conditions) =>
    learnedOutcome(restStates(of, member, settingsOf(values), conditions))
  const leakage = leakageOf(reader, table.rows, predict)
  return {
    levers,
    memberCount: model.memberCount,
    predict,
    follow: (known, rows) =>
      followHybrid(of, known, rows, {
        ...rowReader(site, levers, known.keys),
        settings: settingsOf,
        offsets: offsetsOf(asRead, lessons),
        outcome: outcome => learnedOutcome([{ outcome, weight: 1 }]),
      }),
    leakage,
    hottestResidualK: residualsK(priors, model, lessons),
    known: knownRanges(reader, table.rows, levers.length),
    unknown: unknownOf(model),
    artefact: { ...model, leakage },
  }
}

/** How far rows as they were read stand above what is learned from. */
function offsetsOf([read]: readonly HybridRow[], [learned]: readonly WeighedRow[]): WaterOffsets {
  if (!read || !learned) return { supplyK: 0, basinK: 0 }
  return {
    supplyK: read.coldPlates.facility.supplyC - learned.coldPlates.facility.supplyC,
    basinK: read.coldPlates.tower.leavingC - learned.coldPlates.tower.leavingC,
  }
}

/** Lever values in the site's order as settings. */
export function settingsReader(
  site: HybridSite,
  names: readonly string[],
): (values: readonly number[]) => HybridSettings {
  const placeOf = (name: string): number => names.indexOf(name)
  const cdus = site.equipment.filter(({ kind }) => kind === 'cdu').map(({ id }) => id)
  const supplies = cdus.map(id => placeOf(`cduSupplyC/${id}`))
  const pressures = cdus.map(id => placeOf(`cduDpKpa/${id}`))
  const plant = {
    chilledWaterC: placeOf('chilledWaterC'),
    crahSupplyC: placeOf('crahSupplyC'),
    crahAirPercent: placeOf('crahAirPercent'),
    towerLeavingC: placeOf('towerLeavingC'),
    towerFlowPercent: placeOf('towerFlowPercent'),
    facilityDpKpa: placeOf('facilityDpKpa'),
    economiserMode: placeOf('economiserMode'),
  }
  return values => ({
    cduSupplyC: supplies.map(place => values[place] as number),
    cduDpKpa: pressures.map(place => values[place] as number),
    chilledWaterC: values[plant.chilledWaterC] as number,
    crahSupplyC: values[plant.crahSupplyC] as number,
    crahAirPercent: values[plant.crahAirPercent] as number,
    towerLeavingC: values[plant.towerLeavingC] as number,
    towerFlowPercent: values[plant.towerFlowPercent] as number,
    facilityDpKpa: values[plant.facilityDpKpa] as number,
    economiserMode: values[plant.economiserMode] as number,
  })
}

/** Power as it is to be expected of the states together; temperatures and misses of the worst of them. */
function learnedOutcome(states: readonly RestState[]): LearnedOutcome {
  const expected = (pick: (outcome: HybridOutcome) => number): number =>
    states.reduce((sum, { outcome, weight }) => sum + weight * pick(outcome), 0)
  const worst = (pick: (outcome: HybridOutcome) => number): number =>
    states.reduce((most, { outcome }) => Math.max(most, pick(outcome)), Number.NEGATIVE_INFINITY)
  const worstOfCdus = (pick: (cdu: HybridOutcome['cdus'][number]) => number): number[] =>
    states[0]!.outcome.cdus.map((_, place) => worst(({ cdus }) => pick(cdus[place]!)))
  return {
    facilityKw: expected(outcome => outcome.facilityKw),
    itKw: expected(outcome => outcome.itKw),
    partsKw: {
      cduPumps: expected(outcome => outcome.cduPumpKw),
      facilityPumps: expected(({ loop }) => loop.facilityPumpKw),
      towerFans: expected(({ loop }) => loop.tower.fanKw),
      towerPumps: expected(({ loop }) => loop.towerPumpKw),
      chillers: expected(({ loop }) => loop.chillersKw),
      crahs: expected(({ air }) => air.fanKw),
    },
    lossesKw: expected(outcome => outcome.lossesKw),
    hottestC: worstOfCdus(({ chipC }) => chipC),
    meanJunctionC: worstOfCdus(({ meanJunctionC }) => meanJunctionC),
    valvePercent: worstOfCdus(({ valvePercent }) => valvePercent),
    unmetK: worst(outcome => outcome.unmetK),
  }
}

/** What the best fit leaves of the hottest chip: the factor's residual times the mean rise that it was learned from. */
function residualsK(priors: HybridPriors, model: HybridModel, lessons: readonly WeighedRow[]): number[] {
  const { site, liquid } = priors
  const plateRiseK = liquid.chipRise(liquid.site.nameplate.itPerCduKw, site.design.cduFlowLpm)
  return model.coldPlates.residuals.chipRise.map((residual, place) => {
    const rises = lessons
      .flatMap(lesson => lesson.liquid.cdus.slice(place, place + 1))
      .map(cdu => liquid.chipRise(cdu.itKw, cdu.flowLpm))
      .filter(Number.isFinite)
    const meanK =
      rises.length === 0 ? plateRiseK : rises.reduce((sum, riseK) => sum + riseK, 0) / rises.length
    return residual * meanK
  })
}

/** Names that a plant engineer reads, by what is learned: level, then the slopes that there are. */
const spokenNames: Readonly<Record<string, ReadonlyArray<string | undefined>>> = {
  cduFlow: ['CDU flow', 'CDU flow against pressure'],
  cduPump: ['CDU pump power', 'CDU pump power against flow'],
  cduExchanger: [
    'CDU exchanger conductance',
    'CDU exchanger conductance against secondary flow',
    'CDU exchanger conductance against primary flow',
  ],
  cduValve: ['CDU valve opening', 'CDU valve characteristic'],
  chipRise: ['chip rise', 'chip rise against flow', 'chip rise against load'],
  facilityPump: ['chilled-water pump power', 'chilled-water pump power against flow'],
  towerFlow: ['tower water flow', 'tower water flow against its setpoint'],
  towerPump: ['tower pump power', 'tower pump power against flow'],
  towerAir: ['tower air', 'tower air against duty', 'tower air against approach'],
  losses: ['electrical losses', 'electrical losses against load'],
  itMeter: ['IT meter against racks'],
  liquidShare: ['share of heat into liquid'],
  crahAir: ['CRAH air', 'CRAH air against its setpoint'],
  crahFan: ['CRAH fan power', 'CRAH fan power against air'],
  airMixing: ['room air drawn around the racks', 'room air drawn around the racks against CRAH air'],
  coil: ['coil conductance', 'coil conductance against air', 'coil conductance against water'],
  coilValve: ['coil valve opening', 'coil valve characteristic'],
  economiser: [
    'economiser heat',
    'economiser heat against chilled water flow',
    'economiser heat against tower water flow',
  ],
  chillerCapacity: ['chiller capacity', undefined, 'chiller capacity against condenser water'],
  chillerPower: ['chiller power', 'chiller power against load', 'chiller power against condenser water'],
}

/** A spread that telemetry has not narrowed to this share of the belief's is still a belief. */
const narrowedTo = 0.6

function unknownOf(model: HybridModel): LearnedPlant['unknown'] {
  const units: ReadonlyArray<
    readonly [string, FactorBelief, ReadonlyArray<ReadonlyArray<readonly number[]>>]
  > = [
    ...(
      Object.entries(model.coldPlates.parameters) as Array<
        [ComponentName, ReadonlyArray<ReadonlyArray<readonly number[]>>]
      >
    ).map(([name, members]) => [name, componentSpecs[name], members] as const),
    ...hybridComponentNames.map(name => [name, hybridSpecs[name], [model.parameters[name]]] as const),
  ]
  return units.flatMap(([component, belief, members]) =>
    (spokenNames[component] ?? []).flatMap((name, feature) => {
      if (name === undefined) return []
      const believed = belief.priorSd[feature as 0]
      const spreads = members.map(unit => spreadOf(unit.slice(1).map(member => member[feature] as number)))
      const spread = spreads.reduce((sum, one) => sum + one, 0) / spreads.length
      return model.span === null || spread > narrowedTo * believed
        ? [{ name, spreadPercent: 100 * (model.span === null ? believed : spread) }]
        : []
    }),
  )
}

function spreadOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}
