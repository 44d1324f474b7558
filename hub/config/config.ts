import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import Type, { type Static } from 'typebox'
import { parse } from 'yaml'
import { checked } from '#contract/check.ts'
import { Failure, sentenceOf } from '#contract/failure.ts'
import { Site } from '#contract/site/site.ts'

/** The hub's configuration: one YAML or JSON file, checked whole before anything opens. */
export const HubConfig = Type.Object(
  {
    sitePath: Type.String({ description: 'JSON of the expanded site, relative to this file' }),
    clock: Type.Optional(Type.String({ description: 'JSON of the site clock; absent: real time' })),
    dataDir: Type.String({ description: 'folder for state, embedded store and keys' }),
    hostId: Type.String({ default: 'coldloop-hub', description: 'Sparkplug host id' }),
    uplink: Type.Object(
      {
        url: Type.String({ pattern: '^mqtts?://' }),
        username: Type.Optional(Type.String()),
        password: Type.Optional(Type.String()),
        others: Type.Optional(
          Type.Array(
            Type.Object(
              {
                url: Type.String({ pattern: '^mqtts?://' }),
                username: Type.Optional(Type.String()),
                password: Type.Optional(Type.String()),
              },
              { additionalProperties: false },
            ),
            { maxItems: 9, description: 'further brokers; the hub is at all of them at once' },
          ),
        ),
        reorderMs: Type.Integer({
          default: 1_000,
          minimum: 0,
          maximum: 60_000,
          description: 'how long a missing message is waited for before births are asked for',
        }),
      },
      { additionalProperties: false },
    ),
    store: Type.Object(
      {
        kind: Type.Enum(['duckdb', 'influx'], { default: 'duckdb' }),
        url: Type.Optional(Type.String({ pattern: '^https?://', description: 'InfluxDB address' })),
        database: Type.String({ default: 'coldloop', pattern: '^[A-Za-z0-9_-]{1,60}$' }),
        username: Type.Optional(Type.String()),
        password: Type.Optional(Type.String()),
        token: Type.Optional(Type.String()),
        retentionDays: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: 36_500,
            description: 'samples older than this go, their hourly sums stay (duckdb); absent: kept for ever',
          }),
        ),
      },
      { additionalProperties: false, default: {} },
    ),
    http: Type.Object(
      {
        host: Type.String({ default: '127.0.0.1' }),
        port: Type.Integer({ minimum: 0, maximum: 65_535, default: 8080 }),
      },
      { additionalProperties: false, default: {} },
    ),
    access: Type.Object(
      {
        anonymousViewer: Type.Boolean({ default: true, description: 'on loopback, looking needs no token' }),
        announceFirstToken: Type.Boolean({
          default: true,
          description: 'name the first admin token in the ready line',
        }),
      },
      { additionalProperties: false, default: {} },
    ),
    planning: Type.Object(
      {
        enabled: Type.Boolean({ default: true }),
        deadlineMs: Type.Integer({
          minimum: 100,
          maximum: 600_000,
          default: 20_000,
          description: 'machine time a plan may take',
        }),
        canaryHours: Type.Optional(
          Type.Number({
            minimum: 0,
            maximum: 336,
            description:
              'hours that one CDU is steered alone before the others follow; absent: 24, and 0 on a simulated site',
          }),
        ),
      },
      { additionalProperties: false, default: {} },
    ),
    leaseKey: Type.Object(
      {
        keyId: Type.String(),
        privateKeyPath: Type.String({
          description: 'PEM of the Ed25519 key that signs leases, relative to this file',
        }),
      },
      { additionalProperties: false },
    ),
    consoleDir: Type.Optional(Type.String({ description: 'built console; absent: the one in the project' })),
    logLevel: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], { default: 'warn' }),
  },
  { additionalProperties: false },
)
export type HubConfig = Static<typeof HubConfig>

export type LoadedHubConfig = HubConfig & { readonly site: Site }

/** Reads and checks; every path in it is made absolute against the file's own folder. */
export function readHubConfig(path: string): LoadedHubConfig {
  const config = checked(HubConfig, readYaml(path), path)
  if (config.store.kind === 'influx' && config.store.url === undefined)
    throw new Failure(
      'CONFIG_INVALID',
      `${path}: store.url is missing: an influx store needs the server's address, such as http://127.0.0.1:8086`,
    )
  if (
    config.http.host !== '127.0.0.1' &&
    config.http.host !== '::1' &&
    config.http.host !== 'localhost' &&
    config.access.anonymousViewer
  )
    throw new Failure(
      'CONFIG_INVALID',
      `${path}: access.anonymousViewer = true is allowed on loopback only, and http.host is ${config.http.host}`,
    )
  const from = (relative: string) => resolve(dirname(path), relative)
  const sitePath = from(config.sitePath)
  return {
    ...config,
    sitePath,
    dataDir: from(config.dataDir),
    ...(config.clock ? { clock: from(config.clock) } : {}),
    ...(config.consoleDir ? { consoleDir: from(config.consoleDir) } : {}),
    leaseKey: { ...config.leaseKey, privateKeyPath: from(config.leaseKey.privateKeyPath) },
    site: siteWithCanary(config, path, checked(Site, readYaml(sitePath), sitePath)),
  }
}

/** Only a simulated site may go without a canary (DESIGN 6). */
function siteWithCanary(config: HubConfig, path: string, site: Site): Site {
  const hours = config.planning.canaryHours
  if (hours !== undefined && hours < 24 && !site.simulated)
    throw new Failure(
      'CONFIG_INVALID',
      `${path}: planning.canaryHours = ${hours}: ${site.name} is no simulated site, and a real one has a canary for at least 24 h`,
    )
  return site
}

function readYaml(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `${path}: cannot be read: ${sentenceOf(cause)}`, { cause })
  }
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
