/**
 * Liquids of the loops. Water: density after Kell 1975 (0.01 % in 0..100 °C), heat capacity a cubic through the IAPWS
 * table (0.1 % in 0..90 °C). Propylene glycol by volume: straight and parabolic fits to the ASHRAE Fundamentals 2017
 * chapter 31 tables between 0 and 80 °C, within about 0.5 %.
 */

export const coolantNames = ['water', 'PG25', 'PG40', 'PG50'] as const
export type CoolantName = (typeof coolantNames)[number]

type GlycolFit = {
  densityAt20: number
  densitySlope: number
  densityBend: number
  heatAt20: number
  heatSlope: number
}

const glycols: Readonly<Record<Exclude<CoolantName, 'water'>, GlycolFit>> = {
  PG25: { densityAt20: 1.02, densitySlope: -4.2e-4, densityBend: -2.0e-6, heatAt20: 3.89, heatSlope: 0.002 },
  PG40: {
    densityAt20: 1.032,
    densitySlope: -5.2e-4,
    densityBend: -1.9e-6,
    heatAt20: 3.67,
    heatSlope: 0.0027,
  },
  PG50: {
    densityAt20: 1.041,
    densitySlope: -5.9e-4,
    densityBend: -1.8e-6,
    heatAt20: 3.52,
    heatSlope: 0.0031,
  },
}

/** Freezing points as the site check uses them, °C. */
export const freezingPointC: Readonly<Record<CoolantName, number>> = {
  water: 0,
  PG25: -10,
  PG40: -21,
  PG50: -34,
}

/** Density: water at 25 °C 0.9970 kg/L, PG25 at 40 °C 1.011 kg/L. */
export function densityKgPerL(coolant: CoolantName, temperatureC: number): number {
  if (coolant === 'water') {
    const fromDensest = temperatureC - 3.9863
    return (
      1 - ((temperatureC + 288.9414) / (508_929.2 * (temperatureC + 68.12963))) * fromDensest * fromDensest
    )
  }
  const fit = glycols[coolant]
  const from20 = temperatureC - 20
  return fit.densityAt20 + fit.densitySlope * from20 + fit.densityBend * from20 * from20
}

/** Heat capacity: water at 40 °C 4.178 kJ/(kg·K), PG25 at 40 °C 3.93 kJ/(kg·K). */
export function heatCapacityKjPerKgK(coolant: CoolantName, temperatureC: number): number {
  if (coolant === 'water')
    return 4.2144 + temperatureC * (-2.3e-3 + temperatureC * (4.4e-5 - temperatureC * 2.3e-7))
  const fit = glycols[coolant]
  return fit.heatAt20 + fit.heatSlope * (temperatureC - 20)
}

/** Heat held by one litre per kelvin: PG25 at 40 °C 3.97 kJ/(L·K). */
export const heatPerLitreKj = (coolant: CoolantName, temperatureC: number): number =>
  densityKgPerL(coolant, temperatureC) * heatCapacityKjPerKgK(coolant, temperatureC)

/**
 * Capacity flow, kW/K. 1,800 L/min of PG25 at 40 °C carries 119 kW per kelvin, so 1,200 kW warm it by 10.1 K.
 */
export const capacityFlowKwPerK = (coolant: CoolantName, flowLpm: number, temperatureC: number): number =>
  (flowLpm / 60) * heatPerLitreKj(coolant, temperatureC)

/** Flow that carries a heat at a warming: 1,200 kW of water at 36 °C and 8 K need 2,168 L/min. */
export const flowForHeatLpm = (heat: {
  coolant: CoolantName
  kw: number
  warmingK: number
  meanC: number
}): number => (60 * heat.kw) / (heatPerLitreKj(heat.coolant, heat.meanC) * heat.warmingK)

/** Reservoir litres gained per kelvin by a loop that warms: 0.04 %/K, 1,000 L by 10 K gains 4 L. */
export const thermalExpansionPerK = 0.0004
