import { heatPerLitreKj } from '#models/physics/coolants.ts'
import { hydraulicKw, pumpPowerKw, speedForHead, systemCurveKpa } from '#models/physics/pumpsAndFans.ts'
import { coilOf, stepCoolerDevices } from '#simulators/plant/immersion/coolerStep.ts'
import type { ImmersionState, LoopState } from '#simulators/plant/immersion/immersionState.ts'
import type { TankPlant } from '#simulators/plant/immersion/tankStep.ts'
import type { OutdoorAir } from '#simulators/weather/weather.ts'

/** Facility pumps: pressure held across the tanks, pumps staged by flow, speed from head and flow. */
export function stepLoopPumps(
  loop: LoopState,
  plant: TankPlant,
  flow: { tanksLpm: number; seconds: number },
): void {
  const { nameplate, design } = plant.site
  const { sizing } = plant
  const pumps = loop.pumpTripped.length
  let usable = 0
  for (const isTripped of loop.pumpTripped) if (!isTripped) usable++
  loop.dpKpa +=
    ((usable > 0 ? Math.max(sizing.loopDpFloorKpa, loop.dpSpKpa) : 0) - loop.dpKpa) *
    (1 - Math.exp(-flow.seconds / 10))
  if (usable === 0 && loop.dpKpa < 0.05) loop.dpKpa = 0
  // The bypass at the far end keeps the least flow moving while any pump runs.
  const leastLpm = usable > 0 ? sizing.leastLoopLpm : 0
  loop.flowLpm = Math.max(leastLpm, flow.tanksLpm)
  const fraction = loop.flowLpm / design.facilityFlowLpm
  const load = (fraction / nameplate.commissionedFlowFraction) * pumps
  // Up at 95 % of what runs, down at 80 % of one fewer.
  if (load > loop.pumpsRunning * 0.95) loop.pumpsRunning++
  else if (load < (loop.pumpsRunning - 1) * 0.8) loop.pumpsRunning--
  loop.pumpsRunning = usable === 0 ? 0 : Math.max(1, Math.min(usable, loop.pumpsRunning))
  const { mainsDpKpa, coolerDpKpa, wireToWater } = nameplate.facility
  const headKpa = systemCurveKpa(
    { staticKpa: loop.dpKpa, dynamicKpa: mainsDpKpa + coolerDpKpa, exponent: 2 },
    fraction,
  )
  const share = loop.pumpsRunning / pumps
  const flowFraction = share === 0 ? 0 : fraction / nameplate.commissionedFlowFraction / share
  const speed =
    share === 0 ? 0 : 0.95 * speedForHead({ headFraction: headKpa / sizing.loopHeadKpa, flowFraction })
  if (speed > 1.0005) loop.dpKpa /= speed * speed
  loop.pumpSpeed = Math.min(1, speed)
  loop.pumpKw =
    usable === 0
      ? 0
      : pumpPowerKw({
          hydraulicKw: hydraulicKw(loop.flowLpm, headKpa),
          ratedHydraulicKw: sizing.loopRatedHydraulicKw,
          wireToWater,
          runningFraction: share,
        })
}

/** Heat from the tanks through both headers and the coils into the air, in one implicit step; then the coolers' own loop. */
export function stepLoopHeat(
  state: ImmersionState,
  plant: TankPlant,
  moment: { heatKw: number; air: OutdoorAir; seconds: number },
): void {
  const { loop, coolers } = state
  const { sizing } = plant
  const { seconds } = moment
  const kwPerK = (loop.flowLpm * heatPerLitreKj(plant.site.coolant.facility, loop.returnC)) / 60
  const coil = coilOf(coolers, plant, { kwPerK, flowLpm: loop.flowLpm, air: moment.air })
  const returnStore = sizing.loopReturnKjPerK / seconds
  const supplyStore = sizing.loopSupplyKjPerK / seconds
  const returnFixed = (returnStore * loop.returnC + moment.heatKw) / (returnStore + kwPerK)
  const returnPerSupply = kwPerK / (returnStore + kwPerK)
  loop.supplyC =
    (supplyStore * loop.supplyC +
      (kwPerK - coil.heatPerK) * returnFixed +
      coil.heatPerK * coolers.airC +
      loop.pumpKw) /
    (supplyStore + kwPerK - (kwPerK - coil.heatPerK) * returnPerSupply)
  loop.returnC = returnFixed + returnPerSupply * loop.supplyC
  loop.heatKw = moment.heatKw
  coolers.rejectedKw = coil.heatPerK * (loop.returnC - coolers.airC)
  stepCoolerDevices(coolers, plant, {
    supplyC: loop.supplyC,
    air: moment.air,
    seconds,
    airFlow: coil.airFlow,
  })
}
