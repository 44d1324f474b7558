import { describe, expect, test } from 'vitest'
import type { Reading } from '#contract/reading.ts'
import { resolveSite } from '#simulators/sites/sites.ts'
import { hasMoved, servedPoints, watch } from '#simulators/wire/watch.ts'
import { noon, tinyPlant } from '#tests/wire/tinyPlant.ts'

const good = (value: number): Reading => ({ value, quality: 'good', at: noon })
const bad: Reading = { value: null, quality: 'bad', at: noon }

describe('when a value has moved', () => {
  test.each([
    ['it was never shown', undefined, good(32), 0.05, true],
    ['it rests inside its dead band', good(32), good(32.04), 0.05, false],
    ['it leaves its dead band', good(32), good(32.06), 0.05, true],
    ['a state changes by any step', good(0), good(1), 0, true],
    ['a state stays', good(1), good(1), 0, false],
    ['the sensor breaks', good(32), bad, 0.05, true],
    ['the sensor stays broken', bad, bad, 0.05, false],
    ['the sensor comes back with the same value', bad, good(32), 0.05, true],
  ])('%s', (_, shown, reading, deadBand, moved) => {
    expect(hasMoved(shown, reading, deadBand)).toBe(moved)
  })
})

describe('watching one rack', () => {
  const site = resolveSite('small', { designWetBulbC: 25 })
  const rack = site.equipment.filter(item => item.id === 'A1')
  const start = (repeatMs: number) => {
    const plant = tinyPlant(site)
    const watched = watch(plant, servedPoints(plant, rack), repeatMs)
    const shown: Array<[string, number | null, number]> = []
    const show = (point: { point: string }, reading: Reading) =>
      void shown.push([point.point, reading.value, reading.at - noon])
    watched.moved(show)
    const first = shown.splice(0)
    return { plant, watched, shown, show, first }
  }

  test('everything is shown once, then only what moves', () => {
    const { plant, watched, shown, show, first } = start(0)
    expect(first).toHaveLength(13)
    plant.advanceTo(noon + 1_000)
    plant.set('A1.liquidFlow', 40)
    watched.moved(show)
    expect(shown).toEqual([['liquidFlow', 40, 1_000]])
  })

  test('a quick look sees water and leaves the flow for later', () => {
    const { plant, watched, shown, show } = start(0)
    plant.advanceTo(noon + 20)
    plant.set('A1.liquidFlow', 40)
    plant.set('A1.leak', 1)
    watched.movedFast(show)
    expect(shown).toEqual([['leak', 1, 20]])
  })

  test('a resting value is shown again after its time, and all of them after a lost connection', () => {
    const { plant, watched, shown, show } = start(100_000)
    plant.advanceTo(noon + 99_999)
    watched.moved(show)
    expect(shown).toHaveLength(0)
    plant.advanceTo(noon + 100_000)
    watched.moved(show)
    expect(shown.splice(0)).toHaveLength(13)
    watched.forget()
    watched.moved(show)
    expect(shown).toHaveLength(13)
  })

  test('two values at one instant of the plant carry two times', () => {
    const { plant, watched, shown, show } = start(0)
    plant.set('A1.leak', 1)
    watched.movedFast(show)
    plant.set('A1.leak', 0)
    watched.movedFast(show)
    expect(shown).toEqual([
      ['leak', 1, 1],
      ['leak', 0, 2],
    ])
  })

  test('at the end every point is shown at the last instant, and not twice', () => {
    const { plant, watched, shown, show } = start(0)
    plant.advanceTo(noon + 3_600_000)
    plant.set('A1.leak', 1)
    watched.movedFast(show)
    shown.length = 0
    watched.everything(noon + 3_600_000, show)
    expect(shown).toHaveLength(12)
    expect(shown.every(([, , at]) => at === 3_600_000)).toBe(true)
  })
})
