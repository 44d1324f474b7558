import type { Zone } from '#agent/interlock/zones.ts'
import type { DurationMs, Millis } from '#contract/units.ts'

/** What a zone's input says. Unknown is not dry; a fault makes it unknown. */
export type Wetness = 'unknown' | 'dry' | 'wet'

/** A zone's input, its debounce and its latch. Machine time throughout, but for the stamp of the latch. */
export class ZoneState {
  readonly zone: Zone
  leak: Wetness = 'unknown'
  fault = false
  /** Never heard of since the start: no alarm for it, and no word that it is dry. */
  heard = false
  sinceMs: DurationMs
  /** Wet and not yet long enough; undefined: nothing is pending. */
  wetSinceMs: DurationMs | undefined
  lostSinceMs: DurationMs | undefined
  lostAlarmed = false
  /** Site time of the latch; undefined: not latched. */
  latchedAt: Millis | undefined

  constructor(zone: Zone, nowMs: DurationMs) {
    this.zone = zone
    this.sinceMs = nowMs
  }

  /** Takes what the input says now. Wet must stay wet: dry or unknown in between starts the debounce again. */
  hear(leak: Wetness, nowMs: DurationMs): void {
    this.heard = true
    if (leak === 'unknown') this.lostSinceMs ??= nowMs
    else this.lostSinceMs = undefined
    if (leak === 'wet') this.wetSinceMs ??= nowMs
    else this.wetSinceMs = undefined
    if (leak !== this.leak) this.sinceMs = nowMs
    this.leak = leak
  }

  get isLatched(): boolean {
    return this.latchedAt !== undefined
  }
}
