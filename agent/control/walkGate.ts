import { holderNow } from '#agent/control/drive.ts'
import type { Memory } from '#agent/control/memory.ts'
import type { Output, Station } from '#agent/control/outputs.ts'
import type { Image } from '#agent/image/image.ts'
import { isEconomising } from '#contract/control/bounds.ts'
import {
  hasArrived,
  mayWalk,
  staggerOf,
  type WalkStage,
  walkBackLimits,
  walkStage,
} from '#contract/control/walkBack.ts'

type Walker = {
  readonly output: Output
  readonly held: number
  readonly target: number
  readonly since: number
}

/** Says for each output on its way home whether its turn has come: flow first, warmer water last. */
export function walkGate(
  station: Station,
  image: Image,
  memory: Memory,
): (output: Output, at: { held: number; target: number }) => boolean {
  const walkers = station.outputs.flatMap((output): Walker[] => {
    const own = memory.outputs[output.key]
    if (!own || own.walkingSince === null || own.ramped === null) return []
    const target = holderNow(station, output, own, image.siteAt).value
    return [{ output, held: own.ramped, target, since: own.walkingSince }]
  })
  const towardCooling = walkers.filter(
    ({ output, held, target }) => !isEconomising(output.steered, { from: held, to: target }),
  )
  const arrived = (walker: Walker) =>
    hasArrived({ steered: walker.output.steered, held: walker.held, target: walker.target })
  const stageArrived = (stage: WalkStage) =>
    towardCooling.every(walker => walkStage(walker.output.steered) !== stage || arrived(walker))
  const flowArrived =
    stageArrived(0) && stageArrived(1) && walkers.every(walker => givesAllItCan(image, walker))
  return (output, { held, target }) => {
    const since = memory.outputs[output.key]?.walkingSince ?? image.siteAt
    return mayWalk({
      steered: output.steered,
      held,
      target,
      sinceStartMs: image.siteAt - since,
      staggerMs: staggerOf(output.equipment),
      stageArrived,
      flowArrived,
      colderAsked: stageArrived(2),
    })
  }
}

/**
 * Pressure has followed, or the pumps run at their stop and there is no more of it: with every valve wide open they never
 * reach their setpoint, and water that may not get warmer until they do would keep those valves open for ever.
 */
const givesAllItCan = (image: Image, walker: Walker): boolean =>
  pressureFollows(image, walker) ||
  (image.good(walker.output.equipment, 'pumpSpeed') ?? 0) >= walkBackLimits.pumpAtStopPercent

/** Measured pressure has followed its setpoint; not measured is not arrived. */
export function pressureFollows(
  image: Image,
  { output, target }: { readonly output: Output; readonly target: number },
): boolean {
  if (output.steered.quantity !== 'pressure') return true
  const measured = image.good(output.equipment, 'differentialPressure')
  return measured !== undefined && measured >= walkBackLimits.flowArrivedFraction * target
}
