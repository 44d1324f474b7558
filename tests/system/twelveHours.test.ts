import { existsSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { type Started, type Summary, start } from '#tests/support/started.ts'

const data = '../shared/data'
const chicago = `${data}/weather/USA_IL_Chicago-OHare.Intl.AP.725300_TMY3.epw.gz`
const frontier = `${data}/power/frontier_cdu_power_2024-04-07_h00-h16.csv.gz`

let run: Started | undefined
afterEach(async () => {
  await run?.stop()
  run = undefined
})

function expectTrue(summary: Summary): void {
  const { samples, energy } = summary
  expect(samples.accepted).toBeGreaterThan(10_000)
  expect(samples.stored).toBe(samples.accepted)
  expect(samples.duplicates).toBe(0)
  for (const key of ['itKwh', 'facilityKwh', 'coolingKwh', 'pue'] as const)
    expect(Math.abs(energy[key] / energy.truth[key] - 1), key).toBeLessThan(0.01)
  expect(energy).toMatchObject({ kind: 'interim', category: 2 })
}

describe('a site from start to end', () => {
  test.skipIf(!existsSync(chicago))(
    'twelve hours of the small site on Chicago’s weather and Frontier’s load: everything accepted is stored, the plan goes auto and acts, meters agree with the plant (needs shared data)',
    async () => {
      run = start(
        '--site',
        'small',
        '--weather',
        chicago,
        '--load',
        frontier,
        '--hours',
        '12',
        '--speed',
        '600',
        '--seed',
        '1',
        '--port',
        '0',
      )
      expect(await run.exit, run.said()).toBe(0)
      const summary = run.summary()
      expectTrue(summary)
      expect(summary.plans.made).toBeGreaterThanOrEqual(6)
      expect(summary.leases.applied).toBeGreaterThan(0)
      expect(summary.plans.acted + summary.plans.held).toBe(summary.plans.made)
    },
  )
})
