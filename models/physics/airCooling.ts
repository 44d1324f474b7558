/** Air-cooled parts of a hall: CRAH fans, air warming, servers' own fans; and the water-side economiser that feeds their coils. */
import { counterFlowHeatPerK } from '#models/physics/exchangers.ts'

/**
 * CRAH fan power: 5.5 % of the air heat at design, ∝ flow^2.7 (YARDSTICKS 1; EnergyPlus and ASHRAE 90.1 fit variable speed fans
 * with filters and coils at 2.5 to 2.8). 500 kW at design draws 27.5 kW, at 60 % of air 6.9 kW. Range 0.2..1.2 of design air.
 */
export const crahFanKw = (crah: { designHeatKw: number; airFraction: number }): number =>
  0.055 * crah.designHeatKw * Math.max(0, crah.airFraction) ** 2.7

/**
 * Warming of the air: heat ÷ (air mass × 1.02 kJ/(kg·K)). 500 kW over 30.6 kg/s of air warm it by 16.0 K.
 */
export const airWarmingK = (air: { heatKw: number; airKgPerS: number }): number =>
  air.heatKw / (1.02 * air.airKgPerS)

/** Server fans speed up 6 % in power per kelvin of inlet above 24 °C: 27 °C gives 1.18 (YARDSTICKS 1). Range up to 35 °C. */
export const serverFanFactor = (inletC: number): number => 1 + 0.06 * Math.max(0, inletC - 24)

export type Economiser = {
  readonly returnC: number
  readonly setpointC: number
  readonly chilledKwPerK: number
  readonly towerSupplyC: number
  readonly towerKwPerK: number
  readonly uaKwPerK: number
}

/**
 * Integrated water-side economiser: a counter-flow plate exchanger before the chillers takes what it can from the returning chilled
 * water, never below the setpoint (a bypass mixes), and nothing when the tower's water is warmer. 18 °C return, 12 °C setpoint,
 * 200 kW/K of each water and 600 kW/K of plates: tower water at 14 °C leaves 15.0 °C to the chillers, at 10 °C it carries all.
 */
export function waterSideEconomiser(plant: Economiser): {
  leavingC: number
  heatKw: number
  towerReturnC: number
  carriesAll: boolean
} {
  const perK = counterFlowHeatPerK({
    uaKwPerK: plant.uaKwPerK,
    hotKwPerK: plant.chilledKwPerK,
    coldKwPerK: plant.towerKwPerK,
  })
  const possibleKw = Math.max(0, perK * (plant.returnC - plant.towerSupplyC))
  const wantedKw = Math.max(0, plant.chilledKwPerK * (plant.returnC - plant.setpointC))
  const heatKw = Math.min(possibleKw, wantedKw)
  return {
    leavingC: plant.chilledKwPerK > 0 ? plant.returnC - heatKw / plant.chilledKwPerK : plant.returnC,
    heatKw,
    towerReturnC:
      plant.towerKwPerK > 0 ? plant.towerSupplyC + heatKw / plant.towerKwPerK : plant.towerSupplyC,
    carriesAll: possibleKw >= wantedKw,
  }
}
