import type { Millis } from '#contract/units.ts'

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

/** Fractions of nameplate for all CDUs of one minute, kept until another minute is asked for. */
export function loadByMinute(options: {
  name: string
  cdus: number
  itPerCduKw: number
  notes: readonly string[]
  fill(fractions: Float64Array, minute: number): void
}): Load {
  const fractions = new Float64Array(options.cdus)
  let filledMinute = Number.NaN
  const fractionsAt = (siteAt: Millis) => {
    const minute = Math.floor(siteAt / 60_000)
    if (minute !== filledMinute) {
      options.fill(fractions, minute)
      filledMinute = minute
    }
    return fractions
  }
  return {
    name: options.name,
    notes: options.notes,
    cduPowerKw: (cduIndex0, siteAt) => fractionsAt(siteAt)[cduIndex0]! * options.itPerCduKw,
    itFraction: siteAt => fractionsAt(siteAt).reduce((sum, value) => sum + value, 0) / options.cdus,
  }
}
