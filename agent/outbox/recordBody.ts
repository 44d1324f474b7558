import type { Sample } from '#contract/reading.ts'
import { dataTypes } from '#contract/sparkplug/dataTypes.ts'
import { metricName, placeOfMetric } from '#contract/sparkplug/names.ts'
import { decodePayload, encodePayload } from '#contract/sparkplug/payload.ts'
import { metricOfReading, readingOfMetric } from '#contract/sparkplug/readingMetric.ts'

/**
 * The bytes of a record on disk: a Sparkplug payload with names instead of aliases, because aliases belong to a session
 * and a record outlives many. About 35 bytes a value; 2 GB hold some 50 million of them.
 */
export const encodeSamples = (device: string, samples: readonly Sample[]): Buffer =>
  encodePayload({
    metrics: samples.map(sample =>
      metricOfReading(
        { name: metricName({ device, equipment: sample.equipment, point: sample.point }) },
        sample,
        dataTypes.Double,
        {},
      ),
    ),
  })

/** The samples of a record; a metric that cannot be read any more is an error of the disk, not of the plant. */
export function decodeSamples(device: string, body: Uint8Array): Sample[] {
  return decodePayload(body).metrics.map(metric => {
    const place = placeOfMetric(device, metric.name ?? '')
    const reading = readingOfMetric(metric, dataTypes.Double, undefined)
    if (place === undefined || typeof reading === 'string')
      throw new Error(`a record of ${device} holds no reading: ${metric.name}`)
    return { ...place, ...reading }
  })
}
