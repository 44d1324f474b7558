/**
 * Units inside Coldloop are fixed; conversion happens only at the door (screens, files, foreign devices).
 * A temperature and a temperature difference are different types, because 10 °C is 50 °F but a rise of 10 K is a
 * rise of 18 °F.
 */

declare const unit: unique symbol

/** A temperature on the Celsius scale. */
export type Celsius = number & { readonly [unit]: 'C' }
/** A temperature difference. */
export type KelvinDelta = number & { readonly [unit]: 'K' }
/** An instant: milliseconds since 1970-01-01T00:00Z. Names end in `At`. */
export type Millis = number
/** A duration in milliseconds. Names end in `Ms`. */
export type DurationMs = number

export const celsius = (value: number): Celsius => value as Celsius
export const kelvin = (value: number): KelvinDelta => value as KelvinDelta

/** How much warmer `to` is than `from`: rise(20 °C, 32 °C) = 12 K. */
export const rise = (from: Celsius, to: Celsius): KelvinDelta =>
  ((to as number) - (from as number)) as KelvinDelta
/** A temperature moved by a difference: warmerBy(30 °C, 2 K) = 32 °C. */
export const warmerBy = (start: Celsius, by: KelvinDelta): Celsius =>
  ((start as number) + (by as number)) as Celsius

/** The units that a point may carry. `state` is a small whole number with a meaning per point; `bool` is 0 or 1. */
export const unitNames = [
  'C',
  'K',
  'L/min',
  'kPa',
  'kW',
  'kWh',
  '%',
  'µS/cm',
  'L',
  's',
  'state',
  'bool',
] as const
export type UnitName = (typeof unitNames)[number]

export const second = 1_000
export const minute = 60_000
export const hour = 3_600_000
export const day = 86_400_000

type Affine = { readonly factor: number; readonly offset: number }

/** canonical = foreign × factor + offset. Factors from NIST SP 811; gpm is US gallons, RT is refrigeration tons. */
const foreignUnits: Readonly<Record<string, { readonly unit: UnitName; readonly scale: Affine }>> = {
  C: { unit: 'C', scale: { factor: 1, offset: 0 } },
  '°C': { unit: 'C', scale: { factor: 1, offset: 0 } },
  F: { unit: 'C', scale: { factor: 5 / 9, offset: -160 / 9 } },
  '°F': { unit: 'C', scale: { factor: 5 / 9, offset: -160 / 9 } },
  'K(abs)': { unit: 'C', scale: { factor: 1, offset: -273.15 } },
  K: { unit: 'K', scale: { factor: 1, offset: 0 } },
  'F(diff)': { unit: 'K', scale: { factor: 5 / 9, offset: 0 } },
  'L/min': { unit: 'L/min', scale: { factor: 1, offset: 0 } },
  LPM: { unit: 'L/min', scale: { factor: 1, offset: 0 } },
  'L/s': { unit: 'L/min', scale: { factor: 60, offset: 0 } },
  'm3/h': { unit: 'L/min', scale: { factor: 1000 / 60, offset: 0 } },
  'm3/s': { unit: 'L/min', scale: { factor: 60_000, offset: 0 } },
  gpm: { unit: 'L/min', scale: { factor: 3.785411784, offset: 0 } },
  kPa: { unit: 'kPa', scale: { factor: 1, offset: 0 } },
  Pa: { unit: 'kPa', scale: { factor: 0.001, offset: 0 } },
  bar: { unit: 'kPa', scale: { factor: 100, offset: 0 } },
  psi: { unit: 'kPa', scale: { factor: 6.894757293168361, offset: 0 } },
  kW: { unit: 'kW', scale: { factor: 1, offset: 0 } },
  W: { unit: 'kW', scale: { factor: 0.001, offset: 0 } },
  MW: { unit: 'kW', scale: { factor: 1000, offset: 0 } },
  RT: { unit: 'kW', scale: { factor: 3.5168528421, offset: 0 } },
  kWh: { unit: 'kWh', scale: { factor: 1, offset: 0 } },
  Wh: { unit: 'kWh', scale: { factor: 0.001, offset: 0 } },
  MWh: { unit: 'kWh', scale: { factor: 1000, offset: 0 } },
  J: { unit: 'kWh', scale: { factor: 1 / 3_600_000, offset: 0 } },
  '%': { unit: '%', scale: { factor: 1, offset: 0 } },
  fraction: { unit: '%', scale: { factor: 100, offset: 0 } },
  'µS/cm': { unit: 'µS/cm', scale: { factor: 1, offset: 0 } },
  'S/m': { unit: 'µS/cm', scale: { factor: 10_000, offset: 0 } },
  m3: { unit: 'L', scale: { factor: 1000, offset: 0 } },
  L: { unit: 'L', scale: { factor: 1, offset: 0 } },
  s: { unit: 's', scale: { factor: 1, offset: 0 } },
  state: { unit: 'state', scale: { factor: 1, offset: 0 } },
  bool: { unit: 'bool', scale: { factor: 1, offset: 0 } },
}

export const foreignUnitNames: readonly string[] = Object.keys(foreignUnits)

/**
 * A value in a foreign unit, in Coldloop's unit: toCanonical(50, '°F') = { value: 10, unit: 'C' }.
 * Returns undefined for a unit that is not in the table: the caller names it, nothing is guessed.
 */
export function toCanonical(
  value: number,
  foreignUnit: string,
): { value: number; unit: UnitName } | undefined {
  const entry = foreignUnits[foreignUnit]
  if (!entry) return undefined
  return { value: value * entry.scale.factor + entry.scale.offset, unit: entry.unit }
}

/** The way back, for screens and foreign devices: fromCanonical(10, '°F') = 50. */
export function fromCanonical(value: number, foreignUnit: string): number | undefined {
  const entry = foreignUnits[foreignUnit]
  if (!entry) return undefined
  return (value - entry.scale.offset) / entry.scale.factor
}
