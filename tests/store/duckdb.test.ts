import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { hour, minute } from '#contract/units.ts'
import { openDuckdbStore } from '#hub/store/duckdb.ts'
import { good, noon, record, smallHall } from '#tests/store/smallHall.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldloop-duckdb-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a second owner of the file is refused, in this process and in another', async () => {
  const path = join(folder, 'owned.duckdb')
  const store = await openDuckdbStore({ path, site: smallHall })
  await expect(openDuckdbStore({ path, site: smallHall })).rejects.toMatchObject({ code: 'STORE_BUSY' })
  const program = `import { openDuckdbStore } from '#hub/store/duckdb.ts'
    openDuckdbStore({ path: ${JSON.stringify(path)}, site: { name: 'small', equipment: [] } }).catch(error => process.stdout.write(error.code))`
  const other = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 10_000,
  })
  expect(other.stdout).toBe('STORE_BUSY')
  await store.close()
  await (await openDuckdbStore({ path, site: smallHall })).close()
})

test('what was acknowledged is there after kill -9, and nothing else is', async () => {
  const path = join(folder, 'killed.duckdb')
  const program = `import { openDuckdbStore } from '#hub/store/duckdb.ts'
    import { good, noon, record, smallHall } from '#tests/store/smallHall.ts'
    const store = await openDuckdbStore({ path: ${JSON.stringify(path)}, site: smallHall })
    for (let position = 1; position <= 300; position++)
      await store.append([record(position, Array.from({ length: 20 }, (_, index) => good('A1', 'power', noon + position * 1000 + index, position)))])
    void store.append([record(301, [good('A1', 'power', noon, 1)])])
    process.kill(process.pid, 'SIGKILL')`
  expect(
    spawnSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 20_000 }).signal,
  ).toBe('SIGKILL')
  const store = await openDuckdbStore({ path, site: smallHall })
  const [[first, last] = [0, 0]] = (await store.delivered()).get('rack-agent/epoch-0001') ?? []
  expect(first).toBe(1)
  expect(last).toBeGreaterThanOrEqual(300)
  expect((await store.counts()).values).toBe(300 * 20 + (last - 300))
  await store.close()
})

test('after the retention samples go and their hours stay; neither a clock nor one odd sample alone makes the store forget', async () => {
  let now = noon + 24 * hour
  const refused: string[] = []
  const store = await openDuckdbStore({
    path: join(folder, 'retention.duckdb'),
    site: smallHall,
    keepMs: 24 * hour,
    now: () => now,
    onQuarantine: (_samples, why) => refused.push(why),
  })
  const day = (startAt: number) =>
    Array.from({ length: 24 * 6 }, (_, index) => good('A1', 'power', startAt + index * 10 * minute, 100))
  await store.append([record(1, day(noon))])
  // A source whose clock runs a year ahead: the hub's own clock has not gone on.
  await store.append([record(2, [good('A2', 'power', noon + 365 * 24 * hour, 1)])])
  await store.rollUp()
  expect((await store.counts()).values).toBe(145)
  now = noon + 36 * hour
  await store.append([record(3, day(noon + 24 * hour))])
  await store.rollUp()
  // Twelve of the first day's hours are gone.
  expect((await store.counts()).values).toBe(145 + 144 - 72)
  const answer = await store.ask({
    kind: 'rack',
    points: ['power'],
    equipment: ['A1'],
    fromAt: noon,
    toAt: noon + 48 * hour,
    aggregate: 'mean',
    everyMs: hour,
  })
  expect(answer.series[0]?.value).toEqual(new Array(48).fill(100))
  await store.append([record(4, [good('A1', 'power', noon + hour, 5)])])
  expect(refused).toEqual(['older than the retention of the store'])
  await store.close()
})

test('hourly answers from roll-ups are those from the samples, the unfinished hour included', async () => {
  const store = await openDuckdbStore({ path: join(folder, 'hours.duckdb'), site: smallHall })
  const samples = Array.from({ length: 400 }, (_, index) =>
    good('A1', 'power', noon + index * minute, Math.sqrt(index)),
  )
  await store.append([record(1, samples)])
  expect(await store.rollUp()).toBe(6)
  expect(await store.rollUp()).toBe(0)
  const answer = await store.ask({
    kind: 'rack',
    points: ['power'],
    fromAt: noon,
    toAt: noon + 400 * minute,
    aggregate: 'mean',
    everyMs: 2 * hour,
  })
  const expected = [0, 120, 240, 360].map(first => {
    const values = samples.slice(first, first + 120).map(sample => sample.value as number)
    return values.reduce((sum, value) => sum + value, 0) / values.length
  })
  expect(answer.series[0]?.at).toHaveLength(4)
  for (const [index, value] of (answer.series[0]?.value ?? []).entries())
    expect(value).toBeCloseTo(expected[index] as number, 9)
  await store.close()
})
