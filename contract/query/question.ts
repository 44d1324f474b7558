import Type, { type Static } from 'typebox'
import { equipmentKinds } from '#contract/points.ts'

/**
 * The one typed question that dashboards, reports, models and the API ask of the time series. Two pure compilers turn
 * it into InfluxQL and SQL. Both ends of the range are always named: `fromAt` inclusive, `toAt` exclusive.
 */
export const aggregates = ['raw', 'mean', 'min', 'max', 'first', 'last', 'count', 'spread'] as const
export type Aggregate = (typeof aggregates)[number]

export const Question = Type.Object(
  {
    kind: Type.Enum([...equipmentKinds]),
    /** Ids to include; empty or absent: every equipment of that kind. */
    equipment: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9-]*$' }), { maxItems: 5_000 }),
    ),
    points: Type.Array(Type.String({ pattern: '^[a-zA-Z][a-zA-Z0-9]*$' }), { minItems: 1, maxItems: 40 }),
    fromAt: Type.Integer({ minimum: 0 }),
    toAt: Type.Integer({ minimum: 0 }),
    aggregate: Type.Enum([...aggregates]),
    /** Width of a bucket; absent: one bucket over the whole range (never with raw). */
    everyMs: Type.Optional(Type.Integer({ minimum: 1_000 })),
    /** Raw only: at most this many rows. */
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  },
  { additionalProperties: false },
)
export type Question = Static<typeof Question>

/** One row per series, in order of time. Raw answers keep readings without a value, as null; buckets without a value are absent. */
export type AnswerSeries = {
  readonly equipment: string
  readonly point: string
  readonly at: readonly number[]
  readonly value: ReadonlyArray<number | null>
  /** Quality codes (contract/reading), for raw answers. */
  readonly quality?: readonly number[]
}
export type Answer = { readonly question: Question; readonly series: readonly AnswerSeries[] }
