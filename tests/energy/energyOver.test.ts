import { expect, test } from 'vitest'
import { hour, minute, second } from '#contract/units.ts'
import { energyOver } from '#hub/energy/energy.ts'
import { openDuckdbStore } from '#hub/store/duckdb.ts'
import { good, noon, record, smallHall } from '#tests/store/smallHall.ts'

const meters = [
  { id: 'M-1', role: 'facility' as const, classPercent: 0.5, rolloverKwh: 1e8, feeds: [], subtract: [] },
]
const kwAt = (at: number) => 1_000 + 200 * Math.sin((at - noon) / (3 * hour))
/** Integral of kwAt since noon, kWh. */
const truthKwh = (at: number) =>
  (1_000 * (at - noon)) / hour - 200 * 3 * (Math.cos((at - noon) / (3 * hour)) - 1)

test.each([2, 11, 30])(
  'energy over %i hours from the store is that of the plant within 0.01 %%',
  async hours => {
    const store = await openDuckdbStore({ path: ':memory:', site: smallHall })
    const samples = []
    for (let at = noon - 90 * minute; at <= noon + 34 * hour; at += 150 * second) {
      samples.push(
        good('M-1', 'activePower', at, kwAt(at)),
        good('M-1', 'activeEnergyKwh', at, 5_000 + truthKwh(at)),
      )
    }
    await store.append([record(1, samples)])
    const toAt = noon + hours * hour
    const energy = await energyOver({ site: { meters }, ask: store.ask, fromAt: noon, toAt })
    expect(Math.abs((energy.facilityKwh ?? 0) / truthKwh(toAt) - 1)).toBeLessThan(1e-4)
    expect(energy.meters[0]).toMatchObject({ method: 'register', note: '' })
    expect(energy.coverage).toBeCloseTo(1, 6)
    expect(Math.abs(energy.meters[0]?.agreementPercent ?? 9)).toBeLessThan(0.1)
    await store.close()
  },
)
