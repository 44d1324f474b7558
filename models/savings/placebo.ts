import { day, hour, type Millis } from '#contract/units.ts'
import { type AdjustedSaving, adjustedSaving } from '#models/savings/adjusted.ts'
import type { FormName } from '#models/savings/forms.ts'
import type { MeteredHour } from '#models/savings/hours.ts'

/** A period in which nothing was done but what was injected, judged like any other. */
export type PlaceboPeriod = {
  readonly fromAt: Millis
  readonly form: FormName
  readonly refused?: readonly string[]
  readonly adjustedKwh?: number
  readonly halfWidthShare90?: number
  readonly injections?: readonly Injection[]
}

export type Injection = {
  readonly share: number
  /** What was truly taken away, and what was found. */
  readonly trueKwh: number
  readonly foundKwh: number
  readonly covered68: boolean
  readonly covered90: boolean
  /** Whether the 90 % interval leaves zero out. */
  readonly excludesZero: boolean
}

export type PlaceboCase = {
  readonly hours: readonly MeteredHour[]
  readonly baselineWeeks: number
  readonly weeks: number
  /** Shares of cooling to take away from the judged period; 0 is the placebo itself. */
  readonly shares: readonly number[]
  readonly random: () => number
  readonly periodsMost?: number
}

const hoursOfWeek = (7 * day) / hour

/** Periods one after the other, each judged from the weeks before it. */
export function placeboPeriods(asked: PlaceboCase): PlaceboPeriod[] {
  const { hours, baselineWeeks, weeks, shares, random } = asked
  const length = weeks * hoursOfWeek
  const before = baselineWeeks * hoursOfWeek
  const count = Math.min(
    asked.periodsMost ?? Number.POSITIVE_INFINITY,
    Math.floor((hours.length - before) / length),
  )
  return Array.from({ length: Math.max(0, count) }, (_, index) => {
    const from = before + index * length
    const reporting = hours.slice(from, from + length)
    const judged = adjustedSaving({ before: hours.slice(from - before, from), reporting })
    const known = { fromAt: (reporting[0] as MeteredHour).at, form: judged.baseline.form }
    if (judged.refused) return { ...known, refused: judged.refused }
    const { adjusted, plusMinus } = judged.saving
    return {
      ...known,
      adjustedKwh: adjusted,
      halfWidthShare90: plusMinus.at90 / adjusted,
      injections: shares.map(share => injected(judged.saving, reporting, { share, random })),
    }
  })
}

/**
 * A saving that comes and goes by the day, between nothing and twice its mean, is taken off the cooling meter of the judged hours.
 * The baseline and its error are those of the time before, so the saving is the one found without it and what was taken away.
 */
function injected(
  saving: AdjustedSaving,
  reporting: readonly MeteredHour[],
  { share, random }: { share: number; random: () => number },
): Injection {
  const byDay = new Map<number, number>()
  const metered = new Map(reporting.map(one => [one.at, one.coolingKwh]))
  let trueKwh = 0
  for (const { at } of saving.byHour) {
    const today = Math.floor(at / day)
    const effect = byDay.get(today) ?? 2 * random()
    byDay.set(today, effect)
    trueKwh += share * effect * (metered.get(at) as number)
  }
  const foundKwh = saving.saved + trueKwh
  const error = Math.abs(foundKwh - trueKwh)
  return {
    share,
    trueKwh,
    foundKwh,
    covered68: error <= saving.plusMinus.at68,
    covered90: error <= saving.plusMinus.at90,
    excludesZero: Math.abs(foundKwh) > saving.plusMinus.at90,
  }
}
