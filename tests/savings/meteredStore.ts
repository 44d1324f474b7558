import { hour } from '#contract/units.ts'
import { openDuckdbStore } from '#hub/store/duckdb.ts'
import type { Store } from '#hub/store/store.ts'
import type { MeteredHour } from '#models/savings/hours.ts'
import { good, record } from '#tests/store/smallHall.ts'

const roles = { 'M-facility': 'facility', 'M-it': 'it', 'M-fans': 'towerFans' } as const

/** A site of three meters, a tower and a weather station: as much as savings need. */
export const meteredSite = {
  name: 'small',
  title: 'Small hall',
  timeZone: 'America/Chicago',
  simulated: true,
  meters: Object.entries(roles).map(([id, role]) => ({
    id,
    role,
    classPercent: 0.5,
    rolloverKwh: 1e8,
    feeds: [],
    subtract: [],
  })),
  equipment: [
    ...Object.keys(roles).map(id => ({
      id,
      kind: 'powerMeter' as const,
      name: id,
      agent: 'a',
      via: 'dsx' as const,
    })),
    { id: 'A1-t1', kind: 'tray' as const, name: 'A1-t1', agent: 'a', via: 'dsx' as const },
    { id: 'tower', kind: 'coolingTower' as const, name: 'tower', agent: 'a', via: 'dsx' as const },
    { id: 'weather', kind: 'weatherStation' as const, name: 'weather', agent: 'a', via: 'dsx' as const },
  ],
}

/** A store that heard these hours: registers at the last second of each, wet bulb and make-up in its middle. */
export async function storeOf(hours: readonly MeteredHour[]): Promise<Store> {
  const store = await openDuckdbStore({ path: ':memory:', site: meteredSite })
  const registers = { 'M-facility': 1_000, 'M-it': 1_000, 'M-fans': 1_000 }
  const samples = hours.flatMap(one => {
    const passed = {
      'M-facility': one.itKwh + one.coolingKwh + (one.lossesKwh ?? 0),
      'M-it': one.itKwh,
      'M-fans': one.coolingKwh,
    }
    return [
      good('weather', 'wetBulb', one.at + hour / 2, one.wetBulbC),
      ...(one.chipC === undefined ? [] : [good('A1-t1', 'chipTemperature', one.at + hour / 2, one.chipC)]),
      ...(one.waterL === undefined ? [] : [good('tower', 'makeupFlow', one.at + hour / 2, one.waterL / 60)]),
      ...(Object.keys(roles) as Array<keyof typeof roles>).map(id => {
        registers[id] += passed[id]
        return good(id, 'activeEnergyKwh', one.at + hour - 1_000, registers[id])
      }),
    ]
  })
  await store.append([record(1, samples)])
  return store
}
