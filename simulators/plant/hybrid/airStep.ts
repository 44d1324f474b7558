import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import { heatPerLitreKj } from '#models/physics/coolants.ts'
import { counterFlowHeatPerK, filmsConductanceKwPerK } from '#models/physics/exchangers.ts'
import type { HybridSizing } from '#simulators/plant/hybrid/hybridSizing.ts'
import type { CrahState, HybridState } from '#simulators/plant/hybrid/hybridState.ts'

type AirPlant = { readonly site: HybridSite; readonly sizing: HybridSizing }

/** Films of a finned coil: air 0.8, water 0.85, the air's two thirds of the water's (Modelica Buildings, HADryCoil and DryCoil*). */
const coilFilms = { air: 0.8, water: 0.85, airToWater: 2 / 3 } as const
/** Fans run from 20 to 120 % of design air; from rest to full in a minute. */
const fanRange = { least: 0.2, most: 1.2 } as const
const fanStrokeS = 60
/** Servers slow down from 45 °C inlet and are off at 60 °C: past the 40..45 °C of ASHRAE class A4 they protect themselves. */
const serverLimit = { fromC: 45, spanK: 15 } as const
/** The rule for server fans is believed up to here; at 40 °C they run flat out. */
const serverFanToC = 40
/** Seconds over which the valve loop looks at most: longer steps would hunt. */
const longestLookS = 20

/**
 * The air part of the IT power, rack by rack: the same leakage and switching as the liquid part, and server fans that speed up
 * over 24 °C of inlet. Fans are in the IT power at the meter, and their heat in the air.
 */
export function stepRackAir(state: HybridState, { site }: AirPlant): void {
  const { liquidShare, air } = site.nameplate
  const { hall } = state
  const share = Math.max(0, Math.min(1, 1 - (hall.inletC - serverLimit.fromC) / serverLimit.spanK))
  const overK = Math.max(0, Math.min(serverFanToC, hall.inletC) - air.serverFanFromC)
  const perLiquidKw =
    ((1 - liquidShare) / liquidShare) * share * (1 + air.serverFanFraction * air.serverFanPerK * overK)
  hall.heatKw = 0
  let index = 0
  for (const cdu of state.cdus)
    for (const rack of cdu.racks) {
      const airKw = rack.powerKw * perLiquidKw
      state.rackAirKw[index++] = airKw
      hall.heatKw += airKw
    }
}

/** CRAHs and the room's air as one implicit step. Returns the heat into the chilled water and the flow that took it. */
export function stepAir(
  state: HybridState,
  plant: AirPlant,
  seconds: number,
): { heatKw: number; lpm: number } {
  const { crahs, hall, facility } = state
  const { design } = plant.site
  const store = plant.sizing.hallKjPerK / seconds
  let fixed = store * hall.returnC + hall.heatKw
  let perReturn = store
  const coilsPerK = crahs.map(crah => {
    stepFan(crah, hall.returnC, plant.site, seconds)
    return coilPerK(crah, state, plant)
  })
  for (const [index, crah] of crahs.entries()) {
    fixed += coilsPerK[index]! * facility.supplyC + crah.fanKw
    perReturn += coilsPerK[index]!
  }
  hall.returnC = fixed / perReturn
  let heatKw = 0
  let lpm = 0
  let airKwPerK = 0
  let supplyKw = 0
  for (const [index, crah] of crahs.entries()) {
    crah.coilKw = coilsPerK[index]! * (hall.returnC - facility.supplyC)
    const crahAirKwPerK = crah.airFraction * design.crahAirKwPerK
    crah.supplyC =
      crahAirKwPerK > 0 ? hall.returnC - (crah.coilKw - crah.fanKw) / crahAirKwPerK : hall.returnC
    const waterKwPerK = (crah.waterLpm * heatPerLitreKj(plant.site.coolant.facility, facility.supplyC)) / 60
    if (waterKwPerK > 0) crah.waterReturnC = facility.supplyC + crah.coilKw / waterKwPerK
    stepCoilValve(crah, seconds)
    heatKw += crah.coilKw
    lpm += crah.waterLpm
    airKwPerK += crahAirKwPerK
    supplyKw += crahAirKwPerK * crah.supplyC
  }
  hall.inletC = inletC(state, plant.site, { airKwPerK, supplyKw })
  return { heatKw, lpm }
}

/** Too little air for the servers and theirs is drawn around the racks: at 80 % of it the inlet is a fifth of the way to the return. */
function inletC(
  { hall }: HybridState,
  { nameplate }: HybridSite,
  air: { airKwPerK: number; supplyKw: number },
): number {
  const serversKwPerK = hall.heatKw / nameplate.air.riseK
  if (air.airKwPerK <= 0) return hall.returnC
  const supplyC = air.supplyKw / air.airKwPerK
  const around = Math.max(0, 1 - air.airKwPerK / Math.max(serversKwPerK, air.airKwPerK))
  return supplyC + around * (hall.returnC - supplyC)
}

/**
 * Fan of one CRAH: air as asked, but never so little that the room returns more than 16 K over supply; power ∝ flow^2.7 from
 * 5.5 % of the air heat at design (YARDSTICKS 1). 125 kW: 6.9 kW at design air, 10.0 at 115 %, 1.7 at 60 %.
 */
function stepFan(crah: CrahState, returnC: number, { nameplate, design }: HybridSite, seconds: number): void {
  const { air } = nameplate
  const riseFraction = (crah.airFraction * (returnC - crah.supplyC)) / air.riseK
  const wanted = crah.fanIsTripped
    ? 0
    : Math.max(fanRange.least, Math.min(fanRange.most, Math.max(crah.airSpPercent / 100, riseFraction)))
  const most = seconds / fanStrokeS
  crah.airFraction += Math.max(-most, Math.min(most, wanted - crah.airFraction))
  crah.fanKw = crah.fanIsTripped
    ? 0
    : air.fanFraction * design.crahAirKwPerK * air.riseK * crah.airFraction ** air.fanExponent
}

function coilPerK(crah: CrahState, { facility }: HybridState, { site, sizing }: AirPlant): number {
  const { nameplate, design } = site
  crah.waterLpm =
    nameplate.cdu.valveFlowFraction *
    design.crahWaterFlowLpm *
    crah.valve *
    crah.valve *
    Math.sqrt(facility.dpKpa / nameplate.facility.cduDpKpa)
  const waterFraction = crah.waterLpm / design.crahWaterFlowLpm
  const uaKwPerK = filmsConductanceKwPerK(sizing.coilUaKwPerK, {
    hot: { fraction: crah.airFraction, exponent: coilFilms.air },
    cold: { fraction: waterFraction, exponent: coilFilms.water },
    hotToCold: coilFilms.airToWater,
  })
  return counterFlowHeatPerK({
    uaKwPerK,
    hotKwPerK: crah.airFraction * design.crahAirKwPerK,
    coldKwPerK: (crah.waterLpm * heatPerLitreKj(site.coolant.facility, facility.supplyC)) / 60,
  })
}

/**
 * The unit's own loop holds its supply air by integral action alone, 0.1 % of the opening per kelvin and second; full stroke takes
 * 60 s. The coil has no lag here, so one step must not bring more than about 0.6 of the correction: 32 K at most per e-fold of
 * opening, looked at over 20 s at most.
 */
function stepCoilValve(crah: CrahState, seconds: number): void {
  if (crah.valveIsStuck) return
  const wanted =
    0.001 * Math.max(0.08, crah.valve) * (crah.supplyC - crah.supplySpC) * Math.min(longestLookS, seconds)
  const most = seconds / 60
  crah.valve = Math.max(0.04, Math.min(1, crah.valve + Math.max(-most, Math.min(most, wanted))))
}
