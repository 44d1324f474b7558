import { describe, expect, test } from 'vitest'
import { hour } from '#contract/units.ts'
import { switchbackClaim } from '#models/savings/claim.ts'
import type { MeteredHour } from '#models/savings/hours.ts'
import { blockAt, designSwitchback, powerOf, registrationOf } from '#models/savings/switchback.ts'
import { placeboPairShares, switchbackResult } from '#models/savings/switchbackResult.ts'
import { start, syntheticHours } from '#tests/savings/syntheticSite.ts'

const chicago = -6 * hour
const design = designSwitchback({
  site: 'small',
  seed: 7,
  pairs: 14,
  notBefore: start,
  standardOffsetMs: chicago,
})
const quiet = syntheticHours({ seed: 11, weeks: 9, noiseShare: 0.02 })

/** What the meters say when `plan` saves a share in its blocks. */
const lived = (share: number, hours: readonly MeteredHour[] = quiet): MeteredHour[] =>
  hours.map(one =>
    blockAt(design, one.at)?.arm === 'plan' ? { ...one, coolingKwh: one.coolingKwh * (1 - share) } : one,
  )

describe('a switchback is designed before it starts', () => {
  test('pairs of 48 h blocks from 00:00 standard time, one of each arm, the first day of each discarded', () => {
    expect(design.blocks).toHaveLength(28)
    for (const block of design.blocks) {
      expect((block.fromAt + chicago) % (24 * hour)).toBe(0)
      expect(block.toAt - block.fromAt).toBe(48 * hour)
      expect(block.countsFromAt - block.fromAt).toBe(24 * hour)
    }
    for (let pair = 0; pair < 14; pair++)
      expect(
        design.blocks
          .filter(block => block.pair === pair)
          .map(block => block.arm)
          .sort(),
      ).toEqual(['plan', 'reset'])
    const orders = new Set(design.blocks.filter(block => block.index % 2 === 0).map(block => block.arm))
    expect(orders.size).toBe(2)
  })

  test('the same seed gives the same order, another seed another', () => {
    const again = { site: 'small', pairs: 14, notBefore: start, standardOffsetMs: chicago }
    expect(designSwitchback({ ...again, seed: 7 })).toEqual(design)
    expect(designSwitchback({ ...again, seed: 8 })).not.toEqual({ ...design, seed: 8 })
  })

  test('through a change of clocks every block keeps its 48 hours and begins at midnight of standard time', () => {
    const march = designSwitchback({ ...design, notBefore: Date.UTC(2025, 2, 8, 12) })
    // Clocks in Chicago change at 08:00 UTC on 9 March 2025: days of 23 hours there, not here.
    const across = blockAt(march, Date.UTC(2025, 2, 9, 8))
    expect(across && (across.toAt - across.fromAt) / hour).toBe(48)
    expect(march.blocks.map(block => new Date(block.fromAt).getUTCHours())).toEqual(march.blocks.map(() => 6))
  })

  test('fewer than 14 pairs are no experiment', () => {
    expect(() => designSwitchback({ ...design, pairs: 13, notBefore: start })).toThrow(/14 to 91/)
  })

  test('the registration names what will be done, and its hash changes with a single block', () => {
    const { text, sha256 } = registrationOf(design, undefined)
    expect(text).toMatch(/14 pairs of 48 h blocks/)
    expect(text).toMatch(/aborted blocks count as assigned/)
    const blocks = design.blocks.map(
      (block, index) =>
        ({ ...block, arm: index === 0 ? (block.arm === 'plan' ? 'reset' : 'plan') : block.arm }) as const,
    )
    expect(registrationOf({ ...design, blocks }, undefined).sha256).not.toBe(sha256)
  })

  test('power by hand: 14 pairs with 4 % find 2.8 %; too little history tells nothing', () => {
    expect(powerOf(14, [0.04, -0.04, 0.04, -0.04, 0.04, -0.04]).detectableShare).toBeCloseTo(0.0282, 4)
    expect(powerOf(14, [0.04, -0.04]).detectableShare).toBeUndefined()
    const power = powerOf(14, placeboPairShares({ design, hours: quiet }))
    expect(power.placeboPairs).toBe(14)
    expect(power.detectableShare).toBeLessThan(0.04)
  })
})

describe('a switchback is judged', () => {
  test('6 % saved by the plan are found against reset, whatever load and weather did', () => {
    const result = switchbackResult({ design, hours: lived(0.06) })
    expect(result.pairs).toEqual({ designed: 14, judged: 14, unknown: 0 })
    expect(result.share).toBeCloseTo(0.06, 2)
    expect(result.interval90[0]).toBeLessThan(result.savedPerHour)
    expect(result.interval90[1]).toBeGreaterThan(result.savedPerHour)
    expect(result.interval68[1] - result.interval68[0]).toBeLessThan(
      result.interval90[1] - result.interval90[0],
    )
    expect(switchbackClaim(result)).toMatchObject({
      level: 'verified',
      sentence: expect.stringContaining('14 switchback pairs'),
    })
  })

  test('where the arms do the same, nothing is verified', () => {
    const result = switchbackResult({ design, hours: quiet })
    expect(result.excludesZero).toBe(false)
    expect(result.pValue).toBeGreaterThan(0.1)
    expect(switchbackClaim(result).level).toBe('none')
  })

  test('with the arms exchanged the interval is the same with the other sign', () => {
    const hours = lived(0.06)
    const exchanged = {
      ...design,
      blocks: design.blocks.map(
        block => ({ ...block, arm: block.arm === 'plan' ? 'reset' : 'plan' }) as const,
      ),
    }
    const [one, other] = [design, exchanged].map(each => switchbackResult({ design: each, hours }))
    expect(other?.savedPerHour).toBeCloseTo(-(one?.savedPerHour as number), 9)
    expect(other?.interval90[0]).toBeCloseTo(-(one?.interval90[1] as number), 6)
    expect(other?.interval90[1]).toBeCloseTo(-(one?.interval90[0] as number), 6)
  })

  test('an aborted block counts as assigned: the saving is diluted, never chosen', () => {
    const full = lived(0.06)
    const abortedBlocks = design.blocks.filter(block => block.arm === 'plan').slice(0, 4)
    const fellBack = full.map((one, index) =>
      abortedBlocks.some(block => one.at >= block.fromAt && one.at < block.toAt)
        ? (quiet[index] as MeteredHour)
        : one,
    )
    const aborted = abortedBlocks.map(block => block.index)
    const result = switchbackResult({ design, hours: fellBack, aborted })
    expect(result.aborted).toBe(4)
    expect(result.pairs.judged).toBe(14)
    expect(result.share).toBeCloseTo(0.06 * (10 / 14), 2)
  })

  test('a pair whose meters were silent is left out and counted, and 13 pairs claim nothing', () => {
    const [silent] = design.blocks
    const hours = lived(0.06).map(one =>
      silent && one.at >= silent.fromAt && one.at < silent.toAt ? { ...one, coolingKwh: Number.NaN } : one,
    )
    const result = switchbackResult({ design, hours })
    expect(result.pairs).toEqual({ designed: 14, judged: 13, unknown: 1 })
    expect(switchbackClaim(result)).toMatchObject({
      level: 'none',
      sentence: expect.stringContaining('at least 14'),
    })
  })
})

describe('a switchback in money', () => {
  const priced = (perKwh: (at: number) => number) => ({ worth: { unit: 'EUR', perKwh } })
  const isNight = (at: number) => ((at + chicago) / hour) % 24 < 6
  const isSunday = (at: number) => new Date(at + chicago).getUTCDay() === 0
  /** The plan saves by night only, or by day only. */
  const savedWhere = (holds: (at: number) => boolean) => {
    const throughout = lived(0.1)
    return quiet.map((one, index) => (holds(one.at) ? (throughout[index] as MeteredHour) : one))
  }

  test('under a flat tariff cost and its interval are the energy times the price, to the digit', () => {
    for (const share of [0.06, 0]) {
      const energy = switchbackResult({ design, hours: lived(share) })
      const cost = switchbackResult({ design, hours: lived(share), ...priced(() => 0.2) })
      expect(cost.savedPerHour).toBeCloseTo(0.2 * energy.savedPerHour, 9)
      for (const end of [0, 1] as const) {
        expect(cost.interval90[end]).toBeCloseTo(0.2 * energy.interval90[end], 7)
        expect(cost.interval68[end]).toBeCloseTo(0.2 * energy.interval68[end], 7)
      }
      expect([cost.share, cost.pValue, cost.excludesZero]).toEqual([
        expect.closeTo(energy.share, 9),
        energy.pValue,
        energy.excludesZero,
      ])
    }
  })

  test('where nights are cheap, what is saved by night is worth less than the same by day', () => {
    const tariff = priced(at => (isNight(at) ? 0.05 : 0.2))
    /** By how much the saving moves the result, in money and in energy: chance is in both and drops out. */
    const perKwh = (hours: readonly MeteredHour[]) => {
      const moved = (more: object) =>
        switchbackResult({ design, hours, ...more }).savedPerHour -
        switchbackResult({ design, hours: quiet, ...more }).savedPerHour
      return moved(tariff) / moved({})
    }
    expect(perKwh(savedWhere(isNight))).toBeCloseTo(0.05, 2)
    expect(perKwh(savedWhere(at => !isNight(at)))).toBeCloseTo(0.2, 2)
  })

  test('a cheap Sunday beside a dear Friday is no saving: both days of a pair are valued alike', () => {
    const tariff = priced(at => (isSunday(at) ? 0.02 : 0.3))
    expect(switchbackResult({ design, hours: quiet, ...tariff }).excludesZero).toBe(false)
    const [energy, cost] = [{}, tariff].map(more => {
      const result = switchbackResult({ design, hours: lived(0.06), ...more })
      return { share: result.share, half: result.plusMinus.at90 / result.resetPerHour }
    }) as [{ share: number; half: number }, { share: number; half: number }]
    expect(Math.abs(cost.share - energy.share)).toBeLessThan(energy.half / 2)
    // Valued each at its own day's prices, the interval is twice as wide or more.
    expect(cost.half).toBeLessThan(1.3 * energy.half)
  })

  test('an hour without a price is no free hour; a pair without prices is left out and counted', () => {
    const [first] = design.blocks
    const known = priced(at => (first && at >= first.fromAt && at < first.toAt ? Number.NaN : 0.2))
    const result = switchbackResult({ design, hours: lived(0.06), ...known })
    expect(result.pairs).toEqual({ designed: 14, judged: 13, unknown: 1 })
    const free = switchbackResult({ design, hours: lived(0.06), ...priced(() => 0) })
    expect([free.pairs.judged, free.savedPerHour]).toEqual([14, expect.closeTo(0, 12)])
  })
})
