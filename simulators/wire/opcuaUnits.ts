import type { UnitName } from '#contract/units.ts'

/** UNECE Recommendation 20 codes, as OPC UA Part 8 asks; states and booleans count as `one` (C62). */
const unece: Readonly<Record<UnitName, { code: string; shown: string; name: string }>> = {
  C: { code: 'CEL', shown: '°C', name: 'degree Celsius' },
  K: { code: 'KEL', shown: 'K', name: 'kelvin' },
  'L/min': { code: 'L2', shown: 'L/min', name: 'litre per minute' },
  kPa: { code: 'KPA', shown: 'kPa', name: 'kilopascal' },
  kW: { code: 'KWT', shown: 'kW', name: 'kilowatt' },
  kWh: { code: 'KWH', shown: 'kWh', name: 'kilowatt hour' },
  '%': { code: 'P1', shown: '%', name: 'per cent' },
  'µS/cm': { code: 'G42', shown: 'µS/cm', name: 'microsiemens per centimetre' },
  L: { code: 'LTR', shown: 'L', name: 'litre' },
  s: { code: 'SEC', shown: 's', name: 'second' },
  state: { code: 'C62', shown: 'state', name: 'state' },
  bool: { code: 'C62', shown: 'bool', name: 'state, 0 or 1' },
}

/** Part 8, 5.6.3: the code's characters as bytes, most significant first. CEL = 0x43 45 4C = 4408652. */
export const unitIdOf = (code: string): number =>
  [...code].reduce((id, letter) => id * 256 + letter.charCodeAt(0), 0)

export function engineeringUnits(unit: UnitName) {
  const { code, shown, name } = unece[unit]
  return {
    namespaceUri: 'http://www.opcfoundation.org/UA/units/un/cefact',
    unitId: unitIdOf(code),
    displayName: { text: shown },
    description: { text: name },
  }
}
