import type { Site } from '#contract/site/site.ts'
import { heatPerLitreKj } from '#models/physics/coolants.ts'
import {
  evaporationLpm,
  makeupLpm,
  saturatedSlopeKjPerKgK,
  towerConductanceFactor,
  towerHeatPerK,
} from '#models/physics/coolingTowers.ts'
import { counterFlowHeatPerK, plateConductanceKwPerK } from '#models/physics/exchangers.ts'
import {
  cyclingFan,
  hydraulicKw,
  pumpPowerKw,
  speedForHead,
  systemCurveKpa,
} from '#models/physics/pumpsAndFans.ts'
import type { Sizing } from '#simulators/plant/sizing.ts'
import type { FacilityState, PlantState, TowerState } from '#simulators/plant/state.ts'
import type { OutdoorAir } from '#simulators/weather/weather.ts'

const available = (tripped: readonly boolean[]): number => {
  let count = 0
  for (const isTripped of tripped) if (!isTripped) count++
  return count
}

/** Facility pumps: pressure held across the CDUs, pumps staged by flow, speed from head and flow. */
export function stepFacilityPumps(
  facility: FacilityState,
  plant: { site: Site; sizing: Sizing },
  flow: { lpm: number; seconds: number },
): void {
  const { nameplate, design } = plant.site
  const { sizing } = plant
  const pumps = facility.pumpTripped.length
  const usable = available(facility.pumpTripped)
  // 10 s: drives on long mains are set slowly, or they chase the CDU valves.
  facility.dpKpa +=
    ((usable > 0 ? Math.max(sizing.facilityDpFloorKpa, facility.dpSpKpa) : 0) - facility.dpKpa) *
    (1 - Math.exp(-flow.seconds / 10))
  facility.flowLpm = flow.lpm
  const fraction = flow.lpm / design.facilityFlowLpm
  const load = (fraction / nameplate.commissionedFlowFraction) * pumps
  // Up at 95 % of what runs, down at 80 % of one fewer.
  if (load > facility.pumpsRunning * 0.95) facility.pumpsRunning++
  else if (load < (facility.pumpsRunning - 1) * 0.8) facility.pumpsRunning--
  facility.pumpsRunning = usable === 0 ? 0 : Math.max(1, Math.min(usable, facility.pumpsRunning))
  const headKpa = systemCurveKpa(
    {
      staticKpa: facility.dpKpa,
      dynamicKpa: nameplate.facility.mainsDpKpa + nameplate.facility.exchangerDpKpa,
      exponent: 2,
    },
    fraction,
  )
  const share = facility.pumpsRunning / pumps
  const speed =
    share === 0
      ? 0
      : 0.95 *
        speedForHead({
          headFraction: headKpa / sizing.facilityHeadKpa,
          flowFraction: fraction / nameplate.commissionedFlowFraction / share,
        })
  if (speed > 1.0005) facility.dpKpa /= speed * speed
  facility.pumpSpeed = Math.min(1, speed)
  facility.pumpKw =
    usable === 0
      ? 0
      : pumpPowerKw({
          hydraulicKw: hydraulicKw(flow.lpm, headKpa),
          ratedHydraulicKw: sizing.facilityRatedHydraulicKw,
          wireToWater: nameplate.facility.wireToWater,
          runningFraction: share,
        })
}

/** Tower pumps: flow follows its setpoint; without one from outside the plant stages quarters of design by its heat. */
export function stepTowerPumps(
  tower: TowerState,
  plant: { site: Site; sizing: Sizing },
  moment: { heatKw: number; seconds: number },
): void {
  const { nameplate, design } = plant.site
  const pumps = tower.pumpTripped.length
  const usable = available(tower.pumpTripped)
  if (tower.waterSpPercent !== undefined) tower.waterHeldPercent = tower.waterSpPercent
  else {
    // Commissioned: ceil(4.4 × heat fraction) / 4, at least 2/4 (YARDSTICKS 3); 3 % of a stage keeps it from hunting.
    const stages = 4.4 * (moment.heatKw / plant.sizing.itKw)
    const held = tower.waterHeldPercent / 25
    const wanted = Math.min(4, Math.max(2, Math.ceil(stages)))
    if (wanted > held || stages < held - 1.03 || !Number.isInteger(held)) tower.waterHeldPercent = wanted * 25
  }
  const target = (Math.min(tower.waterHeldPercent, (110 * usable) / pumps) / 100) * design.towerFlowLpm
  tower.flowLpm += (target - tower.flowLpm) * (1 - Math.exp(-moment.seconds / 20))
  const fraction = tower.flowLpm / design.towerFlowLpm
  tower.pumpsRunning = Math.min(usable, Math.max(1, Math.ceil(fraction * pumps - 0.05)))
  const headKpa = systemCurveKpa(
    { staticKpa: nameplate.tower.pumpStaticKpa, dynamicKpa: nameplate.tower.pumpDynamicKpa, exponent: 2 },
    fraction,
  )
  tower.pumpKw =
    usable === 0
      ? 0
      : pumpPowerKw({
          hydraulicKw: hydraulicKw(tower.flowLpm, headKpa),
          ratedHydraulicKw: plant.sizing.towerRatedHydraulicKw,
          wireToWater: nameplate.tower.pumpWireToWater,
          runningFraction: tower.pumpsRunning / pumps,
        })
}

/** Heat from the CDUs through both headers and the plate exchanger, in one implicit step. Returns heat to the tower water. */
export function stepFacilityHeat(
  state: PlantState,
  plant: { site: Site; sizing: Sizing },
  moment: { heatKw: number; seconds: number },
): number {
  const { facility, tower } = state
  const { design, coolant, nameplate } = plant.site
  const { sizing } = plant
  const hotKwPerK = (facility.flowLpm * heatPerLitreKj(coolant.facility, facility.returnC)) / 60
  const coldLpm = tower.flowLpm * facility.exchangerValve
  const coldKwPerK = (coldLpm * heatPerLitreKj('water', tower.basinC)) / 60
  const uaKwPerK = plateConductanceKwPerK(sizing.exchangerUaKwPerK, {
    hotFraction: facility.flowLpm / design.facilityFlowLpm,
    coldFraction: coldLpm / design.towerFlowLpm,
    exponent: nameplate.cdu.heatTransferExponent,
  })
  const heatPerK = counterFlowHeatPerK({ uaKwPerK, hotKwPerK, coldKwPerK })
  const returnStore = sizing.facilityReturnKjPerK / moment.seconds
  const supplyStore = sizing.facilitySupplyKjPerK / moment.seconds
  const returnFixed = (returnStore * facility.returnC + moment.heatKw) / (returnStore + hotKwPerK)
  const returnPerSupply = hotKwPerK / (returnStore + hotKwPerK)
  facility.supplyC =
    (supplyStore * facility.supplyC +
      (hotKwPerK - heatPerK) * returnFixed +
      heatPerK * tower.basinC +
      facility.pumpKw) /
    (supplyStore + hotKwPerK - (hotKwPerK - heatPerK) * returnPerSupply)
  facility.returnC = returnFixed + returnPerSupply * facility.supplyC
  facility.heatKw = moment.heatKw
  const heatKw = heatPerK * (facility.returnC - tower.basinC)
  facility.exchangerColdOutC = coldKwPerK > 0 ? tower.basinC + heatKw / coldKwPerK : tower.basinC
  stepExchangerValve(facility, moment.seconds)
  return heatKw
}

/** Tower-side valve holds the facility supply: 0.1 of the opening per kelvin, reset time 100 s, full stroke 90 s. */
function stepExchangerValve(facility: FacilityState, seconds: number): void {
  const errorK = facility.supplyC - facility.supplySpC
  const wanted =
    Math.max(0.1, facility.exchangerValve) * (0.1 * (errorK - facility.lastErrorK) + 0.001 * errorK * seconds)
  facility.lastErrorK = errorK
  if (facility.exchangerValveIsStuck) return
  const most = seconds / 90
  facility.exchangerValve = Math.max(
    0.05,
    Math.min(1, facility.exchangerValve + Math.max(-most, Math.min(most, wanted))),
  )
}

/** Tower: heat into the open cells, basin, fans. */
export function stepTower(
  tower: TowerState,
  plant: { site: Site; sizing: Sizing },
  moment: { heatKw: number; air: OutdoorAir; seconds: number },
): void {
  const { nameplate, design } = plant.site
  const { sizing } = plant
  const { air, seconds } = moment
  const cells = nameplate.tower.cells
  const waterFraction = tower.flowLpm / design.towerFlowLpm
  // A cell opens for every half of its design water: half flow wets all of them thinly, which lets the fans run slowly.
  tower.cellsOpen = Math.max(1, Math.min(cells, Math.floor((waterFraction * cells) / 0.5 + 0.05)))
  const openShare = tower.cellsOpen / cells
  const fan = cyclingFan(tower.fanDemand, {
    leastSpeed: nameplate.tower.fanLeastSpeedFraction,
    freeConvection: nameplate.tower.freeConvectionFraction,
  })
  tower.fanKw = fan.power * openShare * design.fanPowerKw

  const slopeKjPerKgK = saturatedSlopeKjPerKgK({
    inWetBulbC: air.wetBulbC,
    outWetBulbC: tower.outletWetBulbC,
    pressurePa: air.pressurePa,
  })
  const waterKwPerK = (tower.flowLpm * heatPerLitreKj('water', tower.basinC)) / 60
  const airKgPerS = sizing.towerAirKgPerS * openShare * fan.air
  const heatPerK = towerHeatPerK({
    uaKwPerK:
      sizing.towerUaKwPerK *
      openShare *
      towerConductanceFactor({
        wetBulbBelowDesignK: design.wetBulbC - air.wetBulbC,
        airFraction: fan.air,
        waterFraction: waterFraction / openShare,
      }),
    waterKwPerK,
    airKgPerS,
    slopeKjPerKgK,
  })
  const intoWaterKw = moment.heatKw + tower.pumpKw
  const warmingK = waterKwPerK > 0 ? intoWaterKw / waterKwPerK : 0
  const basinStore = sizing.basinKjPerK / seconds
  tower.basinC =
    (basinStore * tower.basinC + intoWaterKw - heatPerK * (warmingK - air.wetBulbC)) / (basinStore + heatPerK)
  tower.enteringC = tower.basinC + warmingK
  tower.rejectedKw = heatPerK * (tower.enteringC - air.wetBulbC)
  // Half a step towards the new outlet state: the slope and the heat find each other over a few steps of time.
  const outletC = air.wetBulbC + tower.rejectedKw / (airKgPerS * slopeKjPerKgK)
  tower.outletWetBulbC += 0.5 * (Math.min(60, outletC) - tower.outletWetBulbC)
  const evaporated = evaporationLpm(tower.rejectedKw)
  // Four cycles of concentration; drift 0.001 % of the water over the tower.
  tower.makeupLpm = makeupLpm({ evaporationLpm: evaporated, cycles: 4, driftLpm: 1e-5 * tower.flowLpm })
  tower.evaporatedL += (evaporated * seconds) / 60
  stepFans(tower, air, seconds)
}

/** Fans hold the leaving temperature: 0.25 of the demand per kelvin, reset time 250 s; freezing guard below 2 °C wet bulb. */
function stepFans(tower: TowerState, air: OutdoorAir, seconds: number): void {
  const setpointC = air.wetBulbC < 2 ? Math.max(7, tower.leavingSpC) : tower.leavingSpC
  const errorK = tower.basinC - setpointC
  const change =
    Math.max(0.15, tower.fanDemand) * (0.25 * (errorK - tower.lastErrorK) + 0.001 * errorK * seconds)
  tower.lastErrorK = errorK
  // Drives take 60 s from rest to full.
  const most = seconds / 60
  tower.fanDemand = Math.max(0, Math.min(1, tower.fanDemand + Math.max(-most, Math.min(most, change))))
}
