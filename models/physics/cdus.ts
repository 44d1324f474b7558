import {
  counterFlowHeatPerK,
  designConductanceKwPerK,
  plateConductanceKwPerK,
} from '#models/physics/exchangers.ts'

/**
 * Plate exchanger of a CDU from its four design temperatures: counter-flow, UA by logarithmic mean, films split evenly with
 * hA ∝ flow^exponent on both sides (Modelica Buildings, PlateHeatExchangerEffectivenessNTU). Capacity flows follow from the
 * design heat, so no coolant need be named. Valid for single-phase liquids from a tenth of design flow up.
 */
export type CduDesign = {
  readonly heatKw: number
  readonly rackReturnC: number
  readonly rackSupplyC: number
  readonly facilitySupplyC: number
  readonly facilityReturnC: number
  readonly exponent: number
}

export type CduMoment = {
  readonly rackHeatKw: number
  readonly facilitySupplyC: number
  readonly rackFlowFraction: number
}

export type CduState = {
  readonly rackSupplyC: number
  readonly rackReturnC: number
  readonly facilityReturnC: number
  readonly facilityFlowFraction: number
}

/**
 * Steady temperatures at given flows. 1,200 kW, 46 → 36 °C against 32 → 40 °C: at half heat, both flows at design and 30 °C
 * facility supply the rack gets 32.0 and returns 37.0 °C.
 */
export function cduAtFlows(design: CduDesign, moment: CduMoment, facilityFlowFraction: number): CduState {
  const hotKwPerK = (moment.rackFlowFraction * design.heatKw) / (design.rackReturnC - design.rackSupplyC)
  const coldKwPerK =
    (facilityFlowFraction * design.heatKw) / (design.facilityReturnC - design.facilitySupplyC)
  const uaKwPerK = plateConductanceKwPerK(designUaKwPerK(design), {
    hotFraction: moment.rackFlowFraction,
    coldFraction: facilityFlowFraction,
    exponent: design.exponent,
  })
  const heatPerK = counterFlowHeatPerK({ uaKwPerK, hotKwPerK, coldKwPerK })
  const rackReturnC = moment.facilitySupplyC + moment.rackHeatKw / heatPerK
  return {
    rackReturnC,
    rackSupplyC: rackReturnC - moment.rackHeatKw / hotKwPerK,
    facilityReturnC: moment.facilitySupplyC + moment.rackHeatKw / coldKwPerK,
    facilityFlowFraction,
  }
}

/**
 * Facility flow that holds the rack supply at a setpoint, up to what the open valve passes (1 × design where nothing else is
 * said). Too little at the open valve: that state, saturated. More flow always cools more, and a valve nearly closed lets any loop
 * with heat in it warm up, so the setpoint is never undershot. Without heat the valve closes and the loop stays where it is
 * asked to be. The CDU above at half heat holds 36 °C with 0.442 of design facility flow from 30 °C.
 */
export function cduAtSetpoint(
  design: CduDesign,
  moment: CduMoment,
  wanted: { rackSupplyC: number; facilityFlowFractionMax: number },
): CduState & { saturated: boolean } {
  const { rackSupplyC } = wanted
  if (moment.rackHeatKw <= 0) {
    const saturated = rackSupplyC < moment.facilitySupplyC
    const loopC = saturated ? moment.facilitySupplyC : rackSupplyC
    return {
      rackSupplyC: loopC,
      rackReturnC: loopC,
      facilityReturnC: moment.facilitySupplyC,
      facilityFlowFraction: saturated ? wanted.facilityFlowFractionMax : 0,
      saturated,
    }
  }
  const open = cduAtFlows(design, moment, wanted.facilityFlowFractionMax)
  if (open.rackSupplyC >= rackSupplyC) return { ...open, saturated: open.rackSupplyC > rackSupplyC + 1e-9 }
  let low = 0
  let high = wanted.facilityFlowFractionMax
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2
    if (cduAtFlows(design, moment, middle).rackSupplyC > rackSupplyC) low = middle
    else high = middle
  }
  return { ...cduAtFlows(design, moment, high), saturated: false }
}

const designUaKwPerK = (design: CduDesign): number =>
  designConductanceKwPerK({
    heatKw: design.heatKw,
    hotInC: design.rackReturnC,
    hotOutC: design.rackSupplyC,
    coldInC: design.facilitySupplyC,
    coldOutC: design.facilityReturnC,
  })
