/** Affinity laws, system curves and the power of pumps and fans. Flow fractions are of design; pressures in kPa. */

/** Hydraulic power: 1,800 L/min against 150 kPa is 4.5 kW. */
export const hydraulicKw = (flowLpm: number, headKpa: number): number => (flowLpm / 60_000) * headKpa

/** System curve: static + dynamic × fraction^exponent; 5 + 45 × 0.5^1.8 = 17.9 kPa. */
export const systemCurveKpa = (
  curve: { staticKpa: number; dynamicKpa: number; exponent: number },
  flowFraction: number,
): number => curve.staticKpa + curve.dynamicKpa * Math.max(0, flowFraction) ** curve.exponent

/** Affinity: flow ∝ speed, head ∝ speed², shaft power ∝ speed³. Half speed gives 1/2, 1/4, 1/8. */
export const affinity = (speedFraction: number): { flow: number; head: number; power: number } => ({
  flow: speedFraction,
  head: speedFraction ** 2,
  power: speedFraction ** 3,
})

/**
 * Drive and motor at part load: a fixed loss of 1.8 % of rating beside the shaft power, normalised to 1 at full load. This
 * reproduces the EnergyPlus tower fan (0.5 speed: 0.140 against 0.143; 0.2 speed: 0.0256 against 0.0278).
 */
export const fanFixedLoss = 0.018
export const fanPowerFraction = (speedFraction: number): number =>
  (speedFraction ** 3 + fanFixedLoss) / (1 + fanFixedLoss)

/** The same form for pumps with drive; 4 % of rating is lost whatever the load, so a tenth of the load has 0.74 of the efficiency. */
export const pumpFixedLoss = 0.04

/**
 * Electrical power of pumps with drives: hydraulic ÷ wire-to-water at rating, plus the fixed loss of what runs.
 * 10 kW hydraulic at rating 10 kW and 0.65 draws 15.4 kW; 1 kW hydraulic draws 2.07 kW; against closed valves 0.6 kW.
 */
export function pumpPowerKw(pump: {
  hydraulicKw: number
  ratedHydraulicKw: number
  wireToWater: number
  runningFraction: number
}): number {
  if (pump.runningFraction <= 0) return 0
  return (
    (pump.hydraulicKw + pumpFixedLoss * pump.ratedHydraulicKw * pump.runningFraction) /
    ((1 + pumpFixedLoss) * pump.wireToWater)
  )
}

/**
 * Speed that a pump needs for a head at a flow, from a parabola whose shut-off head is 1.3 × rated head:
 * head = (1.3 speed² - 0.3 flow²) × rated. At rated flow and head the speed is 1.
 */
export const speedForHead = (point: { headFraction: number; flowFraction: number }): number =>
  Math.sqrt(Math.max(0, (point.headFraction + 0.3 * point.flowFraction ** 2) / 1.3))

/**
 * Tower fan under a demand 0..1. Under the least speed it cycles: on at the least speed for part of the time, else still
 * with free convection. Returns time averages of air and power, fractions of full speed's.
 */
export function cyclingFan(
  demand: number,
  fan: { leastSpeed: number; freeConvection: number },
): { air: number; power: number } {
  if (demand >= fan.leastSpeed) return { air: demand, power: fanPowerFraction(demand) }
  const duty = Math.max(0, demand) / fan.leastSpeed
  return {
    air: fan.freeConvection + duty * (fan.leastSpeed - fan.freeConvection),
    power: duty * fanPowerFraction(fan.leastSpeed),
  }
}
