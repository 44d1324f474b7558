import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import { toInfluxql } from '#contract/query/influxql.ts'
import type { Question } from '#contract/query/question.ts'

/** The data source that the provisioning file brings along; every panel names it. */
export const dataSource = { type: 'influxdb', uid: 'coldloop-influx' } as const

/** What Grafana's InfluxDB data source reads of a panel's target; the SDK has no builder for it. */
export type InfluxTarget = {
  readonly refId: string
  readonly datasource: typeof dataSource
  readonly rawQuery: true
  readonly query: string
  readonly resultFormat: 'time_series'
  /** `$tag_…` and `$col` are filled in by Grafana. */
  readonly alias: string
}

/** A question as a target: the InfluxQL of the one compiler, with Grafana's range, bucket and site in it. */
export function influxTarget(refId: string, question: Question, legend: string): InfluxTarget & Dataquery {
  return {
    refId,
    datasource: dataSource,
    rawQuery: true,
    query: toInfluxql(question, { grafana: true }),
    resultFormat: 'time_series',
    alias: legend === '' ? '$tag_equipment $col' : `$tag_equipment ${legend}`,
    // The SDK marks its query types so; the mark never reaches the JSON.
    _implementsDataqueryVariant: () => undefined,
  }
}

export const built = <T>(value: T): Builder<T> => ({ build: () => value })
