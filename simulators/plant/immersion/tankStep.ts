import type { ImmersionSite } from '#contract/site/immersion.ts'
import { hottestChipFraction, leakageFactor } from '#models/physics/coldPlates.ts'
import { heatPerLitreKj } from '#models/physics/coolants.ts'
import { counterFlowHeatPerK, plateConductanceKwPerK } from '#models/physics/exchangers.ts'
import { hydraulicKw, pumpPowerKw, speedForHead } from '#models/physics/pumpsAndFans.ts'
import type { ImmersionSizing, TankTruth } from '#simulators/plant/immersion/immersionSizing.ts'
import { filledShare, type TankState } from '#simulators/plant/immersion/immersionState.ts'

export type TankInputs = {
  readonly loadKw: number
  readonly facilitySupplyC: number
  readonly facilityDpKpa: number
  readonly seconds: number
}
export type TankPlant = {
  readonly site: ImmersionSite
  readonly sizing: ImmersionSizing
  readonly leakagePerK: number
}

/** Pumps hold commissioned pressure at 90 % speed, so that there is something left when one trips. */
const commissionedSpeed = 0.9
/** Pressure follows its setpoint in 8 s; a stopped pump coasts down in about 4 s. */
const pressureLagS = 8
const coastLagS = 0.7
/** One chip with its heat sink, kJ/K: half a kilowatt without flow warms it by 1 K/s. */
const chipKjPerK = 0.5
/** Chips slow down above 95 °C and stand still at 115 °C: silicon protects itself, later than it should. */
const throttleFromC = 95
const throttleSpanK = 20
/** Still dielectric rises along hot fins by itself, as a tenth of the design flow would. */
const naturalFlowFraction = 0.1
/** Below this share of the brim the overflow weir runs dry and the pumps lose their suction. */
const weirShare = 0.8
/** Litres at which the sensor in the tank's pan is wet. */
export const panWetMl = 50

export function stepTank(tank: TankState, truth: TankTruth, plant: TankPlant, inputs: TankInputs): void {
  const minutes = inputs.seconds / 60
  const spiltL = Math.min(tank.liquidL, tank.leakLpm * minutes)
  tank.liquidL -= spiltL
  tank.leakedL += spiltL
  tank.panMl += spiltL * 1000
  stepCirculation(tank, truth, plant, inputs.seconds)
  stepChips(tank, truth, plant, inputs)
  stepHeat(tank, truth, plant, inputs)
  stepValve(tank, inputs.seconds)
}

/** What the level gauge shows, per cent of the brim: dielectric swells by 0.08 %/K over 40 °C. */
export function levelPercent(tank: TankState, { nameplate }: ImmersionSite): number {
  const { volumeL, dielectric } = nameplate.tank
  const swollen = tank.liquidL * (1 + dielectric.expansionPerK * (tank.tankC - 40))
  return Math.max(0, Math.min(100, (100 * swollen) / volumeL))
}

function stepCirculation(tank: TankState, truth: TankTruth, plant: TankPlant, seconds: number): void {
  const { nameplate, design } = plant.site
  const { sizing } = plant
  let running = 0
  for (const isTripped of tank.pumpTripped) if (!isTripped) running++
  const isFilled = tank.liquidL > weirShare * filledShare * nameplate.tank.volumeL
  const isOn = tank.pumpRun === 1 && running > 0 && isFilled
  const target = isOn ? Math.max(sizing.tankDpFloorKpa, tank.dpSpKpa) : 0
  tank.dpKpa += (target - tank.dpKpa) * (1 - Math.exp(-seconds / (isOn ? pressureLagS : coastLagS)))
  if (!isOn && tank.dpKpa < 0.05) tank.dpKpa = 0
  const share = running / tank.pumpTripped.length
  let speed = 0
  let headKpa = 0
  // Three tries: each brings a head beyond the pumps' reach down by the square of the excess speed.
  for (let attempt = 0; attempt < 3; attempt++) {
    const fraction =
      (tank.dpKpa / (nameplate.tank.dpKpa * truth.loopResistance)) ** (1 / nameplate.tank.dpExponent)
    tank.flowLpm = design.tankFlowLpm * fraction
    headKpa =
      tank.dpKpa +
      nameplate.tank.internalDpKpa * truth.loopResistance * fraction ** nameplate.tank.internalDpExponent +
      Math.min(nameplate.tank.staticKpa, tank.dpKpa)
    const flowFraction = share === 0 ? 0 : fraction / nameplate.commissionedFlowFraction / share
    speed =
      share === 0
        ? 0
        : commissionedSpeed * speedForHead({ headFraction: headKpa / sizing.tankHeadKpa, flowFraction })
    if (speed <= 1.0005) break
    tank.dpKpa /= speed * speed
  }
  tank.pumpSpeed = Math.min(1, speed)
  tank.pumpKw = isOn
    ? pumpPowerKw({
        hydraulicKw: hydraulicKw(tank.flowLpm, headKpa),
        ratedHydraulicKw: sizing.tankRatedHydraulicKw,
        wireToWater: nameplate.tank.wireToWater,
        runningFraction: share,
      })
    : 0
}

/**
 * IT power with its leakage, and chip temperatures that follow within a minute. R is counted from the tank's supply, as a cold
 * plate's is from its inlet (YARDSTICKS 1); under half of design flow the chips draw more and more of what stands around them.
 */
function stepChips(tank: TankState, truth: TankTruth, plant: TankPlant, inputs: TankInputs): void {
  const { chip, itPerTankKw, tank: plate } = plant.site.nameplate
  const flowFraction = tank.flowLpm / plant.site.design.tankFlowLpm
  const fromSupply = Math.min(1, flowFraction / plate.minimumFlowFraction)
  const coolantC = tank.tankC + fromSupply * (tank.supplyC - tank.tankC)
  const throttle = Math.max(0, Math.min(1, 1 - (tank.hottestChipC - throttleFromC) / throttleSpanK))
  tank.itKw = inputs.loadKw * throttle * leakageFactor(tank.meanJunctionC, plant.leakagePerK)
  const resistance =
    chip.convectionKPerKw * Math.max(naturalFlowFraction, flowFraction) ** -chip.convectionExponent +
    chip.junctionKPerKw
  const follow = 1 - Math.exp(-inputs.seconds / (resistance * chipKjPerK))
  const meanKw = (chip.ratedChipKw * tank.itKw) / itPerTankKw
  tank.meanJunctionC += (coolantC + meanKw * resistance - tank.meanJunctionC) * follow
  const hottestKw = chip.ratedChipKw * hottestChipFraction(inputs.loadKw / itPerTankKw) * throttle
  tank.hottestChipC += (coolantC + hottestKw * resistance * truth.hotChipFactor - tank.hottestChipC) * follow
}

/** Heat from servers through tank and exchanger in one implicit step: no heat is lost at any step length. */
function stepHeat(tank: TankState, truth: TankTruth, plant: TankPlant, inputs: TankInputs): void {
  const { nameplate, design, coolant } = plant.site
  const { sizing } = plant
  tank.primaryLpm =
    nameplate.tank.valveFlowFraction *
    design.tankPrimaryFlowLpm *
    tank.valve *
    tank.valve *
    Math.sqrt(inputs.facilityDpKpa / nameplate.facility.tankDpKpa)
  const hotKwPerK = tank.flowLpm * sizing.dielectricKwPerKPerLpm
  const coldKwPerK = (tank.primaryLpm * heatPerLitreKj(coolant.facility, inputs.facilitySupplyC)) / 60
  const uaKwPerK = plateConductanceKwPerK(sizing.tankUaKwPerK * truth.fouling * tank.cleanShare, {
    hotFraction: tank.flowLpm / design.tankFlowLpm,
    coldFraction: tank.primaryLpm / design.tankPrimaryFlowLpm,
    exponent: nameplate.tank.heatTransferExponent,
  })
  const heatPerK = counterFlowHeatPerK({ uaKwPerK, hotKwPerK, coldKwPerK })
  const tankStore = sizing.tankKjPerK / inputs.seconds
  const supplyStore = sizing.tankSupplyKjPerK / inputs.seconds
  const tankFixed = (tankStore * tank.tankC + tank.itKw) / (tankStore + hotKwPerK)
  const tankPerSupply = hotKwPerK / (tankStore + hotKwPerK)
  tank.supplyC =
    (supplyStore * tank.supplyC +
      (hotKwPerK - heatPerK) * tankFixed +
      heatPerK * inputs.facilitySupplyC +
      tank.pumpKw) /
    (supplyStore + hotKwPerK - (hotKwPerK - heatPerK) * tankPerSupply)
  tank.tankC = tankFixed + tankPerSupply * tank.supplyC
  tank.heatKw = heatPerK * (tank.tankC - inputs.facilitySupplyC)
  tank.primaryReturnC =
    coldKwPerK > 0 ? inputs.facilitySupplyC + tank.heatKw / coldKwPerK : tank.primaryReturnC
}

/** The device's own loop on its supply: 0.05 of the opening per kelvin, reset time 100 s, full stroke 60 s. */
function stepValve(tank: TankState, seconds: number): void {
  const errorK = tank.supplyC - tank.supplySpC
  const wanted = Math.max(0.08, tank.valve) * (0.05 * (errorK - tank.lastErrorK) + 0.0005 * errorK * seconds)
  tank.lastErrorK = errorK
  if (tank.valveIsStuck) return
  const most = seconds / 60
  // 4 %: a little warm coolant keeps the sensor in the primary return honest.
  tank.valve = Math.max(0.04, Math.min(1, tank.valve + Math.max(-most, Math.min(most, wanted))))
}
