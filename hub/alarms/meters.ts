import type { Sample } from '#contract/reading.ts'
import type { Site } from '#contract/site/site.ts'
import { type DurationMs, hour, type Millis } from '#contract/units.ts'
import type { Alarms } from '#hub/alarms/alarms.ts'
import { isRollover } from '#hub/energy/registerCurve.ts'

/** Keeps the alarm “counts backwards” of each meter: raised at a step down that is no rollover, cleared when it counts up again for long enough. */
export type MeterWatch = { samples(samples: readonly Sample[]): void }

/** Registers tell tenths of a kWh; smaller steps down are rounding. */
const stepDownKwh = 0.05
/** An hour of counting up: one report's period, so that a swapped meter shows in the report that it touches. */
const soundForMs: DurationMs = hour

type Memory = {
  /** Highest reading since the last step down: slow backward steps add up against it. */
  kwh: number
  at: Millis
  isBackwards: boolean
  lastDownAt: Millis
}

export function watchMeters({
  site,
  alarms,
}: {
  site: Pick<Site, 'meters'>
  alarms: Pick<Alarms, 'raise' | 'clear' | 'standing'>
}): MeterWatch {
  const rolloverKwh = new Map(site.meters.map(meter => [meter.id, meter.rolloverKwh]))
  const standing = new Set(
    alarms.standing().flatMap(alarm => (alarm.code === 'meterBackwards' ? [alarm.equipment] : [])),
  )
  const memory = new Map<string, Memory>()

  const take = (id: string, rolls: number, kwh: number, at: Millis) => {
    const own = memory.get(id)
    if (!own) {
      memory.set(id, { kwh, at, isBackwards: standing.has(id), lastDownAt: at })
      return
    }
    if (at <= own.at) return
    own.at = at
    if (isRollover({ before: own.kwh, after: kwh, rolloverKwh: rolls })) own.kwh = kwh
    else if (own.kwh - kwh > stepDownKwh) {
      if (!own.isBackwards)
        alarms.raise('meterBackwards', id, {
          at,
          detail: `It fell from ${own.kwh.toFixed(1)} to ${kwh.toFixed(1)} kWh.`,
        })
      own.isBackwards = true
      own.lastDownAt = at
      own.kwh = kwh
    } else if (kwh > own.kwh) {
      own.kwh = kwh
      if (own.isBackwards && at - own.lastDownAt >= soundForMs) {
        own.isBackwards = false
        alarms.clear('meterBackwards', id)
      }
    }
  }
  return {
    samples: samples => {
      for (const { equipment, point, value, quality, at } of samples) {
        if (point !== 'activeEnergyKwh' || value === null || quality !== 'good') continue
        const rolls = rolloverKwh.get(equipment)
        if (rolls !== undefined) take(equipment, rolls, value, at)
      }
    },
  }
}
