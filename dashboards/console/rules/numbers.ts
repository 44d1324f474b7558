import type { Quantity } from '#contract/points.ts'

/** How a number is written on every screen: digits by quantity, true minus, thousands by locale, unit apart. */
export type Shown = { readonly digits: string; readonly unit: string }

export type Written = Quantity | 'pue' | 'percent' | 'count'

const locale = 'en'
const minusSign = '−'
export const missing = '—'

const unitOf: Readonly<Record<Written, string>> = {
  temperature: '°C',
  temperatureDifference: 'K',
  flow: 'L/min',
  pressure: 'kPa',
  power: 'kW',
  energy: 'kWh',
  speed: '%',
  opening: '%',
  level: '%',
  humidity: '%',
  conductivity: 'µS/cm',
  leak: '',
  status: '',
  command: '',
  pue: '',
  percent: '%',
  count: '',
}

const writers = new Map<number, Intl.NumberFormat>()
function write(value: number, decimals: number): string {
  let writer = writers.get(decimals)
  if (!writer) {
    writer = new Intl.NumberFormat(locale, {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    })
    writers.set(decimals, writer)
  }
  // −0.04 at one decimal would read "−0.0": a zero has no sign.
  const text = writer.format(Math.abs(value))
  return value < 0 && Number(value.toFixed(decimals)) !== 0 ? minusSign + text : text
}

/** Decimals by quantity and size: power 44.0 and 1,137 (3 to 4 significant), pressure below 10 with one. */
export function decimalsOf(quantity: Written, value: number): number {
  const size = Math.abs(value)
  switch (quantity) {
    case 'temperature':
    case 'temperatureDifference':
      return 1
    case 'pressure':
      return size < 9.95 ? 1 : 0
    case 'power':
      // Off is "0 kW": two decimals of nothing say no more.
      if (size < 0.005) return 0
      return size < 9.995 ? 2 : size < 99.95 ? 1 : 0
    case 'energy':
      return size < 99.95 ? 2 : size < 999.5 ? 1 : 0
    case 'pue':
      return 3
    default:
      return 0
  }
}

/** formatNumber(1137.4, 'power') = { digits: '1,137', unit: 'kW' }; from 10 MW in MW, from 1 MWh in MWh. */
export function formatNumber(value: number | null, quantity: Written): Shown {
  if (value === null || !Number.isFinite(value)) return { digits: missing, unit: unitOf[quantity] }
  if (quantity === 'power' && Math.abs(value) >= 9_999.5)
    return { digits: write(value / 1_000, Math.abs(value) < 99_950 ? 1 : 0), unit: 'MW' }
  if (quantity === 'energy' && Math.abs(value) >= 999.5) {
    const megawattHours = value / 1_000
    const size = Math.abs(megawattHours)
    return {
      digits: write(megawattHours, size < 9.9995 ? 3 : size < 99.995 ? 2 : size < 999.95 ? 1 : 0),
      unit: 'MWh',
    }
  }
  return { digits: write(value, decimalsOf(quantity, value)), unit: unitOf[quantity] }
}

/** Number and unit in one string, for sentences; the narrow gap keeps them on one line. */
export function formatWithUnit(value: number | null, quantity: Written): string {
  const { digits, unit } = formatNumber(value, quantity)
  return unit ? `${digits}\u202f${unit}` : digits
}

/** A saving with its error: −6.8 ± 1.9. The error has two significant digits at most, the value stands to the same place. */
export function formatPlusMinus(value: number | null, plusMinus: number | null): string {
  if (value === null) return missing
  if (plusMinus === null || plusMinus <= 0) return write(value, 1)
  const decimals = Math.min(3, Math.max(0, 1 - Math.floor(Math.log10(plusMinus))))
  return `${write(value, decimals)} ± ${write(plusMinus, decimals)}`
}

export const formatDecimals = (value: number | null, decimals: number): string =>
  value === null ? missing : write(value, decimals)

/**
 * The value to print next to the one printed before: it moves only when the new value is past half a step plus a
 * quarter of the last digit, so that 32.45 does not flicker between 32.4 and 32.5.
 */
export function steady(value: number, printed: number | undefined, decimals: number): number {
  if (printed === undefined || !Number.isFinite(printed)) return value
  const lastDigit = 10 ** -decimals
  return Math.abs(value - printed) <= lastDigit * 0.75 ? printed : value
}

const figureSpace = '\u2007'
const punctuationSpace = '\u2008'

/**
 * Digits led by spaces as wide as the digits that the widest value of the range has more: 99 → 101 moves nothing, not
 * even where the text begins. padded('99', [0, 160], 'pressure') = one figure space and 99.
 */
export function padded(digits: string, range: readonly [number, number], quantity: Written): string {
  const widest = range
    .map(end => formatNumber(end, quantity).digits)
    .reduce((a, b) => (b.length > a.length ? b : a))
  const lead = widest.slice(0, Math.max(0, widest.length - digits.length))
  return lead.replaceAll(/[.,]/g, punctuationSpace).replaceAll(/[^\u2008]/g, figureSpace) + digits
}
