import { day, hour } from '#contract/units.ts'
import type { ChannelName, Conditions } from '#models/audit/channels.ts'

/** Sound days before and after that lend their values, each side. */
const daysEachSide = 3
/** Further away the season is another. */
const reachDays = 21

/**
 * Values for rows that lack some inputs: the mean of the same hour on the nearest sound days of the same kind (working day or
 * weekend), before and after. Inputs only, never the target. Rows whose neighbours lack them too stay NaN.
 */
export function filledFromNeighbours(
  conditions: Conditions,
  at: Float64Array,
  task: { readonly names: readonly ChannelName[]; readonly rows: readonly number[] },
): Conditions {
  const channels = new Map(conditions.channels)
  const away = new Set(task.rows)
  for (const name of task.names) {
    const channel = conditions.channels.get(name)!
    const lender = hourlyProfile(conditions, at, { values: channel.values, away })
    const values = channel.values.slice()
    for (const row of task.rows) values[row] = lender(row)
    channels.set(name, { ...channel, values })
  }
  return { ...conditions, channels }
}

/** Mean of an hour by its number since 1970, and what the neighbours of a row's hour say. */
function hourlyProfile(
  conditions: Conditions,
  at: Float64Array,
  given: { readonly values: Float64Array; readonly away: ReadonlySet<number> },
): (row: number) => number {
  const hours = new Map<number, { sum: number; rows: number; weekend: boolean }>()
  given.values.forEach((value, row) => {
    if (!Number.isFinite(value) || given.away.has(row)) return
    const index = Math.floor(at[row]! / hour)
    const own = hours.get(index) ?? { sum: 0, rows: 0, weekend: isWeekend(conditions, row) }
    own.sum += value
    own.rows++
    hours.set(index, own)
  })
  return row => {
    const index = Math.floor(at[row]! / hour)
    const lent = [-1, 1].flatMap(side => {
      const side24: number[] = []
      for (let days = 1; days <= reachDays && side24.length < daysEachSide; days++) {
        const found = hours.get(index + side * days * (day / hour))
        if (found && found.weekend === isWeekend(conditions, row)) side24.push(found.sum / found.rows)
      }
      return side24
    })
    return lent.length === 0 ? Number.NaN : lent.reduce((sum, value) => sum + value, 0) / lent.length
  }
}

const isWeekend = ({ weekday }: Conditions, row: number): boolean => weekday[row] === 0 || weekday[row] === 6
