import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { pointSpec } from '#contract/points.ts'
import { minute, second } from '#contract/units.ts'
import { type Fault, faultKinds } from '#simulators/faults/fault.ts'
import type { Load } from '#simulators/load/load.ts'
import { smallPlant, startAt } from '#tests/plant/smallPlant.ts'

/** The tables of the faults' README: what it promises is what is run here. */
const tables = readFileSync('simulators/faults/README.md', 'utf8')
  .split('\n\n')
  .filter(part => part.startsWith('| kind'))
  .map(part =>
    part
      .trim()
      .split('\n')
      .slice(2)
      .map(line =>
        line
          .split('|')
          .slice(1, -1)
          .map(cell => cell.trim()),
      ),
  )
const [kinds = [], signatures = []] = tables

/** 60 % of nameplate, from the second minute on rising to 80 % within a minute. */
const rising: Load = {
  name: 'rising',
  cduPowerKw: (_cdu, at) => 375 * (0.6 + 0.2 * Math.max(0, Math.min(1, (at - startAt - minute) / minute))),
  itFraction: () => 0.6,
  notes: [],
}

type Twin = ReturnType<typeof smallPlant>

const shownBy = (plant: Twin, sensors: string): number =>
  sensors
    .split(' - ')
    .reduce((sum, key, index) => sum + (index === 0 ? 1 : -1) * (plant.read(key).value ?? Number.NaN), 0)

/** Least difference that counts: the dead band, or half a count for states. */
function deadBandOf(plant: Twin, sensors: string): number {
  const [id = '', point = ''] = sensors.split(' - ')[0]!.split('.')
  const { kind } = plant.site.equipment.find(entry => entry.id === id)!
  return pointSpec(kind, point)!.deadBand || 0.5
}

describe('signatures', () => {
  test('the tables are there: every kind, and a signature for each that a cold-plate plant has', () => {
    expect(kinds.map(([kind]) => kind)).toEqual([...faultKinds])
    const shown = new Set(signatures.map(([kind]) => kind))
    expect(faultKinds.filter(kind => !shown.has(kind))).toEqual(['chillerTrip'])
  })

  test.each(signatures)('%s at %s %s %s: after %s %s shows %s', (...row) => {
    const [kind, place, point, size, after, sensors, shows] = row as [Fault['kind'], ...Array<string>] as [
      Fault['kind'],
      string,
      string,
      string,
      string,
      string,
      string,
    ]
    const [sound, broken] = [0, 1].map(() => smallPlant({ load: rising, stepMs: 250 })) as [Twin, Twin]
    const before = broken.read(sensors.split(' - ')[0]!).value
    broken.inject({
      id: 'one',
      kind,
      place,
      ...(point === '' ? {} : { point }),
      ...(size === '' ? {} : { size: Number(size) }),
    })
    const waitMs = Number.parseFloat(after) * second
    for (const plant of [sound, broken]) plant.after(waitMs)
    const difference = shownBy(broken, sensors) - shownBy(sound, sensors)
    const deadBand = deadBandOf(sound, sensors)
    switch (shows.replace(/-?[\d.]+/, 'N')) {
      case 'higher':
        return expect(difference).toBeGreaterThan(deadBand)
      case 'lower':
        return expect(difference).toBeLessThan(-deadBand)
      case 'the same':
        return expect(Math.abs(difference)).toBeLessThan(deadBand)
      case 'reads N':
        return expect(shownBy(broken, sensors)).toBeCloseTo(Number(shows.split(' ')[1]), 1)
      case 'no value':
        return expect(broken.read(sensors)).toMatchObject({ value: null, quality: 'bad' })
      case 'stands': {
        expect(broken.read(sensors).value).toBe(before)
        expect(broken.read(sensors).at).toBe(startAt + waitMs)
        return expect(Math.abs(difference)).toBeGreaterThan(deadBand)
      }
      case 'N s ahead':
        return expect(broken.read(sensors).at - sound.read(sensors).at).toBe(
          Number.parseFloat(shows) * second,
        )
      default:
        throw new Error(`the README shows "${shows}", which no check here understands`)
    }
  })
})
