import { describe, expect, test } from 'vitest'
import { unitNames } from '#contract/units.ts'
import { sampleRing } from '#simulators/boptest/sampleRing.ts'
import { fromSi, toSi } from '#simulators/boptest/siUnits.ts'
import { priceNames, tariffsOf } from '#simulators/boptest/tariffs.ts'
import { offerOf, openTestcase } from '#simulators/boptest/testcase.ts'
import { knownSites } from '#simulators/sites/sites.ts'
import { runHours, type Service, service } from '#tests/simulators/boptest/service.ts'

const dayS = 86_400
const nameplateKw = 4 * 375

async function resultsOf(own: Service, testid: string, names: string[], toS: number) {
  const asked = { point_names: names, start_time: 0, final_time: toS }
  return (await own.put(`/results/${testid}`, asked)).json.payload as Record<string, number[]>
}

describe('what is counted', () => {
  test('energy and cost are the sums of what the results show, and warm-up counts for nothing', async () => {
    const own = service()
    const startS = 2 * dayS
    const testid = await own.begin({ startS, warmupS: dayS })
    await own.put(`/scenario/${testid}`, { electricity_price: 'highly_dynamic' })
    expect((await own.get(`/kpi/${testid}`)).json.payload).toMatchObject({
      ener_tot: 0,
      cost_tot: 0,
      pue: null,
    })
    await runHours(own, testid, { hours: 24 })
    const kpis = (await own.get(`/kpi/${testid}`)).json.payload
    const power = await resultsOf(own, testid, ['total_facilityPower_y', 'total_itPower_y'], startS + dayS)
    // The warm-up is in the results, for a controller that learns from it: a day of minutes before, and its first sample.
    expect(power.time).toHaveLength(2 * 1440 + 1)
    const counted = (name: string) => power[name]!.slice(1441).map(w => w / 60 / 1000)
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
    expect(kpis.ener_tot).toBeCloseTo(sum(counted('total_facilityPower_y')) / nameplateKw, 9)
    expect(kpis.pue).toBeCloseTo(sum(counted('total_facilityPower_y')) / sum(counted('total_itPower_y')), 9)
    // Prices hold for the minutes that follow their instant: minute n ends at sample n + 1.
    const again = service()
    const before = await again.begin({ startS, warmupS: 0 })
    const price = (
      await again.put(`/forecast/${before}`, {
        point_names: ['PriceElectricPowerHighlyDynamic', 'EmissionsElectricPower'],
        horizon: dayS - 60,
        interval: 60,
      })
    ).json.payload
    const weighted = (name: string) =>
      sum(counted('total_facilityPower_y').map((kwh, minute) => kwh * price[name][minute])) / nameplateKw
    expect(kpis.cost_tot).toBeCloseTo(weighted('PriceElectricPowerHighlyDynamic'), 9)
    expect(kpis.emis_tot).toBeCloseTo(weighted('EmissionsElectricPower'), 9)
    const quarters = Array.from({ length: 96 }, (_, q) =>
      sum(counted('total_facilityPower_y').slice(q * 15, q * 15 + 15)),
    )
    expect(kpis.pele_tot).toBeCloseTo((4 * Math.max(...quarters)) / nameplateKw, 9)
  })

  test('chips driven over their limit are a thermal violation', async () => {
    const own = service()
    const testid = await own.begin({ startS: 200 * dayS })
    const hot = Object.fromEntries([
      ['facility_supplyTemperatureSp', 315.15],
      ['tower_leavingTemperatureSp', 313.15],
      ...[1, 2, 3, 4].flatMap(cdu => [
        [`cdu_${cdu}_supplyTemperatureSp`, 318.15],
        [`cdu_${cdu}_differentialPressureSp`, 29_731],
      ]),
    ])
    await runHours(own, testid, { hours: 5, control: () => hot })
    expect((await own.get(`/kpi/${testid}`)).json.payload.tdis_tot).toBeGreaterThan(1)
  })

  test('the same controller gives the same bytes, and a second test beside it changes nothing', async () => {
    const day = async (withNeighbour: boolean) => {
      const own = service()
      const testid = await own.begin({ startS: 50 * dayS })
      const neighbour = withNeighbour
        ? await own.begin({ startS: 200 * dayS, place: { seed: 7 } })
        : undefined
      const control = (seen: Record<string, number>) => ({
        tower_leavingTemperatureSp: seen.weather_wetBulb_y! + 10,
      })
      const others = neighbour
        ? runHours(own, neighbour, { hours: 6, control: () => ({ cdu_1_supplyTemperatureSp: 300 }) })
        : Promise.resolve()
      await Promise.all([runHours(own, testid, { hours: 6, control }), others])
      const kpis = (await own.get(`/kpi/${testid}`)).text
      const last = (await own.post(`/advance/${testid}`, {})).text
      return { kpis, last }
    }
    const alone = await day(false)
    expect(await day(false)).toEqual(alone)
    expect(await day(true)).toEqual(alone)
  })

  test('the controller’s thinking is set against its step', async () => {
    const own = service()
    const testid = await own.begin({ startS: 0 })
    await own.post(`/advance/${testid}`)
    own.machineGoes(36_000)
    await own.post(`/advance/${testid}`)
    expect((await own.get(`/kpi/${testid}`)).json.payload.time_rat).toBeCloseTo(0.01, 12)
  })

  test('the forecast is what comes: weather as the station will show it, and the load', async () => {
    const own = service()
    const testid = await own.begin({ startS: 0 })
    const ahead = (
      await own.put(`/forecast/${testid}`, {
        point_names: ['TDryBul', 'LoadIT', 'LoadIT_cdu_1'],
        horizon: 3600,
        interval: 1800,
      })
    ).json.payload
    expect(ahead.time).toEqual([0, 1800, 3600])
    expect(ahead.LoadIT[0]).toBeGreaterThan(0.5 * nameplateKw * 1000)
    expect(ahead.LoadIT_cdu_1[0]).toBeLessThan(375_000)
    const seen = (await own.post(`/advance/${testid}`)).json.payload
    // The station errs by a few tenths.
    expect(Math.abs(seen.weather_dryBulb_y - ahead.TDryBul[2])).toBeLessThan(1)
  })
})

describe('the parts', () => {
  test('every unit goes to SI and back', () => {
    for (const unit of unitNames) expect(fromSi(toSi(12.5, unit), unit)).toBeCloseTo(12.5, 9)
    expect(toSi(30, 'C')).toBe(303.15)
    expect(toSi(600, 'L/min')).toBeCloseTo(0.01, 12)
  })

  test('the three prices have nearly the same mean over a year', () => {
    const { price } = tariffsOf({ seed: 1, offsetMs: 0 })
    for (const name of priceNames) {
      const hours = Array.from({ length: 8760 }, (_, h) => price(name, h * 3_600_000))
      expect(hours.reduce((sum, value) => sum + value, 0) / 8760).toBeCloseTo(0.1, 2)
    }
  })

  test('a full ring drops its oldest day and says how much is gone', () => {
    const ring = sampleRing(1, 2 * 2 * 1440)
    for (let minute = 0; minute < 3000; minute++) ring.push(minute * 60, Float64Array.of(minute))
    expect(ring.dropped()).toBe(1440)
    expect(ring.oldestS()).toBe(1440 * 60)
    expect(ring.between(0, 1441 * 60, [0])).toEqual({ time: [86_400, 86_460], values: [[1440, 1441]] })
    expect(ring.countBetween(2999 * 60, 1e9)).toBe(1)
    expect(ring.countBetween(1e9, 2e9)).toBe(0)
  })

  test('every site is a testcase with unique names, inputs inside their ranges, and periods inside the year', () => {
    for (const name of knownSites()) {
      const offer = offerOf({})
      const testcase = openTestcase(offer, name, offer.place)
      const names = [...testcase.measurements, ...testcase.inputs].map(point => point.name)
      expect(new Set(names).size).toBe(names.length)
      for (const point of names) expect(point).toMatch(/^[A-Za-z][A-Za-z0-9_]*$/)
      expect(testcase.inputs.length, name).toBeGreaterThan(0)
      const plant = testcase.plantAt(0)
      for (const { key, lowest, highest } of testcase.inputs) {
        expect(lowest, key).toBeLessThan(highest)
        expect(plant.truthOf(key), key).toBeGreaterThanOrEqual(lowest)
        expect(plant.truthOf(key), key).toBeLessThanOrEqual(highest)
      }
      for (const startS of Object.values(testcase.periods)) {
        expect(startS).toBeGreaterThanOrEqual(0)
        expect(startS).toBeLessThanOrEqual(351 * dayS)
      }
    }
  })
})
