import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { plainBinding } from '#agent/mapping/pointMap.ts'
import { jitteredBackOff } from '#agent/sources/backOff.ts'
import { connectOpcua } from '#agent/sources/opcuaClient.ts'
import { type OpcuaIdentity, openIdentity } from '#agent/sources/opcuaPki.ts'
import { OpcuaSource } from '#agent/sources/opcuaSource.ts'
import { watchNodes } from '#agent/sources/opcuaSubscription.ts'
import { systemClock } from '#contract/clock.ts'
import { pointSpec } from '#contract/points.ts'
import { type Ear, ear } from '#tests/sources/support/ear.ts'
import { type OpcuaDevice, startOpcuaDevice } from '#tests/sources/support/opcuaDevice.ts'
import { type Wire, wireTo } from '#tests/sources/support/proxy.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldloop-path-'))
let device: OpcuaDevice
let wire: Wire
let identity: OpcuaIdentity
let source: OpcuaSource | undefined
beforeAll(async () => {
  device = await startOpcuaDevice({
    folder,
    variables: { 'cdu-1.flow': { value: 410 }, 'cdu-1.leak': { value: 0, type: 'Int32' } },
  })
  wire = await wireTo(device.port)
  identity = await openIdentity({
    folder: join(folder, 'pki'),
    agentId: 'a',
    acceptUnknown: true,
    wallNow: Date.now(),
  })
}, 30_000)
afterEach(() => source?.close())
afterAll(async () => {
  await wire.close()
  await device.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** A source so quick that a test need not wait: silence of a second is silence, tries follow each other at once. */
function openQuick(hearing: Ear): OpcuaSource {
  const points = ['flow', 'leak'].map(point => {
    const spec = pointSpec('cdu', point)
    if (!spec) throw new Error(`the catalogue lost ${point}`)
    return plainBinding(`s=cdu-1.${point}`, 'cdu-1', point, spec)
  })
  const pace = {
    publishingIntervalMs: 50,
    samplingIntervalMs: 0,
    keepAliveCount: 4,
    queueSize: 10,
    silenceFloorMs: 1_000,
  }
  source = new OpcuaSource({
    id: 'cdu',
    simulated: true,
    bindings: points,
    identity: async () => identity,
    namespaceUri: 'urn:coldloop:simulator',
    address: {
      endpoint: `opc.tcp://127.0.0.1:${wire.port}`,
      securityMode: 'None',
      policy: 'Basic256Sha256',
      sessionTimeoutMs: 60_000,
    },
    telemetryPace: pace,
    fastPace: pace,
    clock: systemClock(),
    backOff: jitteredBackOff({ firstMs: 20, capMs: 100, random: () => 0.5 }),
  })
  source.open(hearing)
  return source
}

test('a device that freezes behind an open connection is lost, and found again', async () => {
  const hearing = ear()
  openQuick(hearing)
  await hearing.turns('live')
  wire.freeze()
  await hearing.turns('lost')
  expect(hearing.states.at(-1)?.sentence).toMatch(/nothing heard from the server for \d+ ms/)
  expect(hearing.of('cdu-1', 'leak').map(sample => sample.quality)).toEqual(['good', 'stale'])
  wire.cut()
  wire.thaw()
  await hearing.turns('live')
  device.set('cdu-1.leak', { value: 1, type: 'Int32' })
  await hearing.sample(sample => sample.point === 'leak' && sample.value === 1, 'water after the freeze')
}, 20_000)

test('a connection cut thirty times, at any moment, is always live again', async () => {
  const hearing = ear()
  openQuick(hearing)
  await hearing.turns('live')
  for (let n = 0; n < 30; n++) {
    // A cut in the middle of reconnecting: some land in the handshake, some after it.
    await new Promise(resolve => setTimeout(resolve, (n * 7) % 40))
    wire.cut()
  }
  device.set('cdu-1.flow', { value: 333 })
  await hearing.sample(sample => sample.point === 'flow' && sample.value === 333, 'flow after the last cut')
  await expect.poll(() => source?.state, { timeout: 15_000 }).toBe('live')
}, 30_000)

test('a node that appears later is watched from the next try on', async () => {
  const link = await connectOpcua(
    { endpoint: device.endpoint, securityMode: 'None', policy: 'Basic256Sha256', sessionTimeoutMs: 60_000 },
    identity,
  )
  const heard: number[] = []
  const missed: number[] = []
  const watch = await watchNodes(link.session, {
    nodes: [
      { nodeId: 'ns=1;s=cdu-1.flow', index: 0 },
      { nodeId: 'ns=1;s=cdu-1.late', index: 1 },
    ],
    pace: {
      publishingIntervalMs: 50,
      samplingIntervalMs: 50,
      keepAliveCount: 4,
      queueSize: 10,
      silenceFloorMs: 1_000,
    },
    listener: {
      value: (index, dataValue) => index === 1 && heard.push(dataValue.value.value),
      missing: index => missed.push(index),
      heard: () => undefined,
      ended: () => undefined,
    },
  })
  await watch.retryMissing()
  expect([missed, [...watch.missing]]).toEqual([[1], [1]])
  device.add('cdu-1.late', { value: 7 })
  await watch.retryMissing()
  await expect.poll(() => heard, { timeout: 10_000 }).toEqual([7])
  expect(watch.missing.size).toBe(0)
  await link.close()
}, 20_000)
