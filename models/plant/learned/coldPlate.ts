import { coldPlateKind } from '#contract/control/levers/coldPlate.ts'
import type { Site } from '#contract/site/site.ts'
import { fitPlant } from '#models/plant/fit.ts'
import type { LearnedOutcome, LearnedPlant, OutsideConditions } from '#models/plant/learned/learnedPlant.ts'
import { type Place, placesOf } from '#models/plant/learned/places.ts'
import { knownRanges, type RowReader, rowReader } from '#models/plant/learned/rowReader.ts'
import type { TelemetryRow, TelemetryTable } from '#models/plant/learned/telemetry.ts'
import type { Predictor, Settings } from '#models/plant/predict.ts'
import { nameplatePriors } from '#models/plant/priors.ts'
import { isComplete, type PlantRow } from '#models/plant/row.ts'
import { predict } from '#models/plant/settle.ts'

/** Cold plates on a tower loop behind the interface of every kind. */
export async function learnColdPlate(
  site: Site,
  table: TelemetryTable,
  options: { readonly seed: number },
): Promise<LearnedPlant> {
  const { levers } = coldPlateKind(site)
  const reader = rowReader(site, levers, table.keys)
  const toPlantRow = plantRowsOf(site, table.keys, reader)
  const priors = nameplatePriors(site)
  const rows = table.rows.map(toPlantRow).filter(isComplete)
  const model = await fitPlant(priors, rows, options)
  const of: Predictor = { priors, model }
  const places = placesOf(site)
  const settingsOf = settingsReader(
    levers.map(lever => lever.name),
    places,
  )
  const rises = rows.slice(-288)
  return {
    levers,
    memberCount: model.memberCount,
    predict: (member, values, conditions) => outcomeOf(of, member, settingsOf(values), conditions),
    hottestResidualK: places.map((_, place) => {
      const rise = rises.reduce(
        (sum, { cdus }) => sum + (cdus[place]!.chipC - cdus[place]!.supplyC) / rises.length,
        0,
      )
      return (model.residuals.chipRise[place] ?? 0) * rise
    }),
    known: knownRanges(reader, table.rows, levers.length),
    unknown: [],
    artefact: model,
  }
}

function outcomeOf(
  of: Predictor,
  member: number,
  settings: Settings,
  conditions: OutsideConditions,
): LearnedOutcome {
  const outcome = predict(of, member, settings, conditions)
  const { cdus } = outcome
  return {
    facilityKw: outcome.facilityKw,
    itKw: outcome.itKw,
    partsKw: {
      cduPumps: outcome.cduPumpKw,
      facilityPumps: outcome.facilityPumpKw,
      towerFans: outcome.towerFanKw,
      towerPumps: outcome.towerPumpKw,
    },
    lossesKw: outcome.lossesKw,
    hottestC: cdus.map(cdu => cdu.chipC),
    meanJunctionC: cdus.map(cdu => cdu.meanJunctionC),
    valvePercent: cdus.map(cdu => cdu.valvePercent),
    unmetK:
      Math.max(0, outcome.facilityReachableC - settings.facilitySupplyC) +
      10 * Math.max(0, outcome.towerAir - 0.95),
  }
}

/** Lever values in the site's order as this kind's settings. */
function settingsReader(names: readonly string[], places: readonly Place[]) {
  const placeOf = (name: string) => names.indexOf(name)
  const ofPlaces = (family: string) =>
    places.map(({ id }) => placeOf(places.length === 1 ? family : `${family}/${id}`))
  const [supplies, pressures] = [ofPlaces('cduSupplyC'), ofPlaces('cduDpKpa')]
  const [tower, flow, supply, pressure] = (
    ['towerLeavingC', 'towerFlowPercent', 'facilitySupplyC', 'facilityDpKpa'] as const
  ).map(placeOf) as [number, number, number, number]
  return (values: readonly number[]): Settings => ({
    towerLeavingC: values[tower] as number,
    towerFlowPercent: values[flow] as number,
    facilitySupplyC: values[supply] as number,
    facilityDpKpa: values[pressure] as number,
    cduSupplyC: supplies.map(place => values[place] as number),
    cduDpKpa: pressures.map(place => values[place] as number),
  })
}

export function plantRowsOf(site: Site, keys: readonly string[], reader: RowReader) {
  const columns = new Map(keys.map((key, column) => [key, column]))
  const places = placesOf(site)
  return (row: TelemetryRow): PlantRow => {
    const value = (key: string): number => row.values[columns.get(key) ?? -1] ?? Number.NaN
    const { wetBulbC, itKw } = reader.conditions(row)
    const hottest = (chipKeys: readonly string[]): number => {
      const known = chipKeys.map(value).filter(Number.isFinite)
      return known.length === 0 ? Number.NaN : Math.max(...known)
    }
    return {
      at: row.at,
      cdus: places.map(({ id, chipKeys }, place) => ({
        itKw: itKw[place] as number,
        supplyC: value(`${id}.supplyTemperature`),
        returnC: value(`${id}.returnTemperature`),
        flowLpm: value(`${id}.flow`),
        dpKpa: value(`${id}.differentialPressure`),
        primarySupplyC: value(`${id}.primarySupplyTemperature`),
        primaryReturnC: value(`${id}.primaryReturnTemperature`),
        primaryFlowLpm: value(`${id}.primaryFlow`),
        valvePercent: value(`${id}.valvePosition`),
        pumpKw: value(`${id}.power`),
        chipC: hottest(chipKeys),
        supplySpC: value(`${id}.supplyTemperatureSp`),
        dpSpKpa: value(`${id}.differentialPressureSp`),
      })),
      facility: {
        supplyC: value('facility.supplyTemperature'),
        returnC: value('facility.returnTemperature'),
        flowLpm: value('facility.flow'),
        dpKpa: value('facility.differentialPressure'),
        pumpKw: value('facility.power'),
        supplySpC: value('facility.supplyTemperatureSp'),
        dpSpKpa: value('facility.differentialPressureSp'),
      },
      tower: {
        leavingC: value('tower.leavingTemperature'),
        enteringC: value('tower.enteringTemperature'),
        flowLpm: value('tower.waterFlow'),
        fanKw: value('tower.fanPower'),
        pumpKw: value('tower.pumpPower'),
        leavingSpC: value('tower.leavingTemperatureSp'),
        flowSpPercent: value('tower.waterFlowSp'),
      },
      wetBulbC,
      roomDewPointC: value('hall.dewPoint'),
      facilityKw: reader.facilityKw(row),
      itKw: reader.itMeterKw(row),
    }
  }
}
