import type { Nameplate, SiteCommon, SiteDesign } from '#contract/site/site.ts'
import { coldPlateResistanceKPerKw, hottestChipFraction, leakageFactor } from '#models/physics/coldPlates.ts'
import { heatPerLitreKj } from '#models/physics/coolants.ts'
import { counterFlowHeatPerK, plateConductanceKwPerK } from '#models/physics/exchangers.ts'
import type { CduTruth } from '#simulators/plant/hiddenTruth.ts'
import { stepLoop } from '#simulators/plant/loopHydraulics.ts'
import type { Sizing } from '#simulators/plant/sizing.ts'
import type { CduState, RackState, ValveState } from '#simulators/plant/state.ts'

/** What a CDU sees of the rest of the plant during one step. */
export type CduInputs = {
  readonly loadKw: number
  readonly facilitySupplyC: number
  readonly facilityDpKpa: number
  readonly seconds: number
}

/** The facts of a site that a CDU's step needs; a `Site` and its `Sizing` have them, other kinds of site too. */
export type CduPlant = {
  readonly site: {
    readonly nameplate: Pick<Nameplate, 'cdu' | 'chip' | 'itPerCduKw' | 'commissionedFlowFraction'> & {
      readonly facility: Pick<Nameplate['facility'], 'cduDpKpa'>
    }
    readonly design: Pick<SiteDesign, 'cduFlowLpm' | 'cduPrimaryFlowLpm'>
    readonly coolant: SiteCommon['coolant']
  }
  readonly sizing: Pick<
    Sizing,
    | 'cduDpFloorKpa'
    | 'rackFlowLpm'
    | 'rackKw'
    | 'cduHeadKpa'
    | 'cduRatedHydraulicKw'
    | 'cduUaKwPerK'
    | 'rackKjPerK'
    | 'returnKjPerK'
    | 'supplyKjPerK'
  >
  readonly leakagePerK: number
}

/** Heat capacity of one chip with its share of plate, kJ/K: without flow 1 kW warms it by 5 K/s. */
const chipKjPerK = 0.2
/** Chips slow down above 95 °C and stand still at 115 °C: silicon protects itself, later than it should. */
const throttleFromC = 95
const throttleSpanK = 20

export function stepCdu(cdu: CduState, truth: CduTruth, plant: CduPlant, inputs: CduInputs): void {
  const stepMs = inputs.seconds * 1000
  moveValve(cdu.isolation, stepMs)
  moveValve(cdu.returnValve, stepMs)
  moveValve(cdu.bypass, stepMs)
  for (const rack of cdu.racks) stepSwitches(rack, stepMs)
  stepLoop(cdu, truth, plant, inputs.seconds)
  stepChips(cdu, truth, plant, inputs)
  stepHeat(cdu, truth, plant, inputs)
  stepPrimaryValve(cdu, inputs.seconds)
}

/** Moves a valve towards its target at its own stroke; a stuck one stays. */
export function moveValve(valve: ValveState, stepMs: number): void {
  if (valve.isStuck || valve.position === valve.target) return
  const most = stepMs / valve.strokeMs
  const wanted = valve.target - valve.position
  valve.position += Math.max(-most, Math.min(most, wanted))
}

/** Rack valve, breaker and trays act on what was asked of them. */
function stepSwitches(rack: RackState, stepMs: number): void {
  moveValve(rack.valve, stepMs)
  const wantsClosed = rack.electricalRequest !== 1
  if (wantsClosed !== rack.breakerIsClosed) {
    rack.breakerMovesInMs -= stepMs
    if (rack.breakerMovesInMs <= 0) rack.breakerIsClosed = wantsClosed
  }
  for (const tray of rack.trays) tray.isOn = tray.powerRequest !== 0
}

/** IT power with its leakage, and chip temperatures that follow within seconds. */
function stepChips(cdu: CduState, truth: CduTruth, plant: CduPlant, inputs: CduInputs): void {
  const { chip } = plant.site.nameplate
  cdu.loadFraction = inputs.loadKw / plant.site.nameplate.itPerCduKw
  for (const rack of cdu.racks) {
    let traysOn = 0
    for (const tray of rack.trays) if (tray.isOn) traysOn++
    const throttle = Math.max(0, Math.min(1, 1 - (rack.hottestChipC - throttleFromC) / throttleSpanK))
    const powered = rack.breakerIsClosed ? traysOn / rack.trays.length : 0
    rack.powerKw =
      inputs.loadKw * rack.share * powered * throttle * leakageFactor(rack.meanJunctionC, plant.leakagePerK)
    const plateLpm = chip.designFlowLpmPerKw * chip.ratedChipKw * (rack.flowLpm / plant.sizing.rackFlowLpm)
    const resistance = coldPlateResistanceKPerKw(chip.coldPlate, plateLpm) + chip.junctionResistanceKPerKw
    const follow = 1 - Math.exp(-inputs.seconds / (resistance * chipKjPerK))
    const meanKw = chip.ratedChipKw * (powered > 0 ? rack.powerKw / (plant.sizing.rackKw * powered) : 0)
    rack.meanJunctionC += (cdu.supplyC + meanKw * resistance - rack.meanJunctionC) * follow
    const hottestKw = powered > 0 ? chip.ratedChipKw * hottestChipFraction(cdu.loadFraction) * throttle : 0
    rack.hottestChipC +=
      (cdu.supplyC + hottestKw * resistance * truth.hotChipFactor - rack.hottestChipC) * follow
  }
}

/**
 * Heat through racks, return side, exchanger and supply side in one implicit step: rack and return temperatures are straight
 * lines of the supply temperature, so the ring closes without iteration and no heat is lost at any step length.
 */
function stepHeat(cdu: CduState, truth: CduTruth, plant: CduPlant, inputs: CduInputs): void {
  const { nameplate, design, coolant } = plant.site
  const { sizing } = plant
  const seconds = inputs.seconds
  const kwPerKPerLpm = heatPerLitreKj(coolant.secondary, cdu.returnC) / 60
  cdu.primaryLpm =
    nameplate.cdu.valveFlowFraction *
    design.cduPrimaryFlowLpm *
    cdu.valve *
    cdu.valve *
    Math.sqrt(inputs.facilityDpKpa / nameplate.facility.cduDpKpa)
  const hotKwPerK = cdu.flowLpm * kwPerKPerLpm
  const coldKwPerK = (cdu.primaryLpm * heatPerLitreKj(coolant.facility, inputs.facilitySupplyC)) / 60
  const uaKwPerK = plateConductanceKwPerK(sizing.cduUaKwPerK * truth.fouling * cdu.loop.conductanceShare, {
    hotFraction: cdu.flowLpm / design.cduFlowLpm,
    coldFraction: cdu.primaryLpm / design.cduPrimaryFlowLpm,
    exponent: nameplate.cdu.heatTransferExponent,
  })
  const heatPerK = counterFlowHeatPerK({ uaKwPerK, hotKwPerK, coldKwPerK })

  const rackStore = sizing.rackKjPerK / seconds
  const returnStore = sizing.returnKjPerK / seconds
  const supplyStore = sizing.supplyKjPerK / seconds
  let fixed = returnStore * cdu.returnC
  let perSupply = cdu.bypassLpm * kwPerKPerLpm
  for (const rack of cdu.racks) {
    const carried = rack.flowLpm * kwPerKPerLpm
    const sum = rackStore + carried
    fixed += (carried * (rackStore * rack.returnC + rack.powerKw)) / sum
    perSupply += (carried * carried) / sum
  }
  const returnSum = returnStore + hotKwPerK
  const returnFixed = fixed / returnSum
  const returnPerSupply = perSupply / returnSum
  const supplyC =
    (supplyStore * cdu.supplyC +
      (hotKwPerK - heatPerK) * returnFixed +
      heatPerK * inputs.facilitySupplyC +
      cdu.loop.pumpHeatKw) /
    (supplyStore + hotKwPerK - (hotKwPerK - heatPerK) * returnPerSupply)
  for (const rack of cdu.racks) {
    const carried = rack.flowLpm * kwPerKPerLpm
    rack.returnC = (rackStore * rack.returnC + rack.powerKw + carried * supplyC) / (rackStore + carried)
  }
  cdu.supplyC = supplyC
  cdu.returnC = returnFixed + returnPerSupply * supplyC
  cdu.heatKw = heatPerK * (cdu.returnC - inputs.facilitySupplyC)
  cdu.primaryReturnC = coldKwPerK > 0 ? inputs.facilitySupplyC + cdu.heatKw / coldKwPerK : cdu.primaryReturnC
}

/** Seconds over which the valve loop looks at most: above it a step would bring more correction than its lag can bear. */
const longestLookS = 20

/**
 * The device's own loop: proportional and integral action on the supply temperature, scaled by the opening because the
 * valve's effect is (0.1 of the opening per kelvin; reset time 65 s, about the loop's own lag). Full stroke takes 60 s. Steps
 * beyond 20 s act as if they were 20 s: with steps of 60 s the full gain hunts from end to end, and chips pass their limit.
 */
function stepPrimaryValve(cdu: CduState, seconds: number): void {
  const errorK = cdu.supplyC - cdu.supplySpC
  const gain = Math.max(0.08, cdu.valve) * Math.min(1, longestLookS / seconds)
  const wanted = gain * (0.1 * (errorK - cdu.lastErrorK) + 0.0015 * errorK * seconds)
  cdu.lastErrorK = errorK
  if (cdu.valveIsStuck) return
  const most = seconds / 60
  // 4 %: a little warm water keeps the sensor in the primary return honest.
  cdu.valve = Math.max(0.04, Math.min(1, cdu.valve + Math.max(-most, Math.min(most, wanted))))
}
