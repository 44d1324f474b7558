import type { Site } from '#contract/site/site.ts'
import { placesOf } from '#models/plant/learned/places.ts'
import type { RowReader } from '#models/plant/learned/rowReader.ts'
import type { TelemetryRow } from '#models/plant/learned/telemetry.ts'
import type { PlantRow } from '#models/plant/row.ts'

/** Telemetry of a tower site as the rows that its cold plates, CDUs and tower are learned from. */
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
