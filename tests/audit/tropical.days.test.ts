import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { AuditJson } from '#commands/audit/result.ts'
import { folder, pack, put, tropicalMap } from '#tests/audit/files.ts'

const december = `${pack}/tropical_chiller_plant_10min_2023-12.csv.gz`
const march = `${pack}/tropical_chiller_plant_10min_2024-03.csv.gz`
const loggers = ['2023-12', '2024-03_05'].map(
  when => `${pack}/tropical_chiller_plant_outdoor_rh_t_wbt_${when}.csv.gz`,
)

describe.skipIf(!existsSync(december))('a tropical chiller plant (needs ../shared/data)', () => {
  let result: AuditJson
  beforeAll(() => {
    const place = folder()
    const json = join(place, 'out.json')
    const done = spawnSync(
      process.execPath,
      [
        ...['commands/run.mjs', 'audit', '--history', december, '--test', march],
        ...loggers.flatMap(file => ['--join', file]),
        ...['--map', put(place, 'map.yaml', tropicalMap), '--json', json],
      ],
      { encoding: 'utf8' },
    )
    expect(done.stderr).toBe('')
    result = JSON.parse(readFileSync(json, 'utf8')) as AuditJson
  }, 120_000)

  test('March from December: CV(RMSE) at most 6.0 %, |NMBE| at most 2 %, better than least squares', () => {
    expect(result.test.rows).toBe(4_436)
    expect(result.test.cvRmse).toBeLessThanOrEqual(6)
    expect(Math.abs(result.test.nmbe)).toBeLessThanOrEqual(2)
    expect(result.test.leastSquares!.cvRmse).toBeGreaterThan(result.test.cvRmse)
    expect(result.test.coverage90).toBeGreaterThan(0.8)
  })

  test('the wet bulb of March is frozen for the whole file', () => {
    expect(result.doubtfulSensors).toContainEqual(
      expect.objectContaining({
        column: 'WBT',
        finding: 'frozen',
        from: '2024-03-01T00:00:00',
        to: '2024-04-01T00:00:00',
        rows: 4_436,
      }),
    )
  })

  test('its dropouts and impossible rows of December are found', () => {
    const december = result.doubtfulSensors.filter(({ column, from }) => column === 'WBT' && from < '2024')
    const rowsOf = (finding: string) =>
      december.filter(doubt => doubt.finding === finding).reduce((sum, { rows }) => sum + rows, 0)
    expect(rowsOf('dropout')).toBe(47)
    expect(rowsOf('impossible')).toBe(558)
    expect(rowsOf('frozen')).toBe(1_716)
    // The impossible rows prove the frozen sensor and raise nothing of their own.
    expect(december.filter(({ finding }) => finding === 'impossible').every(({ evidence }) => evidence)).toBe(
      true,
    )
  })

  test('no false alarm: the wet bulb alone is doubtful', () => {
    expect(new Set(result.doubtfulSensors.map(({ column }) => column))).toEqual(new Set(['WBT']))
  })
})
