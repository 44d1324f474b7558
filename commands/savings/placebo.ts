import { Worker } from 'node:worker_threads'
import { progressLine } from '#commands/backtest/progress.ts'
import type { PlaceboOptions } from '#commands/savings/options.ts'
import type { PlaceboAnswer, PlaceboWork } from '#commands/savings/placeboWork.ts'
import type { UntouchedRun } from '#commands/savings/plantHours.ts'
import { Failure } from '#contract/failure.ts'
import { day } from '#contract/units.ts'
import type { PlaceboPeriod } from '#models/savings/placebo.ts'
import { quantile, sortedCopy } from '#models/savings/statistics.ts'
import { builtinLoads } from '#simulators/load/builtinLoad.ts'
import { builtinCities } from '#simulators/weather/builtinWeather.ts'

/** What the command prints. */
export type PlaceboJson = {
  readonly site: string
  readonly seed: number
  readonly weeks: number
  readonly baselineWeeks: number
  readonly periods: number
  readonly judged: number
  readonly refused: number
  /** Of the judged periods, as shares of the adjusted cooling energy. */
  readonly halfWidth90: { readonly median: number; readonly in90Percent: number; readonly most: number }
  readonly injections: ReadonlyArray<{
    readonly share: number
    readonly covered68: number
    readonly covered90: number
    readonly zeroInside: number
    readonly zeroExcluded: number
    readonly meanTrueShare: number
    readonly meanFoundShare: number
  }>
  readonly runs: ReadonlyArray<
    Pick<UntouchedRun, 'city' | 'load' | 'seed'> & { readonly periods: readonly PlaceboPeriod[] }
  >
}

/** A site lives its baseline and a year of periods, or at least one. */
const judgedWeeks = 52

export async function runPlacebo(options: PlaceboOptions): Promise<PlaceboJson> {
  const works = worksOf(options)
  const progress = progressLine()
  const weeksOfAll = works.reduce((sum, work) => sum + work.run.weeks, 0)
  let weeksDone = 0
  const results: PlaceboPeriod[][] = works.map(() => [])
  let next = 0
  const thread = async (): Promise<void> => {
    const worker = new Worker(new URL('./placeboWork.ts', import.meta.url))
    try {
      while (next < works.length) {
        const index = next++
        results[index] = await answerOf(worker, works[index] as PlaceboWork, () => {
          weeksDone++
          progress.tell(`${works.length} sites, weeks lived`, weeksDone / weeksOfAll)
        })
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.jobs, works.length) }, thread))
  progress.end()
  return jsonOf(options, works, results)
}

/** Cities and loads in turn, each site with a seed and a start of its own. */
function worksOf(options: PlaceboOptions): PlaceboWork[] {
  const { baselineWeeks, weeks, shares, site, seed } = options
  const each = Math.max(1, Math.floor(judgedWeeks / weeks))
  return Array.from({ length: Math.ceil(options.periods / each) }, (_, index) => {
    const periods = Math.min(each, options.periods - index * each)
    return {
      run: {
        site,
        city: builtinCities[index % builtinCities.length] as string,
        load: `builtin:${builtinLoads[index % builtinLoads.length]}`,
        seed: 1000 * seed + index + 1,
        // 37 days on at each site: within ten sites every season is a start.
        fromAt: Date.UTC(2024, 0, 1) + ((37 * index) % 364) * day,
        weeks: baselineWeeks + periods * weeks,
      },
      baselineWeeks,
      weeks,
      periods,
      shares,
    }
  })
}

function answerOf(worker: Worker, work: PlaceboWork, onWeek: () => void): Promise<PlaceboPeriod[]> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      worker.off('message', answered)
      worker.off('error', crashed)
      worker.off('exit', exited)
      act()
    }
    const answered = (answer: PlaceboAnswer) => {
      if ('weeksDone' in answer) onWeek()
      else if ('periods' in answer) settle(() => resolve([...answer.periods]))
      else
        settle(() =>
          reject(answer.isFailure ? new Failure('CONFIG_INVALID', answer.failed) : new Error(answer.failed)),
        )
    }
    const crashed = (cause: unknown) => settle(() => reject(cause))
    const exited = (code: number) =>
      settle(() => reject(new Failure('CHILD_FAILED', `a placebo's thread ended with ${code}`)))
    worker.on('message', answered)
    worker.on('error', crashed)
    worker.on('exit', exited)
    worker.postMessage(work)
  })
}

function jsonOf(
  options: PlaceboOptions,
  works: readonly PlaceboWork[],
  results: ReadonlyArray<readonly PlaceboPeriod[]>,
): PlaceboJson {
  const all = results.flat()
  const judged = all.filter(period => period.injections !== undefined)
  const widths = sortedCopy(judged.map(period => period.halfWidthShare90 as number))
  return {
    site: options.site,
    seed: options.seed,
    weeks: options.weeks,
    baselineWeeks: options.baselineWeeks,
    periods: all.length,
    judged: judged.length,
    refused: all.length - judged.length,
    halfWidth90: {
      median: rounded(quantile(widths, 0.5)),
      in90Percent: rounded(quantile(widths, 0.9)),
      most: rounded(quantile(widths, 1)),
    },
    injections: options.shares.map((share, place) => {
      const found = judged.flatMap(period => period.injections?.[place] ?? [])
      const count = (is: (one: (typeof found)[number]) => boolean) => found.filter(is).length
      const meanShare = (of: (one: (typeof found)[number]) => number) =>
        rounded(
          found.reduce((sum, one, index) => sum + of(one) / (judged[index]?.adjustedKwh as number), 0) /
            found.length,
        )
      return {
        share,
        covered68: count(one => one.covered68),
        covered90: count(one => one.covered90),
        zeroInside: count(one => !one.excludesZero),
        zeroExcluded: count(one => one.excludesZero),
        meanTrueShare: meanShare(one => one.trueKwh),
        meanFoundShare: meanShare(one => one.foundKwh),
      }
    }),
    runs: works.map(({ run }, index) => ({
      city: run.city,
      load: run.load,
      seed: run.seed,
      periods: results[index] as readonly PlaceboPeriod[],
    })),
  }
}

const rounded = (value: number): number => Number(value.toFixed(5))

/** The JSON in a few lines. */
export function placeboSummary(json: PlaceboJson): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`
  const { median, in90Percent, most } = json.halfWidth90
  const first = `${json.periods} periods of ${json.weeks} weeks on ${json.runs.length} ${json.site} sites under reset, each judged from the ${json.baselineWeeks} weeks before: ${json.judged} judged, ${json.refused} refused.`
  if (json.judged === 0) return `${first}\nThe first: ${firstRefusal(json)}.\n`
  return [
    first,
    `Half-width at 90 %, of cooling energy: median ${percent(median)}, nine of ten within ${percent(in90Percent)}, widest ${percent(most)}.`,
    ...json.injections.map(
      one =>
        `Injected ${percent(one.share)}: covered at 90 % in ${one.covered90}, at 68 % in ${one.covered68}; zero inside in ${one.zeroInside}, excluded in ${one.zeroExcluded}; found ${percent(one.meanFoundShare)} for ${percent(one.meanTrueShare)} in the mean.`,
    ),
    '',
  ].join('\n')
}

const firstRefusal = (json: PlaceboJson): string =>
  json.runs.flatMap(run => run.periods.flatMap(period => period.refused ?? []))[0] ??
  'no period was long enough'
