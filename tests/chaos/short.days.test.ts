import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '#tests/house/sourceFiles.ts'

const chaos = (...args: string[]) =>
  spawnSync(process.execPath, ['commands/run.mjs', 'chaos', ...args], { cwd: root, encoding: 'utf8' })

test('twenty-four seconds of torment: nothing lost, invented, doubled or altered, and every counter right', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-chaos-test-'))
  const json = join(folder, 'chaos.json')
  const run = chaos('--minutes', '0.4', '--seed', '4', '--json', json)
  expect(run.status, run.stderr).toBe(0)
  const result = JSON.parse(readFileSync(json, 'utf8'))
  expect(result).toMatchObject({
    seed: 4,
    minutes: 0.4,
    exact: true,
    lost: 0,
    phantom: 0,
    duplicate: 0,
    altered: 0,
    counterMismatches: 0,
  })
  expect(result.accepted).toBeGreaterThan(2_000)
  expect(result.stored + result.missing).toBe(result.accepted)
  expect(result.scrapes.agent).toBeGreaterThan(5)
  expect(Object.keys(result.faults).length).toBeGreaterThan(3)
  rmSync(folder, { recursive: true })
}, 120_000)

test('a wrong option is one sentence and exit code 2', () => {
  const run = chaos('--minutes', 'ten')
  expect(run.status).toBe(2)
  expect(run.stderr.trim().split('\n')).toEqual(['--minutes ten: a number from 0.2 to 1440 is allowed'])
})
