import { boundsOf, sameWithin } from '#contract/control/bounds.ts'
import type { Site } from '#contract/site/site.ts'
import { hour } from '#contract/units.ts'
import { type MoveName, moveNames, type Reach, reachOf, steeredOf } from '#models/planning/limits.ts'
import { type Decision, type Move, settingAt } from '#models/planning/planHour.ts'
import type { Settings } from '#models/plant/predict.ts'

/** What a decision was asked from: what was held, and what might be moved. */
export type SoundnessQuestion = {
  readonly site: Site
  readonly held: Settings
  readonly dewPointC: number | undefined
  readonly plantIsFree: boolean
  readonly cduIsFree: readonly boolean[]
}

/**
 * Whether a decision may become leases: every free setpoint once and no other, finite, inside bounds, no further than an
 * hour's ramp. The first thing that is wrong, in words; undefined: nothing. A planner is never believed unread.
 */
export function wrongWith(decision: Decision, question: SoundnessQuestion): string | undefined {
  const { site, held } = question
  if (!Array.isArray(decision.moves)) return 'it has no moves'
  const wanted = placesOf(question)
  if (decision.moves.length !== wanted.size)
    return `it has ${decision.moves.length} moves where ${wanted.size} setpoints are free`
  const figures = [
    decision.againstHold?.medianKw,
    decision.againstHold?.savingShare,
    decision.againstResetKw,
    ...(decision.chipPeakC ?? [Number.NaN]),
    ...(decision.expectedCurve ?? []).flatMap(point => [
      point.coolingKw,
      point.resetKw,
      point.lowKw,
      point.highKw,
    ]),
  ]
  if (!figures.every(Number.isFinite)) return 'what it expects is not a number'
  const reach = reachOf({ ...question, durationMs: hour })
  for (const move of decision.moves) {
    const place = `${move.name}${move.cdu < 0 ? '' : ` of CDU ${move.cdu + 1}`}`
    if (!wanted.delete(keyOf(move.name, move.cdu))) return `it moves ${place}, which is not free, or twice`
    const wrong = wrongWithMove(move, { site, held, reach })
    if (wrong !== undefined) return `${place} ${wrong}`
  }
  return undefined
}

const keyOf = (name: string, cdu: number): string => `${name}/${cdu}`
const isOfCdu = (name: MoveName): name is 'cduSupplyC' | 'cduDpKpa' =>
  name === 'cduSupplyC' || name === 'cduDpKpa'

function placesOf({ plantIsFree, cduIsFree }: SoundnessQuestion): Set<string> {
  const freeCdus = cduIsFree.flatMap((isFree, cdu) => (isFree ? [cdu] : []))
  return new Set(
    moveNames.flatMap(name => {
      if (isOfCdu(name)) return freeCdus.map(cdu => keyOf(name, cdu))
      return plantIsFree ? [keyOf(name, -1)] : []
    }),
  )
}

function wrongWithMove(
  move: Move,
  at: { readonly site: Site; readonly held: Settings; readonly reach: Reach },
): string | undefined {
  const { name, cdu, value, before } = move
  const steered = steeredOf[name]
  const slack = sameWithin(steered)
  const bounds = boundsOf(at.site, steered)
  const reach = isOfCdu(name) ? at.reach[name][cdu] : at.reach[name]
  const heldValue = settingAt(at.held, name, cdu)
  if (!Number.isFinite(value)) return `is asked to stand at ${value}`
  if (!(Math.abs(before - heldValue) <= slack)) return `is believed at ${before} and stands at ${heldValue}`
  if (value < bounds.lowest - slack || value > bounds.highest + slack)
    return `is asked to stand at ${value}, outside ${bounds.lowest.toFixed(1)} to ${bounds.highest.toFixed(1)}`
  if (!reach || value < reach.lowest - slack || value > reach.highest + slack)
    return `is asked to go from ${heldValue} to ${value}, further than an hour’s ramp`
  if (typeof move.why !== 'string' || move.why === '') return 'is moved without a reason'
  return undefined
}
