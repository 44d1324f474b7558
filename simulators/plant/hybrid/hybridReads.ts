import { plantIds } from '#contract/site/expand.ts'
import { dewPointC, relativeHumidityPercentOf } from '#models/physics/psychrometrics.ts'
import { hashOf, smoothNormalAt } from '#simulators/plant/chance.ts'
import {
  type ChillerState,
  type CrahState,
  chilledSetpointC,
  chillersOn,
  type HybridState,
} from '#simulators/plant/hybrid/hybridState.ts'
import type { HybridFrame } from '#simulators/plant/hybrid/hybridStep.ts'
import { deviceValues, type TrueValues, trueValues } from '#simulators/plant/pointReads.ts'
import type { Weather } from '#simulators/weather/weather.ts'

type Place = {
  readonly state: HybridState
  readonly frame: HybridFrame
  readonly seed: number
  readonly weather: Weather
  readonly leakSensorFaults: ReadonlySet<string>
}

/** True values of every point of every equipment: those of the cold plates, and what is another thing on a hybrid site. */
export function hybridTrueValues(place: Place): ReadonlyMap<string, TrueValues> {
  const { state, frame } = place
  const all = new Map(trueValues({ ...place, site: frame.liquid, sizing: frame.sizing.coldPlates }))
  const change = (id: string, values: TrueValues) => all.set(id, { ...all.get(id), ...values })
  const { chilled, facility } = state
  change(plantIds.facility, {
    // Measured in the main to the hall, past the bypass of the evaporators.
    flow: () => facility.flowLpm - chilled.bypassLpm,
    supplyTemperatureSp: () => chilledSetpointC(state),
  })
  change(plantIds.exchanger, { hotOutletTemperature: () => chilled.economiserLeavingC })
  all.set(plantIds.room, roomValues(place))
  let index = 0
  for (const cdu of state.cdus)
    for (const rack of cdu.racks) {
      const place = index++
      change(rack.id, { power: () => rack.powerKw + state.rackAirKw[place]! })
    }
  for (const chiller of state.chillers) all.set(chiller.id, chillerValues(state, chiller))
  for (const crah of state.crahs) all.set(crah.id, crahValues(state, crah))
  return all
}

/** A chiller without flow feels the water of the headers. */
const chillerValues = (state: HybridState, chiller: ChillerState): TrueValues => ({
  leavingTemperature: () => state.facility.supplyC,
  condenserEnteringTemperature: () => state.chilled.condenserEnteringC,
  condenserLeavingTemperature: () =>
    chiller.isOn ? state.chilled.condenserLeavingC : state.chilled.condenserEnteringC,
  evaporatorFlow: () => (chiller.isOn ? state.facility.flowLpm / chillersOn(state) : 0),
  cooling: () => chiller.coolingKw,
  partLoad: () => 100 * chiller.partLoad,
  power: () => chiller.powerKw,
  status: () => (chiller.isTripped ? 2 : chiller.isOn ? 1 : 0),
  economiserEngaged: () => (state.chilled.economiserIsEngaged ? 1 : 0),
  ...deviceValues(chiller),
  leavingTemperatureSp: () => chiller.leavingSpC,
  economiserMode: () => state.chilled.economiserMode,
})

const crahValues = (state: HybridState, crah: CrahState): TrueValues => ({
  supplyAirTemperature: () => crah.supplyC,
  returnAirTemperature: () => state.hall.returnC,
  fanSpeed: () => 100 * crah.airFraction,
  power: () => crah.fanKw,
  valvePosition: () => 100 * crah.valve,
  ...deviceValues(crah),
  supplyAirTemperatureSp: () => crah.supplySpC,
  airFlowSp: () => crah.airSpPercent,
})

/** The cold aisles: air into the servers; vapour of 24 °C and 42 % with a slow wander, which coils above its dew point leave alone. */
function roomValues({ state, seed }: Place): TrueValues {
  const humidity = hashOf(seed, 'hall/humidity')
  const vapourDewPointC = () =>
    dewPointC({
      dryBulbC: 24,
      relativeHumidityPercent: 42 + 2.5 * smoothNormalAt(humidity, state.at, 9 * 3_600_000),
    })
  return {
    airTemperature: () => state.hall.inletC,
    relativeHumidity: () =>
      relativeHumidityPercentOf({ dryBulbC: state.hall.inletC, dewPointC: vapourDewPointC() }),
    dewPoint: vapourDewPointC,
  }
}
