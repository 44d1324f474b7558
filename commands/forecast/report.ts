import type { Horizon } from '#commands/forecast/options.ts'
import type { ReadSeries } from '#commands/forecast/readSeries.ts'
import { describe, type Gridded, onGrid } from '#commands/forecast/regular.ts'
import { Failure } from '#contract/failure.ts'
import { minute } from '#contract/units.ts'
import { type Judgement, judgeForecasts } from '#models/forecast/judge.ts'
import { type ForecastMethodName, forecastMethodNames } from '#models/forecast/methods.ts'
import { errorsNeeded } from '#models/forecast/quantiles.ts'
import { type Target, valueAhead } from '#models/forecast/regularSeries.ts'

/** What the command prints. Figures that too few rows allow are null. */
export type ForecastJson = {
  readonly series: string
  readonly column: string
  readonly unit?: string
  readonly stepMinutes: number
  /** Rows on the grid from first to last, and those of them without a value. */
  readonly rows: number
  readonly missing: number
  readonly from: string
  readonly to: string
  readonly seed: number
  readonly horizons: readonly HorizonJson[]
  readonly notes: readonly string[]
}

export type HorizonJson = {
  readonly horizon: string
  /** Best on the rows of the choice; `used` is persistence where that has no skill on the rows that were judged. */
  readonly chosen: ForecastMethodName
  readonly used: ForecastMethodName
  /** Of the method that is used. */
  readonly mae: number
  readonly skill: number
  readonly persistenceMae: number
  readonly seasonalNaiveMae: number | null
  readonly candidates: readonly {
    readonly method: ForecastMethodName
    readonly mae: number
    readonly skill: number
  }[]
  readonly quantiles: readonly { readonly quantile: number; readonly coverage: number | null }[]
  readonly interval90: { readonly coverage: number | null; readonly meanWidth: number | null }
  readonly origins: number
}

/** Rows that methods learn from and origins that judge them, at most: longer histories are thinned evenly. */
const rowsMost = 4000
const originsMost = 2000
/** Fewer judged origins than this are no measurement. */
const originsNeeded = 12
/** A horizon may be this share off a whole number of steps. */
const offStepShare = 0.1

export async function forecastReport(
  read: ReadSeries,
  asked: { readonly path: string; readonly horizons: readonly Horizon[]; readonly seed: number },
): Promise<ForecastJson> {
  const grid = onGrid(
    read,
    asked.path,
    asked.horizons.map(horizon => horizon.ms),
  )
  const { series } = grid
  const targets = asked.horizons.map(horizon => targetOf(horizon, grid, asked.path))
  refuseShort(grid, targets, asked)
  const judgements = await judgeForecasts(series, targets, {
    methods: forecastMethodNames,
    seed: asked.seed,
    rowsMost,
    originsMost,
  })
  const unjudged = judgements.findIndex(judgement => judgement.origins === 0)
  if (unjudged >= 0)
    throw new Failure(
      'CONFIG_INVALID',
      `${asked.path}: no row of the last part has a value both there and ${asked.horizons[unjudged]?.name} later; allowed is a series that is mostly complete`,
    )
  const rows = series.values.length
  return {
    series: asked.path,
    column: read.column,
    ...(read.unit === undefined ? {} : { unit: read.unit }),
    stepMinutes: Number((series.stepMs / minute).toFixed(4)),
    rows,
    missing: rows - grid.known,
    from: new Date(series.startAt).toISOString(),
    to: new Date(series.startAt + (rows - 1) * series.stepMs).toISOString(),
    seed: asked.seed,
    horizons: judgements.map((judgement, index) =>
      horizonJson((asked.horizons[index] as Horizon).name, judgement),
    ),
    notes: [
      ...read.notes,
      ...grid.notes,
      ...judgements.flatMap((judgement, index) =>
        notesOf((asked.horizons[index] as Horizon).name, judgement),
      ),
    ],
  }
}

function targetOf(horizon: Horizon, grid: Gridded, path: string): Target {
  const { stepMs } = grid.series
  const target = valueAhead(horizon.ms, stepMs)
  if (horizon.ms < stepMs || Math.abs(target.leadRows * stepMs - horizon.ms) > offStepShare * horizon.ms)
    throw new Failure(
      'CONFIG_INVALID',
      `--horizons ${horizon.name}: ${path} has a row every ${describe(stepMs)}; allowed are multiples of that`,
    )
  return target
}

function refuseShort(
  grid: Gridded,
  targets: readonly Target[],
  asked: { readonly path: string; readonly horizons: readonly Horizon[] },
): void {
  const longest = targets.reduce((most, target) => Math.max(most, target.leadRows), 0)
  // A tenth of the rows is left to judgement after the longest horizon.
  const needed = Math.max(10 * originsNeeded, Math.ceil(1.5 * longest) + originsNeeded)
  const name = asked.horizons[targets.findIndex(target => target.leadRows === longest)]?.name
  if (grid.known < needed)
    throw new Failure(
      'CONFIG_INVALID',
      `${asked.path}: ${grid.known} rows with a value every ${describe(grid.series.stepMs)}; a forecast ${name} ahead needs at least ${needed} to be judged`,
    )
}

function horizonJson(horizon: string, judgement: Judgement): HorizonJson {
  const { coverage } = judgement
  return {
    horizon,
    chosen: judgement.chosen,
    used: judgement.used,
    mae: rounded(judgement.meanAbsoluteError),
    skill: rounded(judgement.skill),
    persistenceMae: rounded(judgement.persistenceError),
    seasonalNaiveMae: orNull(
      judgement.candidates.find(candidate => candidate.method === 'seasonalNaive')?.meanAbsoluteError,
    ),
    candidates: judgement.candidates.map(candidate => ({
      method: candidate.method,
      mae: rounded(candidate.meanAbsoluteError),
      skill: rounded(candidate.skill),
    })),
    quantiles: coverage.quantiles.map(({ quantile, coverage: share }) => ({
      quantile,
      coverage: orNull(share),
    })),
    interval90: {
      coverage: orNull(coverage.interval90.coverage),
      meanWidth: orNull(coverage.interval90.meanWidth),
    },
    origins: judgement.origins,
  }
}

function notesOf(horizon: string, judgement: Judgement): string[] {
  const notes: string[] = []
  if (judgement.used !== judgement.chosen)
    notes.push(
      `${horizon}: ${judgement.chosen} was best where the choice was made and has no skill where it was judged: persistence is used`,
    )
  if (judgement.choiceOrigins < originsNeeded)
    notes.push(
      `${horizon}: too little history before the judged part to choose a method from; persistence is used`,
    )
  if (judgement.coverage.origins < errorsNeeded)
    notes.push(
      `${horizon}: coverage of the quantiles rests on ${judgement.coverage.origins} of ${judgement.origins} origins: the others had fewer than ${errorsNeeded} errors before them`,
    )
  return notes
}

const orNull = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : rounded(value)
const rounded = (value: number): number => Number(value.toPrecision(6))
