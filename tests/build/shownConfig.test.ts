import fc from 'fast-check'
import type { TSchema } from 'typebox'
import { describe, expect, test } from 'vitest'
import { AgentConfig, ModbusSourceConfig, MqttSourceConfig, OpcuaSourceConfig } from '#agent/config/config.ts'
import { scrub } from '#agent/diagnose/scrub.ts'
import { shownConfig } from '#agent/diagnose/shownConfig.ts'
import { leaksOf } from '#tests/build/support/textsIn.ts'

/** What a person would call harmless; said here again, so that a slip of the list in the product is found. */
const harmless =
  /^(id|kind|sitePath|clock|dataDir|hostId|keyId|map|server|host|name|namespaceUri|template|value|timestamp|quality|heartbeat|\w+File)$/
/** Begins and ends with what no word of a bundle does. */
const secret = fc.string({ minLength: 4, maxLength: 30 }).map(text => `Zq${text}9x`)
const addressOf = ([user, password, path, query]: readonly string[]) =>
  `mqtts://${encodeURIComponent(user as string)}:${encodeURIComponent(password as string)}@broker.hall:8883/${encodeURIComponent(path as string)}?token=${encodeURIComponent(query as string)}`

type Shape = {
  type?: string
  enum?: readonly unknown[]
  const?: unknown
  items?: TSchema
  properties?: Record<string, TSchema>
  patternProperties?: Record<string, TSchema>
}

/** A value for every key of a schema, each open text a new secret; `planted` collects them. */
function planted(schema: TSchema, key: string, next: () => string, secrets: string[]): unknown {
  const { type, properties, items, enum: choices, const: only, patternProperties } = schema as Shape
  const plant = () => {
    const one = next()
    secrets.push(one)
    return one
  }
  if (choices) return choices[0]
  if (only !== undefined) return only
  if (properties)
    return Object.fromEntries(
      Object.entries(properties).map(([name, inner]) => [name, planted(inner, name, next, secrets)]),
    )
  if (patternProperties) return {}
  if (type === 'array' && key !== 'sources') return [planted(items as TSchema, key, next, secrets)]
  if (key === 'sources')
    return [OpcuaSourceConfig, MqttSourceConfig, ModbusSourceConfig].map(kind =>
      planted(kind, 'source', next, secrets),
    )
  if (/^(url|endpoint)$/.test(key)) return addressOf([plant(), plant(), plant(), plant()])
  if (type === 'string') return harmless.test(key) || key === 'equipment' ? 'plain' : plant()
  return type === 'boolean' ? true : type === undefined ? plant() : 5
}

describe('what support sees of a configuration', () => {
  test('no secret of any key that the schema knows, and every number and name', () => {
    let most = 0
    fc.assert(
      fc.property(fc.array(secret, { minLength: 60, maxLength: 60 }), all => {
        const secrets: string[] = []
        let at = 0
        const config = planted(AgentConfig, '', () => all[at++ % all.length] as string, secrets)
        const { shown, hidden } = shownConfig(config)
        most = Math.max(most, secrets.length)
        expect(leaksOf(shown, secrets)).toEqual([])
        expect(shown).toMatchObject({
          id: 'plain',
          cycleMs: 5,
          uplink: { url: expect.stringMatching(/^mqtts:\/\/\(hidden\)@broker\.hall:8883\/\(hidden\)$/) },
          sources: [
            { kind: 'opcua', publishingIntervalMs: 5 },
            { kind: 'mqtt' },
            { kind: 'modbus', port: 5 },
          ],
        })
        // What was hidden is known, so that a sentence that quotes it can be cleaned.
        const told = { sentence: `uplink is ${JSON.stringify(config)}` }
        expect(leaksOf(scrub(told, hidden), secrets)).toEqual([])
      }),
      { numRuns: 100 },
    )
    expect(most).toBeGreaterThan(20)
  })

  test('nothing of keys that the schema does not know, at any place and of any kind', () => {
    fc.assert(
      fc.property(secret, fc.integer({ min: 100_000, max: 9_999_999 }), (text, number) => {
        const strange = { enrolmentToken: text, pin: number, deep: { list: [text, { token: text }] } }
        const config = {
          id: 'agent-1',
          [text]: 1,
          ...strange,
          uplink: { url: 'mqtt://127.0.0.1:1', ...strange },
          sources: [
            { kind: 'redfish', id: 'r', ...strange },
            { kind: 'opcua', id: 'plc', endpoint: `opc.tcp://${text}@plc:4840`, ...strange },
            text,
          ],
          guard: { 'cdu.supplyTemperatureSp': { lowest: text, step: number }, [`!${text}`]: { lowest: 1 } },
          trust: { publicKeys: text },
        }
        const { shown } = shownConfig(config)
        expect(leaksOf(shown, [text, String(number)])).toEqual([])
        const hidden = { enrolmentToken: '(hidden)', pin: '(hidden)' }
        expect(shown).toMatchObject({
          ...hidden,
          uplink: hidden,
          sources: [{ kind: 'redfish', id: 'r', ...hidden }, { id: 'plc', ...hidden }, '(hidden)'],
        })
      }),
      { numRuns: 100 },
    )
  })

  test.each([
    ['mqtt://10.0.0.9:1883', 'mqtt://10.0.0.9:1883'],
    ['mqtt://ada:pw@10.0.0.9:1883', 'mqtt://(hidden)@10.0.0.9:1883'],
    ['opc.tcp://plc:4840/UA/secret', 'opc.tcp://plc:4840/(hidden)'],
    ['mqtt://ada:p@w@10.0.0.9', 'mqtt://(hidden)@10.0.0.9'],
    ['mqtts://[fd00::9]:8883', 'mqtts://[fd00::9]:8883'],
    ['mqtt://ada:p/w@10.0.0.9', '(hidden)'],
    ['mqtt://host/x@secret', '(hidden)'],
    ['mqtt://ada:p#w@10.0.0.9', '(hidden)'],
    ['no address', '(hidden)'],
  ])('of the address %s: %s', (url, shown) => {
    expect(shownConfig({ uplink: { url } }).shown).toEqual({ uplink: { url: shown } })
  })

  test('a key pasted where its file should be named', () => {
    const pem = '-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----'
    expect(shownConfig({ uplink: { keyFile: pem } }).shown).toEqual({ uplink: { keyFile: '(hidden)' } })
  })

  test('a login that is also the agent’s name stays readable as its name', () => {
    const { shown, hidden } = shownConfig({
      id: 'agent-1',
      uplink: { username: 'agent-1', password: 'x1y2' },
    })
    expect(shown).toEqual({ id: 'agent-1', uplink: { username: '(hidden)', password: '(hidden)' } })
    expect(hidden).toEqual(['x1y2'])
  })
})

describe('cleaning of texts', () => {
  test('logins of addresses and private keys go even when nobody knew of them', () => {
    const text =
      'tried mqtt://ada:pw@10.0.0.9:1883, had -----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY----- too'
    expect(scrub({ text }, [])).toEqual({
      text: 'tried mqtt://(hidden)@10.0.0.9:1883, had (hidden) too',
    })
  })
  test('a very short secret is hidden in quotes and leaves other words alone', () => {
    expect(scrub(['password = "ab" must be longer', 'a tablet'], ['ab'])).toEqual([
      'password = (hidden) must be longer',
      'a tablet',
    ])
  })
})
