import { plantIds } from '#contract/site/expand.ts'
import { coolerFanId, immersionIds, tankPumpId } from '#contract/site/expandImmersion.ts'
import type { ImmersionSite } from '#contract/site/immersion.ts'
import { dewPointC } from '#models/physics/psychrometrics.ts'
import { hashOf, smoothNormalAt } from '#simulators/plant/chance.ts'
import {
  type ImmersionState,
  loopVesselL,
  type TankState,
} from '#simulators/plant/immersion/immersionState.ts'
import { levelPercent, panWetMl } from '#simulators/plant/immersion/tankStep.ts'
import { wettingMl } from '#simulators/plant/leakStep.ts'
import { addPumps, deviceValues, leakValues, type TrueValues } from '#simulators/plant/pointReads.ts'
import type { Weather } from '#simulators/weather/weather.ts'

type Place = {
  readonly state: ImmersionState
  readonly site: ImmersionSite
  readonly seed: number
  readonly weather: Weather
  readonly leakSensorFaults: ReadonlySet<string>
}

/** True values of every point of every equipment of the site, by equipment id. */
export function immersionTruths(place: Place): ReadonlyMap<string, TrueValues> {
  const { state } = place
  const { electrical } = state
  const all = new Map<string, TrueValues>()
  addCoolers(all, place)
  addLoop(all, place)
  for (const [index, tank] of state.tanks.entries()) {
    all.set(tank.id, tankValues(place, tank))
    addPumps(all, n => tankPumpId(index + 1, n + 1), {
      tripped: tank.pumpTripped,
      running: () =>
        tank.pumpRun === 1 && tank.pumpKw > 0 ? tank.pumpTripped.filter(isTripped => !isTripped).length : 0,
      speed: () => 100 * tank.pumpSpeed,
      groupKw: () => tank.pumpKw,
    })
  }
  for (const index of state.floorMl.keys())
    all.set(
      `floor-${index + 1}`,
      leakValues(place, `floor-${index + 1}`, () => state.floorMl[index]! >= wettingMl.floor),
    )
  all.set(plantIds.room, roomValues(place))
  all.set(plantIds.weather, weatherValues(place))
  all.set(plantIds.ups, {
    inputPower: () => electrical.upsInKw,
    outputPower: () => electrical.upsOutKw,
    status: () => 1,
  })
  all.set(plantIds.transformer, { outputPower: () => electrical.transformerOutKw })
  for (const meter of state.meters)
    all.set(meter.id, { activePower: () => meter.measuredKw, activeEnergyKwh: () => meter.registerKwh })
  return all
}

function tankValues(place: Place, tank: TankState): TrueValues {
  return {
    tankTemperature: () => tank.tankC,
    supplyTemperature: () => tank.supplyC,
    chipTemperature: () => tank.hottestChipC,
    power: () => tank.itKw,
    flow: () => tank.flowLpm,
    differentialPressure: () => tank.dpKpa,
    level: () => levelPercent(tank, place.site),
    valvePosition: () => 100 * tank.valve,
    primaryFlow: () => tank.primaryLpm,
    primaryReturnTemperature: () => tank.primaryReturnC,
    heat: () => tank.heatKw,
    pumpPower: () => tank.pumpKw,
    pumpSpeed: () => 100 * tank.pumpSpeed,
    ...leakValues(place, tank.id, () => tank.panMl >= panWetMl),
    ...deviceValues(tank),
    supplyTemperatureSp: () => tank.supplySpC,
    differentialPressureSp: () => tank.dpSpKpa,
    pumpRun: () => tank.pumpRun,
  }
}

function addLoop(all: Map<string, TrueValues>, { state, site }: Place): void {
  const { loop, coolers } = state
  const fullL = loopVesselL(site)
  all.set(plantIds.facility, {
    supplyTemperature: () => loop.supplyC,
    returnTemperature: () => loop.returnC,
    flow: () => loop.flowLpm,
    differentialPressure: () => loop.dpKpa,
    // 200 kPa with a full vessel, 60 kPa of standing coolant with an empty one.
    staticPressure: () => 60 + (140 * loop.vesselL) / fullL,
    power: () => loop.pumpKw,
    pumpSpeed: () => 100 * loop.pumpSpeed,
    pumpsRunning: () => loop.pumpsRunning,
    heat: () => loop.heatKw,
    ...deviceValues(loop),
    // The loop has no valve of its own: its supply is what leaves the coolers, and the setpoint is theirs.
    supplyTemperatureSp: () => coolers.leavingSpC,
    differentialPressureSp: () => loop.dpSpKpa,
  })
  addPumps(all, n => `facility-p${n + 1}`, {
    tripped: loop.pumpTripped,
    running: () => loop.pumpsRunning,
    speed: () => 100 * loop.pumpSpeed,
    groupKw: () => loop.pumpKw,
  })
}

function addCoolers(all: Map<string, TrueValues>, { state, site }: Place): void {
  const { coolers, loop } = state
  const { sumpL } = site.nameplate.cooler.pads
  const speed = () => 100 * Math.max(0, coolers.demand)
  all.set(immersionIds.coolers, {
    leavingTemperature: () => loop.supplyC,
    enteringTemperature: () => loop.returnC,
    fanSpeed: speed,
    fanPower: () => coolers.fanKw,
    padsOn: () => (coolers.padsWet ? 1 : 0),
    airEnteringTemperature: () => coolers.airC,
    coolantFlow: () => loop.flowLpm,
    bypassPosition: () => 100 * coolers.bypass,
    padPumpPower: () => coolers.padPumpKw,
    makeupFlow: () => coolers.makeupLpm,
    ...deviceValues(coolers),
    leavingTemperatureSp: () => coolers.leavingSpC,
    padsAboveSp: () => coolers.padsAboveC,
  })
  for (const index of coolers.fanTripped.keys())
    all.set(coolerFanId(index + 1), {
      speed: () => (coolers.fanTripped[index] ? 0 : speed()),
      status: () => (coolers.fanTripped[index] ? 2 : coolers.demand > 0 ? 1 : 0),
    })
  all.set(immersionIds.sump, { level: () => (100 * coolers.sumpL) / sumpL })
}

/** The hall: 24 °C and 42 % with a slow wander, as on the other sites. */
function roomValues({ state, seed }: Place): TrueValues {
  const air = hashOf(seed, 'hall/air')
  const humidity = hashOf(seed, 'hall/humidity')
  const dryBulbC = () => 24 + 0.6 * smoothNormalAt(air, state.at, 5 * 3_600_000)
  const relativeHumidityPercent = () => 42 + 2.5 * smoothNormalAt(humidity, state.at, 9 * 3_600_000)
  return {
    airTemperature: dryBulbC,
    relativeHumidity: relativeHumidityPercent,
    dewPoint: () => dewPointC({ dryBulbC: dryBulbC(), relativeHumidityPercent: relativeHumidityPercent() }),
  }
}

const weatherValues = ({ state, weather }: Place): TrueValues => ({
  dryBulb: () => weather.at(state.at).dryBulbC,
  relativeHumidity: () => weather.at(state.at).relativeHumidityPercent,
  wetBulb: () => weather.at(state.at).wetBulbC,
  pressure: () => weather.at(state.at).pressurePa / 1000,
})
