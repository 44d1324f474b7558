import { boundsOf } from '#contract/control/bounds.ts'
import type { Excitation } from '#models/planning/excite.ts'
import type { Verdict } from '#models/planning/judge.ts'
import { type MoveName, planLimits, type Reach, steeredOf } from '#models/planning/limits.ts'
import type { Gain, PlanInputs } from '#models/planning/planHour.ts'
import type { ResetCourse } from '#models/planning/resetCourse.ts'
import { amountSaid, kilowatts, objectiveSaid } from '#models/planning/worthReason.ts'
import type { Settings } from '#models/plant/predict.ts'

/** Words for people: every sentence carries the values that decided. Nothing here decides. */
export type NotDone = { readonly what: string; readonly why: string }

const degrees = (value: number): string => `${value.toFixed(1)} °C`
const kelvins = (value: number): string => `${Math.abs(value).toFixed(1)} K`
const kilopascals = (value: number): string => `${value.toFixed(0)} kPa`
const percent = (value: number): string => `${value.toFixed(0)} %`

export const unitOf = (name: MoveName): 'C' | 'kPa' | '%' =>
  steeredOf[name].quantity === 'temperature' ? 'C' : steeredOf[name].quantity === 'pressure' ? 'kPa' : '%'

const said = (name: MoveName, value: number): string =>
  unitOf(name) === 'C' ? degrees(value) : unitOf(name) === 'kPa' ? kilopascals(value) : percent(value)

type Moved = {
  readonly name: MoveName
  readonly cdu: number
  readonly before: number
  readonly value: number
}

/** A limit broken by less than this weight (a twelfth of a kelvin) would be met by a touch of another value. */
const needFromKw = 100

/** Why one setpoint moves: what it does to the plant, from where to where, and what it is worth by itself. */
export function leaseReason(
  move: Moved,
  facts: { inputs: PlanInputs; chosen: Verdict; without: Verdict },
): string {
  const { inputs, chosen, without } = facts
  const worthKw = without.weighedKw - chosen.weighedKw
  const worth =
    without.penaltyKw > chosen.penaltyKw + needFromKw
      ? 'the other moves need it'
      : worthKw > 0.05
        ? `saves ${amountSaid(inputs, worthKw)}`
        : `costs ${amountSaid(inputs, worthKw)} and lets the others save`
  const rises = move.value > move.before
  const { wetBulbC } = inputs.forecast
  switch (move.name) {
    case 'towerLeavingC':
      return rises
        ? `wet bulb ${degrees(wetBulbC)}: leaving water may stand ${kelvins(move.value - wetBulbC)} above it, fans ${kilowatts(chosen.outcome.towerFanKw)} instead of ${kilowatts(without.outcome.towerFanKw)}; ${worth}`
        : `wet bulb ${degrees(wetBulbC)}: water ${kelvins(move.before - move.value)} colder is cheap to make and spares pumps and chips; ${worth}`
    case 'towerFlowPercent':
      return `${rises ? 'more' : 'less'} water over the tower: pumps ${kilowatts(chosen.outcome.towerPumpKw)} instead of ${kilowatts(without.outcome.towerPumpKw)}, fans ${kilowatts(chosen.outcome.towerFanKw)}; ${worth}`
    case 'facilitySupplyC':
      return rises
        ? `facility water ${kelvins(move.value - move.before)} warmer still holds every CDU's supply (widest valve ${percent(widestValve(chosen))}); ${worth}`
        : `facility water ${kelvins(move.before - move.value)} colder needs less flow through the CDUs (widest valve ${percent(widestValve(chosen))}); ${worth}`
    case 'facilityDpKpa':
      return rises
        ? `CDU valves stand at ${percent(widestValve(without))} without it; facility pumps ${kilowatts(chosen.outcome.facilityPumpKw)}; ${worth}`
        : `CDU valves have room (${percent(widestValve(without))} before, ${percent(widestValve(chosen))} after): facility pumps ${kilowatts(chosen.outcome.facilityPumpKw)} instead of ${kilowatts(without.outcome.facilityPumpKw)}; ${worth}`
    case 'cduSupplyC':
      return rises
        ? `hottest chip ${degrees(chosen.chipPeakC[move.cdu] ?? Number.NaN)} at peak load, limit ${degrees(chipLimit(inputs))}: supply ${kelvins(move.value - move.before)} warmer; ${worth}`
        : `supply ${kelvins(move.before - move.value)} colder: chips draw less (${leakageSaid(inputs)}); ${worth}`
    case 'cduDpKpa': {
      const after = chosen.outcome.cdus[move.cdu]
      const before = without.outcome.cdus[move.cdu]
      return rises
        ? `more flow, chip ${degrees(chosen.chipPeakC[move.cdu] ?? Number.NaN)} at peak instead of ${degrees(without.chipPeakC[move.cdu] ?? Number.NaN)}; ${worth}`
        : `hottest chip ${degrees(chosen.chipPeakC[move.cdu] ?? Number.NaN)} at peak load, limit ${degrees(chipLimit(inputs))}: pump ${kilowatts(after?.pumpKw ?? 0)} instead of ${kilowatts(before?.pumpKw ?? 0)}; ${worth}`
    }
    default:
      return move.name satisfies never
  }
}

export const holdReason = (name: MoveName, othersMove: boolean): string =>
  othersMove
    ? `kept: ${nameOf(name)} is already where this hour's plan wants it`
    : `kept: no move within this hour's ramps saves ${(100 * planLimits.worthShare).toFixed(2)} % of facility power in ${percent(100 * planLimits.worthMembers)} of the ensemble`

const leakageSaid = ({ of }: PlanInputs): string => {
  const { perK, isIdentified } = of.model.leakage
  return `${(100 * (perK[0] as number)).toFixed(2)} %/K ${isIdentified ? 'learned' : 'assumed'}`
}
const chipLimit = (inputs: PlanInputs): number =>
  inputs.of.priors.site.nameplate.chip.limitC - planLimits.chipMarginK
const widestValve = (verdict: Verdict): number =>
  Math.max(...verdict.outcome.cdus.map(cdu => cdu.valvePercent))

const names: Readonly<Record<MoveName, string>> = {
  towerLeavingC: 'tower leaving water',
  towerFlowPercent: 'tower water flow',
  facilitySupplyC: 'facility supply',
  facilityDpKpa: 'facility pressure',
  cduSupplyC: 'CDU supply',
  cduDpKpa: 'CDU pressure',
}
export const nameOf = (name: MoveName): string => names[name]

type Facts = {
  readonly inputs: PlanInputs
  readonly reach: Reach
  readonly hold: Verdict
  readonly chosen: Verdict
  readonly gain: Gain
  readonly reset: ResetCourse
  readonly worthKw: number
  readonly mends: boolean
  readonly learns: Excitation | undefined
}

export const learnReason = (toLearn: string): string =>
  `A small step for an hour, to learn what telemetry has not shown: ${toLearn}.`

/** One paragraph: forecast, what is done, its worth, the margin, and what handing back does. */
export function paragraph(facts: Facts, settings: Settings): string {
  const { inputs, hold, chosen, reset } = facts
  const itKw = inputs.forecast.itKw.reduce((sum, kw) => sum + kw, 0)
  const foreseen = `Wet bulb ${degrees(inputs.forecast.wetBulbC)}, IT ${itKw.toFixed(0)} kW.`
  const hasMoved = settings !== inputs.held && chosen.outcome.facilityKw !== hold.outcome.facilityKw
  const done = hasMoved ? moveSaid(facts) : 'Keep as it is: no move within reach is worth its risk.'
  const againstKw = chosen.outcome.facilityKw - reset.facilityKw
  const against = `Against reset, ${againstKw <= 0 ? 'less by' : 'more by'} ${kilowatts(againstKw)}.`
  const margin = `Hottest chip ${degrees(Math.max(...chosen.chipPeakC))} at peak load, limit ${degrees(chipLimit(inputs))}.`
  const back = `Handing back returns pressures first, then water to ${degrees(reset.settings.towerLeavingC)} at the tower and ${degrees(reset.settings.facilitySupplyC)} in the facility loop.`
  const what = objectiveSaid(inputs, chosen)
  return [foreseen, ...(what === '' ? [] : [what]), done, against, margin, back].join(' ')
}

function moveSaid({ inputs, gain, mends, learns }: Facts): string {
  if (learns)
    return `Nothing is worth moving; a small step shows what is not known yet (${learns.toLearn}), ${learns.costKw > 0.05 ? `for ${kilowatts(learns.costKw)}` : 'at no cost'}.`
  const amount = amountSaid(inputs, gain.medianKw)
  const agree = `(${percent(100 * gain.savingShare)} of the ensemble agree)`
  const isOfThisHour = (inputs.objective?.name ?? 'energy') === 'energy' && !inputs.laterHours?.length
  if (mends)
    return `The present settings would break a limit at peak load; these do not, for ${gain.medianKw > 0 ? 'a cost of' : 'a saving of'} ${amount}.`
  return gain.medianKw > 0
    ? `The moves cost ${amount} and keep chips and valves within their limits in the hours after this one ${agree}.`
    : `The moves save ${amount}${isOfThisHour ? ' of facility power' : ''} against leaving things as they are ${agree}.`
}

/** What was looked at and left: ramps, bounds and limits that bind, CDUs that are not ours, gains too small. */
export function notDoneOf(
  facts: Facts,
  found: { best: Settings; settings: Settings; found: Verdict },
): NotDone[] {
  const { inputs, gain, worthKw } = facts
  const list: NotDone[] = []
  if (found.settings !== found.best && gain.medianKw < 0)
    list.push({
      what: `A move expected to save ${amountSaid(inputs, gain.medianKw)}`,
      why:
        gain.savingShare < planLimits.worthMembers
          ? `only ${percent(100 * gain.savingShare)} of the ensemble see a saving; ${percent(100 * planLimits.worthMembers)} must`
          : `below ${amountSaid(inputs, worthKw)} (${(100 * planLimits.worthShare).toFixed(2)} % of facility power) it is not worth moving valves and pumps`,
    })
  list.push(...stoppedMoves(facts, found.settings), ...bindingLimits(facts))
  const busy = inputs.cduIsFree.flatMap((free, cdu) => (free ? [] : [`CDU-${cdu + 1}`]))
  if (busy.length > 0)
    list.push({
      what: `${busy.slice(0, 4).join(', ')}${busy.length > 4 ? ` and ${busy.length - 4} more` : ''}`,
      why: 'not in auto: kept as it is',
    })
  if (inputs.dewPointC === undefined)
    list.push({ what: 'Colder water', why: 'the dew point of the white space is not known' })
  return list
}

function stoppedMoves({ inputs, reach }: Facts, settings: Settings): NotDone[] {
  const list: NotDone[] = []
  for (const name of [
    'towerLeavingC',
    'towerFlowPercent',
    'facilitySupplyC',
    'facilityDpKpa',
    'cduSupplyC',
    'cduDpKpa',
  ] as const) {
    const steered = steeredOf[name]
    const value = name === 'cduSupplyC' || name === 'cduDpKpa' ? settings[name][0] : settings[name]
    const range = name === 'cduSupplyC' || name === 'cduDpKpa' ? reach[name][0] : reach[name]
    if (value === undefined || range === undefined || range.highest - range.lowest < 1e-6) continue
    const site = boundsOf(inputs.of.priors.site, steered)
    const width = 0.01 * (range.highest - range.lowest)
    for (const [end, isAt, way] of [
      ['highest', value > range.highest - width, 'above'],
      ['lowest', value < range.lowest + width, 'below'],
    ] as const) {
      if (!isAt) continue
      const isSiteBound = Math.abs(range[end] - site[end]) < 1e-6
      const saves = (steered.economising === 'up') === (end === 'highest')
      list.push({
        what: `${nameOf(name)} ${way} ${said(name, range[end])}`,
        why: isSiteBound
          ? 'the site allows no more'
          : saves
            ? "this hour's ramp ends there; the next plan may go on"
            : 'as far as a plan may move toward cooling in an hour, or the dew point allows',
      })
    }
  }
  return list
}

function bindingLimits({ inputs, chosen }: Facts): NotDone[] {
  const list: NotDone[] = []
  const widest = widestValve(chosen)
  if (widest > planLimits.valvePercent - 2)
    list.push({
      what: 'Less facility pressure or warmer facility water',
      why: `a CDU valve stands at ${percent(widest)}; ${percent(planLimits.valvePercent)} is the most that is planned`,
    })
  const hottest = Math.max(...chosen.chipPeakC)
  if (hottest > chipLimit(inputs) - 3)
    list.push({
      what: 'Warmer CDU supply or less CDU pressure',
      why: `the hottest chip would reach ${degrees(hottest)} at peak load; ${degrees(chipLimit(inputs))} less the model's uncertainty is the most`,
    })
  return list
}
