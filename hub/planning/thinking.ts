import { resetApproachOf } from '#contract/control/reset.ts'
import { isFailure, sentenceOf } from '#contract/failure.ts'
import type { WorkResult } from '#hub/planning/hourlyWork.ts'
import type { ModelShelf } from '#hub/planning/modelShelf.ts'
import type { PlanningOptions } from '#hub/planning/options.ts'
import type { Present } from '#hub/planning/present.ts'
import type { PlanningWorker } from '#hub/planning/workerThread.ts'
import type { HoldName } from '#models/planning/ladder.ts'
import { wrongWith } from '#models/planning/soundness.ts'
import type { PlantRow } from '#models/plant/row.ts'

/** A piece of work, or why there is none: a planner that hangs, throws or talks nonsense is heard out and not believed. */
export type Thought =
  | { readonly result: WorkResult }
  | {
      readonly result?: never
      readonly failed: Extract<HoldName, 'deadline' | 'crash' | 'nonsense'>
      readonly why: string
    }

export type ThoughtRequest = {
  readonly rows: readonly PlantRow[]
  /** Older rows for the thread to remember. */
  readonly recalled?: readonly PlantRow[]
  readonly now: number
  /** Decide from here; absent: only learn and judge. */
  readonly present?: Present | undefined
  /** When the plan was made whose effect is to be told. */
  readonly effectSinceAt?: number | undefined
}

export async function think(
  options: Pick<PlanningOptions, 'site' | 'deadlineMs' | 'resetApproachK' | 'seed'>,
  by: { readonly worker: PlanningWorker; readonly shelf: ModelShelf },
  { rows, recalled = [], now, present, effectSinceAt }: ThoughtRequest,
): Promise<Thought> {
  const { site, deadlineMs, resetApproachK = resetApproachOf(site), seed = 1 } = options
  const champion = by.shelf.champion()
  const held = present?.held
  try {
    const result = await by.worker.run(
      {
        site,
        rows,
        recalled,
        now,
        seed,
        resetApproachK,
        ...(champion ? { champion } : {}),
        ...(present && held
          ? {
              plan: {
                hourStartAt: now,
                held,
                wetBulbC: present.wetBulbC as number,
                dewPointC: present.dewPointC,
                plantIsFree: present.plantIsFree,
                cduIsFree: present.cduIsFree,
              },
            }
          : {}),
        ...(effectSinceAt === undefined ? {} : { effectSinceAt }),
      },
      deadlineMs,
    )
    const wrong = wrongWithResult(result, present && held ? { ...present, site, held } : undefined)
    return wrong === undefined
      ? { result }
      : { failed: 'nonsense', why: `what the planner says makes no sense: ${wrong}` }
  } catch (cause) {
    const isLate = isFailure(cause) && cause.code === 'DEADLINE_PASSED'
    return { failed: isLate ? 'deadline' : 'crash', why: sentenceOf(cause) }
  }
}

function wrongWithResult(
  result: WorkResult,
  asked: Parameters<typeof wrongWith>[1] | undefined,
): string | undefined {
  const { score, model } = result
  if (!model || !score) return 'it has no model, or nothing to judge it by'
  if (score.errorPercent !== null && !(score.errorPercent >= 0)) return `its error is ${score.errorPercent} %`
  return asked && result.decision ? wrongWith(result.decision, asked) : undefined
}
