import { describe, expect, test } from 'vitest'
import { startBoptest } from '#simulators/boptest/startBoptest.ts'
import { offerOf } from '#simulators/boptest/testcase.ts'
import { knownSites } from '#simulators/sites/sites.ts'
import { runHours, service } from '#tests/simulators/boptest/service.ts'

const dayS = 86_400
/** Tower, facility and CDU supply follow the wet bulb with 8 K, 10 K and 14 K, between 15 °C and 30 °C at the tower. */
const followsWetBulb = (seen: Record<string, number>): Record<string, number> => {
  const towerK = Math.min(303.15, Math.max(288.15, seen.weather_wetBulb_y! + 8))
  return {
    tower_leavingTemperatureSp: towerK,
    facility_supplyTemperatureSp: towerK + 2,
    ...Object.fromEntries(
      [1, 2, 3, 4].map(cdu => [`cdu_${cdu}_supplyTemperatureSp`, Math.max(293.15, towerK + 6)]),
    ),
  }
}

describe('a control engineer tries a controller on the small hall', () => {
  test('from the list of testcases to the KPIs, in the words of BOPTEST', async () => {
    const { get, put, post } = service()
    expect((await get('/version')).json).toMatchObject({ status: 200, payload: { version: '0.0.0' } })
    const testcases = (await get('/testcases')).json
    expect(testcases).toEqual(knownSites().map(testcaseid => ({ testcaseid })))

    const { testid } = (await post('/testcases/small/select')).json
    expect((await get(`/name/${testid}`)).json.payload).toEqual({ name: 'small' })
    expect((await get(`/status/${testid}`)).json).toBe('Running')

    const inputs = (await get(`/inputs/${testid}`)).json.payload
    expect(inputs.tower_leavingTemperatureSp_u).toEqual({
      Unit: 'K',
      Description: 'Tower: Setpoint of the water leaving the tower.',
      Minimum: 286.15,
      Maximum: 313.15,
    })
    expect(inputs.tower_leavingTemperatureSp_activate).toMatchObject({ Unit: null, Minimum: null })
    const measurements = (await get(`/measurements/${testid}`)).json.payload
    expect(measurements.cdu_1_hottestChip_y).toMatchObject({ Unit: 'K' })
    expect(measurements.facility_flow_y).toMatchObject({ Unit: 'm3/s' })

    const begun = (await put(`/initialize/${testid}`, { start_time: 20 * dayS, warmup_period: 7200 })).json
    expect(begun.status).toBe(200)
    expect(begun.payload.time).toBe(20 * dayS)
    expect(Object.keys(begun.payload).sort()).toEqual(
      ['time', ...Object.keys(measurements), ...Object.keys(inputs)].sort(),
    )
    // An hour as `requests` sends it with data=, another as JSON.
    expect((await put(`/step/${testid}`, { step: '1800' })).json.payload).toEqual({ step: 1800 })
    expect((await get(`/step/${testid}`)).json.payload).toBe(1800)
    const moved = (
      await post(`/advance/${testid}`, {
        tower_leavingTemperatureSp_u: 296.15,
        tower_leavingTemperatureSp_activate: 1,
      })
    ).json
    expect(moved.payload.time).toBe(20 * dayS + 1800)
    expect(moved.payload.tower_leavingTemperatureSp_u).toBeCloseTo(296.15, 9)
    expect(moved.payload.tower_leavingTemperatureSp_activate).toBe(1)
    expect(moved.payload.tower_leavingTemperature_y).toBeLessThan(299)

    const kpis = (await get(`/kpi/${testid}`)).json
    expect(kpis.payload.ener_tot).toBeGreaterThan(0.3)
    expect(kpis.payload.idis_tot).toBeNull()
    expect(kpis.message).toContain('chips breathe no air')
    const submitted = await post(`/submit/${testid}`, { api_key: 'x' })
    expect([submitted.code, submitted.json.message]).toEqual([501, expect.stringContaining('not offered')])
    const stopped = await put(`/stop/${testid}`)
    expect([stopped.code, stopped.text]).toEqual([200, 'OK'])
    expect((await get(`/kpi/${testid}`)).code).toBe(400)
  })

  test('a reset by wet bulb takes less energy than the commissioned setpoints on a winter day, and no chip is too warm', async () => {
    const own = service()
    const baseline = await own.begin({ startS: 20 * dayS })
    const reset = await own.begin({ startS: 20 * dayS })
    await runHours(own, baseline, { hours: 24 })
    await runHours(own, reset, { hours: 24, control: followsWetBulb })
    const [left, right] = [
      (await own.get(`/kpi/${baseline}`)).json.payload,
      (await own.get(`/kpi/${reset}`)).json.payload,
    ]
    expect(right.ener_tot).toBeLessThan(0.99 * left.ener_tot)
    expect(right.tdis_tot).toBe(0)
    // Cooler chips leak less; cooling itself took more, which is why ener_tot counts the whole facility.
    expect(right.ener_cooling).toBeGreaterThan(left.ener_cooling)
  })

  test('an input that is no longer activated is the plant’s own again, the tower water too', async () => {
    const own = service()
    const [touched, alone] = [
      await own.begin({ startS: 100 * dayS }),
      await own.begin({ startS: 100 * dayS }),
    ]
    await own.post(`/advance/${touched}`, {
      tower_waterFlowSp_u: 0.6,
      tower_waterFlowSp_activate: 1,
      tower_leavingTemperatureSp_u: 297.15,
      tower_leavingTemperatureSp_activate: 1,
      cdu_2_differentialPressureSp_u: 90_000,
      cdu_2_differentialPressureSp_activate: 1,
    })
    const half = (
      await own.post(`/advance/${touched}`, {
        tower_waterFlowSp_u: 0.6,
        tower_waterFlowSp_activate: 0,
        tower_leavingTemperatureSp_u: 297.15,
        tower_leavingTemperatureSp_activate: 1,
      })
    ).json.payload
    for (let h = 0; h < 2; h++) await own.post(`/advance/${alone}`, {})
    const untouched = (await own.post(`/advance/${alone}`, {})).json.payload
    expect(half.tower_waterFlowSp_activate).toBe(0)
    expect(half.tower_waterFlowSp_u).toBe(untouched.tower_waterFlowSp_u)
    expect(half.tower_leavingTemperatureSp_u).toBeCloseTo(297.15, 9)
    expect(half.cdu_2_differentialPressureSp_u).toBe(untouched.cdu_2_differentialPressureSp_u)
    const whole = (await own.post(`/advance/${touched}`, {})).json.payload
    expect(whole.tower_leavingTemperatureSp_u).toBeCloseTo(303.15, 9)
  })

  test('a value beyond the range is clipped, and the message says so', async () => {
    const own = service()
    const testid = await own.begin({ startS: 0 })
    const { code, json } = await own.post(`/advance/${testid}`, {
      cdu_1_supplyTemperatureSp_u: 400,
      cdu_1_supplyTemperatureSp_activate: 1,
    })
    expect(code).toBe(200)
    expect(json.message).toMatch(
      /^warning: cdu_1_supplyTemperatureSp_u = 400 is above the maximum, 318.15 K is used/,
    )
    expect(json.payload.cdu_1_supplyTemperatureSp_u).toBeCloseTo(318.15, 9)
  })

  test('a test period is 14 days about its day and then over', async () => {
    const own = service()
    const { testid } = (await own.post('/testcases/small/select')).json
    const set = (
      await own.put(`/scenario/${testid}`, { electricity_price: 'dynamic', time_period: 'peak_cool_day' })
    ).json
    expect(set.payload.electricity_price).toBe('dynamic')
    const startS = set.payload.time_period.time
    await own.put(`/step/${testid}`, { step: 10 * dayS })
    expect((await own.post(`/advance/${testid}`)).json.payload.time).toBe(startS + 10 * dayS)
    expect((await own.post(`/advance/${testid}`)).json.payload.time).toBe(startS + 14 * dayS)
    const over = (await own.post(`/advance/${testid}`)).json
    expect([over.status, over.payload]).toEqual([200, {}])
    const dynamic = (await own.get(`/kpi/${testid}`)).json.payload
    await own.put(`/scenario/${testid}`, { electricity_price: 'constant' })
    const constant = (await own.get(`/kpi/${testid}`)).json.payload
    expect(constant.ener_tot).toBe(dynamic.ener_tot)
    expect(constant.cost_tot).toBeCloseTo(0.1 * constant.ener_tot, 9)
    expect(dynamic.cost_tot).not.toBeCloseTo(constant.cost_tot, 4)
  })

  test('climate, load and seed are a scenario of their own', async () => {
    const own = service()
    const { testid } = (await own.post('/testcases/small/select', { climate: 'singapore' })).json
    const forecast = { point_names: ['TWetBul'], horizon: 0, interval: 3600 }
    expect((await own.put(`/forecast/${testid}`, forecast)).json.payload.TWetBul[0]).toBeGreaterThan(293)
    const set = (await own.put(`/scenario/${testid}`, { climate: 'frankfurt', load: 'inference' })).json
    expect(set.payload).toMatchObject({ climate: 'frankfurt', load: 'inference' })
    expect((await own.put(`/forecast/${testid}`, forecast)).json.payload.TWetBul[0]).toBeLessThan(283)
    expect((await own.get(`/scenario/${testid}`)).json.payload).toMatchObject({
      climate: 'frankfurt',
      load: 'inference',
      seed: 1,
    })
  })

  test('over a real socket, with fields sent as a form', async () => {
    const real = await startBoptest({ offer: offerOf({}), version: '0.0.0', port: 0, machineNow: () => 0 })
    try {
      const call = async (method: string, path: string, body?: string) => {
        const headers = { 'content-type': 'application/x-www-form-urlencoded' }
        const answered = await fetch(`${real.url}/${path}`, { method, ...(body ? { body, headers } : {}) })
        return JSON.parse(await answered.text())
      }
      const { testid } = await call('POST', 'testcases/small/select')
      await call('PUT', `initialize/${testid}`, 'start_time=0&warmup_period=0')
      const moved = await call(
        'POST',
        `advance/${testid}`,
        'tower_leavingTemperatureSp_u=295&tower_leavingTemperatureSp_activate=1',
      )
      expect(moved.payload.time).toBe(3600)
      expect(moved.payload.tower_leavingTemperatureSp_u).toBeCloseTo(295, 9)
      const results = await call(
        'PUT',
        `results/${testid}`,
        'point_names=weather_dryBulb_y&start_time=0&final_time=3600',
      )
      expect(results.payload.weather_dryBulb_y).toHaveLength(61)
    } finally {
      await real.close()
    }
  })
})
