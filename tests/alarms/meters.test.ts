import { describe, expect, test } from 'vitest'
import { hour, minute } from '#contract/units.ts'
import { watchMeters } from '#hub/alarms/meters.ts'
import { testSite } from '#tests/support/siteOf.ts'

const site = testSite()
const meter = site.meters.find(entry => entry.role === 'facility')
if (!meter) throw new Error('the test site has no facility meter')

/** A meter whose register reads so at those site minutes; what the operator is told. */
function told(readings: ReadonlyArray<readonly [minutes: number, kwh: number]>, standing = false): string[] {
  const words: string[] = []
  const watch = watchMeters({
    site,
    alarms: {
      raise: (code, equipment) => words.push(`${code} ${equipment}`),
      clear: (code, equipment) => words.push(`end of ${code} ${equipment}`),
      standing: () => (standing ? [{ code: 'meterBackwards', equipment: meter?.id } as never] : []),
    },
  })
  for (const [minutes, value] of readings)
    watch.samples([
      { equipment: meter?.id ?? '', point: 'activeEnergyKwh', value, quality: 'good', at: minutes * minute },
    ])
  return words
}

describe('a meter that counts backwards', () => {
  test('is told once, and is well again after an hour of counting up', () => {
    const down = [0, 1, 2, 3].map(at => [at, 1_000 - at] as const)
    const up = Array.from({ length: 70 }, (_, n) => [4 + n, 997 + n] as const)
    expect(told([...down, ...up])).toEqual([
      `meterBackwards ${meter.id}`,
      `end of meterBackwards ${meter.id}`,
    ])
    expect(hour / minute).toBe(60)
  })
  test('so slowly that each step is rounding is told all the same', () => {
    expect(told(Array.from({ length: 10 }, (_, n) => [n, 50 - 0.01 * n] as const))).toHaveLength(1)
  })
  test('is none: a rollover, a rounding step, an older reading that comes late', () => {
    expect(
      told([
        [0, meter.rolloverKwh - 1],
        [1, 2],
        [2, 1.99],
        [3, 4],
        [2, 1],
        [4, 5],
      ]),
    ).toEqual([])
  })
  test('is still known after a restart of the hub: not told again, ended when it is well', () => {
    expect(
      told(
        Array.from({ length: 62 }, (_, n) => [n, 10 + n] as const),
        true,
      ),
    ).toEqual([`end of meterBackwards ${meter.id}`])
  })
})
