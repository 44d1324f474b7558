import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { checkReport, checkText } from '#agent/config/check.ts'
import { agentConfig } from '#agent/config/config.ts'
import { readModbusMap } from '#agent/mapping/modbusMap.ts'
import { root } from '#tests/house/sourceFiles.ts'
import { testSite } from '#tests/support/siteOf.ts'

const site = testSite({ cdus: 1, racksPerCdu: 1, traysPerRack: 1 })
const folder = mkdtempSync(join(tmpdir(), 'coldloop-modbus-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const point = { equipment: 'cdu-1', point: 'flow', register: 'input', address: 0, type: 'uint16' }
const written = (points: readonly object[]): string => {
  writeFileSync(join(folder, 'cdu.yaml'), stringify({ points }))
  return 'cdu.yaml'
}
const cdu = { id: 'cdu', kind: 'modbus', host: '10.0.0.21', map: 'cdu.yaml' }
const others = [
  {
    ...{ id: 'plant', kind: 'opcua', endpoint: 'opc.tcp://10.0.0.5:4840', server: 'opc-1' },
    equipment: site.equipment
      .filter(item => item.via === 'opcua' && item.id !== 'cdu-1')
      .map(item => item.id),
  },
  { id: 'bms', kind: 'mqtt', url: 'mqtt://127.0.0.1:1884', profile: 'dsx' },
  { id: 'trays', kind: 'mqtt', url: 'mqtt://127.0.0.1:1884', profile: 'topics' },
]
const configOf = (...modbus: readonly object[]) =>
  agentConfig(
    {
      ...{ id: 'agent-1', site, dataDir: 'data', uplink: { url: 'mqtt://127.0.0.1:1883' } },
      sources: [...modbus, ...others],
    },
    'agent.yaml',
    folder,
  )

test('a sound configuration is accepted, and --check says how open Modbus is', () => {
  written([point])
  expect(checkReport(configOf(cdu))).toEqual([])
  const lines = checkText(configOf(cdu)).split('\n')
  expect(lines).toContain('  cdu (modbus): 1 points, 0 of them fast')
  expect(lines.at(-1)).toBe(
    'note: cdu: Modbus knows neither password nor encryption; whoever reaches 10.0.0.21:502 can write to it, so keep it on a network of its own',
  )
})

describe('what contradicts itself is one sentence', () => {
  const stories: ReadonlyArray<readonly [title: string, sources: readonly object[], sentence: RegExp]> = [
    [
      'an address of the wide world',
      [{ ...cdu, host: '203.0.113.9' }],
      /^sources\[0\]\.host = "203\.0\.113\.9" is outside private networks, .*; allowed: a private address, or "allowPublic": true$/,
    ],
    [
      'one device asked by two sources',
      [cdu, { ...cdu, id: 'again' }],
      /^sources\[1\]: 10\.0\.0\.21:502 is already asked by "cdu"; allowed: one source for each device/,
    ],
    [
      'a simulated device on another machine',
      [{ ...cdu, simulated: true }],
      /^sources\[0\]\.simulated = true, but modbus:\/\/10\.0\.0\.21:502 is not on loopback/,
    ],
    [
      'a host that is none',
      [{ ...cdu, host: '10.0.0.21:502' }],
      /^sources\[0\]\.host = "modbus:\/\/10\.0\.0\.21:502:502" is not an address; allowed: an IP address or a host name$/,
    ],
  ]
  test.each(stories)('%s', (_title, sources, sentence) => {
    written([point])
    expect(checkReport(configOf(...sources))).toContainEqual(expect.stringMatching(sentence))
  })
  test('a map that cannot be used, and one that is not there', () => {
    written([{ ...point, unit: 'bar' }])
    expect(checkReport(configOf(cdu))).toContain(
      `${join(folder, 'cdu.yaml')}: points[0].unit = "bar" measures kPa, but flow is in L/min`,
    )
    expect(checkReport(configOf({ ...cdu, map: 'gone.yaml' }))).toContainEqual(
      expect.stringMatching(/gone\.yaml: cannot be read/),
    )
  })
  test('a poll faster than 50 ms, two groups of one name, no map', () => {
    const refused = (source: object) => {
      try {
        configOf(source)
        return 'accepted'
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(refused({ ...cdu, pollGroups: [{ name: 'fast', everyMs: 20 }] })).toBe(
      'agent.yaml: sources[0]: pollGroups.0.everyMs = 20 must be >= 50',
    )
    const twice = { name: 'fast', everyMs: 100 }
    expect(refused({ ...cdu, pollGroups: [twice, twice] })).toBe(
      'agent.yaml: sources[0]: pollGroups: a name stands twice; allowed: once',
    )
    const { map: _map, ...mapless } = cdu
    expect(refused(mapless)).toBe('agent.yaml: sources[0]: missing "map"')
  })
})

test('the sample map is one that the agent takes', () => {
  const { pollGroups } = configOf(cdu).sources[0] as { pollGroups: Array<{ name: string; everyMs: number }> }
  const points = readModbusMap(join(root, 'agent/mapping/sample.modbus.yaml'), {
    site,
    unitId: 1,
    pollGroups,
  })
  expect(points.filter(({ writing }) => writing !== undefined)).toHaveLength(4)
  expect(points).toHaveLength(11)
})
