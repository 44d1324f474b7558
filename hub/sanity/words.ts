import { splitSeriesKey } from '#contract/reading.ts'
import type { Millis } from '#contract/units.ts'
import { pointWords } from '#hub/alarms/catalogue.ts'
import type { Doubt, Finding } from '#models/sanity/sensors.ts'

const happened: Readonly<Record<Finding, string>> = {
  frozen: 'frozen',
  dropout: 'dropping out',
  impossible: 'impossible',
  drift: 'drifting',
}

const instant = (at: Millis): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** `frozen since 2025-07-04 04:10 UTC`. */
export const sinceWhen = ({ finding, fromAt }: Doubt): string =>
  `${happened[finding]} since ${instant(fromAt)}`

/** What an operator reads: which sensors, since when, why, and that nobody relies on them. The first is the root. */
export function doubtSentence([root, ...others]: readonly [Doubt, ...Doubt[]]): string {
  const names = others.map(({ column }) => column)
  const alike = names.length > 0 ? ` (with it: ${names.join(', ')})` : ''
  const { point } = splitSeriesKey(root.column)
  const words = pointWords(point)
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${alike} ${sinceWhen(root)}: ${root.reason}; kept out of learning and planning`
}
