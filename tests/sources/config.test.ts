import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { boundsOf } from '#agent/config/bounds.ts'
import { checkReport, checkText, refuseContradictions } from '#agent/config/check.ts'
import { agentConfig, readAgentConfig } from '#agent/config/config.ts'
import { testSite } from '#tests/support/siteOf.ts'

const site = testSite({ cdus: 1, racksPerCdu: 1, traysPerRack: 1 })
const opcua = { id: 'plant', kind: 'opcua', endpoint: 'opc.tcp://10.0.0.5:4840', server: 'opc-1' }
const dsx = { id: 'bms', kind: 'mqtt', url: 'mqtt://127.0.0.1:1884', profile: 'dsx' }
const trays = { id: 'trays', kind: 'mqtt', url: 'mqtt://127.0.0.1:1884', profile: 'topics' }
const whole = {
  id: 'agent-1',
  site,
  dataDir: 'data',
  uplink: { url: 'mqtt://127.0.0.1:1883' },
  sources: [opcua, dsx, trays],
}
const configOf = (changes: object) => agentConfig({ ...whole, ...changes }, 'agent.yaml', '/tmp')
const report = (changes: object) => checkReport(configOf(changes))

test('a sound configuration is accepted, and says what it would look after', () => {
  expect(report({})).toEqual([])
  expect(checkText(configOf({})).split('\n')).toEqual([
    expect.stringMatching(/^ok: agent agent-1 of site test-hall, \d+ equipment, \d+ points, 3 sources$/),
    expect.stringMatching(/^ {2}plant \(opcua\): \d+ points, \d+ of them fast$/),
    expect.stringMatching(/^ {2}bms \(mqtt\): \d+ points/),
    '  trays (mqtt): 4 points, 3 of them fast',
  ])
})

describe('what contradicts itself is named: where, which value, what is allowed', () => {
  const stories: ReadonlyArray<readonly [title: string, changes: object, sentences: readonly string[]]> = [
    [
      'a setpoint bound above its maximum',
      { guard: { 'cdu.supplyTemperatureSp': { lowest: 44, highest: 38 } } },
      [
        'guard.cdu.supplyTemperatureSp.lowest = 44 C is above guard.cdu.supplyTemperatureSp.highest = 38 C; allowed: lowest at or below highest',
      ],
    ],
    [
      'a bound wider than the site’s',
      { guard: { 'cdu-1.supplyTemperatureSp': { lowest: 20, highest: 75 } } },
      [
        'guard.cdu-1.supplyTemperatureSp.highest = 75 C is outside what site and instrument allow; allowed: 20 to 45 C',
      ],
    ],
    [
      'a bound for something that is no setpoint',
      {
        guard: {
          'cdu.flow': { lowest: 1, highest: 2 },
          'cdu-9.supplyTemperatureSp': { lowest: 20, highest: 30 },
        },
      },
      [
        'guard.cdu.flow: "flow" is not a setpoint of a cdu; allowed: supplyTemperatureSp, differentialPressureSp',
        'guard.cdu-9.supplyTemperatureSp: "cdu-9" is neither a kind of equipment nor equipment of site test-hall',
      ],
    ],
    [
      'equipment claimed twice',
      { sources: [opcua, dsx, trays, { ...trays, id: 'trays-2' }] },
      ['sources: "A1-t01" is claimed by trays and trays-2; allowed: one source for each equipment'],
    ],
    [
      'equipment that nobody sees',
      { sources: [opcua, dsx] },
      ['sources: no source for "A1-t01" (via topics); add one or change the site\'s agents'],
    ],
    [
      'security None on a plant network',
      { sources: [{ ...opcua, securityMode: 'None' }, dsx, trays] },
      [
        'sources[0].securityMode = "None" leaves opc.tcp://10.0.0.5:4840 open to anyone on the network; allowed: SignAndEncrypt, or "allowPlain": true for this endpoint',
      ],
    ],
    [
      'keep-alives slower than the session lives',
      { sources: [{ ...opcua, keepAliveCount: 200, publishingIntervalMs: 250 }, dsx, trays] },
      [
        'sources[0]: keepAliveCount 200 × publishingIntervalMs 250 = 50000 ms; allowed: less than 0.8 × sessionTimeoutMs = 48000 ms',
      ],
    ],
    [
      'a device that calls itself simulated on another machine',
      { sources: [{ ...opcua, simulated: true }, dsx, trays] },
      [
        'sources[0].simulated = true, but opc.tcp://10.0.0.5:4840 is not on loopback; allowed: simulated devices on 127.0.0.1, ::1 or localhost',
      ],
    ],
    [
      'an agent that the site does not know',
      { id: 'agent-7' },
      ['id = "agent-7" looks after no equipment of site test-hall; allowed: agent-1'],
    ],
    [
      'one broker for both directions',
      { uplink: { url: 'mqtt://127.0.0.1:1884' } },
      [
        'uplink.url = "mqtt://127.0.0.1:1884" is also the field broker of sources[1]; allowed: a broker of its own',
      ],
    ],
  ]
  test.each(stories)('%s', (_title, changes, sentences) => {
    expect(report(changes)).toEqual(sentences)
  })
  test('a server that the site does not have', () => {
    expect(report({ sources: [{ ...opcua, server: 'opc-9' }, dsx, trays] })).toContain(
      'sources[0].server = "opc-9" is not an OPC UA server of site test-hall; allowed: opc-1',
    )
  })
  test('a key that cannot sign leases', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = publicKey.export({ type: 'spki', format: 'pem' })
    expect(report({ trust: { publicKeys: [{ keyId: 'hub', pem }] } })).toEqual([
      'trust.publicKeys[0] ("hub") is a rsa key; allowed: ed25519',
    ])
  })
  test('an agent with contradictions does not start', () => {
    expect(() => refuseContradictions(configOf({ sources: [opcua] }), 'agent.yaml')).toThrow(
      /^agent\.yaml: sources: no source for .* more; --check lists them\)$/,
    )
  })
})

describe('a file that cannot be used is one sentence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-config-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const written = (text: string) => {
    const path = join(folder, 'agent.yaml')
    writeFileSync(path, text)
    return path
  }
  const sentence = (text: string) => {
    const path = written(text)
    try {
      readAgentConfig(path)
      return 'accepted'
    } catch (error) {
      return (error as Error).message.replace(path, 'agent.yaml')
    }
  }
  test('YAML is read, with paths relative to the file', () => {
    const { site: inPlace, ...rest } = whole
    writeFileSync(join(folder, 'site.json'), JSON.stringify(inPlace))
    const config = readAgentConfig(written(stringify({ ...rest, sitePath: 'site.json' })))
    expect([config.dataDir, config.site.name, config.cycleMs]).toEqual([
      join(folder, 'data'),
      'test-hall',
      1_000,
    ])
  })
  test('an unknown key, a wrong kind, a wrong number, no site', () => {
    expect(sentence(stringify({ ...whole, cyclesMs: 5 }))).toBe('agent.yaml: unknown key "cyclesMs"')
    expect(sentence(stringify({ ...whole, sources: [{ id: 'x', kind: 'bacnet' }] }))).toBe(
      'agent.yaml: sources[0]: kind = "bacnet"; allowed: opcua, mqtt, modbus',
    )
    expect(sentence(stringify({ ...whole, sources: [{ ...opcua, publishingIntervalMs: 5 }] }))).toBe(
      'agent.yaml: sources[0]: publishingIntervalMs = 5 must be >= 50',
    )
    expect(sentence(stringify({ ...whole, site: undefined }))).toBe(
      'agent.yaml: name the site in exactly one of "site" and "sitePath"',
    )
    expect(sentence('id: [')).toMatch(/^agent\.yaml: is neither YAML nor JSON: /)
  })
})

test('bounds in force: of the equipment before its kind before the site', () => {
  const config = configOf({
    guard: {
      'cdu.supplyTemperatureSp': { lowest: 25, highest: 40 },
      'cdu-1.supplyTemperatureSp': { lowest: 26, highest: 38 },
    },
  })
  expect(boundsOf(config, 'cdu-1', 'supplyTemperatureSp')).toEqual({ lowest: 26, highest: 38 })
  expect(boundsOf(config, 'tower', 'leavingTemperatureSp')).toEqual({ lowest: 7, highest: 40 })
  expect(boundsOf(config, 'cdu-1', 'pumpRun')).toBeUndefined()
})
