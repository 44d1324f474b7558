import { expect, test } from 'vitest'
import { hour } from '#contract/units.ts'
import { service } from '#tests/simulators/boptest/service.ts'

test('an unknown test is refused as BOPTEST does, with what may have happened', async () => {
  const { get } = service()
  const { code, json } = await get('/kpi/nobody')
  expect(code).toBe(400)
  expect(json.errors).toEqual([{ value: 'nobody', msg: json.message, param: 'testid', location: 'params' }])
  expect(json.message).toContain('no test "nobody" runs here')
})

test('an unknown testcase is not found and the known ones are named', async () => {
  const { code, json } = await service().post('/testcases/bestest_air/select')
  expect([code, json.status]).toEqual([404, 404])
  expect(json.message).toContain('testcase "bestest_air" is not offered; allowed are')
})

const bad: ReadonlyArray<readonly [method: 'put' | 'post', path: string, body: object, sentence: string]> = [
  ['put', 'initialize', {}, 'start_time = nothing: allowed is a number from 0 to 31536000, a multiple of 5'],
  ['put', 'initialize', { start_time: -5, warmup_period: 0 }, 'start_time = -5: allowed'],
  ['put', 'initialize', { start_time: 0, warmup_period: 'long' }, 'warmup_period = "long": allowed'],
  ['put', 'initialize', { start_time: 0, warmup_period: 0, end: 1 }, 'unknown key "end": allowed are'],
  ['put', 'step', { step: '5*60' }, 'step = "5*60": allowed is a number from 5'],
  ['put', 'step', { step: 7 }, 'step = 7: allowed is a number from 5 to 1209600, a multiple of 5'],
  ['put', 'scenario', { electricity_price: 'free' }, 'allowed is constant, dynamic, highly_dynamic'],
  [
    'put',
    'scenario',
    { time_period: 'peak_heat_day' },
    'time_period = "peak_heat_day": allowed is peak_cool_day',
  ],
  ['put', 'scenario', { temperature_uncertainty: 'low' }, 'this forecast is the truth'],
  ['put', 'scenario', { climate: 'oslo' }, 'climate "oslo" is not offered; allowed are chicago'],
  ['put', 'scenario', { seed: 1.5 }, 'seed = 1.5: allowed is a number from 0 to 4294967295'],
  ['post', 'advance', { nozzle_u: 1 }, '"nozzle_u" is no input here'],
  [
    'post',
    'advance',
    { tower_waterFlowSp_u: 'much', tower_waterFlowSp_activate: 1 },
    'tower_waterFlowSp_u = "much": allowed is a number from 0.4 to 1 1',
  ],
  ['post', 'advance', { tower_waterFlowSp_u: 0.5, tower_waterFlowSp_activate: 2 }, 'allowed is 1 or 0'],
  ['post', 'advance', { tower_waterFlowSp_activate: 1 }, 'tower_waterFlowSp_u is missing'],
  [
    'put',
    'results',
    { point_names: ['x_y'], start_time: 0, final_time: 1 },
    'point_names: ["x_y"] not known',
  ],
  ['put', 'results', { point_names: [], start_time: 0, final_time: 1 }, 'at least one point name'],
  ['put', 'forecast', { point_names: ['TDryBul'], horizon: -1, interval: 60 }, 'horizon = -1: allowed'],
  ['put', 'forecast', { point_names: ['TDryBul'], horizon: 60, interval: 0 }, 'interval = 0: allowed'],
  [
    'put',
    'forecast',
    { point_names: ['TDryBul'], horizon: 1_209_600, interval: 1 },
    'numbers, allowed are 1000000',
  ],
]

test('bad input names key, value and what is allowed, and leaves the test as it was', async () => {
  const own = service()
  const testid = await own.begin({ startS: 0 })
  const before = (await own.get(`/kpi/${testid}`)).text + (await own.get(`/scenario/${testid}`)).text
  for (const [method, path, body, sentence] of bad) {
    const { code, json } = await own[method](`/${path}/${testid}`, body)
    expect(json.message, `${path} ${JSON.stringify(body)}`).toContain(sentence)
    expect([code, json.status, json.payload]).toEqual([400, 400, null])
  }
  expect((await own.get(`/kpi/${testid}`)).text + (await own.get(`/scenario/${testid}`)).text).toBe(before)
})

test('a body that is no JSON, too large, or no object is refused in the envelope', async () => {
  const { app, begin, post } = service()
  const testid = await begin()
  const send = async (payload: string, type = 'application/json') => {
    const answered = await app.inject({
      method: 'POST',
      url: `/advance/${testid}`,
      payload,
      headers: { 'content-type': type },
    })
    return [answered.statusCode, answered.json().status]
  }
  expect(await send('{')).toEqual([400, 400])
  expect(await send('[1]')).toEqual([400, 400])
  expect(await send(`{"a":"${'x'.repeat(300_000)}"}`)).toEqual([413, 413])
  expect(await send('a', 'text/plain')).toEqual([400, 400])
  expect(await send('a', 'text/csv')).toEqual([415, 415])
  expect((await post('/nowhere')).json).toMatchObject({ status: 404, payload: null })
})

test('no more tests than there is room for; one that lies idle makes room', async () => {
  const own = service({ limits: { testsMax: 2, idleMs: hour } })
  const first = await own.begin()
  await own.begin()
  const third = await own.post('/testcases/small/select')
  expect(third.code).toBe(409)
  expect(third.json.message).toBe('2 tests run, allowed are 2: PUT stop/{testid} ends one')
  own.machineGoes(hour + 1)
  expect((await own.post('/testcases/small/select')).code).toBe(200)
  expect((await own.get(`/name/${first}`)).code).toBe(400)
})

test('a test moves for one call at a time; others are answered meanwhile, and stop ends a long advance', async () => {
  const own = service()
  const [long, other] = [await own.begin(), await own.begin()]
  await own.put(`/step/${long}`, { step: 14 * 86_400 })
  const ended: string[] = []
  const advance = own.post(`/advance/${long}`).then(answered => {
    ended.push('long')
    return answered
  })
  const second = await own.post(`/advance/${long}`)
  expect([second.code, second.json.message]).toEqual([
    409,
    'advance: the test is busy with advance; one call at a time',
  ])
  expect((await own.put(`/step/${long}`, { step: 60 })).code).toBe(409)
  expect((await own.post(`/advance/${other}`)).json.payload.time).toBe(3600)
  expect(ended).toEqual([])
  await own.put(`/stop/${long}`)
  const { code, json } = await advance
  expect([code, json.message]).toEqual([409, 'advance: the test was stopped meanwhile'])
})
