import { setTimeout as wait } from 'node:timers/promises'
import { Failure, sentenceOf } from '#contract/failure.ts'
import { type EquipmentKind, pointsOf } from '#contract/points.ts'
import { checkQuestion } from '#contract/query/checkQuestion.ts'
import { noneField, toInfluxql, uncertainField } from '#contract/query/influxql.ts'
import type { AnswerSeries, Question } from '#contract/query/question.ts'
import { qualityCode, type Reading, type SeriesKey, seriesKey } from '#contract/reading.ts'
import type { Site } from '#contract/site/site.ts'
import { groupCommit, shared } from '#hub/store/groupCommit.ts'
import {
  type InfluxAddress,
  type InfluxClient,
  type InfluxSeries,
  influxClient,
} from '#hub/store/influxClient.ts'
import { openDeliveryFile } from '#hub/store/influxDelivery.ts'
import { bodiesOf, writeBodies } from '#hub/store/influxWrite.ts'
import { lineWriter } from '#hub/store/lineProtocol.ts'
import { notYetDelivered } from '#hub/store/ranges.ts'
import { readingOf } from '#hub/store/storable.ts'
import type { Store, StoreCounts } from '#hub/store/store.ts'

export type InfluxOptions = InfluxAddress & {
  readonly site: Pick<Site, 'name' | 'equipment'>
  /** Path of the small file that remembers which positions are kept. */
  readonly delivery: string
  /** InfluxDB drops what is older, by its own wall clock; absent: as the database has it. */
  readonly retentionDays?: number
  readonly onQuarantine?: (samples: number, why: string) => void
  /** For tests: chance and waiting of the retries. */
  readonly random?: () => number
  readonly waitMs?: (ms: number) => Promise<void>
}

/** Unreachable at the start is an error for a person; later it is waited out. */
export async function openInfluxStore(options: InfluxOptions): Promise<Store & { readonly kind: 'influx' }> {
  const client = influxClient(options)
  try {
    await client.ping()
    await client.createDatabase()
    if (options.retentionDays !== undefined) await client.retain(options.retentionDays)
  } catch (cause) {
    await client.close()
    throw cause
  }
  const delivery = openDeliveryFile(options.delivery)
  const writer = lineWriter(options.site)
  const quarantine = options.onQuarantine ?? (() => undefined)
  const parts = {
    client,
    quarantine: (line: string, why: string) => quarantine(fieldCount(line), why),
    random: options.random ?? Math.random,
    wait: options.waitMs ?? ((ms: number) => wait(ms)),
  }
  const commits = groupCommit(async batches => {
    const { fresh, added } = notYetDelivered(batches, delivery.delivered)
    const refuse = (why: string) => quarantine(1, why)
    function* rows() {
      for (const batch of fresh) {
        const lines: string[] = []
        writer.write(batch, lines, refuse)
        yield lines
      }
    }
    await writeBodies(parts, bodiesOf(rows()))
    try {
      delivery.add(added)
    } catch (cause) {
      throw new Failure(
        'STORE_REJECTED',
        `InfluxDB has the data, but ${options.delivery} could not be written: ${sentenceOf(cause)}`,
        { retry: true, cause },
      )
    }
  })

  return {
    kind: 'influx',
    append: commits.append,
    ask: async asked => {
      const question = checkQuestion(asked, options.site)
      const results = await client.query(toInfluxql(question, { site: options.site.name }))
      const series =
        question.aggregate === 'raw'
          ? rawSeries(results.flat(), question)
          : bucketSeries(results.flat(), question)
      return { question, series }
    },
    latest: () => latestOf(client, options.site),
    delivered: async () =>
      new Map(
        [...delivery.delivered].map(([key, ranges]) => [
          key,
          ranges.map(([first, last]) => [first, last] as const),
        ]),
      ),
    counts: shared(() => countsOf(client, options.site)),
    close: async () => {
      await commits.idle()
      await client.close()
      delivery.close()
    },
  }
}

const fieldCount = (line: string): number => (line.match(/[^\\]=/g)?.length ?? 3) - 2

const atOf = (microseconds: unknown): number => Math.floor((microseconds as number) / 1_000)

function rawSeries(found: readonly InfluxSeries[], question: Question): AnswerSeries[] {
  const answer: AnswerSeries[] = []
  for (const { tags, columns, values } of found) {
    for (const point of new Set(question.points)) {
      const [value, none, uncertain] = [point, noneField(point), uncertainField(point)].map(name =>
        columns.indexOf(name),
      ) as [number, number, number]
      if (value < 0) continue
      const series = {
        equipment: tags?.equipment ?? '',
        point,
        at: [] as number[],
        value: [] as Array<number | null>,
        quality: [] as number[],
      }
      for (const row of values) {
        const code =
          row[value] === null ? row[none] : row[uncertain] === null ? qualityCode.good : qualityCode.uncertain
        if (code === null) continue
        series.at.push(atOf(row[0]))
        series.value.push(row[value] as number | null)
        series.quality.push(code as number)
      }
      if (series.at.length > 0) answer.push(series)
    }
  }
  return answer
}

function bucketSeries(found: readonly InfluxSeries[], question: Question): AnswerSeries[] {
  const answer: AnswerSeries[] = []
  for (const { tags, columns, values } of found) {
    for (const point of new Set(question.points)) {
      const column = columns.indexOf(point)
      const series = { equipment: tags?.equipment ?? '', point, at: [] as number[], value: [] as number[] }
      for (const row of values) {
        const value = row[column] as number | null
        // A count of 0 is InfluxDB's word for "no such field here": that bucket is absent.
        if (value === null || (question.aggregate === 'count' && value === 0)) continue
        series.at.push(question.everyMs === undefined ? question.fromAt : atOf(row[0]))
        series.value.push(value)
      }
      if (series.at.length > 0) answer.push(series)
    }
  }
  return answer
}

/** Both ends are named: InfluxDB would otherwise stop at its own idea of now. 4102444800000 ms is the year 2100. */
const allTime = 'time >= 0ms AND time < 4102444800000ms'
/** Statements of one request: their answers are held in memory together. */
const statementsAtOnceMax = 60

const kindsOf = (site: Pick<Site, 'equipment'>): EquipmentKind[] => [
  ...new Set(site.equipment.map(item => item.kind)),
]

async function latestOf(
  client: InfluxClient,
  site: Pick<Site, 'name' | 'equipment'>,
): Promise<ReadonlyMap<SeriesKey, Reading>> {
  const wanted = kindsOf(site).flatMap(kind =>
    pointsOf(kind).flatMap(([point]) =>
      [point, noneField(point), uncertainField(point)].map(field => ({ kind, point, field })),
    ),
  )
  const newest = new Map<SeriesKey, { us: number; value: number | null; code: number }>()
  for (let first = 0; first < wanted.length; first += statementsAtOnceMax) {
    const some = wanted.slice(first, first + statementsAtOnceMax)
    const results = await client.query(
      some
        .map(
          ({ kind, field }) =>
            `SELECT last("${field}") FROM "${kind}" WHERE "site" = '${site.name}' AND ${allTime} GROUP BY "equipment"`,
        )
        .join('; '),
    )
    results.forEach((found, index) => {
      const { point, field } = some[index] as (typeof some)[number]
      for (const { tags, values } of found) {
        const [us, value] = values[0] as [number, number]
        const key = seriesKey(tags?.equipment ?? '', point)
        const known = newest.get(key)
        if (field === uncertainField(point)) {
          if (known?.us === us && known.value !== null) known.code = qualityCode.uncertain
        } else if (!known || us > known.us)
          newest.set(
            key,
            field === point ? { us, value, code: qualityCode.good } : { us, value: null, code: value },
          )
      }
    })
  }
  return new Map([...newest].map(([key, { us, value, code }]) => [key, readingOf(value, code, atOf(us))]))
}

/**
 * Values: counts of every field but `_uncertain`, which stands beside a value. Duplicates cannot come from sending
 * again (the same record writes the same rows); they are looked for all the same, in the rows themselves.
 */
async function countsOf(client: InfluxClient, site: Pick<Site, 'name' | 'equipment'>): Promise<StoreCounts> {
  let values = 0
  let duplicates = 0
  for (const kind of kindsOf(site)) {
    const scope = `FROM "${kind}" WHERE "site" = '${site.name}' AND ${allTime}`
    const [counted = []] = await client.query(`SELECT count(*) ${scope}`)
    const fields = counted.flatMap(({ columns, values: rows }) =>
      columns
        .slice(1)
        .map((name, index) => ({ name: name.replace(/^count_/, ''), n: Number(rows[0]?.[index + 1] ?? 0) })),
    )
    const ofKind = fields
      .filter(({ name }) => !name.endsWith(uncertainField('')))
      .reduce((sum, { n }) => sum + n, 0)
    values += ofKind
    if (ofKind <= valuesToLookThroughMax) duplicates += await duplicatesOf(client, site, kind)
  }
  return { values, duplicates }
}

/** 3 million values of one kind are looked through in a few seconds; a larger database is vouched for by its times. */
const valuesToLookThroughMax = 3_000_000

async function duplicatesOf(
  client: InfluxClient,
  site: Pick<Site, 'name' | 'equipment'>,
  kind: EquipmentKind,
): Promise<number> {
  let duplicates = 0
  for (const { id } of site.equipment.filter(item => item.kind === kind)) {
    const [found = []] = await client.query(
      `SELECT * FROM "${kind}" WHERE "site" = '${site.name}' AND "equipment" = '${id}' AND ${allTime} ORDER BY time ASC`,
    )
    for (const { columns, values } of found) {
      const fields = columns
        .map((name, index) => ({ name, index }))
        .filter(
          ({ name }) =>
            name !== 'time' && name !== 'site' && name !== 'equipment' && !name.endsWith(uncertainField('')),
        )
      for (const { name, index } of fields) {
        const mark = columns.indexOf(uncertainField(name))
        let at = -1
        const seen = new Set<unknown>()
        for (const row of values) {
          const value = row[index]
          if (value === null || value === undefined) continue
          const rowAt = atOf(row[0])
          if (rowAt !== at) seen.clear()
          at = rowAt
          // An uncertain reading and a good one of equal value are two readings.
          const reading = mark >= 0 && row[mark] !== null ? `${value} uncertain` : value
          if (seen.has(reading)) duplicates++
          seen.add(reading)
        }
      }
    }
  }
  return duplicates
}
