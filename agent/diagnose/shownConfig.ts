import type { TSchema } from 'typebox'
import { AgentConfig, ModbusSourceConfig, MqttSourceConfig, OpcuaSourceConfig } from '#agent/config/config.ts'

/**
 * A configuration as support may see it. What the schema binds to numbers, switches and named choices is shown; free
 * text is hidden unless this file names its key. A key that is new to the schema is therefore hidden until somebody
 * decides otherwise.
 */
export type ShownConfig = {
  readonly shown: unknown
  /** Every text that was hidden: it may not stand anywhere else in the bundle either. */
  readonly hidden: readonly string[]
}

export const hiddenMark = '(hidden)'

/** Names, places of files and addresses of points. `*` is any place of a list. */
const shownText: ReadonlySet<string> = new Set([
  'id',
  'sitePath',
  'clock',
  'dataDir',
  'uplink.hostId',
  'uplink.caFile',
  'uplink.certificateFile',
  'uplink.keyFile',
  'uplink.passwordFile',
  'uplink.others.*.passwordFile',
  'sources.*.id',
  'sources.*.kind',
  'sources.*.equipment.*',
  'sources.*.map',
  'sources.*.server',
  'sources.*.host',
  'sources.*.pollGroups.*.name',
  'sources.*.namespaceUri',
  'sources.*.topics.template',
  'sources.*.topics.value',
  'sources.*.topics.timestamp',
  'sources.*.topics.quality',
  'sources.*.topics.heartbeat',
  'sources.*.caFile',
  'sources.*.passwordFile',
  'trust.publicKeys.*.keyId',
])
/** Shown as scheme, host and port. */
const shownAddress: ReadonlySet<string> = new Set([
  'uplink.url',
  'uplink.others.*.url',
  'sources.*.endpoint',
  'sources.*.url',
])

/** Kinds of source whose schema is known here; of any other only id and kind are shown. */
const sourceSchemas: Readonly<Record<string, TSchema>> = {
  opcua: OpcuaSourceConfig,
  mqtt: MqttSourceConfig,
  modbus: ModbusSourceConfig,
}

/** A name has one line and fits on it; a key that was pasted into the wrong place does not. */
const nameLengthMax = 200
/** A configuration is some hundred values deep in three levels; more is not one. */
const depthMax = 12

export function shownConfig(raw: unknown): ShownConfig {
  const hidden = new Set<string>()

  function walk(value: unknown, schema: TSchema | undefined, path: readonly string[]): unknown {
    if (value === null || path.length > depthMax) return hide(value)
    const own = schemaAt(value, schema, path)
    if (Array.isArray(value)) return value.map(item => walk(item, itemsOf(own), [...path, '*']))
    if (typeof value === 'object') return walkObject(value, own, path)
    return isBound(value, own) ? value : shownString(value, path.join('.'))
  }

  function walkObject(value: object, schema: TSchema | undefined, path: readonly string[]): unknown {
    // The site has a file and a check of its own, and says nothing about the agent's trouble.
    if (path.join('.') === 'site') return '(in place)'
    const entries = Object.entries(value).map(([key, inner]) => {
      const known = propertyOf(schema, key)
      return [
        known === undefined && !/^[A-Za-z]{1,40}$/.test(key) ? hide(key) : key,
        walk(inner, known, [...path, key]),
      ]
    })
    return Object.fromEntries(entries)
  }

  function shownString(value: unknown, path: string): unknown {
    if (typeof value !== 'string') return hide(value)
    if (shownText.has(path) && value.length <= nameLengthMax && !/[\r\n]/.test(value)) return value
    if (!shownAddress.has(path)) return hide(value)
    const { text, secrets } = addressOf(value)
    for (const secret of secrets) hidden.add(secret)
    return text
  }

  function hide(value: unknown, depth = 0): string {
    // An anchor of YAML may stand inside itself.
    if (depth > depthMax) return hiddenMark
    if (value !== null && typeof value === 'object')
      for (const inner of Object.values(value)) hide(inner, depth + 1)
    else if (value !== null && value !== undefined) hidden.add(String(value))
    return hiddenMark
  }

  const shown = walk(raw, AgentConfig, [])
  const plain = textsOf(shown)
  return { shown, hidden: [...hidden].filter(text => !plain.has(text)) }
}

/** Sources are a choice of schemas, made by their kind. */
function schemaAt(value: unknown, schema: TSchema | undefined, path: readonly string[]): TSchema | undefined {
  if (path.join('.') !== 'sources.*') return schema
  const kind = (value as { kind?: unknown } | null)?.kind
  return typeof kind === 'string' && Object.hasOwn(sourceSchemas, kind) ? sourceSchemas[kind] : undefined
}

type Shape = {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly items?: TSchema
  readonly properties?: Readonly<Record<string, TSchema>>
  readonly patternProperties?: Readonly<Record<string, TSchema>>
}

const itemsOf = (schema: TSchema | undefined): TSchema | undefined => (schema as Shape | undefined)?.items

function propertyOf(schema: TSchema | undefined, key: string): TSchema | undefined {
  const { properties = {}, patternProperties = {} } = (schema ?? {}) as Shape
  if (Object.hasOwn(properties, key)) return properties[key]
  // Keys of the guard: a kind or an equipment, and a point.
  return /^[A-Za-z0-9-]{1,64}(\.[A-Za-z0-9]{1,64})?$/.test(key)
    ? Object.values(patternProperties)[0]
    : undefined
}

/** The schema leaves no room for a text of one's own. */
function isBound(value: unknown, schema: TSchema | undefined): boolean {
  const { type, enum: choices, const: only } = (schema ?? {}) as Shape
  if (choices !== undefined) return choices.includes(value)
  if (only !== undefined) return value === only
  if (type === 'number' || type === 'integer') return typeof value === 'number'
  return type === 'boolean' && typeof value === 'boolean'
}

/** Host and port of an address. Where it cannot be told what is host and what is password, nothing is shown. */
function addressOf(text: string): { readonly text: string; readonly secrets: readonly string[] } {
  const found = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)(.*)$/is.exec(text)
  const [, scheme = '', authority = '', tail = ''] = found ?? []
  const at = authority.lastIndexOf('@')
  const host = authority.slice(at + 1)
  const login = authority.slice(0, Math.max(0, at))
  const isPlain = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i.test(host) && !tail.includes('@')
  if (!isPlain) return { text: hiddenMark, secrets: [text, ...text.split(/[:@/?#&=]+/)] }
  const rest = tail === '' || tail === '/' ? tail : `/${hiddenMark}`
  return {
    text: `${scheme}${login === '' ? '' : `${hiddenMark}@`}${host}${rest}`,
    secrets: [login, ...login.split(':'), tail, ...tail.split(/[/?#&=]+/)].filter(part => part !== ''),
  }
}

/** Every text of a value, at any depth. */
function textsOf(value: unknown): ReadonlySet<string> {
  if (value === null || typeof value !== 'object') return new Set([String(value)])
  return new Set(Object.values(value).flatMap(inner => [...textsOf(inner)]))
}
