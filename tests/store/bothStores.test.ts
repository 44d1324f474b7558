import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Question } from '#contract/query/question.ts'
import { hour, minute, second } from '#contract/units.ts'
import { openDuckdbStore } from '#hub/store/duckdb.ts'
import { openInfluxStore } from '#hub/store/influx.ts'
import type { Store } from '#hub/store/store.ts'
import { good, none, noon, record, smallHall, uncertain } from '#tests/store/smallHall.ts'
import { influxdFound, type RealInflux, startInflux } from '#tests/support/influx.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldloop-stores-'))
let influx: RealInflux | undefined
beforeAll(async () => {
  if (influxdFound) influx = await startInflux()
}, 20_000)
afterAll(async () => {
  await influx?.close()
  rmSync(folder, { recursive: true, force: true })
})

const open = {
  duckdb: (name: string): Promise<Store> =>
    openDuckdbStore({ path: join(folder, `${name}.duckdb`), site: smallHall }),
  influx: (name: string): Promise<Store> =>
    openInfluxStore({
      url: influx?.url ?? '',
      database: name,
      site: smallHall,
      delivery: join(folder, `${name}.sqlite`),
    }),
}

/** Two hours of a CDU and two racks: a value each minute, one uncertain, one spell without. */
function twoHours() {
  return Array.from({ length: 120 }, (_, index) => {
    const at = noon + index * minute
    return record(index + 1, [
      index % 10 === 7
        ? none('cdu-1', 'supplyTemperature', at, 'stale')
        : good('cdu-1', 'supplyTemperature', at, 32 + Math.sin(index / 9)),
      index === 40
        ? uncertain('cdu-1', 'flow', at, 511.5)
        : good('cdu-1', 'flow', at, 500 + (index % 13) / 7),
      good('cdu-2', 'supplyTemperature', at + 250, 33.25),
      good('A1', 'power', at + 10, 118.1 + index * 0.3),
    ])
  })
}

const questions: ReadonlyArray<Question> = (
  ['mean', 'min', 'max', 'first', 'last', 'count', 'spread'] as const
).flatMap(aggregate => [
  {
    kind: 'cdu',
    points: ['supplyTemperature', 'flow'],
    fromAt: noon,
    toAt: noon + 2 * hour,
    aggregate,
    everyMs: hour,
  },
  {
    kind: 'cdu',
    points: ['supplyTemperature', 'flow', 'returnTemperature'],
    fromAt: noon + 90 * second,
    toAt: noon + 50 * minute,
    aggregate,
    everyMs: 7 * minute,
  },
  {
    kind: 'rack',
    equipment: ['A1', 'A2'],
    points: ['power'],
    fromAt: noon,
    toAt: noon + 3 * hour,
    aggregate,
  },
])
const rawQuestions: ReadonlyArray<Question> = [
  {
    kind: 'cdu',
    points: ['supplyTemperature', 'flow'],
    fromAt: noon,
    toAt: noon + 2 * hour,
    aggregate: 'raw',
  },
  {
    kind: 'cdu',
    equipment: ['cdu-1'],
    points: ['flow', 'supplyTemperature'],
    fromAt: noon + 20 * minute,
    toAt: noon + 60 * minute,
    aggregate: 'raw',
    limit: 25,
  },
]

const bySeries = (store: Store) => async (question: Question) =>
  [...(await store.ask(question)).series].sort((a, b) =>
    `${a.equipment}.${a.point}`.localeCompare(`${b.equipment}.${b.point}`),
  )

for (const kind of ['duckdb', 'influx'] as const) {
  describe.skipIf(kind === 'influx' && !influxdFound)(`the ${kind} store`, () => {
    test('keeps everything that was appended, once', async () => {
      const store = await open[kind](`once-${kind}`)
      await store.append(twoHours())
      expect(await store.counts()).toEqual({ values: 480, duplicates: 0 })
      expect((await store.delivered()).get('rack-agent/epoch-0001')).toEqual([[1, 120]])
      await store.close()
    })

    test('a record that is sent again after the hub was killed changes nothing', async () => {
      const name = `again-${kind}`
      const first = await open[kind](name)
      await first.append(twoHours().slice(0, 60))
      await first.close()
      const second_ = await open[kind](name)
      await second_.append(twoHours().slice(30))
      expect(await second_.counts()).toEqual({ values: 480, duplicates: 0 })
      expect((await second_.delivered()).get('rack-agent/epoch-0001')).toEqual([[1, 120]])
      await second_.close()
    })

    test('readings of one point in the same millisecond stay as many, in their order; of a burst of a thousand none is lost', async () => {
      const store = await open[kind](`same-ms-${kind}`)
      const values = async (equipment: string) => {
        const answer = await store.ask({
          kind: 'rack',
          points: ['power'],
          equipment: [equipment],
          fromAt: noon,
          toAt: noon + 1,
          aggregate: 'raw',
        })
        expect(new Set(answer.series[0]?.at)).toEqual(new Set([noon]))
        return answer.series[0]?.value ?? []
      }
      await store.append([
        record(
          1,
          [1, 2, 3].map(value => good('A1', 'power', noon, value)),
        ),
        record(
          2,
          [4, 5].map(value => good('A1', 'power', noon, value)),
        ),
        ...[3, 4, 5, 6, 7].map(position =>
          record(
            position,
            Array.from({ length: 200 }, (_, index) => good('A2', 'power', noon, position * 1_000 + index)),
          ),
        ),
      ])
      expect(await store.counts()).toEqual({ values: 1_005, duplicates: 0 })
      expect(await values('A1')).toEqual([1, 2, 3, 4, 5])
      expect(new Set(await values('A2')).size).toBe(1_000)
      await store.close()
    })

    test('a reading without a value is kept with its reason and is never 0', async () => {
      const store = await open[kind](`none-${kind}`)
      await store.append([
        record(1, [
          good('cdu-1', 'flow', noon, 500),
          none('cdu-1', 'flow', noon + 1_000, 'bad'),
          none('cdu-1', 'flow', noon + 2_000, 'stale'),
          uncertain('cdu-1', 'flow', noon + 3_000, 480),
        ]),
        record(2, [none('cdu-2', 'flow', noon, 'stale')]),
      ])
      const raw = await bySeries(store)({
        kind: 'cdu',
        points: ['flow'],
        fromAt: noon,
        toAt: noon + hour,
        aggregate: 'raw',
      })
      expect(raw[0]).toEqual({
        equipment: 'cdu-1',
        point: 'flow',
        at: [0, 1_000, 2_000, 3_000].map(ms => noon + ms),
        value: [500, null, null, 480],
        quality: [192, 0, 500, 64],
      })
      expect(raw[1]?.value).toEqual([null])
      const mean = await store.ask({
        kind: 'cdu',
        points: ['flow'],
        fromAt: noon,
        toAt: noon + hour,
        aggregate: 'mean',
      })
      expect(mean.series).toEqual([{ equipment: 'cdu-1', point: 'flow', at: [noon], value: [490] }])
      expect(await store.counts()).toEqual({ values: 5, duplicates: 0 })
      await store.close()
    })

    test('a hub that has just started knows the newest reading of every series', async () => {
      const name = `latest-${kind}`
      const before = await open[kind](name)
      await before.append([
        record(1, [
          good('A1', 'power', noon + 5_000, 120),
          good('A1', 'power', noon, 90),
          uncertain('A2', 'power', noon, 80),
          good('B1', 'leak', noon, 0),
          none('B1', 'leak', noon + 1, 'bad'),
        ]),
      ])
      await before.close()
      const store = await open[kind](name)
      const latest = await store.latest()
      expect(latest.get('A1.power')).toMatchObject({ value: 120, quality: 'good', at: noon + 5_000 })
      expect(latest.get('A2.power')).toMatchObject({ value: 80, quality: 'uncertain' })
      expect(latest.get('B1.leak')).toMatchObject({ value: null, quality: 'bad', at: noon + 1 })
      await store.close()
    })

    test('late data of an hour that was answered before counts in the next answer', async () => {
      const store = await open[kind](`late-${kind}`)
      const hourly: Question = {
        kind: 'rack',
        points: ['power'],
        fromAt: noon,
        toAt: noon + hour,
        aggregate: 'mean',
        everyMs: hour,
      }
      await store.append([
        record(1, [good('A1', 'power', noon, 100), good('A1', 'power', noon + 3 * hour, 50)]),
      ])
      expect((await store.ask(hourly)).series[0]?.value).toEqual([100])
      await store.append([record(2, [good('A1', 'power', noon + minute, 200)])])
      expect((await store.ask(hourly)).series[0]?.value).toEqual([150])
      await store.close()
    })

    test('what has no place in the site is counted and does not stop the rest', async () => {
      const store = await open[kind](`odd-${kind}`)
      await store.append([
        record(1, [
          good('Z9', 'power', noon, 1),
          good('A1', 'nonsense', noon, 1),
          good('A1', 'power', Number.NaN, 1),
          good('A1', 'power', noon, Number.POSITIVE_INFINITY),
          good('A1', 'power', noon, 7),
        ]),
      ])
      expect(await store.counts()).toEqual({ values: 1, duplicates: 0 })
      await store.close()
    })

    test('a question outside the catalogue or without bounds is refused in one sentence', async () => {
      const store = await open[kind](`refuse-${kind}`)
      const ask = (question: Partial<Question>) =>
        store.ask({
          kind: 'rack',
          points: ['power'],
          fromAt: noon,
          toAt: noon + hour,
          aggregate: 'mean',
          ...question,
        })
      await expect(ask({ points: ['power" FROM "x'] })).rejects.toMatchObject({ code: 'QUERY_INVALID' })
      await expect(ask({ points: ['flowerPower'] })).rejects.toThrow('"flowerPower" is not a point of a rack')
      await expect(ask({ equipment: ['Z9'] })).rejects.toThrow('"Z9" is not a rack of site "small"')
      await expect(ask({ toAt: noon })).rejects.toMatchObject({ code: 'QUERY_INVALID' })
      await expect(ask({ fromAt: noon - 365 * 24 * hour, aggregate: 'raw' })).rejects.toMatchObject({
        code: 'QUERY_TOO_LARGE',
      })
      await store.close()
    })
  })
}

test.skipIf(!influxdFound)('both stores give the same answer to every question', async () => {
  const stores = await Promise.all([open.duckdb('same-duckdb'), open.influx('same-influx')])
  for (const store of stores) await store.append(twoHours())
  for (const question of [...questions, ...rawQuestions]) {
    const [ours, theirs] = await Promise.all(stores.map(store => bySeries(store)(question)))
    const shape = (series: typeof ours) =>
      series?.map(({ equipment, point, at, quality }) => ({ equipment, point, at, quality }))
    expect(shape(ours), JSON.stringify(question)).toEqual(shape(theirs))
    for (const [row, series] of (ours ?? []).entries()) {
      for (const [index, value] of series.value.entries()) {
        const other = theirs?.[row]?.value[index] as number | null
        if (value === null) expect(other).toBeNull()
        else expect(Math.abs(value - (other ?? Number.NaN))).toBeLessThanOrEqual(1e-9)
      }
    }
  }
  for (const store of stores) await store.close()
})
