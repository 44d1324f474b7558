import type { SavingFigure, SavingPart } from '#contract/api.ts'
import type { ExperimentOutcome, ValuedOutcome } from '#hub/savings/outcome.ts'
import type { LeakageSaving } from '#models/savings/leakage.ts'
import type { SwitchbackResult } from '#models/savings/switchbackResult.ts'
import type { Currency } from '#models/savings/valued.ts'

/** What was saved by source: the report and the console show the same rows. None where too few pairs could be judged. */
export function outcomeParts(outcome: ExperimentOutcome): readonly SavingPart[] {
  const { cooling, losses, itLeakage, water, valued } = outcome
  if (!cooling.enough) return []
  const inCurrencies = (of: (one: ValuedOutcome) => SavingFigure | undefined) =>
    byCurrency(name => valued[name] && of(valued[name]))
  const metered = (what: 'cooling' | 'losses', result: SwitchbackResult): SavingPart => ({
    what,
    basis: 'metered',
    ...switchbackFigure('kWh/h', result),
    ...inCurrencies(one => {
      const worth = one[what]
      return worth?.enough ? switchbackFigure(`${one.unit}/h`, worth) : undefined
    }),
  })
  return [
    metered('cooling', cooling),
    ...(losses?.enough ? [metered('losses', losses)] : []),
    ...(itLeakage
      ? [
          leakagePart('kWh/h', itLeakage, name => {
            const one = valued[name]
            return one && { unit: `${one.unit}/h`, perItKwh: one.perItKwh }
          }),
        ]
      : []),
    ...(water?.enough
      ? [{ what: 'water', basis: 'metered', ...switchbackFigure('L/h', water) } as const]
      : []),
  ]
}

/** Money and carbon of one part, where they are known. */
export function byCurrency<T>(of: (name: Currency) => T | undefined): { readonly [name in Currency]?: T } {
  const [cost, carbon] = [of('cost'), of('carbon')]
  return { ...(cost === undefined ? {} : { cost }), ...(carbon === undefined ? {} : { carbon }) }
}

const switchbackFigure = (unit: string, result: SwitchbackResult): SavingFigure => ({
  unit,
  saved: result.savedPerHour,
  share: result.share,
  interval68: result.interval68,
  interval90: result.interval90,
})

/** What may not be read into the parts, for either method. Empty without parts. */
export const savingNotes = (parts: readonly SavingPart[], water: 'metered' | 'notMetered' | 'refused') =>
  parts.length === 0
    ? []
    : [
        ...(parts.some(part => part.cost)
          ? ['Cost is the energy part of the tariff; the demand charge is not in it.']
          : []),
        ...(water === 'notMetered' ? ['Water: the make-up of towers or coolers is not metered.'] : []),
        ...(water === 'refused' ? ['Water is metered, and too little of it is known to be judged.'] : []),
      ]

export const outcomeNotes = (outcome: ExperimentOutcome): readonly string[] =>
  savingNotes(
    outcomeParts(outcome),
    outcome.water === null ? 'notMetered' : outcome.water.enough ? 'metered' : 'refused',
  )

/** The modelled part: its range stands for both intervals, and it is worth what IT's kWh were worth in the mean. */
export function leakagePart(
  unit: 'kWh' | 'kWh/h',
  { modelledKwh, range }: LeakageSaving,
  worthOf: (name: Currency) => { readonly unit: string; readonly perItKwh: number } | undefined,
): SavingPart {
  const figure = (told: string, times: number): SavingFigure => {
    const ends = [range[0] * times, range[1] * times] as const
    return { unit: told, saved: modelledKwh * times, share: null, interval68: ends, interval90: ends }
  }
  return {
    what: 'itLeakage',
    basis: 'modelled',
    ...figure(unit, 1),
    ...byCurrency(name => {
      const worth = worthOf(name)
      return worth && Number.isFinite(worth.perItKwh) ? figure(worth.unit, worth.perItKwh) : undefined
    }),
  }
}
