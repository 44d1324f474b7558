import { type Bounds, clamp } from '#contract/control/bounds.ts'
import { guardLimits } from '#contract/control/guard.ts'
import type { Lever } from '#contract/control/levers/lever.ts'
import { isSwitch, leverReach } from '#contract/control/levers/leverRamp.ts'
import type { AnySite } from '#contract/site/anySite.ts'
import type { LeverRole } from '#models/planning/levers/roles.ts'
import type { LearnedPlant } from '#models/plant/learned/learnedPlant.ts'

export type ReachQuestion = {
  readonly site: AnySite
  readonly levers: readonly Lever[]
  readonly roles: readonly LeverRole[]
  readonly held: readonly number[]
  readonly durationMs: number
  /** Highest dew point of the white space; undefined: unknown, nothing that sweats is lowered. */
  readonly dewPointC: number | undefined
  readonly isFree: readonly boolean[]
  readonly known: LearnedPlant['known']
}

/** What bounds a lever's end of reach, for the words of the decision. */
export type LeverReach = Bounds & { readonly unfamiliar: 'lowest' | 'highest' | undefined }

/**
 * One step beyond what telemetry has shown is taken, no further: there a model extrapolates by its equations, and the next
 * hours show whether it was right.
 */
const stepBeyond = { temperatureK: 1.5, shareOfCommissioned: 0.1, flowPercent: 10 } as const

/** Where each lever may stand after `durationMs`: bounds, ramps, dew point, what telemetry has shown. Held is always inside. */
export const leverReaches = (question: ReachQuestion): LeverReach[] =>
  question.levers.map((lever, place) => reachOne(question, lever, place))

function reachOne(question: ReachQuestion, lever: Lever, place: number): LeverReach {
  const held = question.held[place] as number
  if (!question.isFree[place]) return { lowest: held, highest: held, unfamiliar: undefined }
  const { down, up } = leverReach(lever, question.durationMs)
  const ramped = { lowest: clamp(held - down, lever), highest: clamp(held + up, lever) }
  const familiar = isSwitch(lever) ? undefined : familiarOf(lever, question.known?.[place])
  const lowest = familiar ? Math.max(ramped.lowest, Math.min(familiar.lowest, held)) : ramped.lowest
  const highest = familiar ? Math.min(ramped.highest, Math.max(familiar.highest, held)) : ramped.highest
  const floor = dewPointFloor(question, place, held)
  return {
    lowest: floor === undefined ? lowest : clamp(Math.max(lowest, floor), lever),
    highest: floor === undefined ? highest : Math.max(highest, clamp(floor, lever)),
    unfamiliar: lowest > ramped.lowest ? 'lowest' : highest < ramped.highest ? 'highest' : undefined,
  }
}

function familiarOf(lever: Lever, known: readonly [number, number] | null | undefined): Bounds | undefined {
  if (known === undefined) return undefined
  // Never seen moving: only from where it stands.
  const [lowest, highest] = known ?? [lever.commissioned, lever.commissioned]
  const step =
    lever.unit === 'C'
      ? stepBeyond.temperatureK
      : lever.unit === '%'
        ? stepBeyond.flowPercent
        : stepBeyond.shareOfCommissioned * lever.commissioned
  return { lowest: lowest - step, highest: highest + step }
}

function dewPointFloor(question: ReachQuestion, place: number, held: number): number | undefined {
  const pipe = question.roles[place]?.pipe
  if (pipe === undefined || question.site.coolant.insulatedPipes.includes(pipe)) return undefined
  return question.dewPointC === undefined ? held : question.dewPointC + guardLimits.dewPointMarginK
}

/** Nothing toward less cooling. */
export const towardCoolingOnly = (lever: Lever, reach: LeverReach, held: number): LeverReach =>
  lever.economising === 'up'
    ? { ...reach, highest: Math.max(reach.lowest, Math.min(reach.highest, held)) }
    : { ...reach, lowest: Math.min(reach.highest, Math.max(reach.lowest, held)) }
