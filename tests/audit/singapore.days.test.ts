import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { AuditJson } from '#commands/audit/result.ts'
import { folder, pack, put, singaporeMap } from '#tests/audit/files.ts'

const history = `${pack}/singapore_building_chillers_30min_2019-08_2020-02.csv.gz`

describe.skipIf(!existsSync(history))('chillers of a building in Singapore (needs ../shared/data)', () => {
  let result: AuditJson
  beforeAll(() => {
    const place = folder()
    const json = join(place, 'out.json')
    const map = put(place, 'map.yaml', singaporeMap)
    const done = spawnSync(
      process.execPath,
      ['commands/run.mjs', 'audit', '--history', history, '--map', map, '--json', json],
      { encoding: 'utf8' },
    )
    expect(done.stderr).toBe('')
    result = JSON.parse(readFileSync(json, 'utf8')) as AuditJson
  }, 120_000)

  test('the last quarter from the first three: CV(RMSE) at most 8.2 % of all rows, the doubtful ones included', () => {
    expect(result.test.rows).toBe(2_301)
    expect(result.test.cvRmse).toBeLessThanOrEqual(8.2)
    expect(Math.abs(result.test.nmbe)).toBeLessThanOrEqual(2)
    expect(result.test.leastSquares!.cvRmse).toBeGreaterThan(result.test.cvRmse)
  })

  test('five days in which what reads load, flow and water stood still are one cause on three columns', () => {
    const columns = result.doubtfulSensors.map(({ column, finding, rows }) => `${column} ${finding} ${rows}`)
    expect(columns).toEqual(['chw_flow_Lps frozen 238', 'cw_temp_C frozen 238', 'load_RT frozen 238'])
    expect(new Set(result.doubtfulSensors.map(({ cause }) => cause)).size).toBe(1)
  })
})
