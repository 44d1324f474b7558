import type { Lever } from '#contract/control/levers/lever.ts'
import { familyOf } from '#models/commissioning/sweep.ts'
import type { Gain } from '#models/planning/levers/gain.ts'
import type { Situation, Verdict } from '#models/planning/levers/judge.ts'
import type { LeverReach } from '#models/planning/levers/reach.ts'
import { planLimits } from '#models/planning/limits.ts'
import type { LearnedOutcome } from '#models/plant/learned/learnedPlant.ts'

/** Words for people: every sentence carries the values that decided. Nothing here decides. */
export type NotDone = { readonly what: string; readonly why: string }

const degrees = (value: number): string => `${value.toFixed(1)} °C`
const kilowatts = (value: number): string => `${Math.abs(value).toFixed(Math.abs(value) < 9.95 ? 1 : 0)} kW`
const percent = (value: number): string => `${value.toFixed(0)} %`

const familyNames: Readonly<Record<string, string>> = {
  cduSupplyC: 'CDU supply',
  cduDpKpa: 'CDU pressure',
  tankSupplyC: 'tank supply',
  tankDpKpa: 'tank pressure',
  facilitySupplyC: 'facility supply',
  facilityDpKpa: 'facility pressure',
  towerLeavingC: 'tower leaving water',
  towerFlowPercent: 'tower water flow',
  chilledWaterC: 'chilled water',
  crahSupplyC: 'room supply air',
  crahAirPercent: 'room air flow',
  padsAboveC: 'air above which pads are wet',
  economiserMode: 'economiser',
}
const partNames: Readonly<Record<string, string>> = {
  cduPumps: 'CDU pumps',
  facilityPumps: 'facility pumps',
  towerFans: 'tower fans',
  towerPumps: 'tower pumps',
  chillers: 'chillers',
  crahs: 'room air fans',
  dryCoolers: 'dry coolers',
}
const modes = ['off', 'only when it carries all', 'integrated'] as const

export const nameOf = (lever: Lever): string => {
  const member = lever.name.split('/')[1]
  const family = familyNames[familyOf(lever)] ?? familyOf(lever)
  return member === undefined ? family : `${family} of ${member}`
}

export function said(lever: Lever, value: number): string {
  if (lever.unit === 'C') return degrees(value)
  if (lever.unit === '%') return percent(value)
  if (lever.unit === 'state') return modes[Math.round(value)] ?? String(value)
  return `${value.toFixed(0)} ${lever.unit}`
}

/** Parts whose power changes by less than this are not worth a word, kW. */
const partFromKw = 0.05

/** Why one lever moves: from where to where, what it does to limits and powers, and what it is worth by itself. */
export function moveReason(
  move: { readonly lever: Lever; readonly before: number; readonly value: number; readonly place: number },
  facts: { readonly situation: Situation; readonly chosen: Verdict; readonly without: Verdict },
): string {
  const { lever, before, value, place } = move
  const { situation, chosen, without } = facts
  const worthKw = without.weighedKw - chosen.weighedKw
  const worth =
    without.penaltyKw > chosen.penaltyKw + 0.1 * situation.penaltyPerUnitKw
      ? 'the other moves need it'
      : worthKw > partFromKw
        ? `saves ${kilowatts(worthKw)}`
        : `costs ${kilowatts(worthKw)} and lets the others save`
  const peakC = chosen.hottestPeakC[place]
  const chips =
    peakC === undefined
      ? ''
      : `; hottest chip ${degrees(peakC)} at peak load, ${degrees(situation.chipMostC[place] as number)} is the most`
  return `${said(lever, before)} to ${said(lever, value)}: ${effectOf(chosen.outcome, without.outcome)}${chips}; ${worth}`
}

/** The two parts that change most, IT by leakage among them. */
function effectOf(chosen: LearnedOutcome, without: LearnedOutcome): string {
  const parts = Object.entries(chosen.partsKw).map(([role, kw]) => ({
    name: partNames[role] ?? role,
    from: without.partsKw[role as keyof typeof without.partsKw] ?? Number.NaN,
    to: kw,
  }))
  const leakage = {
    name: `chips (${100 * planLimits.leakagePerK} %/K assumed)`,
    from: without.itKw,
    to: chosen.itKw,
  }
  const changed = [...parts, leakage]
    .filter(({ from, to }) => Math.abs(to - from) > partFromKw)
    .sort((a, b) => Math.abs(b.to - b.from) - Math.abs(a.to - a.from))
    .slice(0, 2)
  if (changed.length === 0) return 'no power of its own changes'
  return changed
    .map(({ name, from, to }) => `${name} ${to < from ? 'less' : 'more'} by ${kilowatts(to - from)}`)
    .join(', ')
}

export const keptReason = (lever: Lever, othersMove: boolean): string =>
  othersMove
    ? `kept: ${nameOf(lever)} is already where this hour's plan wants it`
    : `kept: no move within reach saves ${(100 * planLimits.worthShare).toFixed(2)} % of facility power in ${percent(100 * planLimits.worthMembers)} of the ensemble`

export type PlanFacts = {
  readonly situation: Situation
  readonly hold: Verdict
  readonly chosen: Verdict
  readonly gain: Gain
  readonly moves: boolean
  readonly mends: boolean
  readonly unfamiliar: readonly string[]
  readonly unknown: readonly { readonly name: string; readonly spreadPercent: number }[]
}

/** One paragraph: forecast, what is done and its worth, the margin, and what is not known. */
export function planParagraph(facts: PlanFacts): string {
  const { situation, chosen, gain, moves, mends, unfamiliar, unknown } = facts
  const conditions = situation.hours[0] as Situation['peak']
  const itKw = conditions.itKw.reduce((sum, kw) => sum + kw, 0)
  const foreseen = `Wet bulb ${degrees(conditions.wetBulbC)}, dry bulb ${degrees(conditions.dryBulbC)}, IT ${itKw.toFixed(0)} kW.`
  const done =
    unfamiliar.length > 0
      ? `This is beyond what telemetry has shown (${unfamiliar.join(', ')}): nothing moves toward less cooling.`
      : !moves
        ? 'Keep as it is: no move within reach is worth its risk.'
        : mends
          ? `The present settings would break a limit; these mend it, for ${gain.medianKw > 0 ? 'a cost of' : 'a saving of'} ${kilowatts(gain.medianKw)}.`
          : `The moves save ${kilowatts(gain.medianKw)} against leaving things as they are (${percent(100 * gain.savingShare)} of the ensemble agree, ± ${kilowatts(gain.spreadKw)}).`
  const margin =
    chosen.hottestPeakC.length === 0
      ? ''
      : ` Hottest chip ${degrees(Math.max(...chosen.hottestPeakC))} at peak load.`
  const poorly =
    unknown.length === 0
      ? ''
      : ` Poorly known: ${unknown
          .slice(0, 3)
          .map(({ name, spreadPercent }) => `${name} (± ${percent(spreadPercent)})`)
          .join(', ')}.`
  return `${foreseen} ${done}${margin}${poorly}`
}

/** What was looked at and left: gains too small, ramps and bounds that bind, what is not familiar. */
export function notDoneOf(
  facts: PlanFacts,
  found: {
    readonly values: readonly number[]
    readonly reaches: readonly LeverReach[]
    readonly worthKw: number
  },
): NotDone[] {
  const { gain, moves } = facts
  const list: NotDone[] = []
  if (!moves && gain.medianKw < 0)
    list.push({
      what: `A move expected to save ${kilowatts(gain.medianKw)}`,
      why:
        gain.savingShare < planLimits.worthMembers
          ? `only ${percent(100 * gain.savingShare)} of the ensemble see a saving; ${percent(100 * planLimits.worthMembers)} must`
          : `below ${kilowatts(found.worthKw)} (${(100 * planLimits.worthShare).toFixed(2)} % of facility power) it is not worth moving valves and pumps`,
    })
  for (const [place, lever] of facts.situation.plant.levers.entries()) {
    const value = found.values[place] as number
    const reach = found.reaches[place] as LeverReach
    const width = reach.highest - reach.lowest
    if (width < 1e-6 || lever.unit === 'state') continue
    if (value > reach.highest - 0.01 * width) list.push(stopped(lever, reach, 'highest'))
    else if (value < reach.lowest + 0.01 * width) list.push(stopped(lever, reach, 'lowest'))
  }
  return list.slice(0, notDoneMost)
}

const notDoneMost = 12

function stopped(lever: Lever, reach: LeverReach, end: 'lowest' | 'highest'): NotDone {
  const saves = (lever.economising === 'up') === (end === 'highest')
  return {
    what: `${nameOf(lever)} ${end === 'highest' ? 'above' : 'below'} ${said(lever, reach[end])}`,
    why:
      Math.abs(reach[end] - lever[end]) < 1e-6
        ? 'the site allows no more'
        : reach.unfamiliar === end
          ? 'telemetry has not shown the plant there'
          : saves
            ? "this hour's ramp ends there; the next plan may go on"
            : 'as far as a plan may move toward cooling in an hour, or the dew point allows',
  }
}
