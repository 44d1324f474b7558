import { describe, expect, it } from 'vitest'
import type { SavingPart, SavingsView } from '#contract/api.ts'
import {
  blockLook,
  decimalsOfPart,
  pairsOf,
  scaleOf,
  silenceOf,
  stageOf,
} from '#dashboards/console/rules/savings.ts'
import { demoSavings } from './support/demoSavings.ts'

const at = Date.UTC(2025, 6, 1)
const hour = 3_600_000
const over = demoSavings('pumpTrip', at)
const running = demoSavings('leak', at)

describe('what the page says of savings', () => {
  it('is nothing where nothing ran, and never a result while a switchback runs', () => {
    expect(stageOf({ experiment: null, outcome: null })).toBe('none')
    expect([stageOf(running), silenceOf(running)]).toEqual(['running', 'running'])
    expect(stageOf(over)).toBe('verified')
    const refuted: SavingsView = {
      ...over,
      outcome: { ...over.outcome!, claim: { level: 'none', sentence: 'Nothing is verified.' } },
    }
    expect(stageOf(refuted)).toBe('noClaim')
  })

  it('a block is over, now or to come; a stopped switchback drops what had not ended', () => {
    const block = running.experiment!.blocks[2]!
    expect(blockLook(block, block.fromAt - 1)).toBe('coming')
    expect(blockLook(block, block.fromAt)).toBe('now')
    expect(blockLook(block, block.toAt)).toBe('past')
    expect(blockLook(block, block.toAt + hour, block.toAt - hour)).toBe('dropped')
    expect(blockLook(block, block.toAt + hour, block.toAt)).toBe('past')
  })

  it('blocks stand as pairs, one of each arm', () => {
    const pairs = pairsOf(running.experiment!.blocks)
    expect(pairs).toHaveLength(14)
    for (const pair of pairs) expect(pair.map(block => block.arm).sort()).toEqual(['plan', 'reset'])
  })

  it('one scale holds every interval and zero; the error decides on the decimals', () => {
    const { parts } = over.outcome!
    const [low, high] = scaleOf(parts)
    for (const part of parts) {
      expect(low).toBeLessThan(Math.min(0, part.interval90[0]))
      expect(high).toBeGreaterThan(Math.max(0, part.interval90[1]))
    }
    const of = (interval90: SavingPart['interval90']) => decimalsOfPart({ ...parts[0]!, interval90 })
    expect([of([1, 3]), of([10, 40]), of([100, 900]), of([2, 2])]).toEqual([1, 0, 0, 1])
  })
})
