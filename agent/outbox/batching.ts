import type { OutboxRecord } from '#agent/outbox/outbox.ts'
import type { Sample } from '#contract/reading.ts'

/**
 * 200 values are about 6 kB as a Sparkplug payload: below the smallest limit a broker is known to set (MQTT clouds:
 * 128 kB) even with every property, and large enough that framing costs under a tenth.
 */
export const valuesPerRecordMax = 200

export type SamplesBody = Extract<OutboxRecord['body'], { kind: 'samples' }>

/** Samples as record bodies: one per device, in order of time, at most 200 values each. Devices keep the order of their first sample. */
export function intoBodies(
  samples: readonly Sample[],
  deviceOf: (equipment: string) => string,
): SamplesBody[] {
  const byDevice = new Map<string, Sample[]>()
  for (const sample of samples) {
    const device = deviceOf(sample.equipment)
    const list = byDevice.get(device)
    if (list) list.push(sample)
    else byDevice.set(device, [sample])
  }
  const bodies: SamplesBody[] = []
  for (const [device, list] of byDevice) {
    list.sort((one, other) => one.at - other.at)
    for (let start = 0; start < list.length; start += valuesPerRecordMax)
      bodies.push({ kind: 'samples', device, samples: list.slice(start, start + valuesPerRecordMax) })
  }
  return bodies
}

/** A reading that no database could keep: a value that is no finite number, or a time that is no instant. */
export const isUnkeepable = (sample: Sample): boolean =>
  !Number.isSafeInteger(sample.at) ||
  sample.at < 0 ||
  (sample.value !== null && !Number.isFinite(sample.value))
