import { noYes, pointWords, stateWords } from '../words.ts'
import type { Written } from './numbers.ts'

/** `reservoirLevel` reads `reservoir level`: the catalogue's word, split at its capitals, unless the word list has a better one. */
export const pointName = (point: string): string =>
  pointWords[point] ??
  point
    .replace(/Sp$/, '')
    .replaceAll(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`)

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** The way a unit of the contract is written. */
export function quantityOfUnit(unit: string): { readonly quantity: Written } {
  switch (unit) {
    case 'C':
      return { quantity: 'temperature' }
    case 'K':
      return { quantity: 'temperatureDifference' }
    case 'L/min':
      return { quantity: 'flow' }
    case 'kPa':
      return { quantity: 'pressure' }
    case 'kW':
      return { quantity: 'power' }
    case 'kWh':
      return { quantity: 'energy' }
    case '%':
      return { quantity: 'opening' }
    default:
      return { quantity: 'count' }
  }
}

/** The word for a state's number; undefined for a plain count such as running pumps. */
export function stateWord(point: string, value: number, highest: number): string | undefined {
  const known = stateWords[point] ?? (highest === 1 && value >= 0 ? noYes : undefined)
  return known?.[value]
}
