import { describe, expect, it } from 'vitest'
import type { SavingFigure, SavingsView } from '#contract/api.ts'
import {
  blockLook,
  decimalsOfFigure,
  pairsOf,
  rowsOf,
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

  it('each source stands before what it was worth, and only where that is known', () => {
    const rows = rowsOf(over.outcome!.parts)
    expect(rows.map(({ part, as, figure }) => [part.what, as, figure.unit])).toEqual([
      ['cooling', 'itself', 'kWh/h'],
      ['cooling', 'cost', 'EUR/h'],
      ['cooling', 'carbon', 'kg/h'],
      ['losses', 'itself', 'kWh/h'],
      ['itLeakage', 'itself', 'kWh/h'],
    ])
  })

  it('one scale of a unit holds every interval of it and zero; the error decides on the decimals', () => {
    const rows = rowsOf(over.outcome!.parts)
    for (const { figure } of rows) {
      const [low, high] = scaleOf(rows, figure.unit)
      expect(low).toBeLessThan(Math.min(0, figure.interval90[0]))
      expect(high).toBeGreaterThan(Math.max(0, figure.interval90[1]))
    }
    // Kilowatt-hours do not press money flat.
    expect(scaleOf(rows, 'EUR/h')[1]).toBeLessThan(0.5)
    const { figure } = rows[0]!
    const of = (interval90: SavingFigure['interval90']) => decimalsOfFigure({ ...figure, interval90 })
    expect([of([1, 3]), of([10, 40]), of([100, 900]), of([2, 2])]).toEqual([1, 0, 0, 1])
  })
})
