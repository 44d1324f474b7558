import { type Millis, minute } from '#contract/units.ts'

/** What the chips of each CDU are asked to do, before their leakage: the same at the same instant, whatever was asked before. */
export type Load = {
  readonly name: string
  /** IT power of CDU `cduIndex0` (0 for the first), kW. */
  cduPowerKw(cduIndex0: number, siteAt: Millis): number
  /** Share of the site's IT nameplate, 0..1. */
  itFraction(siteAt: Millis): number
  /** How the load was made, for a person: mapping used, clipping, repeats. */
  readonly notes: readonly string[]
}

/** One minute of all CDUs, as shares of nameplate. */
export type LoadMinute = {
  readonly means: Float64Array
  /** Half of the way from trough to crest of a swing within the minute; 0: the load stands still. */
  readonly halfSwings: Float64Array
  /** Whole swings in the minute. */
  readonly swingsPerMinute: Float64Array
}

/** Load made minute by minute: a minute is filled when it is asked for and kept until another one is. */
export function loadByMinute(options: {
  name: string
  cdus: number
  itPerCduKw: number
  notes: readonly string[]
  fill(filled: LoadMinute, minuteNumber: number): void
}): Load {
  const { cdus, itPerCduKw } = options
  const filled: LoadMinute = {
    means: new Float64Array(cdus),
    halfSwings: new Float64Array(cdus),
    swingsPerMinute: new Float64Array(cdus),
  }
  const { means, halfSwings, swingsPerMinute } = filled
  const swung = new Float64Array(cdus)
  let filledMinute = Number.NaN
  let minuteSwings = false
  let swungAt = Number.NaN
  /** A step asks for all CDUs of one instant: their swings are made at the first and kept until another instant is asked for. */
  const sharesAt = (siteAt: Millis): Float64Array => {
    if (siteAt === swungAt) return swung
    const minutes = siteAt / minute
    const number = Math.floor(minutes)
    if (number !== filledMinute) {
      options.fill(filled, number)
      filledMinute = number
      minuteSwings = halfSwings.some(half => half > 0)
    }
    if (!minuteSwings) return means
    const into = minutes - number
    for (let cdu = 0; cdu < cdus; cdu++)
      swung[cdu] = means[cdu]! + halfSwings[cdu]! * swingAt(into * swingsPerMinute[cdu]!)
    swungAt = siteAt
    return swung
  }
  return {
    name: options.name,
    notes: options.notes,
    cduPowerKw: (cduIndex0, siteAt) => sharesAt(siteAt)[cduIndex0]! * itPerCduKw,
    itFraction: siteAt => sharesAt(siteAt).reduce((sum, share) => sum + share, 0) / cdus,
  }
}

/**
 * A swing of -1..1 after a number of turns: up, level, down, level, with ramps of an eighth of a turn. It is 0 at the full minute
 * and the same backwards with its sign changed, so any steps that divide a minute see a mean of 0, a step of a minute sees none.
 */
function swingAt(turns: number): number {
  const turn = turns - Math.floor(turns)
  const slope = turn < 0.25 ? 8 * turn : turn < 0.75 ? 4 - 8 * turn : 8 * turn - 8
  return Math.max(-1, Math.min(1, slope))
}
