import { describe, expect, test } from 'vitest'
import { figuresOf } from '#simulators/backtest/figures.ts'
import { type PooledCase, pooledRows } from '#simulators/backtest/pooling.ts'

/** What a controller took: a case of so many kWh, a tenth of it cooling. */
function figures(facilityKwh: number, overLimit = 0) {
  const energy = (kwh: number) => ({
    fromAt: 0,
    toAt: 0,
    itKwh: kwh * 0.85,
    facilityKwh: kwh,
    coolingKwh: kwh * 0.1,
    lossesKwh: kwh * 0.05,
    pue: 1,
    energyBalanceError: 0,
  })
  const state = (kwh: number) => ({
    energy: energy(kwh),
    tally: {
      partsKwh: {},
      waterL: 0,
      overLimitDegreeMinutes: kwh === 0 ? 0 : overLimit,
      hottestC: 70,
      chillerStarts: 0,
    },
    meteredKwh: { facility: kwh, it: kwh * 0.85 },
  })
  return figuresOf({ before: state(0), after: state(facilityKwh), setpointMoves: 0 })
}

const caseOf = (
  name: string,
  kwh: { fixed: number; reset: number; plan: number; oracle: number },
  over: { fixed?: number; plan?: number } = {},
): PooledCase => ({
  row: 'tanks ai',
  name,
  controllers: {
    fixed: figures(kwh.fixed, over.fixed),
    reset: figures(kwh.reset),
    plan: figures(kwh.plan, over.plan),
    oracle: figures(kwh.oracle),
  },
})

describe('pooled rows', () => {
  test('energies are added before they are divided: a week with little to save weighs little', () => {
    const [row] = pooledRows([
      caseOf('summer', { fixed: 1100, reset: 1000, plan: 910, oracle: 900 }),
      caseOf('winter', { fixed: 1100, reset: 1000, plan: 1001, oracle: 999 }),
    ])
    // (90 − 1) ÷ (100 + 1), not the mean of 0.9 and −1.
    expect(row?.captured).toBeCloseTo(89 / 101, 6)
    expect(row?.facilitySaving).toBeCloseTo(89 / 2000, 6)
    expect(row?.netSaving).toBeCloseTo(89 / 200, 6)
    expect(row?.cases).toBe(2)
  })

  test('the worst case is named, and so is one that ran hotter than fixed', () => {
    const [row] = pooledRows([
      caseOf('summer', { fixed: 1100, reset: 1000, plan: 910, oracle: 900 }, { fixed: 3, plan: 2 }),
      caseOf('winter', { fixed: 1100, reset: 1000, plan: 1001, oracle: 999 }, { fixed: 0, plan: 1 }),
    ])
    expect(row?.worst).toEqual({ name: 'winter', planOverReset: 1.001 })
    expect(row?.overLimitDegreeMinutes).toMatchObject({ fixed: 3, plan: 3 })
    expect(row?.hotterThanFixed).toEqual(['winter'])
  })

  test('a case without an oracle leaves the row without a share, not with a wrong one', () => {
    const { controllers, ...rest } = caseOf('summer', { fixed: 1100, reset: 1000, plan: 910, oracle: 900 })
    const { oracle: _none, ...others } = controllers
    const [row] = pooledRows([{ ...rest, controllers: others }])
    expect(row?.captured).toBeNaN()
    expect(row?.facilitySaving).toBeCloseTo(0.09, 6)
  })
})
