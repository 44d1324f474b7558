/** Figures and texts as the sheet prints them; a dash is unknown, never nothing. */
export const number = (value: number | null, digits: number): string =>
  value === null
    ? '–'
    : value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })

export const percent = (share: number | null): string =>
  share === null ? '–' : `${(share * 100).toFixed(1)} %`

/** Decimals of a figure with an error of so much: two significant digits of the error, at most three decimals. */
export const decimalsOf = ([low, high]: readonly [number, number]): number =>
  high > low ? Math.min(3, Math.max(0, 1 - Math.floor(Math.log10((high - low) / 2)))) : 1

export function asText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
