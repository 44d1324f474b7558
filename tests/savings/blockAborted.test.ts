import { describe, expect, test } from 'vitest'
import { hour, minute } from '#contract/units.ts'
import { whyNotSteered } from '#hub/planning/switchback.ts'
import { type LadderEvent, nextLadder, startLadder } from '#models/planning/ladder.ts'

const cdus = ['cdu-1', 'cdu-2'] as const
const rules = { canaryMs: 0 }
/** Both CDUs in auto at time 0, then what a test adds. */
const ladderAfter = (...events: readonly LadderEvent[]) =>
  [
    { at: 0, kind: 'clear', scope: 'site', name: 'untrusted' } as const,
    ...cdus.map(cdu => ({ at: 0, kind: 'ask', cdu, mode: 'auto', by: 'ann' }) as const),
    ...events,
  ].reduce((ladder, event) => nextLadder(ladder, event, rules), startLadder(cdus, 0))

describe('what aborts a block of the plan', () => {
  test('nothing while every CDU is steered', () => {
    expect(whyNotSteered(ladderAfter(), 40 * hour)).toBeUndefined()
  })

  test('a model that is no longer believed, once it has cost more than an hour', () => {
    const ladder = ladderAfter({
      at: hour,
      kind: 'hold',
      scope: 'site',
      name: 'untrusted',
      why: 'error of 14 %',
    })
    expect(whyNotSteered(ladder, 2 * hour - minute)).toBeUndefined()
    expect(whyNotSteered(ladder, 2 * hour)).toBe('error of 14 %')
  })

  test('a person, and a fall from which only a person raises it, at once', () => {
    const handedBack = { at: hour, kind: 'handBack', scope: 'site', untilAt: 9 * hour, by: 'otto' } as const
    expect(whyNotSteered(ladderAfter(handedBack), hour)).toBe('handed back by otto')
    const fallen = {
      at: hour,
      kind: 'fault',
      cdu: 'cdu-2',
      name: 'maintenance',
      why: 'in maintenance',
    } as const
    expect(whyNotSteered(ladderAfter(fallen), hour)).toMatch(/^cdu-2 is in advise: .*in maintenance/)
  })
})
