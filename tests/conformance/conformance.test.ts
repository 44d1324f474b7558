import { beforeAll, describe, expect, test } from 'vitest'
import { breakages } from './breakages.ts'
import { assertions, judgeAll, type Result, watchedOf } from './judge.ts'
import { brokenOff, countsOf, table } from './report.ts'
import { playAll } from './stories.ts'
import type { Trace } from './trace.ts'
import type { Side } from './verdict.ts'

let traces: Record<Side, Trace[]>
let results: Result[]

beforeAll(async () => {
  traces = await playAll('aedes')
  results = judgeAll(traces)
})

const failing = (side: Side): string =>
  table(results.filter(({ assertion, verdict }) => assertion.side === side && verdict.kind === 'fail'))

test('every story comes to its end', () => {
  expect(brokenOff([...traces.edge, ...traces.host])).toEqual([])
})

test('the edge meets every assertion that the stories exercise, at least 90 of them', () => {
  expect(failing('edge')).toBe('')
  expect(countsOf(results, 'edge').exercised).toBeGreaterThanOrEqual(90)
})

test('the host meets every assertion that the stories exercise, at least 50 of them', () => {
  expect(failing('host')).toBe('')
  expect(countsOf(results, 'host').exercised).toBeGreaterThanOrEqual(50)
})

test('every assertion is exercised, and none stands in the table twice', () => {
  const keys = assertions.map(({ side, id }) => `${side} ${id}`)
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([])
  expect(results.filter(({ verdict }) => verdict.kind === 'notExercised')).toEqual([])
})

describe('a check that cannot fail is no check', () => {
  const isAimedAt = (
    { side, breaks }: (typeof breakages)[number],
    one: (typeof assertions)[number],
  ): boolean => side === one.side && breaks.test(one.id)

  test('each assertion has a wrong trace of its own', () => {
    const unaimed = assertions.filter(one => !breakages.some(breakage => isAimedAt(breakage, one)))
    expect(unaimed.map(({ side, id }) => `${side} ${id}`)).toEqual([])
  })

  test.each(breakages.map(breakage => [`${breakage.side}: ${breakage.name}`, breakage] as const))(
    '%s',
    (_name, breakage) => {
      const wrong = traces[breakage.side].map(trace => {
        const copy = structuredClone(trace)
        breakage.change(copy)
        return watchedOf(copy, breakage.side)
      })
      const aimedAt = assertions.filter(one => isAimedAt(breakage, one))
      expect(aimedAt.length).toBeGreaterThan(0)
      const survivors = aimedAt.filter(one => !wrong.some(watched => one.judge(watched).kind === 'fail'))
      expect(survivors.map(({ id }) => id)).toEqual([])
    },
  )
})
