import type { AnySiteFile } from '#contract/site/anySite.ts'
import type { Millis } from '#contract/units.ts'
import { builtinLoad } from '#simulators/load/builtinLoad.ts'
import { dayScaled } from '#simulators/load/dayScaled.ts'
import type { Load } from '#simulators/load/load.ts'
import { readLoadCsv } from '#simulators/load/loadCsv.ts'

/**
 * Load by name: `builtin:annual`, `builtin:ai`, `builtin:inference`, the path of a CSV, or `bench:` and the path of a CSV, whose
 * days are then scaled by 0.90 to 1.05 (the `bench` load of the yardsticks is the Frontier trace read so).
 */
export function openLoad(
  nameOrPath: string,
  options: { site: AnySiteFile; seed: number; startAt: Millis },
): Load {
  const { site, seed, startAt } = options
  if (nameOrPath.startsWith('builtin:')) return builtinLoad(nameOrPath.slice('builtin:'.length), site, seed)
  if (nameOrPath.startsWith('bench:'))
    return dayScaled(readLoadCsv(nameOrPath.slice('bench:'.length), site, seed, startAt), site, seed)
  return readLoadCsv(nameOrPath, site, seed, startAt)
}
