import type { Site } from '#contract/site/site.ts'
import { heatPerLitreKj } from '#models/physics/coolants.ts'
import { counterFlowHeatPerK, plateConductanceKwPerK } from '#models/physics/exchangers.ts'
import { hydraulicKw, pumpPowerKw, speedForHead, systemCurveKpa } from '#models/physics/pumpsAndFans.ts'
import { facilityVesselL } from '#simulators/plant/leakStep.ts'
import type { Sizing } from '#simulators/plant/sizing.ts'
import type { FacilityState, PlantState, TowerState } from '#simulators/plant/state.ts'

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
  const lost = newlyTripped(facility, facility.pumpsRunning)
  if (lost > 0) facility.dpKpa *= pressureLeft(facility, plant, pumps, lost)
  // Without pressure at their inlet the pumps cavitate, and stop.
  const hasWater = facility.vesselL > 0.02 * facilityVesselL(plant.site)
  const usable = hasWater ? available(facility.pumpTripped) : 0
  const beforeKpa = facility.dpKpa
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
  const share = facility.pumpsRunning / pumps
  const at = (flowFraction: number) => {
    const headKpa = systemCurveKpa(
      {
        staticKpa: facility.dpKpa,
        dynamicKpa: nameplate.facility.mainsDpKpa + nameplate.facility.exchangerDpKpa,
        exponent: 2,
      },
      flowFraction,
    )
    const point = {
      headFraction: headKpa / sizing.facilityHeadKpa,
      flowFraction: flowFraction / nameplate.commissionedFlowFraction / share,
    }
    return { headKpa, speed: share === 0 ? 0 : 0.95 * speedForHead(point) }
  }
  // More pressure brings more flow by the next step: the pumps' reach is judged with it, or long steps would pass it.
  const grown = facility.dpKpa > beforeKpa && beforeKpa > 0 ? Math.sqrt(facility.dpKpa / beforeKpa) : 1
  const needed = at(fraction * grown).speed
  if (needed > 1.0005) facility.dpKpa /= needed * needed
  const { headKpa, speed } = at(fraction)
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

/** Pumps that ran until they tripped in this step: the first that can run do run. Takes note of the trips. */
function newlyTripped(
  group: { readonly pumpTripped: readonly boolean[]; readonly pumpTripSeen: boolean[] },
  running: number,
): number {
  let before = 0
  let lost = 0
  for (let i = 0; i < group.pumpTripped.length; i++) {
    const isTripped = group.pumpTripped[i]!
    if (!group.pumpTripSeen[i]) {
      if (isTripped && before < running) lost++
      before++
    }
    group.pumpTripSeen[i] = isTripped
  }
  return lost
}

/** Pressure that stays when pumps trip and the others have not sped up yet: along their curve at the speed that they have. */
function pressureLeft(
  facility: FacilityState,
  { site, sizing }: { site: Site; sizing: Sizing },
  pumps: number,
  lost: number,
): number {
  if (lost >= facility.pumpsRunning) return 0
  const { nameplate, design } = site
  const fraction = Math.max(0.05, facility.flowLpm / design.facilityFlowLpm)
  const mainsKpa = (nameplate.facility.mainsDpKpa + nameplate.facility.exchangerDpKpa) * fraction * fraction
  const system = (facility.dpKpa + mainsKpa) / sizing.facilityHeadKpa / (fraction * fraction)
  const sag = (running: number) => 0.3 / ((nameplate.commissionedFlowFraction * running) / pumps) ** 2
  return (system + sag(facility.pumpsRunning)) / (system + sag(facility.pumpsRunning - lost))
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
  const lost = newlyTripped(tower, tower.pumpsRunning)
  if (lost > 0) tower.flowLpm *= 1 - lost / tower.pumpsRunning
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
  const uaKwPerK = plateConductanceKwPerK(sizing.exchangerUaKwPerK * facility.exchangerConductanceShare, {
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
