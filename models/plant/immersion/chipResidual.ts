import type { ImmersionSite } from '#contract/site/immersion.ts'
import {
  type ImmersionMember,
  type ImmersionSettings,
  tankAlone,
} from '#models/plant/immersion/loopAtRest.ts'
import { placesOf } from '#models/plant/learned/places.ts'
import type { RowReader } from '#models/plant/learned/rowReader.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'

/** So many rows tell a spread as well as all do. */
const rowsMost = 2_000
/** Further from its setpoint a tank is not held: that is foretold by other means, not scatter. */
const heldWithinK = 1

/**
 * One standard deviation, K, of the hottest chip in five-minute rows about what the best fit says of the setpoints then in force,
 * by tank; NaN for a tank of which no row tells.
 */
export function hottestResidualsK(
  of: ImmersionMember,
  site: ImmersionSite,
  table: TelemetryTable,
  read: RowReader & { readonly settings: (values: readonly number[]) => ImmersionSettings },
): number[] {
  const places = placesOf(site)
  const column = (key: string | undefined) => table.keys.indexOf(key ?? '')
  const chips = places.map(place => column(place.chipKeys[0]))
  const supplies = places.map(({ id }) => column(`${id}.supplyTemperature`))
  const squares = places.map(() => 0)
  const counts = places.map(() => 0)
  const stride = Math.max(1, Math.ceil(table.rows.length / rowsMost))
  for (let index = 0; index < table.rows.length; index += stride) {
    const row = table.rows[index] as (typeof table.rows)[number]
    const settings = read.settings(read.leverValues(row))
    const conditions = read.conditions(row)
    for (const tank of places.keys()) {
      const { supplyC, riseK } = tankAlone(of, tank, settings, conditions)
      const missedK = (row.values[chips[tank] as number] as number) - supplyC - riseK
      const awayK = Math.abs((row.values[supplies[tank] as number] as number) - supplyC)
      if (!(awayK < heldWithinK) || !Number.isFinite(missedK)) continue
      squares[tank] = (squares[tank] as number) + missedK ** 2
      counts[tank] = (counts[tank] as number) + 1
    }
  }
  return squares.map((sum, tank) => Math.sqrt(sum / (counts[tank] as number)))
}
