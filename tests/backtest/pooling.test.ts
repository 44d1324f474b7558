import { describe, expect, test } from 'vitest'
import { type ControllerFigures, figuresOf } from '#simulators/backtest/figures.ts'
import { type PooledCase, pooledRows } from '#simulators/backtest/pooling.ts'

/** What a controller took: a case of so many kWh, a tenth of it cooling, over 1,000 CDU-hours. */
function figures(facilityKwh: number, { overLimit = 0, nearLimit = 0 } = {}) {
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
      // Settling came near the limit too, and is nobody's.
      cduHours: kwh === 0 ? 120 : 1120,
      cduHoursNearLimit: kwh === 0 ? 7 : 7 + nearLimit,
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
  over: { fixed?: number; plan?: number; planNearLimit?: number } = {},
): PooledCase => ({
  row: 'tanks ai',
  name,
  controllers: {
    fixed: figures(kwh.fixed, { overLimit: over.fixed }),
    reset: figures(kwh.reset),
    plan: figures(kwh.plan, { overLimit: over.plan, nearLimit: over.planNearLimit }),
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

  test('hours above limit − 1.5 K are added over the cases, and so are the hours that they are a share of', () => {
    const kwh = { fixed: 1100, reset: 1000, plan: 910, oracle: 900 }
    const [row] = pooledRows([
      caseOf('summer', kwh, { planNearLimit: 2 }),
      caseOf('autumn', kwh, { planNearLimit: 1 }),
      caseOf('winter', kwh),
    ])
    expect(row?.nearLimit.plan).toEqual({ hours: 3, of: 3000, share: 0.001 })
    expect(row?.nearLimit.reset).toEqual({ hours: 0, of: 3000, share: 0 })
  })

  test('a kept case that never counted such hours leaves them unknown, not none', () => {
    const kwh = { fixed: 1100, reset: 1000, plan: 910, oracle: 900 }
    const { controllers, ...rest } = caseOf('summer', kwh)
    const { cduHours: _of, cduHoursNearLimit: _hours, ...older } = figures(kwh.plan)
    const kept = { ...rest, controllers: { ...controllers, plan: older as ControllerFigures } }
    const [row] = pooledRows([kept, caseOf('winter', kwh)])
    expect(row?.nearLimit.plan).toEqual({ hours: Number.NaN, of: Number.NaN, share: Number.NaN })
    expect(row?.nearLimit.reset.share).toBe(0)
    expect(row?.captured).toBeCloseTo(0.9, 6)
  })

  test('a case without an oracle leaves the row without a share, not with a wrong one', () => {
    const { controllers, ...rest } = caseOf('summer', { fixed: 1100, reset: 1000, plan: 910, oracle: 900 })
    const { oracle: _none, ...others } = controllers
    const [row] = pooledRows([{ ...rest, controllers: others }])
    expect(row?.captured).toBeNaN()
    expect(row?.facilitySaving).toBeCloseTo(0.09, 6)
  })
})
