import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AuditJson } from '#commands/audit/result.ts'
import { csvOf, folder, put, syntheticMap } from '#tests/audit/files.ts'
import { rowAt, syntheticPlant } from '#tests/audit/syntheticPlant.ts'

const place = folder()
const run = (...args: string[]) =>
  spawnSync(process.execPath, ['commands/run.mjs', 'audit', ...args], { encoding: 'utf8' })
const map = put(place, 'plant.yaml', syntheticMap)

describe('npm run audit', () => {
  test('a plant of equations: expected within two per cent, its dead wet bulb named, text, JSON and HTML agree', () => {
    const plant = syntheticPlant(16, 2)
    plant.columns.wetBulb.fill(plant.columns.wetBulb[rowAt(9, 0)]!, rowAt(9, 0), rowAt(11, 0))
    const history = put(place, 'history.csv.gz', csvOf(plant, 0, rowAt(12, 0)))
    const later = put(place, 'test.csv', csvOf(plant, rowAt(12, 0)))
    const [json, html] = [join(place, 'out.json'), join(place, 'out.html')]
    const done = run('--history', history, '--test', later, '--map', map, '--json', json, '--html', html)
    expect(done.stderr).toBe('')
    expect(done.status).toBe(0)
    const result = JSON.parse(readFileSync(json, 'utf8')) as AuditJson
    expect(result.target).toBe('power')
    expect(result.train.rows).toBeGreaterThan(1_400)
    expect(result.test.rows).toBe(576)
    expect(result.test.cvRmse).toBeLessThan(2)
    expect(Math.abs(result.test.nmbe)).toBeLessThan(1)
    expect(result.test.cvRmse).toBeLessThanOrEqual(result.test.leastSquares!.cvRmse)
    const named = result.doubtfulSensors.filter(({ evidence }) => !evidence)
    expect(named.map(({ column, finding, from, rows }) => ({ column, finding, from, rows }))).toEqual([
      { column: 'wetBulb', finding: 'frozen', from: '2025-05-10T00:00:00', rows: 288 },
    ])
    const drivers = result.drivers.map(({ name }) => name)
    for (const name of ['load', 'machines', 'condenser water']) expect(drivers).toContain(name)
    expect(result.potential.measures.length + result.potential.unproven.length).toBeGreaterThan(0)
    expect(done.stdout).toContain(`CV(RMSE) ${result.test.cvRmse.toFixed(2)} %`)
    expect(done.stdout).toContain('wetBulb frozen, 288 rows')
    const page = readFileSync(html, 'utf8')
    expect(page).toContain('A plant of equations')
    expect(page).toContain('<path class="measured"')
    expect(page).not.toMatch(/<script|https?:|NaN|undefined/)
  })

  test('without --test the last quarter is held out', () => {
    const history = put(place, 'whole.csv', csvOf(syntheticPlant(8, 4)))
    const json = join(place, 'quarter.json')
    expect(run('--history', history, '--map', map, '--json', json).status).toBe(0)
    const { train, test: judged } = JSON.parse(readFileSync(json, 'utf8')) as AuditJson
    expect(train.rows).toBe(864)
    expect(judged.rows).toBe(288)
  })
})
