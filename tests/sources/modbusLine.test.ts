import type { Socket } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { type ModbusPoint, modbusPoints } from '#agent/mapping/modbusMap.ts'
import { jitteredBackOff } from '#agent/sources/backOff.ts'
import { ModbusSource } from '#agent/sources/modbusSource.ts'
import { WriteQueue } from '#agent/sources/modbusWrites.ts'
import { systemClock } from '#contract/clock.ts'
import { seededRandom } from '#models/plant/random.ts'
import { type Ear, ear } from '#tests/sources/support/ear.ts'
import {
  type RawDevice,
  type RawRequest,
  registersFrame,
  startRawDevice,
} from '#tests/sources/support/modbusDevice.ts'
import { testSite } from '#tests/support/siteOf.ts'

/** The line itself: devices that answer late, wrongly, half, or not at all. */

const site = testSite({ cdus: 2, racksPerCdu: 1, traysPerRack: 1 })
const mapped = (everyMs: number, entries: readonly object[]): readonly ModbusPoint[] =>
  modbusPoints({ points: entries }, 'map.yaml', {
    site,
    unitId: 1,
    pollGroups: [
      { name: 'normal', everyMs },
      { name: 'fast', everyMs },
    ],
  })
const flow = { equipment: 'cdu-1', point: 'flow', register: 'holding', address: 0, type: 'uint16' }
const setpoint = {
  ...{ equipment: 'cdu-1', point: 'supplyTemperatureSp', register: 'holding', address: 40, type: 'uint16' },
  write: true,
}

let device: RawDevice | undefined
let source: ModbusSource | undefined
afterEach(async () => {
  await source?.close()
  await device?.close()
})

async function openTo(
  answers: (request: RawRequest, socket: Socket) => void,
  hearing: Ear,
  more: { readonly points?: readonly ModbusPoint[]; readonly timeoutMs?: number } = {},
): Promise<{ readonly source: ModbusSource; readonly device: RawDevice }> {
  device = await startRawDevice(answers)
  source = new ModbusSource({
    id: 'plc',
    simulated: true,
    address: { host: '127.0.0.1', port: device.port, timeoutMs: more.timeoutMs ?? 150, allowPublic: false },
    points: more.points ?? mapped(50, [flow]),
    limits: { registersMax: 125, bridgeRegisters: 0 },
    pauseMs: 0,
    clock: systemClock(),
    backOff: jitteredBackOff({ firstMs: 20, capMs: 100, random: () => 0.5 }),
    warn: () => undefined,
  })
  source.open(hearing)
  return { source, device }
}
const answer = (socket: Socket, { id, unitId, pdu }: RawRequest, ...words: number[]) =>
  socket.write(registersFrame(id, unitId, pdu[0] ?? 0, words))
const refuse = (socket: Socket, { id, unitId, pdu }: RawRequest, code: number) =>
  socket.write(Buffer.from([id >> 8, id & 255, 0, 0, 0, 3, unitId, 0x80 | (pdu[0] ?? 0), code]))
/** The answer to a write of one register is the request again. */
const echo = (socket: Socket, { id, unitId, pdu }: RawRequest) =>
  socket.write(Buffer.concat([Buffer.from([id >> 8, id & 255, 0, 0, 0, 6, unitId]), pdu]))
const flowIs = (value: number) => (sample: { point: string; value: number | null }) =>
  sample.point === 'flow' && sample.value === value

test('a late answer is never taken for the next one, nor is one with a foreign number', async () => {
  const hearing = ear()
  let late: RawRequest | undefined
  let asked = 0
  await openTo((request, socket) => {
    asked++
    if (asked === 2) {
      late = request
      return
    }
    if (late) {
      answer(socket, late, 111)
      late = undefined
    }
    answer(socket, { ...request, id: (request.id + 77) & 0xffff }, 333)
    answer(socket, request, 200 + asked)
  }, hearing)
  await hearing.sample(flowIs(206), 'flow from its own answer')
  const values = hearing.of('cdu-1', 'flow').map(sample => sample.value)
  expect(values).toEqual([201, 203, 204, 205, 206].slice(0, values.length))
  expect(hearing.states.map(({ state }) => state)).toEqual(['live'])
}, 20_000)

test('before the numbers of requests come round again, a line that owes an answer is renewed without being lost, and every write arrives', async () => {
  const hearing = ear()
  let asked = 0
  let firstLine: Socket | undefined
  let askedOnFirst = 0
  const opened = await openTo(
    (request, socket) => {
      asked++
      firstLine ??= socket
      if (socket === firstLine) askedOnFirst++
      if (asked === 5) return
      if (request.pdu[0] === 6) echo(socket, request)
      else answer(socket, request, 30)
    },
    hearing,
    { points: mapped(1, [flow, setpoint]) },
  )
  await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(5)
  const said = []
  for (let n = 0; opened.device.connections() < 2 || n < 20; n++)
    said.push(
      ...(await opened.source.write([
        { equipment: 'cdu-1', point: 'supplyTemperatureSp', value: 20 + (n % 20) },
      ])),
    )
  // 256 after the unanswered one its number would come round.
  expect(askedOnFirst).toBeLessThan(5 + 256)
  expect(said.filter(({ taken }) => !taken)).toEqual([])
  expect([opened.device.connections(), opened.source.state, opened.source.counters().losses]).toEqual([
    2,
    'live',
    0,
  ])
  expect(hearing.of('cdu-1', 'flow').every(sample => sample.quality === 'good')).toBe(true)
}, 30_000)

test('a device that accepts and never answers is not live; it is lost and tried again', async () => {
  const hearing = ear()
  const opened = await openTo(() => undefined, hearing)
  await hearing.turns('lost')
  expect(hearing.states).toEqual([
    { source: 'plc', state: 'lost', sentence: 'no answer to 3 requests in a row' },
  ])
  await expect.poll(() => opened.device.connections(), { timeout: 10_000 }).toBeGreaterThan(1)
}, 20_000)

test('a device that falls silent behind an open connection: stale, and found again', async () => {
  const hearing = ear()
  let isSilent = false
  await openTo((request, socket) => {
    if (!isSilent) answer(socket, request, 100)
  }, hearing)
  await hearing.sample(flowIs(100), 'a flow')
  isSilent = true
  await hearing.turns('lost')
  expect(hearing.of('cdu-1', 'flow').at(-1)).toMatchObject({ value: null, quality: 'stale' })
  isSilent = false
  hearing.forget()
  await hearing.sample(flowIs(100), 'the flow after the silence')
}, 20_000)

test.each([
  [
    'cut in the middle of an answer',
    Buffer.from([0, 1, 0, 0, 0, 5, 1]),
    true,
    /the device closed the connection|ECONNRESET/,
  ],
  ['garbage', Buffer.from('HTTP/1.1 400 Bad Request'), false, /^what came is no Modbus: protocol \d+/],
  [
    'an answer to another function',
    Buffer.from([0, 1, 0, 0, 0, 5, 1, 4, 2, 0, 9]),
    false,
    /^an answer does not fit its request: /,
  ],
  [
    'an answer that is too short',
    Buffer.from([0, 1, 0, 0, 0, 4, 1, 3, 1, 0]),
    false,
    /^an answer does not fit its request: /,
  ],
])(
  '%s: lost, and live on the next connection',
  async (_what, bytes, isCut, sentence) => {
    const hearing = ear()
    let connections = 0
    const seen = new Set<Socket>()
    await openTo((request, socket) => {
      if (!seen.has(socket)) connections++
      seen.add(socket)
      if (connections > 1) {
        answer(socket, request, 100)
        return
      }
      const frame = Buffer.from(bytes)
      if (frame[0] === 0) frame.writeUInt16BE(request.id, 0)
      socket.write(frame)
      if (isCut) socket.end()
    }, hearing)
    await hearing.turns('lost')
    expect(hearing.states.at(-1)?.sentence).toMatch(sentence)
    await hearing.turns('live')
    await hearing.sample(flowIs(100), 'a flow on the second connection')
  },
  20_000,
)

test('a device gone mad ends no agent: whatever it sends, the source goes on and finds it sane again', async () => {
  const hearing = ear()
  const draw = seededRandom(20)
  let asked = 0
  await openTo(
    (request, socket) => {
      asked++
      if (asked > 30) {
        answer(socket, request, 100)
        return
      }
      const frame = registersFrame(request.id, 1, 3, [4_000 + asked])
      for (let hits = 0; hits < 1 + draw() * 4; hits++)
        frame[2 + Math.floor(draw() * (frame.length - 2))] = Math.floor(draw() * 256)
      socket.write(draw() < 0.3 ? frame.subarray(0, Math.floor(draw() * frame.length)) : frame)
      if (draw() < 0.3) socket.destroy()
    },
    hearing,
    { timeoutMs: 100 },
  )
  await expect.poll(() => asked, { timeout: 40_000 }).toBeGreaterThan(32)
  await hearing.sample(flowIs(100), 'a flow when the device is sane again')
}, 60_000)

test('one thing at a time: nothing is asked before the last answer has come', async () => {
  const hearing = ear()
  let open = 0
  let most = 0
  let isWriteAmong = false
  const opened = await openTo(
    (request, socket) => {
      open++
      most = Math.max(most, open)
      isWriteAmong ||= request.pdu[0] === 6
      setImmediate(() => {
        open--
        if (request.pdu[0] === 6) echo(socket, request)
        else answer(socket, request, 30)
      })
    },
    hearing,
    {
      points: mapped(50, [
        flow,
        { ...flow, point: 'heat', address: 10 },
        { ...flow, point: 'power', address: 20 },
        setpoint,
      ]),
    },
  )
  await hearing.turns('live')
  for (let value = 20; value < 40; value++)
    expect(await opened.source.write([{ equipment: 'cdu-1', point: 'supplyTemperatureSp', value }])).toEqual([
      { taken: true },
    ])
  expect([most, isWriteAmong]).toEqual([1, true])
})

test('a unit that is silent behind its gateway is bad; the gateway and its other units live', async () => {
  const hearing = ear()
  const opened = await openTo(
    (request, socket) => (request.unitId === 7 ? refuse(socket, request, 11) : answer(socket, request, 100)),
    hearing,
    { points: mapped(50, [flow, { ...flow, equipment: 'cdu-2', unitId: 7 }]) },
  )
  expect(await hearing.sample(sample => sample.equipment === 'cdu-2', 'the silent unit')).toMatchObject({
    value: null,
    quality: 'bad',
  })
  await hearing.sample(flowIs(100), 'the other unit')
  expect([opened.source.state, opened.source.counters().missingAddresses]).toEqual(['live', 1])
})

test('what was written is read back at once and until it holds, however rarely the point is asked for', async () => {
  const hearing = ear()
  let held = 30
  let asked = 30
  let readsSince = 0
  const opened = await openTo(
    (request, socket) => {
      if (request.pdu[0] === 6) {
        asked = request.pdu.readUInt16BE(3)
        readsSince = 0
        echo(socket, request)
        return
      }
      // A slow controller: the second read after a write is the first that shows it.
      if (++readsSince === 2) held = asked
      answer(socket, request, held)
    },
    hearing,
    { points: mapped(60_000, [setpoint]) },
  )
  await hearing.turns('live')
  await opened.source.write([{ equipment: 'cdu-1', point: 'supplyTemperatureSp', value: 33 }])
  await hearing.sample(sample => sample.value === 33, 'the setpoint in force')
  expect(hearing.of('cdu-1', 'supplyTemperatureSp').map(sample => sample.value)).toEqual([30, 30, 33])
})

test('a write that the device refuses, or never answers, is not called taken', async () => {
  const hearing = ear()
  let writes = 0
  const opened = await openTo(
    (request, socket) => {
      if (request.pdu[0] !== 6) answer(socket, request, 30)
      else if (++writes === 1) refuse(socket, request, 3)
    },
    hearing,
    { points: mapped(50, [flow, setpoint]) },
  )
  await hearing.turns('live')
  const write = () => opened.source.write([{ equipment: 'cdu-1', point: 'supplyTemperatureSp', value: 33 }])
  expect(await write()).toEqual([
    { taken: false, because: 'exception 3: the device refuses this value or length' },
  ])
  expect(await write()).toEqual([
    { taken: false, because: 'the device did not answer; it may have been taken' },
  ])
  expect(writes).toBe(2)
})

test('of two values for one point the newer is sent, in the older one’s place; what waits too long is never sent', async () => {
  vi.useFakeTimers()
  const [first, second] = mapped(50, [setpoint, { ...setpoint, equipment: 'cdu-2', address: 50 }])
  if (!first || !second) throw new Error('the map has two points')
  const queue = new WriteQueue(2_000)
  const older = queue.add(first, [300])
  const other = queue.add(second, [310])
  const newer = queue.add(first, [320])
  expect(await older).toEqual({ taken: false, because: 'a newer value took its place' })
  const sent = queue.take()
  expect([sent?.point, sent?.words]).toEqual([first, [320]])
  sent?.settle({ taken: true })
  expect(await newer).toEqual({ taken: true })
  vi.advanceTimersByTime(2_000)
  expect(await other).toEqual({ taken: false, because: 'not answered within 2000 ms' })
  expect(queue.take()).toBeUndefined()
  vi.useRealTimers()
})
