import type { AnySiteFile } from '#contract/site/anySite.ts'
import type { Millis } from '#contract/units.ts'
import { builtinLoad } from '#simulators/load/builtinLoad.ts'
import type { Load } from '#simulators/load/load.ts'
import { readLoadCsv } from '#simulators/load/loadCsv.ts'

/** Load by name: `builtin:annual`, `builtin:ai`, `builtin:inference`, or the path of a CSV. */
export function openLoad(
  nameOrPath: string,
  options: { site: AnySiteFile; seed: number; startAt: Millis },
): Load {
  const { site, seed, startAt } = options
  return nameOrPath.startsWith('builtin:')
    ? builtinLoad(nameOrPath.slice('builtin:'.length), site, seed)
    : readLoadCsv(nameOrPath, site, seed, startAt)
}
