import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAudit } from '#agent/audit/audit.ts'
import { keptFile } from '#agent/cycle/keptFile.ts'
import { bundleOf, diagnose } from '#agent/diagnose/diagnose.ts'
import { openOutbox } from '#agent/outbox/sqliteOutbox.ts'
import { openIdentity } from '#agent/sources/opcuaPki.ts'
import { systemClock } from '#contract/clock.ts'
import { leaksOf } from '#tests/build/support/textsIn.ts'
import { testSite } from '#tests/support/siteOf.ts'

const secrets = {
  password: 'Zq-in-place-9x',
  fromFile: 'Zq from a file 9x',
  url: 'Zq@in/url 9x',
  enrolment: 'Zq-enrolment-9x',
}
const wallNow = Date.UTC(2026, 10, 21)
const site = testSite({ cdus: 1, racksPerCdu: 1, traysPerRack: 1 })
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coldloop-diagnose-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function writeConfig(changes: object = {}): string {
  writeFileSync(join(folder, 'secret'), `${secrets.fromFile}\n`)
  const path = join(folder, 'agent.yaml')
  const config = {
    id: 'agent-1',
    site,
    dataDir: 'data',
    uplink: {
      url: `mqtt://ada:${encodeURIComponent(secrets.url)}@127.0.0.1:1883`,
      username: 'agent-1',
      password: secrets.password,
    },
    sources: [
      {
        id: 'plant',
        kind: 'opcua',
        endpoint: 'opc.tcp://127.0.0.1:4840',
        server: 'opc-1',
        username: 'reader',
        passwordFile: 'secret',
      },
      { id: 'bms', kind: 'mqtt', url: 'mqtt://127.0.0.1:1884', profile: 'dsx' },
      { id: 'trays', kind: 'mqtt', url: 'mqtt://127.0.0.1:1884', profile: 'topics' },
    ],
    ...changes,
  }
  writeFileSync(path, JSON.stringify(config))
  return path
}

/** What an agent leaves behind that was killed: outbox, modes, a latch, decisions, a key. */
async function leaveTraces(): Promise<void> {
  const data = join(folder, 'data')
  mkdirSync(data)
  const outbox = await openOutbox({
    dataDir: data,
    clock: systemClock(),
    log: pino({ level: 'silent' }),
    deviceOf: equipment => equipment,
    onDrop: () => undefined,
    onUnavailable: () => undefined,
  })
  outbox.offer([1, 2, 3].map(at => ({ equipment: 'cdu-1', point: 'flow', value: 400, quality: 'good', at })))
  await outbox.flush()
  await outbox.close()
  keptFile(join(data, 'control.json')).keep({
    modes: { 'cdu-1': 'auto' },
    slots: {},
    secret: secrets.password,
  })
  keptFile(join(data, 'latched.json')).keep({ zones: [{ id: 'A1', at: 5 }] })
  const audit = openAudit(join(data, 'audit', 'decisions.jsonl'))
  for (let line = 0; line < 80; line++)
    audit.write(
      { what: 'mode', who: 'hub', where: 'cdu-1', why: `told with ${secrets.fromFile}` },
      { siteAt: line, wallAt: line },
    )
  await openIdentity({ folder: join(data, 'pki'), agentId: 'agent-1', acceptUnknown: true, wallNow })
}

/** Every file with its bytes and its time: equal before and after when nothing was touched. */
const stateOf = (path: string) =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
    .map(file => {
      const { mtimeMs, size } = statSync(file)
      const hash = statSync(file).isFile()
        ? createHash('sha256').update(readFileSync(file)).digest('hex')
        : ''
      return [file, mtimeMs, size, hash]
    })

const all = (bundle: unknown) => leaksOf(bundle, Object.values(secrets))

test('the bundle tells the whole story of a stopped agent, without a secret, and touches nothing', async () => {
  await leaveTraces()
  const path = writeConfig()
  const before = stateOf(folder)
  const bundle = await bundleOf(path, wallNow)
  expect(stateOf(folder)).toEqual(before)
  expect(all(bundle)).toEqual([])
  const key = readFileSync(join(folder, 'data/pki/own/private/private_key.pem'), 'utf8').split(
    '\n',
  )[2] as string
  expect(JSON.stringify(bundle)).not.toContain(key)
  expect(bundle).toMatchObject({
    machine: { version: '0.1.0', runsOn: process.version },
    config: { id: 'agent-1', uplink: { url: 'mqtt://(hidden)@127.0.0.1:1883' }, site: '(in place)' },
    site: { name: 'test-hall', equipment: { cdu: 1, rack: 1 } },
    check: { complaints: [], fallback: expect.any(String) },
    health: { missing: expect.stringContaining('health.port') },
    disk: { freeBytes: expect.any(Number) },
    outbox: { accepted: 3, acknowledged: 0, queued: 3, eventsQueued: 0 },
    control: { modes: { 'cdu-1': 'auto' } },
    latches: { zones: [{ id: 'A1', at: 5 }], problem: null },
    audit: { lines: 80 },
  })
  const { audit, certificates, files } = bundle as {
    audit: { last: ReadonlyArray<{ number: number; why: string }> }
    certificates: ReadonlyArray<{ subject: string; daysLeft: number }>
    files: ReadonlyArray<{ file: string; mode: string }>
  }
  expect(audit.last.map(line => line.number)).toEqual(Array.from({ length: 60 }, (_, i) => 21 + i))
  expect(audit.last[0]?.why).toBe('told with (hidden)')
  expect(certificates).toEqual([
    expect.objectContaining({ subject: expect.stringContaining('CN=coldloop agent-1'), daysLeft: 3649 }),
  ])
  expect(files).toContainEqual(
    expect.objectContaining({ file: 'pki/own/private/private_key.pem', mode: '0600' }),
  )
})

test('the health of a running agent is in it', async () => {
  const server = createServer((_request, response) =>
    response.end(JSON.stringify({ id: 'agent-1', outbox: { queued: 7 }, last: secrets.password })),
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const bundle = await bundleOf(writeConfig({ health: { port } }), wallNow)
  server.close()
  expect(bundle).toMatchObject({ health: { id: 'agent-1', outbox: { queued: 7 }, last: '(hidden)' } })
  expect(bundle).toMatchObject({
    outbox: { missing: expect.any(String) },
    audit: { missing: expect.any(String) },
  })
})

test.each([
  ['a key that is not known', { enrolmentToken: secrets.enrolment }, /unknown key "enrolmentToken"/],
  ['a password that is a number', { uplink: { url: 'mqtt://h:1', password: 12_345_678 } }, /\(hidden\)/],
  ['an address of a wrong kind', { uplink: { url: secrets.url } }, /\(hidden\)/],
  ['a whole part as text', { uplink: `password:${secrets.password}` }, /\(hidden\)/],
])('a configuration that is refused: %s', async (_title, changes, refusal) => {
  const bundle = await bundleOf(writeConfig(changes), wallNow)
  expect(all(bundle)).toEqual([])
  expect(JSON.stringify(bundle)).not.toContain('12345678')
  expect((bundle as { check: { refusal: string } }).check.refusal).toMatch(refusal)
  expect(bundle).toMatchObject({ config: { id: 'agent-1' }, machine: { runsOn: process.version } })
})

test('a file that is no YAML is not quoted', async () => {
  const path = join(folder, 'agent.yaml')
  writeFileSync(path, `uplink: { password: "${secrets.password}" "${secrets.fromFile}"\n  [`)
  const bundle = await bundleOf(path, wallNow)
  expect(all(bundle)).toEqual([])
  expect((bundle as { check: { refusal: string } }).check.refusal).toMatch(
    /agent\.yaml is neither YAML nor JSON at line \d+, column \d+$/,
  )
})

test('it is written to a new file that its owner alone may read, packed where the name says so', async () => {
  const path = writeConfig()
  const out = join(folder, 'bundle.json.gz')
  await diagnose(path, out)
  expect(statSync(out).mode & 0o777).toBe(0o600)
  expect(JSON.parse(gunzipSync(readFileSync(out)).toString())).toMatchObject({ config: { id: 'agent-1' } })
  await expect(diagnose(path, out)).rejects.toThrow(
    /bundle\.json\.gz cannot be written as a new file: EEXIST/,
  )
  await expect(diagnose(path, path)).rejects.toThrow(/EEXIST/)
})
