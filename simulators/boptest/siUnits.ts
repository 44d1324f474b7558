import { fromCanonical, toCanonical, type UnitName } from '#contract/units.ts'

/** The unit that BOPTEST shows for each of ours, and its name in the table of contract/units. */
const siOf: Readonly<Record<UnitName, { readonly shown: string; readonly foreign: string }>> = {
  C: { shown: 'K', foreign: 'K(abs)' },
  K: { shown: 'K', foreign: 'K' },
  'L/min': { shown: 'm3/s', foreign: 'm3/s' },
  kPa: { shown: 'Pa', foreign: 'Pa' },
  kW: { shown: 'W', foreign: 'W' },
  kWh: { shown: 'J', foreign: 'J' },
  '%': { shown: '1', foreign: 'fraction' },
  'µS/cm': { shown: 'S/m', foreign: 'S/m' },
  L: { shown: 'm3', foreign: 'm3' },
  s: { shown: 's', foreign: 's' },
  state: { shown: '1', foreign: 'state' },
  bool: { shown: '1', foreign: 'bool' },
}

export const siUnit = (unit: UnitName): string => siOf[unit].shown

/** 30 °C → 303.15 K, 600 L/min → 0.01 m3/s, 45 % → 0.45. */
export const toSi = (value: number, unit: UnitName): number =>
  known(fromCanonical(value, siOf[unit].foreign), unit)

/** 303.15 K → 30 °C. */
export const fromSi = (value: number, unit: UnitName): number =>
  known(toCanonical(value, siOf[unit].foreign)?.value, unit)

function known(value: number | undefined, unit: UnitName): number {
  if (value === undefined) throw new Error(`contract/units does not know the SI unit of ${unit}`)
  return value
}
