import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Type, { type Static } from 'typebox'
import { parse } from 'yaml'
import { checked } from '#contract/check.ts'
import { bmsHeartbeatFilter } from '#contract/dsx.ts'
import { Failure, sentenceOf } from '#contract/failure.ts'
import { Site } from '#contract/site/site.ts'

/** What one agent is told: who it is, what stands around it, where it sends, and the bounds that no one may widen from afar. */

const closed = { additionalProperties: false } as const
const Id = Type.String({ pattern: '^[A-Za-z][A-Za-z0-9-]{0,63}$' })

const Login = {
  username: Type.Optional(Type.String()),
  password: Type.Optional(Type.String({ description: 'better in `passwordFile`' })),
  passwordFile: Type.Optional(Type.String({ description: 'file that holds the password and nothing else' })),
}

const shared = {
  id: Id,
  simulated: Type.Boolean({ default: false, description: 'behind it stands a simulated device on loopback' }),
  equipment: Type.Optional(
    Type.Array(Type.String(), {
      description: 'ids of the equipment behind it; absent: all that the site shows this way',
    }),
  ),
  map: Type.Optional(
    Type.String({ description: 'YAML file that says which foreign address is which point' }),
  ),
}

export const OpcuaSourceConfig = Type.Object(
  {
    ...shared,
    kind: Type.Literal('opcua'),
    endpoint: Type.String({ pattern: '^opc\\.tcp://.+' }),
    server: Type.Optional(Type.String({ description: "id of the server in the site's description" })),
    securityMode: Type.Enum(['SignAndEncrypt', 'None'], { default: 'SignAndEncrypt' }),
    policy: Type.Enum(['Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss'], {
      default: 'Basic256Sha256',
    }),
    allowPlain: Type.Boolean({
      default: false,
      description: 'permits security None on an endpoint that is not on loopback',
    }),
    namespaceUri: Type.String({
      default: 'urn:coldloop:simulator',
      description: 'namespace of node ids that name none',
    }),
    publishingIntervalMs: Type.Integer({
      default: 250,
      minimum: 50,
      maximum: 10_000,
      description: 'pace of telemetry',
    }),
    fastPublishingIntervalMs: Type.Integer({
      default: 50,
      minimum: 10,
      maximum: 1_000,
      description: 'pace of leak inputs and states',
    }),
    keepAliveCount: Type.Integer({
      default: 8,
      minimum: 3,
      maximum: 1_000,
      description: 'quiet publishing intervals between signs of life',
    }),
    sessionTimeoutMs: Type.Integer({ default: 60_000, minimum: 10_000, maximum: 3_600_000 }),
    ...Login,
  },
  closed,
)
export type OpcuaSourceConfig = Static<typeof OpcuaSourceConfig>

export const MqttSourceConfig = Type.Object(
  {
    ...shared,
    kind: Type.Literal('mqtt'),
    url: Type.String({ pattern: '^mqtts?://.+', description: 'the field broker' }),
    profile: Type.Enum(['dsx', 'topics']),
    tags: Type.Enum(['generated', 'metadata'], {
      default: 'generated',
      description: "dsx: tags from the site's names or from the bus's metadata",
    }),
    topics: Type.Object(
      {
        template: Type.String({ default: 'trays/{rack}/{tray}/{point}', pattern: '\\{point\\}' }),
        value: Type.String({
          default: 'value',
          description: "path of the value in the JSON payload, keys joined by dots; '' is the payload itself",
        }),
        timestamp: Type.String({
          default: 'timestamp',
          description: "ms since 1970 or ISO 8601; '' : none, stamped on arrival",
        }),
        quality: Type.String({
          default: 'quality',
          description: '1, 192 or "good" is good; \'\' : none, always good',
        }),
        heartbeat: Type.String({
          default: bmsHeartbeatFilter,
          description: "topic filter; '' : the publisher has none",
        }),
      },
      { ...closed, default: {}, description: 'profile topics' },
    ),
    caFile: Type.Optional(Type.String({ description: 'PEM of the authority behind the broker, for mqtts' })),
    ...Login,
  },
  closed,
)
export type MqttSourceConfig = Static<typeof MqttSourceConfig>

const PollGroups = Type.Refine(
  Type.Array(
    Type.Object(
      {
        name: Id,
        everyMs: Type.Integer({ minimum: 50, maximum: 3_600_000, description: 'in machine time' }),
      },
      closed,
    ),
    {
      default: [
        { name: 'fast', everyMs: 100 },
        { name: 'normal', everyMs: 1_000 },
        { name: 'slow', everyMs: 10_000 },
      ],
      minItems: 1,
      maxItems: 20,
      description: 'how often the points of a group are asked for; the map names the group',
    },
  ),
  groups => new Set(groups.map(group => group.name)).size === groups.length,
  () => 'a name stands twice; allowed: once',
)

export const ModbusSourceConfig = Type.Object(
  {
    ...shared,
    kind: Type.Literal('modbus'),
    host: Type.String({ pattern: '^[A-Za-z0-9.:-]{1,253}$', description: 'address or name of the device' }),
    port: Type.Integer({ default: 502, minimum: 1, maximum: 65_535 }),
    unitId: Type.Integer({
      default: 1,
      minimum: 0,
      maximum: 255,
      description: 'unit (slave) number; many devices on TCP want 1 or 255',
    }),
    map: Type.String({ description: 'YAML file that says which register is which point' }),
    pollGroups: PollGroups,
    timeoutMs: Type.Integer({
      default: 1_000,
      minimum: 100,
      maximum: 5_000,
      description: 'longest wait for an answer',
    }),
    pauseMs: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 1_000,
      description: 'rest between requests, for devices that need one',
    }),
    bridgeRegisters: Type.Integer({
      default: 8,
      minimum: 0,
      maximum: 100,
      description: 'registers that nobody asked for, read along to save a request',
    }),
    registersPerRead: Type.Integer({
      default: 125,
      minimum: 4,
      maximum: 125,
      description: 'for devices that give less than the 125 of the standard',
    }),
    allowPublic: Type.Boolean({
      default: false,
      description:
        'permits an address outside private networks: Modbus knows neither password nor encryption',
    }),
  },
  closed,
)
export type ModbusSourceConfig = Static<typeof ModbusSourceConfig>
export type SourceConfig = OpcuaSourceConfig | MqttSourceConfig | ModbusSourceConfig

const GuardBounds = Type.Object({ lowest: Type.Number(), highest: Type.Number() }, closed)
export type GuardBounds = Static<typeof GuardBounds>

export const AgentConfig = Type.Object(
  {
    id: Id,
    site: Type.Optional(
      Type.Unsafe<Site>(Type.Unknown({ description: 'the site, in place; or `sitePath`' })),
    ),
    sitePath: Type.Optional(Type.String({ description: 'JSON file with the site' })),
    clock: Type.Optional(
      Type.String({ description: "JSON file of a simulated run's clock; absent: real time" }),
    ),
    dataDir: Type.String({ description: 'outbox, keys and certificates' }),
    uplink: Type.Object(
      {
        url: Type.String({ pattern: '^mqtts?://.+' }),
        hostId: Type.String({
          default: 'coldloop-hub',
          pattern: '^[^/+#]{0,64}$',
          description: 'primary host that births wait for; empty: wait for none',
        }),
        acknowledges: Type.Boolean({
          default: true,
          description:
            'false for the host of another vendor: then delivery is not proven, and nothing is sent again',
        }),
        others: Type.Optional(
          Type.Array(Type.Object({ url: Type.String({ pattern: '^mqtts?://.+' }), ...Login }, closed), {
            maxItems: 9,
            description:
              'further uplink brokers, walked in this order while the host is not at the one before',
          }),
        ),
        caFile: Type.Optional(Type.String()),
        certificateFile: Type.Optional(Type.String()),
        keyFile: Type.Optional(Type.String()),
        ...Login,
      },
      closed,
    ),
    sources: Type.Array(Type.Unsafe<SourceConfig>(Type.Unknown()), { minItems: 1, maxItems: 100 }),
    guard: Type.Record(Type.String(), GuardBounds, {
      default: {},
      description: 'bounds of setpoints by `kind.point` or `equipment.point`; absent: the bounds of the site',
    }),
    trust: Type.Object(
      {
        publicKeys: Type.Array(
          Type.Object({ keyId: Type.String({ minLength: 1 }), pem: Type.String({ minLength: 1 }) }, closed),
          { default: [], maxItems: 20 },
        ),
      },
      { ...closed, default: {}, description: 'whose signatures on leases count' },
    ),
    leak: Type.Object(
      {
        traysToIsolateRack: Type.Optional(Type.Integer({ minimum: 1 })),
        debounceMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 5_000 })),
        siteWideRacksMax: Type.Integer({
          default: 3,
          minimum: 1,
          description: 'more racks than this in 10 min needs confirmation',
        }),
        siteWideItPercentMax: Type.Number({ default: 5, minimum: 0, maximum: 100 }),
      },
      { ...closed, default: {}, description: "absent keys: the site's own" },
    ),
    health: Type.Object(
      { port: Type.Integer({ default: 0, minimum: 0, maximum: 65_535 }) },
      { ...closed, default: {} },
    ),
    cycleMs: Type.Integer({ default: 1_000, minimum: 100, maximum: 10_000 }),
    logLevel: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], { default: 'warn' }),
  },
  closed,
)

/** A configuration whose form is right and whose site is in place. What it says may still contradict itself: `checkReport`. */
export type AgentConfig = Omit<Static<typeof AgentConfig>, 'site' | 'sources'> & {
  readonly site: Site
  readonly sources: readonly SourceConfig[]
}

/** Reads YAML or JSON. Paths in the file are relative to the file. */
export function readAgentConfig(path: string): AgentConfig {
  const raw = parsedFile(path)
  return agentConfig(raw, path, dirname(resolve(path)))
}

/** A configuration from a value; `where` stands before every complaint, `folder` before every relative path. */
export function agentConfig(raw: unknown, where: string, folder: string): AgentConfig {
  const form = checked(AgentConfig, raw, where)
  const from = (path: string) => resolve(folder, path)
  const sources = form.sources.map((source, index) =>
    checkedSource(source, `${where}: sources[${index}]`, from),
  )
  const { site: inPlace, sitePath, clock, uplink, ...rest } = form
  if ((inPlace === undefined) === (sitePath === undefined))
    throw new Failure('CONFIG_INVALID', `${where}: name the site in exactly one of "site" and "sitePath"`)
  const site =
    sitePath === undefined
      ? checked(Site, inPlace, `${where}: site`)
      : checked(Site, parsedFile(from(sitePath)), from(sitePath))
  return {
    ...rest,
    ...(clock === undefined ? {} : { clock: from(clock) }),
    dataDir: from(form.dataDir),
    uplink: {
      ...withFiles(uplink, from),
      ...(uplink.others ? { others: uplink.others.map(other => withFiles(other, from)) } : {}),
    },
    sources,
    site,
  }
}

/** A union of two schemas complains about both; the kind says which one is meant, so only that one speaks. */
function checkedSource(raw: unknown, where: string, from: (path: string) => string): SourceConfig {
  const kind = raw !== null && typeof raw === 'object' ? (raw as { kind?: unknown }).kind : undefined
  if (kind === 'opcua') return withFiles(checked(OpcuaSourceConfig, raw, where), from)
  if (kind === 'mqtt') return withFiles(checked(MqttSourceConfig, raw, where), from)
  if (kind === 'modbus') {
    const source = checked(ModbusSourceConfig, raw, where)
    return { ...source, map: from(source.map) }
  }
  throw new Failure(
    'CONFIG_INVALID',
    `${where}: kind = ${JSON.stringify(kind)}; allowed: opcua, mqtt, modbus`,
  )
}

/** File names made absolute; a password read from its file. */
function withFiles<T extends { readonly passwordFile?: string; readonly password?: string }>(
  part: T,
  from: (path: string) => string,
): T {
  const files = Object.entries(part).flatMap(([key, value]) =>
    typeof value === 'string' && (key === 'map' || key.endsWith('File')) ? [[key, from(value)]] : [],
  )
  const absolute: T = { ...part, ...Object.fromEntries(files) }
  if (absolute.passwordFile === undefined) return absolute
  return { ...absolute, password: textOf(absolute.passwordFile).trim() }
}

function parsedFile(path: string): unknown {
  const text = textOf(path)
  try {
    return parse(text)
  } catch (cause) {
    throw new Failure(
      'CONFIG_INVALID',
      `${path}: is neither YAML nor JSON: ${sentenceOf(cause).split('\n')[0]}`,
      { cause },
    )
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `${path}: cannot be read: ${sentenceOf(cause)}`, { cause })
  }
}
