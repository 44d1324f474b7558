import { textOfFile } from '#commands/csvText.ts'
import { readTable } from '#commands/forecast/readTable.ts'
import { type HistoryOptions, historyColumns } from '#commands/savings/options.ts'
import { Failure } from '#contract/failure.ts'
import { hour, type Millis } from '#contract/units.ts'
import type { AdjustedSaving, Judged } from '#models/savings/adjusted.ts'
import { type Claim, savingsSplit } from '#models/savings/claim.ts'
import { type ProposedEvent, proposedEvents } from '#models/savings/events.ts'
import type { MeteredHour } from '#models/savings/hours.ts'
import type { LeakageSaving } from '#models/savings/leakage.ts'
import { type HourlyWorth, type Valued, valued } from '#models/savings/valued.ts'

/** What the command prints for a site's own history. */
export type HistoryJson = {
  readonly history: string
  readonly claim: Claim
  readonly cooling: QuantityJson
  readonly losses: QuantityJson | null
  readonly water: QuantityJson | null
  readonly itLeakage: LeakageSaving | null
  readonly cost: Valued | null
  readonly carbon: Valued | null
  readonly events: HistoryOptions['events']
  /** Days on which something seems to have moved for good: for a person to look at; nothing was left out for them. */
  readonly proposedEvents: readonly ProposedEvent[]
}

type QuantityJson = {
  readonly refused: readonly string[] | null
  readonly saving: Omit<AdjustedSaving, 'byHour'> | null
  readonly baseline: Omit<Judged['baseline'], 'factor' | 'shape' | 'coefficients'>
}

export function judgeHistory(options: HistoryOptions): HistoryJson {
  const hours = hoursOf(options)
  const before = hours.filter(one => one.at < options.fromAt)
  const reporting = hours.filter(one => one.at >= options.fromAt && one.at < options.toAt)
  for (const [name, part] of [
    ['before', before],
    ['from', reporting],
  ] as const)
    if (part.length === 0)
      throw new Failure(
        'CONFIG_INVALID',
        `${options.history}: no hours ${name} ${new Date(options.fromAt).toISOString()}; the file holds ${spanText(hours)}`,
      )
  const split = savingsSplit({ before, reporting, events: options.events })
  const saving = split.cooling.refused ? undefined : split.cooling.saving
  const worth = (path: string | undefined) =>
    path === undefined || !saving ? null : (valued(saving, worthOf(path)) ?? null)
  return {
    history: options.history,
    claim: split.claim,
    cooling: quantityJson(split.cooling),
    losses: split.losses ? quantityJson(split.losses) : null,
    water: split.water ? quantityJson(split.water) : null,
    itLeakage: split.itLeakage ?? null,
    cost: worth(options.price),
    carbon: worth(options.carbon),
    events: options.events,
    proposedEvents: proposedEvents({ baseline: split.cooling.baseline, before, reporting }),
  }
}

function quantityJson(judged: Judged): QuantityJson {
  const { factor: _factor, shape: _shape, coefficients: _coefficients, ...baseline } = judged.baseline
  if (judged.refused) return { refused: judged.refused, saving: null, baseline }
  const { byHour: _byHour, ...saving } = judged.saving
  return { refused: null, saving, baseline }
}

/** Rows of an hour; rows that are finer are refused rather than added up: energy may stand in them as power. */
function hoursOf({ history, columns }: HistoryOptions): MeteredHour[] {
  const text = textOfFile(history)
  const header = text
    .slice(0, text.indexOf('\n'))
    .split(/[,;\t]/)
    .map(cell => cell.trim())
  const needed = ['coolingKwh', 'itKwh', 'wetBulbC']
  const tables = historyColumns
    .filter(name => needed.includes(name) || header.includes(columns[name] as string))
    .map(name => ({ name, ...readTable(history, text, columns[name]) }))
  const at = tables[0]?.at ?? []
  const hours = Array.from(at, (time, row) => ({
    at: time,
    ...Object.fromEntries(tables.map(table => [table.name, table.values[row]])),
  })) as MeteredHour[]
  hours.sort((a, b) => a.at - b.at)
  hours.forEach((one, row) => {
    const step = row === 0 ? hour : one.at - (hours[row - 1] as MeteredHour).at
    if (step < hour)
      throw new Failure(
        'CONFIG_INVALID',
        `${history}: ${new Date(one.at).toISOString()} comes ${step / 60_000} min after the row before it; allowed are rows of one hour`,
      )
  })
  return hours
}

const spanText = (hours: readonly MeteredHour[]): string =>
  hours.length === 0
    ? 'none'
    : `${new Date((hours[0] as MeteredHour).at).toISOString()} to ${new Date((hours.at(-1) as MeteredHour).at).toISOString()}`

/** The one column besides the time: eur_per_MWh, gCO2_per_kWh and the like. */
function worthOf(path: string): HourlyWorth {
  const text = textOfFile(path)
  const table = readTable(path, text, undefined)
  const name = table.column
  const perMwh = /_per_MWh$/i.test(name)
  if (!perMwh && !/_per_kWh$/i.test(name))
    throw new Failure(
      'CONFIG_INVALID',
      `${path}, line 1: column "${name}" must end in _per_kWh or _per_MWh, such as eur_per_MWh`,
    )
  const byHour = new Map<Millis, number>()
  table.at.forEach((at, row) => {
    byHour.set(Math.floor(at / hour) * hour, (table.values[row] as number) / (perMwh ? 1000 : 1))
  })
  return {
    unit: name.replace(/_per_[kM]Wh$/i, ''),
    perKwh: at => byHour.get(Math.floor(at / hour) * hour) ?? Number.NaN,
  }
}

export function historySummary(json: HistoryJson): string {
  const valueText = (what: string, one: Valued | null) =>
    one ? [`${what}: ${one.saved.toFixed(0)} ± ${one.plusMinus.at90.toFixed(0)} ${one.unit} (90 %).`] : []
  return [
    json.claim.sentence,
    ...valueText('Cost', json.cost),
    ...valueText('Carbon', json.carbon),
    ...json.proposedEvents.map(
      one =>
        `Look at ${new Date(one.at).toISOString().slice(0, 10)}: what load and weather do not explain moved by ${(100 * one.stepShare).toFixed(1)} %. Declare it with --event if it was none of the intervention.`,
    ),
    '',
  ].join('\n')
}
