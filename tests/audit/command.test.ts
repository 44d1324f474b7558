import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { readOptions, usage } from '#commands/audit/options.ts'
import { csvOf, folder, put, syntheticMap } from '#tests/audit/files.ts'
import { syntheticPlant } from '#tests/audit/syntheticPlant.ts'

const place = folder()
const map = put(place, 'plant.yaml', syntheticMap)

describe('npm run audit', () => {
  test.each([
    [['--map', map], /--history FILE is missing/],
    [['--history', 'nowhere.csv', '--map', map], /--history nowhere\.csv: there is no such file/],
    [['--history', map], /--map FILE\.yaml is missing/],
    [['--histroy', 'x'], /Unknown option '--histroy'/],
    [['--history', map, '--map', map, '--seed', 'x'], /--seed x: allowed is a whole number/],
  ])('%j is refused with what is allowed', (args, expected) => {
    expect(() => readOptions(args)).toThrow(expected)
  })

  test('too little history is one sentence and exit 2', () => {
    const history = put(place, 'tiny.csv', csvOf(syntheticPlant(1, 1), 0, 40))
    const done = spawnSync(
      process.execPath,
      ['commands/run.mjs', 'audit', '--history', history, '--map', map],
      { encoding: 'utf8' },
    )
    expect(done.status).toBe(2)
    expect(done.stderr).toMatch(/rows with a sound target.*at least 50/)
    expect(done.stderr.trim().split('\n')).toHaveLength(1)
  })

  test('--help lists every role with its units', () => {
    expect(usage).toMatch(/chilledWaterSupplyTemperature .*F/)
    expect(readOptions(['--help'])).toBe('help')
  })
})
