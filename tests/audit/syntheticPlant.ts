import { hour, minute } from '#contract/units.ts'
import { seededNormal, seededRandom } from '#models/plant/random.ts'
import type { Sensor, SensorRole, SensorTable } from '#models/sanity/sensors.ts'

export type PlantColumns = Readonly<Record<(typeof columnRoles)[number][0], Float64Array>>

export const columnRoles = [
  ['power', 'totalPower'],
  ['load', 'load'],
  ['flow', 'chilledWaterFlow'],
  ['supply', 'chilledWaterSupplyTemperature'],
  ['back', 'chilledWaterReturnTemperature'],
  ['entering', 'condenserWaterEnteringTemperature'],
  ['leaving', 'condenserWaterLeavingTemperature'],
  ['wetBulb', 'wetBulb'],
  ['dryBulb', 'dryBulb'],
  ['running', 'status'],
  ['chillers', 'partPower'],
  ['pumps', 'partPower'],
] as const satisfies ReadonlyArray<readonly [string, SensorRole]>

export const startAt = Date.UTC(2025, 4, 1)
export const intervalMs = 10 * minute

/** A chiller plant with towers over some days: weather, a load that follows people, meters and thermometers with their noise. */
export function syntheticPlant(days: number, seed: number): { at: Float64Array; columns: PlantColumns } {
  const random = seededRandom(seed)
  const noise = (size: number) => size * seededNormal(random)
  const rows = days * 144
  const at = Float64Array.from({ length: rows }, (_, row) => startAt + row * intervalMs)
  const columns = Object.fromEntries(
    columnRoles.map(([name]) => [name, new Float64Array(rows)]),
  ) as unknown as Record<keyof PlantColumns, Float64Array>
  let front = 0
  let demand = 0
  let setpointC = 7
  let approachK = 4
  for (let row = 0; row < rows; row++) {
    const hourOfDay = (row / 6) % 24
    const course = Math.sin(((hourOfDay - 9) / 12) * Math.PI)
    front = 0.998 * front + noise(0.12)
    demand = 0.97 * demand + noise(12)
    if (row % 300 === 0) {
      setpointC = 6.5 + random() * 2
      approachK = 3 + random() * 2.5
    }
    const wetBulb = 21 + front + 1.6 * course
    const load = Math.max(150, 900 + 300 * course + 30 * front + demand)
    const running = load > 1_000 ? 2 : 1
    const supply = setpointC + noise(0.05)
    const flow = 1_400 + 1.1 * load + noise(8)
    const entering = wetBulb + approachK + load / 900 + noise(0.05)
    const lift = entering + 5 - supply
    const chillers = (load * lift) / 150 + 18 * running + noise(2.5)
    const pumps = 25 + (flow / 1_000) ** 3 + 14 * running
    const leaving = entering + (load + chillers) / 260
    const values = {
      power: chillers + pumps,
      load,
      flow,
      supply,
      back: supply + (load / flow) * (60 / 4.18),
      entering,
      leaving,
      wetBulb: wetBulb + noise(0.05),
      dryBulb: wetBulb + 5 + 2 * course + noise(0.1),
      running,
      chillers,
      pumps,
    }
    for (const [name] of columnRoles) columns[name][row] = rounded(name, values[name])
  }
  return { at, columns }
}

const rounded = (name: string, value: number): number =>
  name === 'flow'
    ? Math.round(value)
    : name === 'load'
      ? Math.round(value * 2) / 2
      : Math.round(value * 20) / 20

/** The plant as sensors, with what a test wants changed. */
export function tableOf(
  plant: { at: Float64Array; columns: PlantColumns },
  changed: Partial<Record<keyof PlantColumns, (values: Float64Array) => void>> = {},
  more: readonly Sensor[] = [],
): SensorTable {
  const sensors = columnRoles.map(([column, role]): Sensor => {
    const values = plant.columns[column].slice()
    changed[column]?.(values)
    return { column, role, values, joined: false, sentinels: [0, -17.78] }
  })
  return { at: plant.at, intervalMs, sensors: [...sensors, ...more] }
}

export const rowAt = (day: number, hourOfDay: number): number =>
  Math.round((day * 24 + hourOfDay) * (hour / intervalMs))
