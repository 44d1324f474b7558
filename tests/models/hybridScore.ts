import { hybridKind } from '#contract/control/levers/hybrid.ts'
import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import { hour } from '#contract/units.ts'
import type { LearnedOutcome, LearnedPlant } from '#models/plant/learned/learnedPlant.ts'
import { placesOf } from '#models/plant/learned/places.ts'
import { rowReader } from '#models/plant/learned/rowReader.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'
import { rowMs } from '#models/plant/row.ts'

/** Hourly means against the meters: root mean square and mean of the error, per cent of the mean (ASHRAE Guideline 14). */
export type Fit = { readonly meanKw: number; readonly cvPercent: number; readonly nmbePercent: number }

const metered = {
  cduPumps: 'meter-cdu-pumps',
  facilityPumps: 'meter-facility-pumps',
  chillers: 'meter-chillers',
  crahs: 'meter-crahs',
  towerFans: 'meter-tower-fans',
  towerPumps: 'meter-tower-pumps',
} as const
type PartName = keyof typeof metered
const partNames = Object.keys(metered) as PartName[]

const rowsPerHour = hour / rowMs

/**
 * What a learned plant says of the rows from `seen` on, which it has not learned from, hour by hour, from the settings, loads and
 * weather then in force. `followed`: told how machines stand as each hour begins, by the rows before it. `atRest`: told in each row
 * whether a machine runs.
 */
export function scoreOf(
  site: HybridSite,
  learned: LearnedPlant,
  { keys, rows: all }: TelemetryTable,
  seen: number,
  how: 'followed' | 'atRest',
): Record<PartName | 'nonIt' | 'losses', Fit> & { readonly chipMaeK: number } {
  const reader = rowReader(site, hybridKind(site).levers, keys)
  const columns = new Map(keys.map((key, column) => [key, column]))
  const places = placesOf(site)
  const hours = new Map<number, { truth: number[]; said: number[]; rows: number }>()
  let chipErrorK = 0
  const rows = all.slice(seen)
  const outcomes: LearnedOutcome[] = []
  for (let from = seen; from < all.length; from += rowsPerHour) {
    const told = all.slice(from, from + rowsPerHour).map(row => {
      const { areChillersOn, ...outside } = reader.conditions(row)
      const conditions =
        how === 'atRest' && areChillersOn !== undefined ? { ...outside, areChillersOn } : outside
      return { values: reader.leverValues(row), conditions }
    })
    outcomes.push(
      ...(how === 'followed'
        ? learned.follow!({ keys, rows: all.slice(0, from) }, told)
        : told.map(({ values, conditions }) => learned.predict(0, values, conditions))),
    )
  }
  for (const [index, row] of rows.entries()) {
    const value = (key: string) => row.values[columns.get(key) as number] as number
    const outcome = outcomes[index]!
    const nonItKw = reader.facilityKw(row) - reader.itMeterKw(row)
    const parts = partNames.map(part => value(`${metered[part]}.activePower`))
    const truth = [nonItKw, ...parts, nonItKw - parts.reduce((sum, kw) => sum + kw, 0)]
    const said = [
      outcome.facilityKw - outcome.itKw,
      ...partNames.map(part => outcome.partsKw[part] as number),
      outcome.lossesKw,
    ]
    const slot = Math.floor(row.at / hour)
    const sums = hours.get(slot) ?? { truth: truth.map(() => 0), said: said.map(() => 0), rows: 0 }
    truth.forEach((kw, i) => {
      sums.truth[i]! += kw
      sums.said[i]! += said[i] as number
    })
    sums.rows++
    hours.set(slot, sums)
    for (const [place, { chipKeys }] of places.entries())
      chipErrorK += Math.abs((outcome.hottestC[place] as number) - Math.max(...chipKeys.map(value)))
  }
  const fits = [...partNames.keys(), partNames.length, partNames.length + 1].map(i =>
    fitOf([...hours.values()], i),
  )
  return {
    ...(Object.fromEntries(partNames.map((part, i) => [part, fits[i + 1]])) as Record<PartName, Fit>),
    nonIt: fits[0] as Fit,
    losses: fits.at(-1) as Fit,
    chipMaeK: chipErrorK / rows.length / places.length,
  }
}

function fitOf(hours: ReadonlyArray<{ truth: number[]; said: number[]; rows: number }>, i: number): Fit {
  const mean = (pick: (hour: (typeof hours)[number]) => number) =>
    hours.reduce((sum, one) => sum + pick(one), 0) / hours.length
  const errorKw = (one: (typeof hours)[number]) =>
    ((one.said[i] as number) - (one.truth[i] as number)) / one.rows
  const meanKw = mean(one => (one.truth[i] as number) / one.rows)
  return {
    meanKw,
    cvPercent: (100 * Math.sqrt(mean(one => errorKw(one) ** 2))) / meanKw,
    nmbePercent: (100 * mean(errorKw)) / meanKw,
  }
}
