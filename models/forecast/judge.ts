import { type Coverage, coverageOf } from '#models/forecast/coverage.ts'
import type { FitOptions, ForecastMethodName } from '#models/forecast/methods.ts'
import { type Ledger, ledgerOf, type RegularSeries, type Target } from '#models/forecast/regularSeries.ts'
import {
  chosenFrom,
  joined,
  meanAbsoluteErrorOf,
  type Rolled,
  rollOver,
  skillOf,
  standingBefore,
} from '#models/forecast/rolling.ts'

/** How one target was foretold, measured on origins that took no part in the choice. */
export type Judgement = {
  readonly target: Target
  /** Best on the origins of the choice. */
  readonly chosen: ForecastMethodName
  /** Persistence where the chosen method has no skill on the origins that were judged. */
  readonly used: ForecastMethodName
  /** Of the method that is used. */
  readonly meanAbsoluteError: number
  readonly skill: number
  readonly persistenceError: number
  readonly candidates: readonly {
    readonly method: ForecastMethodName
    readonly meanAbsoluteError: number
    readonly skill: number
  }[]
  readonly origins: number
  /** Origins that the choice was made on. */
  readonly choiceOrigins: number
  readonly coverage: Coverage
}

/** Origins are thinned evenly to about `originsMost`. */
export type JudgeOptions = FitOptions & { readonly originsMost: number }

/** Refits within the judged stretch: a living forecaster learns on, too. */
const judgedBlocks = 2

/**
 * Rolling origin, chronological: methods learn on the first part of the history, the choice is made on the second, and the last
 * part judges it after learning again. Nothing is foretold from rows after its origin.
 */
export async function judgeForecasts(
  series: RegularSeries,
  targets: readonly Target[],
  options: JudgeOptions,
): Promise<Judgement[]> {
  const ledger = ledgerOf(series)
  const { chooseFrom, judgeFrom } = partsOf(ledger, targets)
  const choices = await rollOver(
    ledger,
    targets,
    {
      fitUntil: chooseFrom,
      originUntil: judgeFrom,
      truthUntil: judgeFrom,
      originsMost: options.originsMost / 2,
    },
    options,
  )
  const standing = await standingBefore(ledger, targets, judgeFrom - 1, options.originsMost / 2)
  const blocks: Rolled[][] = []
  for (let block = 0; block < judgedBlocks; block++) {
    const edge = (place: number) => judgeFrom + Math.round((place / judgedBlocks) * (ledger.rows - judgeFrom))
    blocks.push(
      await rollOver(
        ledger,
        targets,
        {
          fitUntil: edge(block),
          originUntil: edge(block + 1) - 1,
          truthUntil: ledger.rows,
          originsMost: options.originsMost / judgedBlocks,
        },
        options,
      ),
    )
  }
  return targets.map((target, index) =>
    judgementOf(target, {
      standing: standing[index] as Rolled,
      choice: choices[index] as Rolled,
      judged: joined(blocks.map(block => block[index] as Rolled)),
    }),
  )
}

/** Borders of learning, choice and judgement; in a short history long horizons leave judgement its share first. */
function partsOf(ledger: Ledger, targets: readonly Target[]): { chooseFrom: number; judgeFrom: number } {
  const { rows } = ledger
  const longest = Math.max(...targets.map(target => target.leadRows))
  const judgeFrom = Math.floor(Math.min(0.65 * rows, Math.max(0.4 * rows, 0.9 * rows - longest)))
  return { chooseFrom: Math.floor(0.6 * judgeFrom), judgeFrom }
}

function judgementOf(
  target: Target,
  parts: { readonly standing: Rolled; readonly choice: Rolled; readonly judged: Rolled },
): Judgement {
  const { choice, judged } = parts
  const chosen = chosenFrom(choice, target)
  const used = skillOf(judged, chosen) > 0 ? chosen : 'persistence'
  const before = used === 'persistence' ? parts.standing : choice
  return {
    target,
    chosen,
    used,
    meanAbsoluteError: meanAbsoluteErrorOf(judged, used),
    skill: skillOf(judged, used),
    persistenceError: meanAbsoluteErrorOf(judged, 'persistence'),
    candidates: [...judged.said.keys()].map(method => ({
      method,
      meanAbsoluteError: meanAbsoluteErrorOf(judged, method),
      skill: skillOf(judged, method),
    })),
    origins: judged.origins.length,
    choiceOrigins: choice.origins.length,
    coverage: coverageOf(joined([before, judged]), target, used, judged.origins[0] ?? Number.NaN),
  }
}
