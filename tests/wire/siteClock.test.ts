import { mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runClock } from '#contract/clockFile.ts'
import { stepMsAt } from '#simulators/wire/openPlant.ts'

const startAt = Date.UTC(2025, 6, 1)
const read = (path: string) => readFileSync(path, 'utf8')

test('the site clock stands at its start until the run begins, and stops at its end', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'coldloop-clock-')), 'clock.json')
  const write = (anchorAt: number | null) => {
    writeFileSync(`${path}.new`, JSON.stringify({ startAt, speed: 600, anchorAt, endAt: startAt + 1_000 }))
    renameSync(`${path}.new`, path)
  }
  write(null)
  const clock = runClock(path, read)
  expect(clock.siteNow()).toBe(startAt)
  write(Date.now())
  await expect.poll(() => clock.siteNow(), { timeout: 2_000, interval: 5 }).toBe(startAt + 1_000)
})

test('a clock file that says nonsense is refused in one sentence', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'coldloop-clock-')), 'clock.json')
  writeFileSync(path, JSON.stringify({ startAt, speed: -1, anchorAt: null }))
  expect(() => runClock(path, read)).toThrow(/speed = -1/)
})

test.each([
  [1, 250],
  [10, 500],
  [60, 3_000],
  [600, 5_000],
])('at speed %i the plant steps %i ms', (speed, stepMs) => {
  expect(stepMsAt(speed)).toBe(stepMs)
})
