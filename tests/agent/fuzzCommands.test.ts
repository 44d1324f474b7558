import { describe, expect, it } from 'vitest'
import { runFuzz, type Sabotage } from '#tests/agent/fuzz/run.ts'

describe('commands of every kind, from the wire to the device', () => {
  it('5,000 of them: nothing outside bounds, ramp, rate or trust reaches a device', () => {
    const result = runFuzz({ count: 5_000, seed: 1 })
    expect(result.violations).toEqual([])
    expect(result.commands).toBeGreaterThanOrEqual(5_000)
    // Something of each kind, and a plant that was steered meanwhile.
    expect(Object.values(result.byKind).every(count => count > 5)).toBe(true)
    expect(result.accepted).toBeGreaterThan(50)
    expect(result.held).toBeGreaterThan(20)
    expect(result.modes).toBeGreaterThan(50)
    expect(result.writes).toBeGreaterThan(50)
  })

  it.each<[Sabotage, RegExp]>([
    ['bounds', /: outside \d+ to \d+/],
    ['ramp', /its ramp allows/],
    ['dewPoint', /falls below/],
    ['signature', /the hub never sent it/],
  ])('an agent whose %s does not hold is found out', (sabotage, expected) => {
    const { violations } = runFuzz({ count: 2_500, seed: 4, sabotage })
    expect(violations.join('\n')).toMatch(expected)
  })
})
