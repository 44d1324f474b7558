import { horizonHoursOf } from '#contract/site/planning.ts'
import type { Site } from '#contract/site/site.ts'
import { hour } from '#contract/units.ts'
import { remembered } from '#hub/planning/remembered.ts'
import type { TargetForecast } from '#models/forecast/forecaster.ts'
import { type Duel, duelOf } from '#models/planning/champion.ts'
import { decideHour } from '#models/planning/decideHour.ts'
import { forecastersFor, hourAhead, type KeptForecasters } from '#models/planning/hourAhead.ts'
import type { Decision } from '#models/planning/planHour.ts'
import { resetCourse, withLeakage } from '#models/planning/resetCourse.ts'
import { unknownsOf } from '#models/planning/unknowns.ts'
import { fitPlant } from '#models/plant/fit.ts'
import type { PlantModel } from '#models/plant/model.ts'
import type { Predictor, Settings } from '#models/plant/predict.ts'
import { nameplatePriors } from '#models/plant/priors.ts'
import { isComplete, type PlantRow, rowMs } from '#models/plant/row.ts'
import { noScore, type OneStepScore, oneStepError, settingsOf } from '#models/plant/score.ts'
import { predict } from '#models/plant/settle.ts'

/** One turn of the heavy part: learn, judge what was learned, look ahead, and (when asked) plan. Plain data in and out. */
export type WorkRequest = {
  readonly site: Site
  readonly rows: readonly PlantRow[]
  /** Older rows, read from the store again: what a thread that begins does not know. */
  readonly recalled?: readonly PlantRow[]
  readonly now: number
  readonly seed: number
  readonly resetApproachK: number
  /** Plan from here; absent: only learn and judge. */
  readonly plan?: {
    readonly hourStartAt: number
    readonly held: Settings
    readonly wetBulbC: number
    readonly dewPointC: number | undefined
    readonly plantIsFree: boolean
    readonly cduIsFree: readonly boolean[]
  }
  /** The model that steers: it stays unless a new one is better on rows that neither has seen. Absent: the new one steers. */
  readonly champion?: { readonly model: PlantModel; readonly isPinned: boolean }
  /** Judge the effect of a plan: rows after this instant are compared with `reset` under the same load and weather. */
  readonly effectSinceAt?: number
}

export type WorkResult = {
  /** The one that steers. */
  readonly model: PlantModel
  /** Absent: there was no champion to judge it by. */
  readonly duel?: Duel
  /** What telemetry has not shown, and what that may cost; absent: not told. */
  readonly unknown?: ReadonlyArray<{
    readonly name: string
    readonly spreadPercent: number
    readonly costKw: number | null
  }>
  readonly score: OneStepScore
  readonly historyHours: number
  readonly wetBulb: TargetForecast | undefined
  readonly itTotal: TargetForecast | undefined
  readonly insideKnownRange: boolean
  readonly decision?: Decision
  readonly effect?: { readonly kw: number; readonly plusMinusKw: number; readonly rows: number }
}

/** What a worker keeps from hour to hour: rows that the hub has let go of, and what is not worked out again each time. */
export type WorkMemory = { rows?: readonly PlantRow[]; forecasters?: KeptForecasters | undefined }

export async function doHourlyWork(request: WorkRequest, memory: WorkMemory = {}): Promise<WorkResult> {
  const priors = nameplatePriors(request.site)
  const rows = remembered(memory.rows ?? [], {
    fresh: request.rows.filter(isComplete),
    recalled: request.recalled ?? [],
    now: request.now,
  })
  memory.rows = rows
  const newestAt = rows.at(-1)?.at ?? 0
  const splitAt = newestAt + rowMs - hour
  const before = rows.filter(row => row.at < splitAt)
  const lastHour = rows.filter(row => row.at >= splitAt)
  const blind: Predictor = { priors, model: await fitPlant(priors, before, { seed: request.seed }) }
  const blindScore = before.length === 0 ? noScore : oneStepError(blind, lastHour)
  const champion = request.champion && { priors, model: request.champion.model }
  const duel = champion && duelOf(champion, blind, lastHour)
  const stays = champion && (request.champion?.isPinned || duel?.winner === 'champion')
  const score = stays && duel && duel.championPercent !== null ? duel.championScore : blindScore
  // Whoever won on unseen rows learns from them too before it steers.
  const of: Predictor = stays
    ? champion
    : { priors, model: await fitPlant(priors, rows, { seed: request.seed }) }
  memory.forecasters = await forecastersFor(memory.forecasters, rows, {
    ...request,
    hours: horizonHoursOf(request.site),
  })
  const ahead = hourAhead(memory.forecasters, rows)
  const decision =
    request.plan && rows.length > 0
      ? decideHour(request.site, of, rows, {
          ...request.plan,
          now: request.now,
          resetApproachK: request.resetApproachK,
          modelSpreadKw: score.spreadKw,
          seed: request.seed,
          forecasters: memory.forecasters,
        })
      : undefined
  return {
    model: of.model,
    ...(duel ? { duel } : {}),
    score,
    historyHours: (rows.length * rowMs) / hour,
    unknown: unknownsOf(of, moveOf(rows, request, decision)),
    wetBulb: ahead.wetBulbC?.mean,
    itTotal: ahead.itKw?.mean,
    insideKnownRange: isInsideKnownRange(blind.model, lastHour),
    ...(decision ? { decision } : {}),
    ...(request.effectSinceAt === undefined
      ? {}
      : effectOf(blind, rows, { sinceAt: request.effectSinceAt, approachK: request.resetApproachK, score })),
  }
}

/** The move that the doubts are weighed by: the hour's own, under the load and weather that stand. */
function moveOf(
  rows: readonly PlantRow[],
  { plan }: WorkRequest,
  decision: Decision | undefined,
): Parameters<typeof unknownsOf>[1] {
  const newest = rows.at(-1)
  if (!newest || !plan || decision?.action !== 'move') return undefined
  return {
    held: plan.held,
    settings: decision.settings,
    conditions: { itKw: newest.cdus.map(cdu => cdu.itKw), wetBulbC: plan.wetBulbC },
  }
}

/** Weather and load of the last hour lie within what the model had seen before, with a little room. */
function isInsideKnownRange(model: PlantModel, rows: readonly PlantRow[]): boolean {
  const inside = (range: readonly [number, number] | null, value: number, room: number) =>
    range !== null && value >= range[0] - room && value <= range[1] + room
  return rows.every(
    row =>
      inside(model.known.wetBulbC, row.wetBulbC, 2) && inside(model.known.itKw, row.itKw, 0.1 * row.itKw),
  )
}

/**
 * Measured facility power since the plan, against what `reset` would have drawn under the same load and weather, by a
 * model that has not seen this hour. Leakage of IT is added as modelled, because no meter sees what was not drawn.
 */
function effectOf(
  of: Predictor,
  rows: readonly PlantRow[],
  at: { sinceAt: number; approachK: number; score: OneStepScore },
): Pick<WorkResult, 'effect'> {
  const differences: number[] = []
  // One hour of plan, every other row: neighbours say the same, and each asks for three hours of reset.
  for (const row of rows
    .filter(one => one.at >= at.sinceAt)
    .slice(0, 12)
    .filter((_, index) => index % 2 === 0)) {
    const settings = settingsOf(row)
    if (!settings) continue
    const conditions = withLeakage(
      of,
      settings,
      { itKw: row.cdus.map(cdu => cdu.itKw), wetBulbC: row.wetBulbC },
      { member: 0, perK: of.model.leakage.perK[0] as number },
    )
    const now = predict(of, 0, settings, conditions)
    const reset = resetCourse(of, conditions, at.approachK)
    const modelIsHighKw = now.nonItKw - (row.facilityKw - row.itKw)
    differences.push(now.facilityKw - modelIsHighKw - reset.facilityKw)
  }
  if (differences.length < 2) return {}
  const kw = differences.reduce((sum, one) => sum + one, 0) / differences.length
  const spread = Math.sqrt(
    differences.reduce((sum, one) => sum + (one - kw) ** 2, 0) / (differences.length - 1),
  )
  // 90 %; neighbouring rows are alike, so no more than half of them counts as independent. What the model is wrong by stays.
  const sampling = spread / Math.sqrt(Math.max(1, differences.length / 2))
  return {
    effect: {
      kw,
      plusMinusKw: 1.645 * Math.hypot(sampling, Math.abs(at.score.biasKw)),
      rows: differences.length,
    },
  }
}
