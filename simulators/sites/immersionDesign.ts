import { airAfterPadsC } from '#contract/control/resetImmersion.ts'
import { Failure } from '#contract/failure.ts'
import { expandImmersion } from '#contract/site/expandImmersion.ts'
import type { ImmersionDesign, ImmersionSite, ImmersionSiteFile } from '#contract/site/immersion.ts'
import { type CoolantName, coolantNames, flowForHeatLpm, freezingPointC } from '#models/physics/coolants.ts'
import { ntuOf } from '#models/physics/exchangers.ts'
import type { Climate } from '#simulators/sites/sites.ts'

/** An immersion site in its climate: refused where its coolant would freeze, then design and graph. */
export function immersionSiteOf(file: ImmersionSiteFile, climate: Climate): ImmersionSite {
  checkFreezing(file, climate.coldestDryBulbC)
  return expandImmersion(file, immersionDesignOf(file, climate))
}

/** Freezing point below the design minimum less this (YARDSTICKS 1). */
const freezingMarginK = 5

/** The file is what the loop is filled with: nothing else is chosen in silence, the refusal names a mixture that would do. */
function checkFreezing({ name, coolant }: ImmersionSiteFile, coldestC: number): void {
  const neededC = coldestC - freezingMarginK
  if (coolant.freezingPointC < neededC) return
  const fitting = coolantNames.find((mixture: CoolantName) => freezingPointC[mixture] < neededC)
  throw new Failure(
    'CONFIG_INVALID',
    `${name}: coolant.freezingPointC is ${coolant.freezingPointC} °C where the coldest hour of this climate (${coldestC.toFixed(1)} °C) allows only what freezes below ${neededC.toFixed(1)} °C: ${fitting ?? 'no mixture known here'}`,
  )
}

/** Specific heat of air, kJ/(kg·K). */
export const airKjPerKgK = 1.006

/**
 * Design state for the climate. Design air is what reaches the coils: 0.4 % dry bulb and 0.4 % wet bulb, after the pads.
 * Chicago (32.2 and 25.4 °C): air 27.5, coolers leaving 36, tanks 41 °C; 349 L/min of dielectric and 203 L/min of PG50 per
 * tank; 124 kg/s of air, fans 27.9 kW for 1 MW.
 */
export function immersionDesignOf(
  file: ImmersionSiteFile,
  climate: Pick<Climate, 'designDryBulbC' | 'designWetBulbC'>,
): ImmersionDesign {
  const { nameplate, layout, coolant } = file
  const { tank, facility, cooler } = nameplate
  const margin = nameplate.commissionedFlowFraction
  const airC = airAfterPadsC(cooler.pads, {
    dryBulbC: climate.designDryBulbC,
    wetBulbC: climate.designWetBulbC,
    padsOn: true,
  })
  const facilitySupplyC = Math.max(cooler.lowestDesignC, airC + cooler.approachK)
  const tankPrimaryFlowLpm = flowForHeatLpm({
    coolant: coolant.facility,
    kw: nameplate.itPerTankKw,
    warmingK: facility.rangeK,
    meanC: facilitySupplyC + facility.rangeK / 2,
  })
  const coolantKwPerK = (layout.tanks * nameplate.itPerTankKw) / facility.rangeK
  const airKgPerS = (cooler.airToCoolant * coolantKwPerK) / airKjPerKgK
  return {
    airC,
    facilitySupplyC,
    tankSupplyC: facilitySupplyC + tank.approachK,
    tankFlowLpm:
      (60 * nameplate.itPerTankKw) /
      (tank.rangeK * tank.dielectric.densityKgPerL * tank.dielectric.heatCapacityKjPerKgK),
    tankPrimaryFlowLpm,
    facilityFlowLpm: tankPrimaryFlowLpm * layout.tanks,
    tankDpCommissionedKpa: tank.dpKpa * margin ** tank.dpExponent,
    facilityDpCommissionedKpa: facility.tankDpKpa * margin ** 2,
    coilUaKwPerK: coilUaKwPerK(file, facilitySupplyC - airC),
    airKgPerS,
    fanPowerKw: airKgPerS * cooler.fanKjPerKgAir,
  }
}

/**
 * Conductance that brings the design heat into the design air: 1 MW over 8 K with 8.6 K of approach is effectiveness 0.48 and
 * takes 134 kW/K where air and coolant carry 125 kW/K each.
 */
function coilUaKwPerK({ name, nameplate, layout }: ImmersionSiteFile, approachK: number): number {
  const { rangeK } = nameplate.facility
  const coolantKwPerK = (layout.tanks * nameplate.itPerTankKw) / rangeK
  const airKwPerK = nameplate.cooler.airToCoolant * coolantKwPerK
  const least = Math.min(airKwPerK, coolantKwPerK)
  const share = (coolantKwPerK * rangeK) / (least * (rangeK + approachK))
  // 0.95 needs eight transfer units at equal flows and more: nobody builds that.
  if (share > 0.95)
    throw new Failure(
      'CONFIG_INVALID',
      `${name}: nameplate.cooler.airToCoolant ${nameplate.cooler.airToCoolant} asks for an effectiveness of ${share.toFixed(2)}; allowed is 0.95`,
    )
  return least * ntuOf('cross', { effectiveness: share, ratio: least / Math.max(airKwPerK, coolantKwPerK) })
}
