import { manifoldId, plantIds } from '#contract/site/expand.ts'
import type { Site } from '#contract/site/site.ts'
import { dewPointC } from '#models/physics/psychrometrics.ts'
import { drawBetween, hashOf, smoothNormalAt } from '#simulators/plant/chance.ts'
import { cduStaticKpa, facilityStaticKpa, reservoirPercent, wettingMl } from '#simulators/plant/leakStep.ts'
import { stagnantRiseK } from '#simulators/plant/loopHydraulics.ts'
import type { Sizing } from '#simulators/plant/sizing.ts'
import type {
  CduState,
  DeviceState,
  FacilityState,
  PlantState,
  RackState,
  TowerState,
} from '#simulators/plant/state.ts'
import { basinPercent } from '#simulators/plant/towerWaterStep.ts'
import type { Weather } from '#simulators/weather/weather.ts'

/** True values of one piece of equipment, point by point. */
export type TrueValues = Readonly<Record<string, () => number>>

type Place = {
  readonly state: PlantState
  readonly site: Site
  readonly sizing: Sizing
  readonly seed: number
  readonly weather: Weather
  readonly leakSensorFaults: ReadonlySet<string>
}

/** True values of every point of every equipment of the site, by equipment id. */
export function trueValues(place: Place): ReadonlyMap<string, TrueValues> {
  const { state, site } = place
  const all = new Map<string, TrueValues>()
  all.set(plantIds.tower, towerValues(place))
  all.set(plantIds.facility, facilityValues(place))
  all.set(plantIds.exchanger, exchangerValues(state))
  all.set(plantIds.room, roomValues(place))
  all.set(plantIds.weather, weatherValues(place))
  all.set(plantIds.ups, {
    inputPower: () => state.electrical.upsInKw,
    outputPower: () => state.electrical.upsOutKw,
    status: () => 1,
  })
  all.set(plantIds.transformer, { outputPower: () => state.electrical.transformerOutKw })
  addPumps(all, n => `tower-p${n + 1}`, {
    tripped: state.tower.pumpTripped,
    running: () => state.tower.pumpsRunning,
    speed: () => Math.min(100, (100 * state.tower.flowLpm) / site.design.towerFlowLpm),
    groupKw: () => state.tower.pumpKw,
  })
  addPumps(all, n => `facility-p${n + 1}`, {
    tripped: state.facility.pumpTripped,
    running: () => state.facility.pumpsRunning,
    speed: () => 100 * state.facility.pumpSpeed,
    groupKw: () => state.facility.pumpKw,
  })
  for (const [index, cdu] of state.cdus.entries()) {
    all.set(cdu.id, cduValues(place, cdu))
    addPumps(all, n => `${cdu.id}-p${String.fromCharCode(97 + n)}`, {
      tripped: cdu.pumpTripped,
      running: () => (cdu.pumpRun === 1 ? cdu.pumpTripped.filter(isTripped => !isTripped).length : 0),
      speed: () => 100 * cdu.pumpSpeed,
      groupKw: () => cdu.pumpKw,
    })
    const manifold = manifoldId(index + 1)
    all.set(
      manifold,
      leakValues(place, manifold, () => cdu.manifoldMl >= wettingMl.manifold),
    )
    for (const rack of cdu.racks) addRack(all, place, cdu, rack)
  }
  for (const index of state.floorMl.keys())
    all.set(
      `floor-${index + 1}`,
      leakValues(place, `floor-${index + 1}`, () => state.floorMl[index]! >= wettingMl.floor),
    )
  for (const meter of state.meters)
    all.set(meter.id, { activePower: () => meter.measuredKw, activeEnergyKwh: () => meter.registerKwh })
  return all
}

export const deviceValues = (device: DeviceState) => ({
  remoteEnable: () => device.remoteEnable,
  authority: () => device.authority,
  maintenance: () => device.maintenance,
  watchdog: () => device.watchdog,
  watchdogHealthy: () => device.watchdogHealthy,
})

export const leakValues = (place: Pick<Place, 'leakSensorFaults'>, id: string, isWet: () => boolean) => ({
  leak: () => (isWet() ? 1 : 0),
  leakSensorFault: () => (place.leakSensorFaults.has(id) ? 1 : 0),
})

type PumpGroup = {
  readonly tripped: readonly boolean[]
  running(): number
  speed(): number
  groupKw(): number
}

/** Pumps of a group: the first of those that can run do run, and share speed and power evenly. */
export function addPumps(
  all: Map<string, TrueValues>,
  idOf: (index: number) => string,
  group: PumpGroup,
): void {
  for (const index of group.tripped.keys()) {
    const runs = () => {
      if (group.tripped[index]) return false
      let before = 0
      for (let i = 0; i < index; i++) if (!group.tripped[i]) before++
      return before < group.running()
    }
    all.set(idOf(index), {
      speed: () => (runs() ? group.speed() : 0),
      power: () => (runs() ? group.groupKw() / group.running() : 0),
      status: () => (group.tripped[index] ? 2 : runs() ? 1 : 0),
    })
  }
}

function cduValues(place: Place, cdu: CduState): TrueValues {
  const { site, seed } = place
  const { nameplate, design } = site
  const conductivity = drawBetween(seed, `${cdu.id}/conductivity`, 800, 1200)
  const filter = drawBetween(seed, `${cdu.id}/filter`, 12, 25)
  const flowFraction = () => cdu.flowLpm / design.cduFlowLpm
  return {
    // The sensor sits behind the pumps: without flow it feels the water in their casings.
    supplyTemperature: () => cdu.supplyC + stagnantRiseK(cdu, design.cduFlowLpm),
    returnTemperature: () => cdu.returnC,
    // Measured where the supply leaves the CDU: what a hole further on takes has passed here, and does not come back.
    flow: () => cdu.flowLpm + cdu.loop.leakAfterMeterLpm,
    differentialPressure: () => cdu.dpKpa + cdu.loop.surgeKpa,
    staticPressure: () => cduStaticKpa(cdu, site),
    reservoirLevel: () => reservoirPercent(cdu, site),
    makeupFlow: () => cdu.makeupLpm,
    conductivity: () => conductivity,
    filterDifferentialPressure: () => filter * flowFraction() ** nameplate.cdu.internalDpExponent,
    primarySupplyTemperature: () => place.state.facility.supplyC,
    primaryReturnTemperature: () => cdu.primaryReturnC,
    primaryFlow: () => cdu.primaryLpm,
    valvePosition: () => 100 * cdu.valve,
    heat: () => cdu.heatKw,
    power: () => cdu.pumpKw,
    pumpSpeed: () => 100 * cdu.pumpSpeed,
    ...leakValues(place, cdu.id, () => cdu.panMl >= wettingMl.cdu),
    isolationValvePosition: () => 100 * cdu.isolation.position,
    returnValvePosition: () => 100 * cdu.returnValve.position,
    bypassValvePosition: () => 100 * cdu.bypass.position,
    ...deviceValues(cdu),
    mode: () => cdu.mode,
    supplyTemperatureSp: () => cdu.supplySpC,
    differentialPressureSp: () => cdu.dpSpKpa,
    pumpRun: () => cdu.pumpRun,
    isolationValveOpen: () => cdu.isolation.target,
    returnValveOpen: () => cdu.returnValve.target,
    bypassValveOpen: () => cdu.bypass.target,
    makeupEnable: () => cdu.makeupEnable,
  }
}

function addRack(all: Map<string, TrueValues>, place: Place, cdu: CduState, rack: RackState): void {
  all.set(rack.id, {
    liquidSupplyTemperature: () => cdu.supplyC,
    liquidReturnTemperature: () => rack.returnC,
    liquidFlow: () => rack.flowLpm,
    liquidDifferentialPressure: () => cdu.dpKpa,
    controlValvePosition: () => 100 * rack.valve.position,
    power: () => rack.powerKw,
    ...leakValues(place, rack.id, () => rack.ropeMl >= wettingMl.rack),
    liquidIsolationStatus: () => (rack.valve.position <= 0 ? 1 : 0),
    electricalIsolationStatus: () => (rack.breakerIsClosed ? 0 : 1),
    leakDetectTray: () => rack.leakDetectTray,
    liquidIsolationRequest: () => rack.liquidRequest,
    electricalIsolationRequest: () => rack.electricalRequest,
  })
  for (const tray of rack.trays)
    all.set(tray.id, {
      chipTemperature: () =>
        tray.isOn && rack.breakerIsClosed
          ? cdu.supplyC + tray.riseFactor * (rack.hottestChipC - cdu.supplyC)
          : cdu.supplyC,
      leak: () => (place.leakSensorFaults.has(tray.id) ? 0 : tray.leakMl >= wettingMl.tray ? 1 : 0),
      powerStatus: () => (tray.isOn && rack.breakerIsClosed ? 1 : 0),
      powerRequest: () => tray.powerRequest,
    })
}

function facilityValues(place: Place): TrueValues {
  const facility: FacilityState = place.state.facility
  return {
    supplyTemperature: () => facility.supplyC,
    returnTemperature: () => facility.returnC,
    flow: () => facility.flowLpm,
    differentialPressure: () => facility.dpKpa,
    staticPressure: () => facilityStaticKpa(facility, place.site),
    power: () => facility.pumpKw,
    pumpSpeed: () => 100 * facility.pumpSpeed,
    pumpsRunning: () => facility.pumpsRunning,
    heat: () => facility.heatKw,
    ...deviceValues(facility),
    supplyTemperatureSp: () => facility.supplySpC,
    differentialPressureSp: () => facility.dpSpKpa,
  }
}

const exchangerValues = (state: PlantState): TrueValues => ({
  hotInletTemperature: () => state.facility.returnC,
  hotOutletTemperature: () => state.facility.supplyC,
  coldInletTemperature: () => state.tower.basinC,
  coldOutletTemperature: () => state.facility.exchangerColdOutC,
  valvePosition: () => 100 * state.facility.exchangerValve,
})

function towerValues(place: Place): TrueValues {
  const tower: TowerState = place.state.tower
  return {
    leavingTemperature: () => tower.basinC,
    enteringTemperature: () => tower.enteringC,
    waterFlow: () => tower.flowLpm,
    fanSpeed: () => 100 * tower.fanDemand,
    fanPower: () => tower.fanKw,
    pumpPower: () => tower.pumpKw,
    pumpsRunning: () => tower.pumpsRunning,
    cellsOpen: () => tower.cellsOpen,
    basinLevel: () => basinPercent(tower.water, place.sizing.basinL),
    makeupFlow: () => tower.water.makeupLpm,
    conductivity: () => (tower.water.basinL > 0 ? tower.water.saltUsL / tower.water.basinL : 0),
    ...deviceValues(tower),
    leavingTemperatureSp: () => tower.leavingSpC,
    waterFlowSp: () => tower.waterHeldPercent,
  }
}

/** The hall: 24 °C and 42 % with a slow wander; its dew point is what cold pipes must stay above. */
function roomValues(place: Place): TrueValues {
  const air = hashOf(place.seed, 'hall/air')
  const humidity = hashOf(place.seed, 'hall/humidity')
  const dryBulbC = () => 24 + 0.6 * smoothNormalAt(air, place.state.at, 5 * 3_600_000)
  const relativeHumidityPercent = () => 42 + 2.5 * smoothNormalAt(humidity, place.state.at, 9 * 3_600_000)
  return {
    airTemperature: dryBulbC,
    relativeHumidity: relativeHumidityPercent,
    dewPoint: () => dewPointC({ dryBulbC: dryBulbC(), relativeHumidityPercent: relativeHumidityPercent() }),
  }
}

const weatherValues = (place: Place): TrueValues => ({
  dryBulb: () => place.weather.at(place.state.at).dryBulbC,
  relativeHumidity: () => place.weather.at(place.state.at).relativeHumidityPercent,
  wetBulb: () => place.weather.at(place.state.at).wetBulbC,
  pressure: () => place.weather.at(place.state.at).pressurePa / 1000,
})
