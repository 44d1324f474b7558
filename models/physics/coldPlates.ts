import { valueOnLines } from '#models/physics/curves.ts'

/** A cold plate's resistance against its flow, as measured: flow rising, resistance falling. */
export type ColdPlateTable = {
  readonly flowLpm: readonly number[]
  readonly resistanceKPerKw: readonly number[]
}

/**
 * Resistance from case to inlet coolant, K/kW, between the measured points by straight lines. Below the table the coolant's
 * own warming dominates and resistance goes with 1/flow; above it the last value holds.
 * OCP 1 kW plate with PG25 (OCP Liquid Cooling Guidelines 2023, figure 7): 1.5 L/min gives 21.7, 0.2 L/min gives 77.8 K/kW.
 */
export function coldPlateResistanceKPerKw(table: ColdPlateTable, flowLpm: number): number {
  const { flowLpm: flows, resistanceKPerKw: resistances } = table
  const first = flows[0]!
  // 0.001 L/min: still water in the plate conducts a little; the quotient must stay finite.
  if (flowLpm <= first) return (resistances[0]! * first) / Math.max(flowLpm, 0.001)
  for (let i = 1; i < flows.length; i++) {
    const right = flows[i]!
    if (flowLpm > right) continue
    const left = flows[i - 1]!
    const share = (flowLpm - left) / (right - left)
    return resistances[i - 1]! + share * (resistances[i]! - resistances[i - 1]!)
  }
  return resistances[resistances.length - 1]!
}

/**
 * The same resistance by straight lines through R × flow, K/W: that product is nearly linear in flow (as Modelica Buildings fits
 * it), so the hyperbola between two points is kept and every point met. Beyond the table the end's line of R × flow continues:
 * below it R rises like 1/flow, above it R falls towards the line's slope. OCP 1 kW plate with PG25: 0.45 L/min gives 0.03534
 * (straight lines in R 0.0357), 1.5 L/min 0.02168, 3 L/min 0.01904 K/W.
 */
export function coldPlateResistanceKPerW(
  table: { flowLpm: readonly number[]; resistanceKPerW: readonly number[] },
  flowLpm: number,
): number {
  const products = table.flowLpm.map((flow, i) => flow * table.resistanceKPerW[i]!)
  // One point: the coolant's own warming, R ∝ 1/flow.
  const product = valueOnLines({ x: table.flowLpm, y: products }, flowLpm)
  const smallest = Math.min(...table.resistanceKPerW) / 2
  // A table whose last slope is negative would fall through zero far beyond its end.
  return Math.max(smallest, product / Math.max(flowLpm, 0.001))
}

/**
 * Junction temperature: coolant into the plate + power × (plate + junction resistance). 36 °C, 1 kW, 21.7 and 20 K/kW
 * give 77.7 °C.
 */
export const junctionC = (chip: {
  inletC: number
  powerKw: number
  plateKPerKw: number
  junctionKPerKw: number
}): number => chip.inletC + chip.powerKw * (chip.plateKPerKw + chip.junctionKPerKw)

/**
 * IT power grows with the chips' temperature: factor 1 + s (exp(0.025 (T - 65)) - 1), s = k / 0.025 (YARDSTICKS 1).
 * k = 0.15 %/K: 75 °C draws 1.7 % more than 65 °C. Range 20..110 °C.
 */
export function leakageFactor(meanJunctionC: number, leakagePerK: number): number {
  const steepness = 0.025
  return 1 + (leakagePerK / steepness) * (Math.exp(steepness * (meanJunctionC - 65)) - 1)
}

/** The hottest chip works at (0.75 + 0.30 × load fraction) of its rating: 31 % load, 84 %; full load, 105 %. */
export const hottestChipFraction = (loadFraction: number): number => 0.75 + 0.3 * loadFraction
