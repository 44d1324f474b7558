import { counterFlowNtu } from '#models/physics/exchangers.ts'
import type { Features, Observation } from '#models/plant/fitFactors.ts'
import type { PlantComponent, TankComponent } from '#models/plant/immersion/beliefs.ts'
import type { HourRow, TankHour } from '#models/plant/immersion/hourRow.ts'
import type { ImmersionPriors } from '#models/plant/immersion/priors.ts'
import type { StorageSeen } from '#models/plant/learned/storage.ts'

const logRatio = (value: number, design: number) => Math.log(Math.max(value, 1e-6) / design)

/** The lines' abscissae; the same functions serve learning and prediction. */
export const featuresOf = {
  tankFlow: ({ site }: ImmersionPriors, dpKpa: number): Features => [
    1,
    logRatio(dpKpa, site.nameplate.tank.dpKpa),
    0,
  ],
  tankPump: ({ site }: ImmersionPriors, flowLpm: number): Features => [
    1,
    logRatio(flowLpm, site.design.tankFlowLpm),
    0,
  ],
  tankExchanger: ({ site }: ImmersionPriors, flowLpm: number, primaryLpm: number): Features => [
    1,
    logRatio(flowLpm, site.design.tankFlowLpm),
    logRatio(primaryLpm, site.design.tankPrimaryFlowLpm),
  ],
  tankValve: (ratio: number): Features => [1, logRatio(ratio, 1), 0],
  chipRise: ({ site }: ImmersionPriors, itKw: number, flowLpm: number): Features => [
    1,
    logRatio(flowLpm, site.design.tankFlowLpm),
    itKw / site.nameplate.itPerTankKw - 0.5,
  ],
  facilityPump: ({ site }: ImmersionPriors, flowLpm: number): Features => [
    1,
    logRatio(flowLpm, site.design.facilityFlowLpm),
    0,
  ],
  facilityStages: ({ site }: ImmersionPriors, flowLpm: number): Features => [
    1,
    logRatio(flowLpm, site.design.facilityFlowLpm),
    0,
  ],
  pads: (depressionK: number): Features => [1, 1 / depressionK, 0],
  coolerAir: (air: number, padsWet: boolean): Features => [1, logRatio(air, 0.4), padsWet ? 1 : 0],
  losses: (priors: ImmersionPriors, itKw: number): Features => [1, logRatio(itKw, priors.itPlateKw), 0],
  itMeter: (): Features => [1, 0, 0],
} as const

/** Logarithm of measured ÷ prior, or undefined where the row does not say it or the ratio is beyond belief (a factor of 5). */
function observe(measured: number, prior: number, features: Features): Observation | undefined {
  const target = Math.log(measured / prior)
  return Number.isFinite(target) && Math.abs(target) < 1.6 && features.every(Number.isFinite)
    ? { target, features }
    : undefined
}

/** The pressure that a loop holds: its setpoint while the sensor is near it. A plan is made of setpoints. */
const heldKpa = (setpointKpa: number, measuredKpa: number): number =>
  Math.abs(measuredKpa - setpointKpa) < 0.05 * setpointKpa ? setpointKpa : measuredKpa

/** Heat stored beyond this share of what is made, and the balance is no longer one: fluids between sensors warm unseen. */
const storedShareMost = 0.08

/** What one row says about one component of one tank. */
export function observeTank(
  name: TankComponent,
  row: HourRow,
  tank: TankHour,
  priors: ImmersionPriors,
): Observation | undefined {
  const { itKw, flowLpm, primaryLpm, pumpKw } = tank
  const dpKpa = heldKpa(tank.dpSpKpa, tank.dpKpa)
  switch (name) {
    case 'tankFlow':
      return observe(flowLpm, priors.tankFlow(dpKpa), featuresOf.tankFlow(priors, dpKpa))
    case 'tankPump':
      return observe(pumpKw, priors.tankPump(flowLpm, dpKpa), featuresOf.tankPump(priors, flowLpm))
    case 'tankExchanger':
      return observe(
        conductanceSeen(row, tank, priors),
        priors.tankUa(flowLpm, primaryLpm),
        featuresOf.tankExchanger(priors, flowLpm, primaryLpm),
      )
    case 'tankValve': {
      const ratio = primaryLpm / priors.primaryFullOpen(heldKpa(row.loop.dpSpKpa, row.loop.dpKpa))
      // A valve at its stop no longer tells how much opening the flow needed.
      return tank.valvePercent > 98 || tank.valvePercent < 2
        ? undefined
        : observe(tank.valvePercent / 100, ratio, featuresOf.tankValve(ratio))
    }
    case 'chipRise':
      return observe(
        tank.chipC - tank.supplyC,
        priors.chipRise(itKw, flowLpm),
        featuresOf.chipRise(priors, itKw, flowLpm),
      )
    default:
      return name satisfies never
  }
}

/** Conductance, kW/K, that the temperatures and flows of a row imply. */
function conductanceSeen({ loop }: HourRow, tank: TankHour, priors: ImmersionPriors): number {
  const madeKw = tank.itKw + tank.pumpKw
  if (!(Math.abs(tank.storedKw) < storedShareMost * madeKw)) return Number.NaN
  const heatKw = madeKw - tank.storedKw
  const hot = priors.dielectricKwPerKLpm * tank.flowLpm
  const cold = priors.facilityKwPerKLpm * tank.primaryLpm
  const least = Math.min(hot, cold)
  const supplyC = tank.supplyC
  const inletSpreadK = supplyC + heatKw / hot - loop.supplyC
  const share = heatKw / (least * inletSpreadK)
  // Beyond 0.98 a tenth of a kelvin of sensor error moves the answer by half.
  if (!(share > 0.05 && share < 0.98)) return Number.NaN
  return counterFlowNtu(share, least / Math.max(hot, cold)) * least
}

/**
 * What one row says about one component of the plant. `padsShare` is the effectiveness of the pads as already learned: the
 * coolers are fitted on the air that a prediction would have.
 */
export function observePlant(
  name: PlantComponent,
  row: HourRow,
  priors: ImmersionPriors,
  padsShare: number,
): Observation | undefined {
  const sum = (of: (tank: TankHour) => number) => row.tanks.reduce((all, tank) => all + of(tank), 0)
  const { loop, coolers } = row
  switch (name) {
    case 'facilityStages': {
      const flowLpm = priors.loopFlow(sum(tank => tank.primaryLpm))
      return observe(
        loop.pumpsRunning / priors.site.nameplate.facility.pumps,
        priors.facilityStages(flowLpm),
        featuresOf.facilityStages(priors, flowLpm),
      )
    }
    case 'facilityPump': {
      const flowLpm = priors.loopFlow(sum(tank => tank.primaryLpm))
      const dpKpa = heldKpa(loop.dpSpKpa, loop.dpKpa)
      return observe(
        loop.pumpKw,
        priors.facilityPump(flowLpm, dpKpa, loop.pumpsRunning / priors.site.nameplate.facility.pumps),
        featuresOf.facilityPump(priors, flowLpm),
      )
    }
    case 'pads': {
      const depressionK = row.dryBulbC - row.wetBulbC
      // In moist air a tenth of a kelvin of sensor error is all there is to see.
      if (!(coolers.padsOn > 0.99 && depressionK > 2)) return undefined
      const { effectiveness } = priors.site.nameplate.cooler.pads
      return observe((row.dryBulbC - coolers.airC) / depressionK, effectiveness, featuresOf.pads(depressionK))
    }
    case 'coolerAir':
      return observeCoolerAir(row, priors, padsShare)
    case 'losses': {
      const tankPumpKw = sum(tank => tank.pumpKw)
      const otherKw = loop.pumpKw + coolers.fanKw + coolers.padPumpKw
      return observe(
        row.facilityKw - row.itMeterKw - tankPumpKw - otherKw,
        priors.losses(row.itMeterKw, tankPumpKw, otherKw),
        featuresOf.losses(priors, row.itMeterKw),
      )
    }
    case 'itMeter':
      return observe(
        row.itMeterKw,
        sum(tank => tank.itKw),
        featuresOf.itMeter(),
      )
    default:
      return name satisfies never
  }
}

/** What a row says of the coolant in the headers: fans that run slower than the heat asks for while it warms. */
export function observeHeaders(
  row: HourRow,
  priors: ImmersionPriors,
  { padsShare, factor }: { readonly padsShare: number; readonly factor: (features: Features) => number },
): StorageSeen | undefined {
  const { design } = priors.site
  const { warmingKPerS } = row.loop
  const inCoilsKw = priors.coilsKjPerK * warmingKPerS
  const without = observeCoolerAir(row, priors, padsShare, inCoilsKw)
  const minuteKw = 60 * priors.facilityKwPerKLpm * design.facilityFlowLpm * warmingKPerS
  const withMinute = observeCoolerAir(row, priors, padsShare, inCoilsKw + minuteKw)
  return (
    without &&
    withMinute && {
      residual: without.target - Math.log(factor(without.features)),
      perMinute: without.target - withMinute.target,
    }
  )
}

function observeCoolerAir(
  { tanks, loop, coolers, dryBulbC, wetBulbC }: HourRow,
  priors: ImmersionPriors,
  padsShare: number,
  storedInLoopKw = 0,
): Observation | undefined {
  const sum = (of: (tank: TankHour) => number) => tanks.reduce((all, tank) => all + of(tank), 0)
  const madeKw = sum(tank => tank.itKw + tank.pumpKw) + loop.pumpKw
  const storedKw = storedByAll(tanks) + storedInLoopKw
  const padsWet = coolers.padsOn > 0.99
  // An hour in which the pads came or went is the mean of two plants.
  if (!(padsWet || coolers.padsOn < 0.01) || !(Math.abs(storedKw) < storedShareMost * madeKw))
    return undefined
  const air = priors.coolerAir({
    heatKw: madeKw - storedKw,
    leavingC: loop.supplyC,
    airC: padsWet ? dryBulbC - padsShare * Math.max(0, dryBulbC - wetBulbC) : dryBulbC,
    flowLpm: priors.loopFlow(sum(tank => tank.primaryLpm)),
  })
  const seen = priors.airOfFanPower(coolers.fanKw, padsWet)
  return seen === undefined || air > 1.5 ? undefined : observe(seen, air, featuresOf.coolerAir(air, padsWet))
}

/** Heat stored in all tanks; one whose sensor is silent does as the others. */
function storedByAll(tanks: readonly TankHour[]): number {
  const known = tanks.map(tank => tank.storedKw).filter(Number.isFinite)
  return (known.reduce((sum, kw) => sum + kw, 0) / known.length) * tanks.length
}
