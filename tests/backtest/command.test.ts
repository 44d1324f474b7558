import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readOptions } from '#commands/backtest/options.ts'
import { isFailure } from '#contract/failure.ts'

const command = (...args: string[]) =>
  spawnSync(process.execPath, ['commands/run.mjs', 'backtest', ...args], { encoding: 'utf8' })

describe('npm run backtest', () => {
  test('a night of fixed: JSON on the pipe, or in the file with a short table instead', () => {
    const args = ['--site', 'small', '--days', '0.25', '--controller', 'fixed']
    const piped = command(...args)
    expect(piped.stderr).toBe('')
    const json = JSON.parse(piped.stdout)
    expect(json).toMatchObject({
      site: 'small',
      weather: 'builtin:chicago',
      days: 0.25,
      seed: 1,
      savings: {},
    })
    expect(json.controllers.fixed.facilityKwh).toBeGreaterThan(0)
    expect(json.speed).toBeGreaterThan(0)

    const folder = mkdtempSync(join(tmpdir(), 'coldloop-backtest-'))
    const file = join(folder, 'out.json')
    expect(command(...args, '--json', file).stdout).toContain('facility kWh')
    const { wallSeconds, speed, ...same } = json
    const { wallSeconds: wall, speed: other, ...written } = JSON.parse(readFileSync(file, 'utf8'))
    expect([wallSeconds, speed, wall, other].every(Number.isFinite)).toBe(true)
    expect(written).toEqual(same)
    rmSync(folder, { recursive: true })
  })

  test('what cannot be run is said in one sentence, exit 2', () => {
    const { status, stderr, stdout } = command('--site', 'nowhere')
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining('no site "nowhere"')])
  })

  test('pooled cases are kept and not run again; another question for the same folder is refused', () => {
    const folder = mkdtempSync(join(tmpdir(), 'coldloop-pooled-'))
    const kept = join(folder, 'immersion_ai_chicago_2025-07-14_seed_1.json')
    const asked = (days: string) => [
      ...['--pooled', '--sites', 'immersion', '--cities', 'chicago', '--weeks', '2025-07-14'],
      ...['--seeds', '1', '--days', days, '--cases', folder, '--json', join(folder, 'pooled.json')],
    ]
    const controllersWith = (counted: object) =>
      Object.fromEntries(
        Object.entries({ fixed: 110, reset: 100, plan: 96, oracle: 95 }).map(([name, kwh]) => [
          name,
          { facilityKwh: kwh, coolingKwh: 10, itKwh: 80, overLimitDegreeMinutes: 0, ...counted },
        ]),
      )
    const keep = (counted: object) =>
      writeFileSync(
        kept,
        JSON.stringify({
          asked: {
            site: 'immersion',
            weather: 'builtin:chicago',
            load: 'builtin:ai',
            from: '2025-07-14',
            days: '7',
            seed: '1',
            step: '60',
            controller: 'fixed,reset,plan,oracle',
          },
          result: { controllers: controllersWith(counted), savings: {} },
        }),
      )
    keep({ cduHours: 5250, cduHoursNearLimit: 2 })
    const read = command(...asked('7'))
    expect(read.stdout).toContain('| immersion ai | 1 | 80.0 % |')
    expect(JSON.parse(readFileSync(join(folder, 'pooled.json'), 'utf8')).rows[0].captured).toBe(0.8)
    expect(read.stdout).toContain('plan: hours above limit - 1.5 K: 2 of 5,250 CDU-hours, 0.038 %\n')
    keep({})
    expect(command(...asked('7')).stdout).toContain('plan: hours above limit - 1.5 K: unknown\n')
    const other = command(...asked('6'))
    expect(other.status).toBe(2)
    expect(other.stderr).toContain('was run with other options')
    rmSync(folder, { recursive: true })
  })

  test.each([
    { args: ['--controller', 'clever'], says: /--controller clever: allowed are fixed, reset/ },
    { args: ['--leakage', '0.015'], says: /--leakage 0.015: allowed is a share per kelvin/ },
    { args: ['--step', '7'], says: /--step 7: allowed is a divisor of 60/ },
    { args: ['--from', 'monday'], says: /--from monday: allowed is a date/ },
    { args: ['--load', 'nothing.csv'], says: /--load nothing.csv: there is no such file/ },
    { args: ['--days', '0'], says: /--days 0: allowed is a number from/ },
  ])('$args is refused', ({ args, says }) => {
    let sentence = ''
    try {
      readOptions(args)
    } catch (error) {
      if (!isFailure(error)) throw error
      sentence = error.message
    }
    expect(sentence).toMatch(says)
  })

  test('leakage is a share, or per cent with its sign', () => {
    for (const given of ['0.002', '0.2%', '0.2']) {
      const asked = readOptions(['--leakage', given])
      expect(asked.what === 'backtest' && asked.backtest.leakagePerK).toBeCloseTo(0.002, 12)
    }
  })

  test('leakage drawn by the seed: the same for the same seed, between 0.1 and 0.3 %/K', () => {
    const drawn = [1, 2, 3, 1].map(seed => {
      const asked = readOptions(['--leakage', 'seed', '--seed', String(seed)])
      return asked.what === 'backtest' ? asked.backtest.leakagePerK : Number.NaN
    })
    for (const perK of drawn) {
      expect(perK).toBeGreaterThanOrEqual(0.001)
      expect(perK).toBeLessThanOrEqual(0.003)
    }
    expect(drawn[3]).toBe(drawn[0])
    expect(new Set(drawn).size).toBe(3)
  })
})
