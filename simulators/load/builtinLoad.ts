import { Failure } from '#contract/failure.ts'
import { type AnySiteFile, loadPlacesOf } from '#contract/site/anySite.ts'
import { minute } from '#contract/units.ts'
import { standardOffsetMs } from '#contract/zoneTime.ts'
import { type Load, type LoadMinute, loadByMinute } from '#simulators/load/load.ts'
import { hashOf, normalAt, smoothNormalAt, uniformAt } from '#simulators/plant/chance.ts'

export const builtinLoads = ['annual', 'ai', 'inference'] as const
export type BuiltinLoad = (typeof builtinLoads)[number]

/** Generators of YARDSTICKS 2; the same seed gives the same load. */
export function builtinLoad(kind: string, site: AnySiteFile, seed: number): Load {
  if (!builtinLoads.includes(kind as BuiltinLoad))
    throw new Failure('LOAD_INVALID', `builtin:${kind}: unknown load; allowed are ${builtinLoads.join(', ')}`)
  const { count: cdus, nameplateKw } = loadPlacesOf(site)
  const make = (fill: Fill, note: string) =>
    loadByMinute({ name: `builtin ${kind}`, cdus, itPerCduKw: nameplateKw, notes: [note], fill })
  switch (kind as BuiltinLoad) {
    case 'annual':
      return make(annual(cdus, seed), 'log-normal load, median 31 % of nameplate, with job steps')
    case 'ai':
      return make(
        ai(cdus, seed),
        'training jobs at 74..93 % of nameplate, hourly two-minute checkpoint dips, swings of seconds about the mean',
      )
    case 'inference':
      return make(
        inference(cdus, seed, standardOffsetMs(site.timeZone) / minute),
        'daily and weekly shape, 35..80 % of nameplate',
      )
  }
}

type Fill = (filled: LoadMinute, minuteNumber: number) => void

/** Median 31 %, σ 0.338 per CDU: 0.316 shared by the site (a slow and a quick part) and 0.12 of its own jobs. */
function annual(cdus: number, seed: number): Fill {
  const slow = hashOf(seed, 'load/annual/slow')
  const quick = hashOf(seed, 'load/annual/quick')
  const jobs = hashesOf(cdus, seed, 'load/annual/jobs')
  return ({ means }, minute) => {
    const shared =
      0.316 * (0.8 * smoothNormalAt(slow, minute, 36 * 60) + 0.6 * smoothNormalAt(quick, minute, 5 * 60))
    for (let cdu = 0; cdu < cdus; cdu++) {
      const job = 0.12 * normalAt(jobs[cdu]!, spellAt(jobs[cdu]!, minute, 3 * 60))
      const noise = 1 + 0.01 * (2 * uniformAt(jobs[cdu]! ^ 0x77, minute) - 1)
      means[cdu] = Math.min(1, 0.31 * Math.exp(shared + job) * noise)
    }
  }
}

/**
 * Jobs of about 16 h on pairs of CDUs; each writes a checkpoint for two minutes an hour, at a minute of its own. Between
 * checkpoints all chips of a job compute and exchange together, which swings its power every 2.5 to 8.6 s by 10 to 30 points of
 * nameplate from trough to crest (less where the crest would pass nameplate). The minute's mean does not know of it.
 */
function ai(cdus: number, seed: number): Fill {
  const jobs = hashesOf(Math.ceil(cdus / 2), seed, 'load/ai/jobs')
  const own = hashesOf(cdus, seed, 'load/ai/own')
  return ({ means, halfSwings, swingsPerMinute }, minute) => {
    const inHour = ((minute % 60) + 60) % 60
    for (let cdu = 0; cdu < cdus; cdu++) {
      const hash = jobs[cdu >> 1]!
      const job = spellAt(hash, minute, 16 * 60)
      const checkpointAt = Math.floor(59 * uniformAt(hash ^ 0x11, job))
      const dips = inHour === checkpointAt || inHour === checkpointAt + 1
      const noise = 0.008 * (2 * uniformAt(own[cdu]!, minute) - 1)
      const level = Math.min(0.93, Math.max(0.74, 0.74 + 0.19 * uniformAt(hash, job) + noise))
      means[cdu] = level - (dips ? 0.1 : 0)
      halfSwings[cdu] = dips ? 0 : Math.min(0.05 + 0.1 * uniformAt(hash ^ 0x22, job), 1 - level)
      swingsPerMinute[cdu] = 7 + Math.floor(18 * uniformAt(hash ^ 0x44, job))
    }
  }
}

function inference(cdus: number, seed: number, offsetMinutes: number): Fill {
  const own = hashesOf(cdus, seed, 'load/inference/own')
  return ({ means }, minute) => {
    const local = minute + offsetMinutes
    const hour = (local / 60) % 24
    // 1970-01-01 was a Thursday: day 2 and 3 of a count that starts there are Saturday and Sunday.
    const isWeekend = [2, 3].includes(Math.floor(local / 1440) % 7)
    const shape = (0.5 + 0.5 * Math.cos((2 * Math.PI * (hour - 15)) / 24)) * (isWeekend ? 0.7 : 1)
    for (let cdu = 0; cdu < cdus; cdu++) {
      const wander = 0.02 * smoothNormalAt(own[cdu]!, minute, 45)
      const noise = 0.01 * (2 * uniformAt(own[cdu]! ^ 0x33, minute) - 1)
      means[cdu] = Math.min(0.8, Math.max(0.35, 0.36 + 0.43 * shape + wander + noise))
    }
  }
}

const hashesOf = (count: number, seed: number, label: string): number[] =>
  Array.from({ length: count }, (_, index) => hashOf(seed, `${label}/${index}`))

/** Number of the spell that holds a minute: spells change once per cell of `lengthMinutes`, at a drawn minute within it. */
function spellAt(hash: number, minute: number, lengthMinutes: number): number {
  const cell = Math.floor(minute / lengthMinutes)
  const changesAt = (cell + uniformAt(hash ^ 0x5bd1, cell)) * lengthMinutes
  return minute >= changesAt ? cell : cell - 1
}
