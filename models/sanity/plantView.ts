import {
  quantileOf,
  type Sensor,
  type SensorRole,
  type SensorTable,
  sortedOf,
} from '#models/sanity/sensors.ts'

/** A history as the laws ask for it. */
export type PlantView = {
  readonly table: SensorTable
  /** The only sensor of a role at the plant itself; undefined where there is none, or several that no law can tell apart. */
  readonly only: (role: SensorRole) => Sensor | undefined
  readonly all: (role: SensorRole) => readonly Sensor[]
  /** Sum over all sensors of a role; NaN where one of them has no value, undefined where there is none. */
  readonly sumOf: (role: SensorRole) => Float64Array | undefined
  /** Rows in which the plant carries a fair share of its load. */
  readonly underLoad: Uint8Array
}

/** The plant carries load above this share of its middle load; below, water at rest obeys no balance. */
const underLoadShare = 0.25

export function plantView(table: SensorTable): PlantView {
  const all = (role: SensorRole) => table.sensors.filter(sensor => sensor.role === role && !sensor.joined)
  const sumOf = (role: SensorRole) => {
    const parts = all(role)
    if (parts.length === 0) return undefined
    return Float64Array.from(table.at, (_, row) => parts.reduce((sum, part) => sum + part.values[row]!, 0))
  }
  const load = sumOf('load') ?? sumOf('totalPower') ?? sumOf('chilledWaterFlow')
  return {
    table,
    only: role => (all(role).length === 1 ? all(role)[0] : undefined),
    all,
    sumOf,
    underLoad: load === undefined ? new Uint8Array(table.at.length).fill(1) : above(load, underLoadShare),
  }
}

function above(values: Float64Array, share: number): Uint8Array {
  const middle = quantileOf(sortedOf(values.filter(value => value > 0)), 0.5)
  return Uint8Array.from(values, value => (value > share * middle ? 1 : 0))
}
