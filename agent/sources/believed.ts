import type { PointBinding } from '#agent/mapping/pointMap.ts'
import type { Reading } from '#contract/reading.ts'

/**
 * A device's reading in the point's unit. Beyond the instrument's range it is not believed, nor is a fraction where the
 * point counts whole states: quality bad, no value. Half a per cent of the span is allowed over either end, because
 * real instruments read 100.1 % and −0.02 L/min at rest; such a value is kept as read.
 */
export function believedReading(binding: PointBinding, reading: Reading): Reading {
  if (reading.value === null) return reading
  const value = binding.toPoint(reading.value)
  const [lowest, highest] = binding.spec.range
  const isState = binding.spec.unit === 'state' || binding.spec.unit === 'bool'
  const slack = isState ? 0 : (highest - lowest) * 0.005
  const isBelieved =
    Number.isFinite(value) &&
    value >= lowest - slack &&
    value <= highest + slack &&
    (!isState || Number.isInteger(value))
  if (isBelieved) return { ...reading, value }
  const code = reading.statusCode === undefined ? {} : { statusCode: reading.statusCode }
  return { value: null, quality: 'bad', at: reading.at, ...code }
}
