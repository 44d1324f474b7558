import { expect, test } from 'vitest'
import { mosquittoFound } from '../support/mosquitto.ts'
import { judgeAll } from './judge.ts'
import { brokenOff, countsOf, table } from './report.ts'
import { playAll } from './stories.ts'

test.skipIf(mosquittoFound === undefined)(
  'the same stories at a real Mosquitto have the same verdicts',
  async () => {
    const traces = await playAll('mosquitto')
    const results = judgeAll(traces)
    expect(brokenOff([...traces.edge, ...traces.host])).toEqual([])
    expect(table(results.filter(({ verdict }) => verdict.kind !== 'pass'))).toBe('')
    expect(countsOf(results, 'edge').exercised).toBeGreaterThanOrEqual(90)
    expect(countsOf(results, 'host').exercised).toBeGreaterThanOrEqual(50)
  },
)
