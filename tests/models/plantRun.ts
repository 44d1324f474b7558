import { rampStep } from '#contract/control/ramps.ts'
import { type ResetSetpoints, resetApproachOf, resetStep, startReset } from '#contract/control/reset.ts'
import { goodValue } from '#contract/reading.ts'
import { siteGraph } from '#contract/site/graph.ts'
import type { Site } from '#contract/site/site.ts'
import { minute } from '#contract/units.ts'
import { moveNames, steeredOf } from '#models/planning/limits.ts'
import { settingAt, withValue } from '#models/planning/planHour.ts'
import type { Settings } from '#models/plant/predict.ts'
import { type PlantRow, rowMs } from '#models/plant/row.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'

/** The simulated plant as an agent and a store would show it: setpoints written, one-minute readings averaged to rows. */
export function plantRun(plant: SimulatedPlant<Site>, resetApproachK = resetApproachOf(plant.site)) {
  const { site } = plant
  const graph = siteGraph(site)
  const cduIds = graph.ofKind('cdu').map(cdu => cdu.id)
  const rows: PlantRow[] = []
  let memory = startReset(site, cduIds)
  let held = settingsOfReset(memory.setpoints, cduIds)
  let target: Settings | undefined
  let hottestC = 0
  const read = (key: string) => goodValue(plant.read(key)) ?? Number.NaN
  const write = () => {
    plant.write('tower.leavingTemperatureSp', held.towerLeavingC)
    plant.write('tower.waterFlowSp', held.towerFlowPercent)
    plant.write('facility.supplyTemperatureSp', held.facilitySupplyC)
    plant.write('facility.differentialPressureSp', held.facilityDpKpa)
    cduIds.forEach((id, cdu) => {
      plant.write(`${id}.supplyTemperatureSp`, held.cduSupplyC[cdu]!)
      plant.write(`${id}.differentialPressureSp`, held.cduDpKpa[cdu]!)
    })
  }
  const hottestOf = (cdu: string) =>
    Math.max(
      ...graph.racksOf(cdu).flatMap(rack =>
        graph
          .partsOf(rack)
          .filter(part => part.kind === 'tray')
          .map(tray => read(`${tray.id}.chipTemperature`)),
      ),
    )

  /** Five minutes: control each minute, one row at the end. */
  const fiveMinutes = () => {
    const minutes: PlantRow[] = []
    for (let m = 0; m < 5; m++) {
      const now = plant.siteNow()
      const loads = () =>
        cduIds.map(cdu => graph.racksOf(cdu).reduce((sum, rack) => sum + read(`${rack}.power`), 0))
      const itKw = loads()
      if (target) {
        const wanted = target
        for (const name of moveNames)
          for (const cdu of name === 'cduSupplyC' || name === 'cduDpKpa' ? cduIds.keys() : [-1])
            held = withValue(held, {
              name,
              cdu,
              value: rampStep({
                site,
                steered: steeredOf[name],
                asker: 'plan',
                held: settingAt(held, name, cdu),
                target: settingAt(wanted, name, cdu),
                elapsedMs: minute,
              }),
            })
      } else {
        memory = resetStep(
          site,
          memory,
          {
            wetBulbC: read('weather.wetBulb'),
            heatFraction: itKw.reduce((a, b) => a + b, 0) / (site.nameplate.itPerCduKw * site.layout.cdus),
            facilitySupplyC: read('facility.supplyTemperature'),
            towerLeavingC: read('tower.leavingTemperature'),
            cdus: cduIds.map(id => ({
              id,
              chipMarginK: site.nameplate.chip.limitC - hottestOf(id),
              valvePercent: read(`${id}.valvePosition`),
            })),
          },
          now,
          resetApproachK,
        )
        held = settingsOfReset(memory.setpoints, cduIds)
      }
      write()
      plant.advanceTo(now + minute)
      minutes.push(rowNow(site, read, held, loads(), cduIds, hottestOf))
      hottestC = Math.max(hottestC, ...cduIds.map(hottestOf))
    }
    rows.push({ ...averaged(minutes), at: plant.siteNow() - rowMs })
  }
  return {
    rows,
    fiveMinutes,
    held: () => held,
    steerTo: (settings: Settings | undefined) => {
      target = settings
    },
    wetBulbC: () => read('weather.wetBulb'),
    dewPointC: () => read('hall.dewPoint'),
    hottestC: () => hottestC,
  }
}

function settingsOfReset(setpoints: ResetSetpoints, cduIds: readonly string[]): Settings {
  return {
    towerLeavingC: setpoints.towerLeavingC,
    towerFlowPercent: setpoints.towerFlowPercent,
    facilitySupplyC: setpoints.facilitySupplyC,
    facilityDpKpa: setpoints.facilityDpKpa,
    cduSupplyC: cduIds.map(id => setpoints.cdus[id]!.supplyC),
    cduDpKpa: cduIds.map(id => setpoints.cdus[id]!.dpKpa),
  }
}

function rowNow(
  site: Site,
  read: (key: string) => number,
  held: Settings,
  itKw: readonly number[],
  cduIds: readonly string[],
  hottestOf: (cdu: string) => number,
): PlantRow {
  const role = (name: string) =>
    site.meters
      .filter(meter => meter.role === name)
      .reduce((sum, meter) => sum + read(`${meter.id}.activePower`), 0)
  return {
    at: 0,
    cdus: cduIds.map((id, cdu) => ({
      itKw: itKw[cdu]!,
      supplyC: read(`${id}.supplyTemperature`),
      returnC: read(`${id}.returnTemperature`),
      flowLpm: read(`${id}.flow`),
      dpKpa: read(`${id}.differentialPressure`),
      primarySupplyC: read(`${id}.primarySupplyTemperature`),
      primaryReturnC: read(`${id}.primaryReturnTemperature`),
      primaryFlowLpm: read(`${id}.primaryFlow`),
      valvePercent: read(`${id}.valvePosition`),
      pumpKw: read(`${id}.power`),
      chipC: hottestOf(id),
      supplySpC: held.cduSupplyC[cdu]!,
      dpSpKpa: held.cduDpKpa[cdu]!,
    })),
    facility: {
      supplyC: read('facility.supplyTemperature'),
      returnC: read('facility.returnTemperature'),
      flowLpm: read('facility.flow'),
      dpKpa: read('facility.differentialPressure'),
      pumpKw: read('facility.power'),
      supplySpC: held.facilitySupplyC,
      dpSpKpa: held.facilityDpKpa,
    },
    tower: {
      leavingC: read('tower.leavingTemperature'),
      enteringC: read('tower.enteringTemperature'),
      flowLpm: read('tower.waterFlow'),
      fanKw: read('tower.fanPower'),
      pumpKw: read('tower.pumpPower'),
      leavingSpC: held.towerLeavingC,
      flowSpPercent: held.towerFlowPercent,
    },
    wetBulbC: read('weather.wetBulb'),
    roomDewPointC: read('hall.dewPoint'),
    facilityKw: role('facility'),
    itKw: role('it'),
  }
}

/** Mean of rows, leaf by leaf. */
function averaged<T>(rows: readonly T[]): T {
  const first = rows[0] as T
  if (typeof first === 'number')
    return ((rows as readonly number[]).reduce((sum, value) => sum + value, 0) / rows.length) as T
  if (Array.isArray(first)) return first.map((_, i) => averaged(rows.map(row => (row as unknown[])[i]))) as T
  return Object.fromEntries(
    Object.keys(first as object).map(key => [
      key,
      averaged(rows.map(row => (row as Record<string, unknown>)[key])),
    ]),
  ) as T
}
