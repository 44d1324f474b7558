import { hour, type Millis } from '#contract/units.ts'
import { zoneClock } from '#contract/zoneTime.ts'
import type { Verdict } from '#models/planning/judge.ts'
import { perMeanKw } from '#models/planning/objective.ts'
import type { PlanInputs } from '#models/planning/planHour.ts'
import { quarter, worthOf } from '#models/planning/worth.ts'

/** Words for what is lowered and what a move is worth by it: kilowatts, money or carbon, over the hours that are looked at. */

export const kilowatts = (value: number): string =>
  `${Math.abs(value).toFixed(Math.abs(value) < 9.95 ? 1 : 0)} kW`

const hoursOf = ({ laterHours = [] }: PlanInputs): number => 1 + laterHours.length
const energy = { name: 'energy' } as const

/** What so much of the hours' weighed mean comes to, without its sign. */
export function amountSaid(inputs: PlanInputs, weighedKw: number): string {
  const { objective = energy } = inputs
  const hours = hoursOf(inputs)
  const over = hours > 1 ? ` over ${hours} h` : ''
  const amount = Math.abs(weighedKw) * perMeanKw(objective, hours)
  if (objective.name === 'energy') return hours > 1 ? `${amount.toFixed(1)} kWh${over}` : kilowatts(weighedKw)
  return objective.name === 'cost'
    ? `${amount.toFixed(2)} ${currencyOf(inputs)}${over}`
    : `${(amount / 1_000).toFixed(1)} kg of carbon${over}`
}

const currencyOf = ({ of }: PlanInputs): string =>
  of.priors.site.planning?.tariff?.currency ?? 'units of money'

/** Less is 0.0 in words. */
const shownFromKw = 0.05

/** What is lowered, and what in the tariff or the grid decides; empty for the energy of one hour. */
export function objectiveSaid(inputs: PlanInputs, chosen: Verdict): string {
  const { objective = energy } = inputs
  const hours = hoursOf(inputs)
  if (objective.name === 'energy') return hours > 1 ? `Least energy over ${hours} h.` : ''
  const course = courseSaid(inputs, hours)
  if (objective.name === 'carbon') return `Least carbon over ${hours} h${course}.`
  const { demandPerKw, highestSoFarKw } = objective
  const highestKw = Math.max(...chosen.hoursKw)
  const demand =
    demandPerKw === 0 || !Number.isFinite(highestSoFarKw)
      ? ''
      : highestKw > highestSoFarKw + shownFromKw
        ? ` A new highest hour of the month is foreseen, ${kilowatts(highestKw - highestSoFarKw)} above the ${highestSoFarKw.toFixed(0)} kW so far, at ${demandPerKw} ${currencyOf(inputs)}/kW.`
        : ` The month's highest hour stands at ${highestSoFarKw.toFixed(0)} kW; ${highestKw.toFixed(0)} kW is the most that is foreseen.`
  return `Least cost over ${hours} h${course}.${demand}`
}

/** When the worth of a kWh changes next, on the site's clock. */
function courseSaid(inputs: PlanInputs, hours: number): string {
  const { of, hourStartAt } = inputs
  const { site } = of.priors
  const worth = worthOf(site)
  if (!worth) return ''
  const isCost = site.planning?.objective === 'cost'
  const unit = isCost ? currencyOf(inputs) : 'g'
  const said = (value: number) => `${value} ${unit}/kWh`
  const now = worth.at(hourStartAt)
  const endAt = hourStartAt + hours * hour
  let changeAt = hourStartAt - (hourStartAt % quarter) + quarter
  while (changeAt < endAt && worth.at(changeAt) === now) changeAt += quarter
  if (changeAt >= endAt) return `, at ${said(now)} throughout`
  const next = worth.at(changeAt)
  const what = isCost ? "the tariff's dear hours" : 'the grid’s dirty hours'
  return `: ${what} ${next > now ? 'begin' : 'end'} at ${clockSaid(site.timeZone, changeAt)} (${said(next)} instead of ${said(now)})`
}

function clockSaid(timeZone: string, at: Millis): string {
  const { hours, minutes } = zoneClock(timeZone).at(at)
  return [hours, minutes].map(part => String(part).padStart(2, '0')).join(':')
}
