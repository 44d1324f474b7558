import type { Site } from '#contract/site/site.ts'
import {
  designTowerConductanceKwPerK,
  towerConductanceFactor,
  towerHeatPerK,
} from '#models/physics/coolingTowers.ts'
import { saturatedEnthalpyKjPerKg, standardPressurePa } from '#models/physics/psychrometrics.ts'
import { fanPowerFraction } from '#models/physics/pumpsAndFans.ts'

/** Air at the fans, warm and moist: 1.13 kg/m³. 313 kW at 0.5 total against 240 Pa moves 652 m³/s, 737 kg/s. */
const airDensityKgPerM3 = 1.13
/** A flow so little short of the next cell's share opens it: pumps and meters err by as much. */
const flowSlack = 1.02
/** Four per cent free convection and less: the tower holds without a fan. */
const airSearchLowest = 0.01

/** Saturated enthalpy between -30 and 70 °C by quarter kelvins: the search asks for it a hundred thousand times a plan. */
const tableFromC = -30
const tableStepK = 0.25
const enthalpyTable = Float64Array.from({ length: 401 }, (_, i) =>
  saturatedEnthalpyKjPerKg(tableFromC + i * tableStepK, standardPressurePa),
)

function enthalpyAt(temperatureC: number): number {
  const place = Math.min(399.999, Math.max(0, (temperatureC - tableFromC) / tableStepK))
  const index = Math.floor(place)
  const low = enthalpyTable[index] as number
  return low + (place - index) * ((enthalpyTable[index + 1] as number) - low)
}

function wetBulbAt(enthalpy: number): number {
  let low = 0
  let high = 400
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((enthalpyTable[middle] as number) > enthalpy) high = middle
    else low = middle
  }
  const base = enthalpyTable[low] as number
  return tableFromC + tableStepK * (low + (enthalpy - base) / ((enthalpyTable[high] as number) - base))
}

/** The tower as its plate describes it: how much air a duty needs, and what that air costs. */
export function towerPriors(
  site: Site,
  plant: { readonly itPlateKw: number; readonly towerKwPerKLpm: number },
) {
  const { design, nameplate } = site
  const { tower } = nameplate
  const airKgPerS =
    ((design.fanPowerKw * 1000 * tower.fanWireToAir) / tower.fanPressurePa) * airDensityKgPerM3
  const waterDesignKwPerK = design.towerFlowLpm * plant.towerKwPerKLpm
  const uaDesign = designTowerConductanceKwPerK({
    heatKw: waterDesignKwPerK * tower.rangeK,
    waterKwPerK: waterDesignKwPerK,
    enteringC: design.towerLeavingC + tower.rangeK,
    wetBulbC: design.wetBulbC,
    airKgPerS,
    pressurePa: standardPressurePa,
  })

  /**
   * A cell opens for every half of its design water: at the least flow of half the design all of them. What was asked tells better than
   * the meter, whose error of a per cent is a whole cell at the step.
   */
  const openShare = (flowLpm: number, askedLpm = Number.NaN): number => {
    const knownLpm = Number.isFinite(askedLpm) ? askedLpm : flowSlack * flowLpm
    const cellsWorth = (2 * knownLpm * tower.cells) / design.towerFlowLpm
    return Math.max(1, Math.min(tower.cells, Math.floor(cellsWorth + 1e-3))) / tower.cells
  }

  /** Share of full air in each open cell that cools this heat to `leavingC`; 2 where no air can. */
  const towerAir = (duty: {
    heatKw: number
    leavingC: number
    wetBulbC: number
    flowLpm: number
    askedLpm?: number
  }): number => {
    if (duty.leavingC - duty.wetBulbC < 0.3 || duty.heatKw <= 0) return duty.heatKw <= 0 ? airSearchLowest : 2
    const open = openShare(duty.flowLpm, duty.askedLpm)
    const waterKwPerK = duty.flowLpm * plant.towerKwPerKLpm
    const wanted = duty.heatKw / (duty.leavingC + duty.heatKw / waterKwPerK - duty.wetBulbC)
    const inEnthalpy = enthalpyAt(duty.wetBulbC)
    const correction = {
      wetBulbBelowDesignK: design.wetBulbC - duty.wetBulbC,
      waterFraction: duty.flowLpm / design.towerFlowLpm / open,
    }
    const takes = (air: number): number => {
      const massKgPerS = airKgPerS * open * air
      const outC = Math.max(wetBulbAt(inEnthalpy + duty.heatKw / massKgPerS), duty.wetBulbC + 0.2)
      const slopeKjPerKgK = (enthalpyAt(outC) - inEnthalpy) / (outC - duty.wetBulbC)
      const factor = towerConductanceFactor({ ...correction, airFraction: Math.min(air, 1.5) })
      return towerHeatPerK({
        uaKwPerK: uaDesign * open * factor,
        waterKwPerK,
        airKgPerS: massKgPerS,
        slopeKjPerKgK,
      })
    }
    let low = airSearchLowest
    let high = 2
    // 13 halvings of 2: resolution 0.00025 of full air, 0.1 % of fan power at 70 % speed.
    for (let halving = 0; halving < 13; halving++) {
      const air = (low + high) / 2
      if (takes(air) >= wanted) high = air
      else low = air
    }
    return (low + high) / 2
  }

  const least = tower.fanLeastSpeedFraction
  const free = tower.freeConvectionFraction
  const leastPower = fanPowerFraction(least)
  return {
    openShare,
    towerAir,
    /** Tower water that a setpoint asks for. */
    askedTowerLpm: (percent: number): number => (design.towerFlowLpm * percent) / 100,
    /** Fan power for a share of air: none under free convection, cycling up to the least speed, then nearly cubic. */
    towerFan: (air: number, flowLpm: number, askedLpm?: number): number => {
      if (air <= free) return 0
      const share =
        air < least ? (leastPower * (air - free)) / (least - free) : fanPowerFraction(Math.min(air, 1))
      return design.fanPowerKw * openShare(flowLpm, askedLpm) * share
    },
    /**
     * The way back: undefined near standstill, where power says too little about air. At full speed the air is 1, and the
     * water leaves as cold as that makes it.
     */
    airOfFanPower: (fanKw: number, flowLpm: number, askedLpm?: number): number | undefined => {
      const share = fanKw / (design.fanPowerKw * openShare(flowLpm, askedLpm))
      if (!(share > 0.03 * leastPower && share < 1.2)) return undefined
      if (share >= 0.97) return 1
      if (share < leastPower) return free + (share / leastPower) * (least - free)
      let low = least
      let high = 1
      for (let halving = 0; halving < 20; halving++) {
        const air = (low + high) / 2
        if (fanPowerFraction(air) > share) high = air
        else low = air
      }
      return (low + high) / 2
    },
  }
}
