import { describe, expect, test } from 'vitest'
import { findDoubts } from '#models/sanity/findDoubts.ts'
import type { Doubt } from '#models/sanity/sensors.ts'
import { rowAt, syntheticPlant, tableOf } from '#tests/audit/syntheticPlant.ts'

const plant = syntheticPlant(24, 3)
const doubtsOf = (
  changed: Parameters<typeof tableOf>[1],
  more: Parameters<typeof tableOf>[2] = [],
): readonly Doubt[] => findDoubts(tableOf(plant, changed, more)).doubts
const short = (doubts: readonly Doubt[]) =>
  doubts.map(({ column, finding, rows }) => `${column} ${finding} ${rows}`)
const held =
  (first: number, last: number) =>
  (values: Float64Array): void => {
    values.fill(values[first]!, first, last + 1)
  }

describe('a sound plant', () => {
  test.each([1, 2, 3, 4, 5, 6])('raises nothing over 24 days (seed %i)', seed => {
    expect(short(findDoubts(tableOf(syntheticPlant(24, seed))).doubts)).toEqual([])
  })
})

describe('a coarse logger', () => {
  test.each([0.5, 1])('whole steps of %f raise nothing, though the supply rests for days', step => {
    for (const seed of [21, 29, 39, 47]) {
      const table = tableOf(syntheticPlant(40, seed))
      const coarse = table.sensors.map(sensor =>
        sensor.role === 'status'
          ? sensor
          : { ...sensor, values: sensor.values.map(value => Math.round(value / step) * step) },
      )
      expect(short(findDoubts({ ...table, sensors: coarse }).doubts), `seed ${seed}`).toEqual([])
    }
  })
})

describe('frozen', () => {
  test('a supply thermometer that shows one value for a working day', () => {
    const [first, last] = [rowAt(9, 8), rowAt(9, 20)]
    const doubts = doubtsOf({ leaving: held(first, last) })
    expect(short(doubts)).toEqual([`leaving frozen ${last - first + 1}`])
    expect(doubts[0]!.fromAt).toBe(plant.at[first])
    expect(doubts[0]!.toAt).toBe(plant.at[last])
  })

  test('a wet bulb that is dead from the first row to the last', () => {
    const doubts = doubtsOf({ wetBulb: values => values.fill(22.6) })
    expect(
      doubts.filter(({ evidence }) => !evidence).map(({ column, finding }) => `${column} ${finding}`),
    ).toEqual(['wetBulb frozen'])
    expect(doubts[0]!.rows).toBe(plant.at.length)
  })

  test('three columns that stop together have one cause', () => {
    const stop = held(rowAt(12, 6), rowAt(14, 6))
    const doubts = doubtsOf({ load: stop, flow: stop, supply: stop }).filter(({ evidence }) => !evidence)
    expect(doubts.map(({ column, finding }) => `${column} ${finding}`)).toEqual([
      'flow frozen',
      'load frozen',
      'supply frozen',
    ])
    expect(new Set(doubts.map(({ cause }) => cause)).size).toBe(1)
  })

  test('a plant at rest is not frozen: heat, flow and power of nothing', () => {
    const off = (values: Float64Array) => values.fill(0, rowAt(5, 0), rowAt(6, 0))
    expect(
      short(doubtsOf({ load: off, flow: off, running: off, chillers: off, pumps: off, power: off })),
    ).toEqual([])
  })
})

describe('dropout', () => {
  test('a thermometer that falls to 0 °C and comes back, twice', () => {
    const doubts = doubtsOf({
      entering: values => {
        values.fill(0, rowAt(4, 3), rowAt(4, 4))
        values.fill(0, rowAt(15, 3), rowAt(15, 5))
      },
    })
    expect(short(doubts)).toEqual(['entering dropout 6', 'entering dropout 12'])
    expect(new Set(doubts.map(({ cause }) => cause)).size).toBe(1)
  })

  test('a flow meter that reads zero while the plant carries heat', () => {
    expect(short(doubtsOf({ flow: values => values.fill(0, rowAt(7, 10), rowAt(7, 12)) }))).toEqual([
      'flow dropout 12',
    ])
  })

  test('cells without a value', () => {
    expect(short(doubtsOf({ back: values => values.fill(Number.NaN, 300, 340) }))).toEqual([
      'back dropout 40',
    ])
  })
})

describe('impossible', () => {
  test('water that leaves the tower below the wet bulb: the wet bulb is asked first', () => {
    const doubts = doubtsOf({
      wetBulb: values => {
        for (let row = rowAt(10, 0); row < rowAt(10, 9); row++) values[row]! += 9
      },
    })
    expect(doubts.map(({ column, finding }) => `${column} ${finding}`)).toEqual(['wetBulb impossible'])
    expect(doubts[0]!.rows).toBe(54)
  })

  test('the thermometer is to blame where a second wet bulb says the same', () => {
    const second = {
      column: 'airport',
      role: 'wetBulb' as const,
      values: plant.columns.wetBulb.map(value => value + 0.3),
      joined: true,
      sentinels: [],
    }
    const doubts = doubtsOf(
      {
        entering: values => {
          for (let row = rowAt(10, 0); row < rowAt(10, 9); row++) values[row]! -= 12
        },
      },
      [second],
    )
    expect(doubts.map(({ column, finding }) => `${column} ${finding}`)).toEqual(['entering impossible'])
  })

  test('a supply warmer than the return under load, and nobody else is accused for the open balance', () => {
    const doubts = doubtsOf({
      supply: values => {
        for (let row = rowAt(8, 9); row < rowAt(8, 17); row++) values[row]! += 12
      },
    })
    expect(new Set(doubts.map(({ column }) => column))).toEqual(new Set(['supply']))
    expect(doubts.map(({ finding }) => finding)).toContain('impossible')
  })

  test('a heat meter that shows half of flow × warming', () => {
    const doubts = doubtsOf({
      load: values => {
        for (let row = rowAt(8, 9); row < rowAt(9, 17); row++) values[row]! *= 0.45
      },
    })
    expect(doubts.map(({ column, finding }) => `${column} ${finding}`)).toEqual(['load impossible'])
    expect(doubts[0]!.reason).toContain('heat balance')
  })

  test('a meter that shows less than an ideal machine needs', () => {
    const doubts = doubtsOf({
      power: values => {
        for (let row = rowAt(8, 9); row < rowAt(9, 17); row++) values[row]! *= 0.15
      },
      chillers: () => undefined,
    })
    expect(new Set(doubts.map(({ column, finding }) => `${column} ${finding}`))).toEqual(
      new Set(['power impossible']),
    )
  })

  test('a part that no longer adds up to the total', () => {
    const doubts = doubtsOf({
      pumps: values => {
        for (let row = rowAt(8, 0); row < rowAt(10, 0); row++) values[row]! += 90
      },
    })
    expect(doubts.map(({ column, finding }) => `${column} ${finding}`)).toEqual(['pumps impossible'])
  })

  test('beyond what such an instrument can read', () => {
    expect(short(doubtsOf({ wetBulb: values => values.fill(71, 100, 130) })).at(0)).toMatch(
      /^wetBulb (impossible|frozen|dropout) 30$/,
    )
  })
})

describe('drift', () => {
  const creeping = (from: number, perDay: number) => (values: Float64Array) => {
    for (let row = rowAt(from, 0); row < values.length; row++)
      values[row]! += (perDay * (row - rowAt(from, 0))) / 144
  }

  test('a wet bulb that creeps away from the second one', () => {
    const second = {
      column: 'logger',
      role: 'wetBulb' as const,
      values: plant.columns.wetBulb.map((value, row) => value - 0.8 + 0.3 * Math.sin(row / 20)),
      joined: true,
      sentinels: [],
    }
    const doubts = doubtsOf({ wetBulb: creeping(10, -0.25) }, [second])
    expect(doubts.map(({ column, finding }) => `${column} ${finding}`)).toEqual(['wetBulb drift'])
    expect(doubts[0]!.reason).toMatch(/−[23]\.\d K against logger/)
  })

  test('a heat meter that creeps away from flow × warming', () => {
    const doubts = doubtsOf({
      load: values => {
        for (let row = rowAt(10, 0); row < values.length; row++)
          values[row]! *= 1 + (0.012 * (row - rowAt(10, 0))) / 144
      },
    })
    expect(doubts.map(({ column, finding }) => `${column} ${finding}`)).toEqual(['load drift'])
  })

  test('a second logger with another daily course and a steady error is none', () => {
    const second = {
      column: 'roof',
      role: 'wetBulb' as const,
      values: plant.columns.wetBulb.map((value, row) => value + 1.5 + Math.sin((row / 144) * 2 * Math.PI)),
      joined: true,
      sentinels: [],
    }
    expect(short(doubtsOf({}, [second]))).toEqual([])
  })
})
