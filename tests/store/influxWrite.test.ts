import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pointsOf } from '#contract/points.ts'
import type { Sample } from '#contract/reading.ts'
import { hour } from '#contract/units.ts'
import { openInfluxStore } from '#hub/store/influx.ts'
import { influxClient, retryAfterMs, verdictOf } from '#hub/store/influxClient.ts'
import { bodiesOf, type WriteParts, writeBodies } from '#hub/store/influxWrite.ts'
import { escapeMeasurement, escapeTag, lineWriter, placeInMs } from '#hub/store/lineProtocol.ts'
import { good, none, noon, record, smallHall, uncertain } from '#tests/store/smallHall.ts'
import { influxdFound, type RealInflux, startInflux } from '#tests/support/influx.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldloop-influx-write-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const writeLines = (parts: WriteParts, lines: readonly string[]) => writeBodies(parts, bodiesOf([lines]))

function linesOf(...samples: Sample[]): string[] {
  const lines: string[] = []
  lineWriter(smallHall).write(record(4_711, samples), lines, () => undefined)
  return lines
}

/** Where the readings of the record at position 4,711 of its epoch lie within their ms. */
const [first, second] = ['034610', '034611']

describe('line protocol', () => {
  test('readings of one equipment and instant share a row, with nanoseconds of its outbox position', () => {
    expect(
      linesOf(
        good('cdu-1', 'flow', noon, 500),
        good('cdu-1', 'supplyTemperature', noon, 32.5),
        good('A1', 'power', noon, 120),
      ),
    ).toEqual([
      `cdu,equipment=cdu-1,site=small flow=500,supplyTemperature=32.5 ${noon}${first}`,
      `rack,equipment=A1,site=small power=120 ${noon}${first}`,
    ])
  })
  test('a second reading of the same point and instant gets a row of its own', () => {
    expect(
      linesOf(good('A1', 'power', noon, 1), good('A1', 'leak', noon, 0), good('A1', 'power', noon, 2)),
    ).toEqual([
      `rack,equipment=A1,site=small power=1,leak=0 ${noon}${first}`,
      `rack,equipment=A1,site=small power=2 ${noon}${second}`,
    ])
  })
  test('without a value stands the reason; beside an uncertain value stands its mark', () => {
    expect(
      linesOf(
        none('A1', 'power', noon, 'stale'),
        none('A2', 'power', noon, 'bad'),
        uncertain('B1', 'power', noon, 7),
      ),
    ).toEqual([
      `rack,equipment=A1,site=small power_none=500 ${noon}${first}`,
      `rack,equipment=A2,site=small power_none=0 ${noon}${first}`,
      `rack,equipment=B1,site=small power=7,power_uncertain=64 ${noon}${first}`,
    ])
  })
  test('numbers of any size stay numbers and never become NaN or an integer type', () => {
    fc.assert(
      fc.property(fc.double(), value => {
        const lines = linesOf({ equipment: 'A1', point: 'power', at: noon, value, quality: 'good' })
        if (!Number.isFinite(value)) expect(lines).toEqual([])
        else expect(lines[0]).toMatch(/ power=-?\d+(\.\d+)?(e[+-]?\d+)? \d{19}$/)
      }),
    )
  })
  test('the same record always makes the same bytes', () => {
    const samples = [
      good('A1', 'power', noon, 1.25),
      good('A1', 'power', noon, 1.5),
      uncertain('cdu-2', 'flow', noon + 3, 4),
    ]
    expect(linesOf(...samples)).toEqual(linesOf(...samples))
  })
  test('readings of one instant find places of their own: from records far apart, from another epoch, in a burst', () => {
    const rows = (position: number, epoch: string, values: number) => {
      const lines: string[] = []
      const samples = Array.from({ length: values }, (_, index) => good('A1', 'power', noon, index))
      lineWriter(smallHall).write(record(position, samples, epoch), lines, () => undefined)
      return lines.map(line => line.split(' ').at(-1) as string)
    }
    const records: string[][] = []
    // As it was before: 1,000 positions apart, or the same position of an outbox that was wiped, met in one row.
    for (const epoch of ['epoch-0001', 'epoch-0002', 'f3b0c442-98fc-4c14-9afb-f4c8996fb924'])
      for (const position of [4_711, 5_711, 14_711, 64_711]) records.push(rows(position, epoch, 3))
    for (let position = 100; position < 110; position++) records.push(rows(position, 'epoch-0001', 200))
    const all = records.flat()
    expect(new Set(all).size).toBe(all.length)
    expect(all.every(time => time.startsWith(String(noon)) && time.length === 19)).toBe(true)
  })
  test('even a foreign record of a thousand readings of one instant keeps all of them', () => {
    const places = new Set(Array.from({ length: 1_000 }, (_, occurrence) => placeInMs(89_999, occurrence)))
    expect(places.size).toBe(1_000)
    expect(Math.max(...places)).toBeLessThan(1_000_000)
  })
  test('names are escaped, and those that no server reads back alike are refused', () => {
    expect(escapeMeasurement('hall a,b=c')).toBe('hall\\ a\\,b=c')
    expect(escapeTag('hall a,b=c')).toBe('hall\\ a\\,b\\=c')
    for (const name of ['', 'a\\', 'a\nb', '_time', '#note'])
      expect(() => escapeTag(name)).toThrow('not a name')
  })
})

describe('what a server may answer', () => {
  test.each([
    [204, 'kept'],
    [400, 'badRows'],
    [422, 'badRows'],
    [401, 'notAllowed'],
    [403, 'notAllowed'],
    [404, 'noDatabase'],
    [413, 'tooLarge'],
    [429, 'later'],
    [500, 'later'],
    [503, 'later'],
    [418, 'badRows'],
  ])('%i is %s', (status, verdict) => {
    expect(verdictOf(status, '').verdict).toBe(verdict)
  })
  test('Retry-After in seconds is honoured, unreadable means ten seconds, an hour is cut', () => {
    expect([retryAfterMs('7'), retryAfterMs('soon'), retryAfterMs('3600'), retryAfterMs(undefined)]).toEqual([
      7_000,
      10_000,
      600_000,
      undefined,
    ])
  })
})

/** A server that answers writes from a script: status, headers, and what it saw. */
async function scriptedServer(
  answer: (body: string, count: number) => { status: number; headers?: Record<string, string> },
) {
  const bodies: string[] = []
  const server = createServer((incoming, outgoing) => {
    let body = ''
    incoming
      .on('data', part => (body += part))
      .on('end', () => {
        if (incoming.url?.startsWith('/write')) {
          bodies.push(body)
          const { status, headers } = answer(body, bodies.length)
          outgoing
            .writeHead(status, headers)
            .end(status >= 300 ? JSON.stringify({ error: `scripted ${status}` }) : '')
        } else outgoing.writeHead(200).end('{"results":[{}]}')
      })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const client = influxClient({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    database: 'coldloop',
  })
  const waits: number[] = []
  const quarantined: string[] = []
  const parts = {
    client,
    quarantine: (line: string) => quarantined.push(line),
    random: () => 0.5,
    wait: async (ms: number) => void waits.push(ms),
  }
  const close = async () => {
    await client.close()
    server.close()
  }
  return { parts, bodies, waits, quarantined, close }
}

describe('writing', () => {
  test('a busy server is asked again with the same bytes, after the time it named', async () => {
    const server = await scriptedServer((_body, count) =>
      count === 1
        ? { status: 503, headers: { 'retry-after': '3' } }
        : count === 2
          ? { status: 500 }
          : { status: 204 },
    )
    await writeLines(server.parts, ['a', 'b'])
    expect(server.bodies).toEqual(['a\nb', 'a\nb', 'a\nb'])
    expect(server.waits).toEqual([3_000, 1_000])
    await server.close()
  })
  test('a bad row among 5,000 is found and quarantined, every other one arrives', async () => {
    const kept = new Set<string>()
    const server = await scriptedServer(body => {
      if (body.includes('bad')) return { status: 400 }
      for (const line of body.split('\n')) kept.add(line)
      return { status: 204 }
    })
    const lines = Array.from({ length: 5_000 }, (_, index) => (index === 1_234 ? 'bad row' : `row ${index}`))
    await writeLines(server.parts, lines)
    expect(server.quarantined).toEqual(['bad row'])
    expect(kept.size).toBe(4_999)
    await server.close()
  })
  test('too large a body is split', async () => {
    const server = await scriptedServer(body => ({ status: body.length > 40 ? 413 : 204 }))
    await writeLines(
      server.parts,
      Array.from({ length: 20 }, (_, index) => `row ${index}`),
    )
    expect(server.quarantined).toEqual([])
    expect(
      server.bodies
        .filter(body => body.length <= 40)
        .join('\n')
        .split('\n'),
    ).toHaveLength(20)
    await server.close()
  })
  test('a server that stays away or says no is a failure that may be tried again: nothing is acknowledged', async () => {
    const away = await scriptedServer(() => ({ status: 503 }))
    await expect(writeLines(away.parts, ['a'])).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      retry: true,
    })
    await away.close()
    const closed = await scriptedServer(() => ({ status: 401 }))
    await expect(writeLines(closed.parts, ['a'])).rejects.toMatchObject({
      code: 'STORE_REJECTED',
      retry: true,
    })
    expect(closed.bodies).toHaveLength(1)
    await closed.close()
  })
  test('at the start, an address where nobody answers is one clear sentence', async () => {
    const open = openInfluxStore({
      url: 'http://127.0.0.1:9',
      database: 'coldloop',
      site: smallHall,
      delivery: join(folder, 'nobody.sqlite'),
    })
    await expect(open).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' })
    await expect(open).rejects.toThrow(
      /no InfluxDB answers at http:\/\/127\.0\.0\.1:9: .*; start it or correct the address/,
    )
  })
})

describe.skipIf(!influxdFound)('a real InfluxDB', () => {
  let influx: RealInflux
  beforeAll(async () => {
    influx = await startInflux()
  }, 30_000)
  afterAll(() => influx?.close())
  const open = (name: string, onQuarantine?: (samples: number, why: string) => void) =>
    openInfluxStore({
      url: influx.url,
      database: name,
      site: smallHall,
      delivery: join(folder, `${name}.sqlite`),
      random: () => 0.05,
      ...(onQuarantine ? { onQuarantine } : {}),
    })

  test('that is killed while rows come in loses none and doubles none', async () => {
    const store = await open('killed')
    await store.append([record(1, [good('A1', 'power', noon, 1)])])
    await influx.kill()
    await expect(store.append([record(2, [good('A1', 'power', noon + 1, 2)])])).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      retry: true,
    })
    expect([...(await store.delivered()).values()]).toEqual([[[1, 1]]])
    await influx.start()
    await store.append([
      record(2, [good('A1', 'power', noon + 1, 2)]),
      record(3, [good('A1', 'power', noon + 2, 3)]),
    ])
    expect(await store.counts()).toEqual({ values: 3, duplicates: 0 })
    expect([...(await store.delivered()).values()]).toEqual([[[1, 3]]])
    await store.close()
  }, 30_000)

  test('whose delivery file is lost gets everything again and still holds each row once', async () => {
    const records = Array.from({ length: 50 }, (_, index) =>
      record(index + 1, [
        good('A1', 'power', noon + index, index),
        uncertain('A1', 'power', noon + index, index),
        none('A2', 'power', noon + index, 'bad'),
      ]),
    )
    const first = await open('forgetful')
    await first.append(records)
    const counted = await first.counts()
    await first.close()
    rmSync(join(folder, 'forgetful.sqlite'))
    const second = await open('forgetful')
    await second.append(records)
    // Two equal values of one instant, one good and one uncertain, are two readings: told apart by their mark.
    expect(await second.counts()).toEqual(counted)
    expect(counted).toEqual({ values: 150, duplicates: 0 })
    await second.close()
  })

  test('with a field of another type refuses those rows only: they are counted, the rest is kept', async () => {
    const refused: string[] = []
    const client = influxClient({ url: influx.url, database: 'conflict' })
    await client.createDatabase()
    await client.write(`rack,equipment=B1,site=small power="text" ${noon}000000`)
    await client.close()
    const store = await open('conflict', (samples, why) => refused.push(`${samples}: ${why}`))
    await store.append([
      record(
        1,
        Array.from({ length: 40 }, (_, index) =>
          index === 17 ? good('A1', 'power', noon + index, 1) : good('A1', 'liquidFlow', noon + index, index),
        ),
      ),
    ])
    expect(refused).toHaveLength(1)
    expect(refused[0]).toMatch(/^1: 400: .*type conflict/)
    const answer = await store.ask({
      kind: 'rack',
      equipment: ['A1'],
      points: ['liquidFlow'],
      fromAt: noon,
      toAt: noon + hour,
      aggregate: 'count',
    })
    expect(answer.series[0]?.value).toEqual([39])
    await store.close()
  })

  test('holds every point of every kind of equipment in its own field', async () => {
    const store = await open('catalogue')
    const samples = smallHall.equipment.flatMap(({ id, kind }) =>
      pointsOf(kind).map(([point], index) => good(id, point, noon, index + 0.5)),
    )
    await store.append([record(1, samples)])
    expect(await store.counts()).toEqual({ values: samples.length, duplicates: 0 })
    const latest = await store.latest()
    for (const { equipment, point, value } of samples)
      expect(latest.get(`${equipment}.${point}`)?.value).toBe(value)
    await store.close()
  })
})
