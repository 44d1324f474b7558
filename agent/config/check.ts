import { createPublicKey } from 'node:crypto'
import { isIP, isIPv6 } from 'node:net'
import { guardComplaints } from '#agent/config/bounds.ts'
import type {
  AgentConfig,
  ModbusSourceConfig,
  OpcuaSourceConfig,
  SourceConfig,
} from '#agent/config/config.ts'
import { sourceBindings, sourceEquipment } from '#agent/config/reach.ts'
import { isPrivateAddress } from '#agent/sources/privateAddress.ts'
import { Failure, isFailure, sentenceOf } from '#contract/failure.ts'
import type { Equipment } from '#contract/site/site.ts'

/** Everything that contradicts itself, each in one sentence with its path; empty: the agent may start. */
export function checkReport(config: AgentConfig): readonly string[] {
  return [
    ...ownership(config),
    ...config.sources.flatMap((source, index) => sourceComplaints(config, source, `sources[${index}]`)),
    ...duplicates(
      config.sources.map(source => source.id),
      'sources',
      'id',
    ),
    ...guardComplaints(config),
    ...trustComplaints(config),
    ...uplinkComplaints(config),
  ]
}

/** Stops the start with the first contradiction; the others are counted, and listed by `--check`. */
export function refuseContradictions(config: AgentConfig, where: string): void {
  const [first, ...others] = checkReport(config)
  if (first === undefined) return
  const more = others.length === 0 ? '' : ` (and ${others.length} more; --check lists them)`
  throw new Failure('CONFIG_INVALID', `${where}: ${first}${more}`)
}

/** What `--check` prints: the complaints, or `ok` and what the agent would look after. */
export function checkText(config: AgentConfig): string {
  const complaints = checkReport(config)
  if (complaints.length > 0) return complaints.join('\n')
  const counts = config.sources.map(source => {
    const bindings = sourceBindings(config, source)
    return {
      id: source.id,
      kind: source.kind,
      points: bindings.length,
      fast: bindings.filter(binding => binding.spec.fast).length,
    }
  })
  const points = counts.reduce((sum, one) => sum + one.points, 0)
  const lines = counts.map(one => `  ${one.id} (${one.kind}): ${one.points} points, ${one.fast} of them fast`)
  return [
    `ok: agent ${config.id} of site ${config.site.name}, ${owned(config).length} equipment, ${points} points, ${counts.length} sources`,
    ...lines,
    ...notes(config),
  ].join('\n')
}

/** What contradicts nothing, but should be known. */
const notes = (config: AgentConfig): readonly string[] =>
  config.sources.flatMap(source =>
    source.kind === 'modbus' && !isLoopback(addressOf(source).address)
      ? [
          `note: ${source.id}: Modbus knows neither password nor encryption; whoever reaches ${source.host}:${source.port} can write to it, so keep it on a network of its own`,
        ]
      : [],
  )

const owned = (config: AgentConfig): readonly Equipment[] =>
  config.site.equipment.filter(item => item.agent === config.id)

function ownership(config: AgentConfig): readonly string[] {
  const mine = owned(config)
  if (mine.length === 0) {
    const agents = [...new Set(config.site.equipment.map(item => item.agent))]
    return [
      `id = "${config.id}" looks after no equipment of site ${config.site.name}; allowed: ${agents.join(', ')}`,
    ]
  }
  const claims = new Map<string, string[]>()
  for (const source of config.sources) {
    for (const id of sourceEquipment(config, source)) claims.set(id, [...(claims.get(id) ?? []), source.id])
  }
  const twice = [...claims].filter(([, sources]) => sources.length > 1)
  const none = mine.filter(item => !claims.has(item.id))
  return [
    ...few(
      twice,
      ([id, sources]) =>
        `sources: "${id}" is claimed by ${sources.join(' and ')}; allowed: one source for each equipment`,
    ),
    ...few(
      none,
      item =>
        `sources: no source for "${item.id}" (via ${item.via}${item.server ? `, server ${item.server}` : ''}); add one or change the site's agents`,
    ),
  ]
}

/** A wrong server id leaves dozens of equipment without a source: ten are named, the rest counted. */
const namedMax = 10
function few<T>(items: readonly T[], sentence: (item: T) => string): readonly string[] {
  const named = items.slice(0, namedMax).map(sentence)
  return items.length > namedMax ? [...named, `… and ${items.length - namedMax} more of the kind`] : named
}

function sourceComplaints(config: AgentConfig, source: SourceConfig, path: string): readonly string[] {
  const foreign = (source.equipment ?? []).filter(id => !owned(config).some(item => item.id === id))
  const { key, address, allowed } = addressOf(source)
  const complaints = foreign.map(id => `${path}.equipment: "${id}" is not looked after by agent ${config.id}`)
  if (!isUrl(address))
    return [...complaints, `${path}.${key} = "${address}" is not an address; allowed: ${allowed}`]
  if (source.simulated && !isLoopback(address))
    complaints.push(
      `${path}.simulated = true, but ${address} is not on loopback; allowed: simulated devices on 127.0.0.1, ::1 or localhost`,
    )
  if (source.kind === 'opcua') complaints.push(...opcuaComplaints(config, source, path))
  if (source.kind === 'modbus') complaints.push(...modbusComplaints(config, source, path))
  if (source.map !== undefined) complaints.push(...mapComplaints(config, source))
  return complaints
}

type Address = { readonly key: string; readonly address: string; readonly allowed: string }

function addressOf(source: SourceConfig): Address {
  if (source.kind === 'opcua')
    return { key: 'endpoint', address: source.endpoint, allowed: 'opc.tcp://host:port' }
  if (source.kind === 'mqtt') return { key: 'url', address: source.url, allowed: 'mqtt://host:port' }
  const host = isIPv6(source.host) ? `[${source.host}]` : source.host
  return { key: 'host', address: `modbus://${host}:${source.port}`, allowed: 'an IP address or a host name' }
}

/** A name is looked up when the agent connects; the address that it stands for is held against the same rule then. */
function modbusComplaints(config: AgentConfig, source: ModbusSourceConfig, path: string): readonly string[] {
  const { host, port } = source
  const complaints: string[] = []
  if (isIP(host) !== 0 && !isPrivateAddress(host) && !source.allowPublic)
    complaints.push(
      `${path}.host = "${host}" is outside private networks, and Modbus lets anyone write who reaches it; allowed: a private address, or "allowPublic": true`,
    )
  const same = config.sources.find(
    other => other.kind === 'modbus' && other.host === host && other.port === port,
  )
  if (same && same !== source)
    complaints.push(
      `${path}: ${host}:${port} is already asked by "${same.id}"; allowed: one source for each device, with "unitId" in the map for units behind a gateway`,
    )
  return complaints
}

function opcuaComplaints(config: AgentConfig, source: OpcuaSourceConfig, path: string): readonly string[] {
  const servers = [
    ...new Set(config.site.equipment.flatMap(item => (item.server === undefined ? [] : [item.server]))),
  ]
  const complaints: string[] = []
  if (source.server !== undefined && !servers.includes(source.server))
    complaints.push(
      `${path}.server = "${source.server}" is not an OPC UA server of site ${config.site.name}; allowed: ${servers.join(', ')}`,
    )
  if (source.server === undefined && source.map === undefined && source.equipment === undefined)
    complaints.push(
      `${path}: missing "server"; allowed: one of ${servers.join(', ')}, or "map", or "equipment"`,
    )
  if (source.securityMode === 'None' && !isLoopback(source.endpoint) && !source.allowPlain)
    complaints.push(
      `${path}.securityMode = "None" leaves ${source.endpoint} open to anyone on the network; allowed: SignAndEncrypt, or "allowPlain": true for this endpoint`,
    )
  const quietMs = source.keepAliveCount * source.publishingIntervalMs
  if (quietMs >= source.sessionTimeoutMs * 0.8)
    complaints.push(
      `${path}: keepAliveCount ${source.keepAliveCount} × publishingIntervalMs ${source.publishingIntervalMs} = ${quietMs} ms; allowed: less than 0.8 × sessionTimeoutMs = ${source.sessionTimeoutMs * 0.8} ms`,
    )
  if (source.fastPublishingIntervalMs > source.publishingIntervalMs)
    complaints.push(
      `${path}.fastPublishingIntervalMs = ${source.fastPublishingIntervalMs} is slower than publishingIntervalMs = ${source.publishingIntervalMs}; allowed: at most that`,
    )
  return complaints
}

function mapComplaints(config: AgentConfig, source: SourceConfig): readonly string[] {
  try {
    const strangers = sourceBindings(config, source).filter(
      binding => !owned(config).some(item => item.id === binding.equipment),
    )
    return few(
      strangers,
      binding => `${source.map}: "${binding.equipment}" is not looked after by agent ${config.id}`,
    )
  } catch (error) {
    if (isFailure(error)) return [error.message]
    throw error
  }
}

function trustComplaints(config: AgentConfig): readonly string[] {
  const wrong = config.trust.publicKeys.flatMap(({ keyId, pem }, index) => {
    try {
      const kind = createPublicKey(pem).asymmetricKeyType
      return kind === 'ed25519'
        ? []
        : [`trust.publicKeys[${index}] ("${keyId}") is a ${kind} key; allowed: ed25519`]
    } catch (error) {
      return [`trust.publicKeys[${index}] ("${keyId}") is not a public key in PEM form: ${sentenceOf(error)}`]
    }
  })
  return [
    ...wrong,
    ...duplicates(
      config.trust.publicKeys.map(key => key.keyId),
      'trust.publicKeys',
      'keyId',
    ),
  ]
}

/** Two brokers, never the same: a flood on the uplink must not stand in the way of a leak sensor. */
function uplinkComplaints(config: AgentConfig): readonly string[] {
  const { uplink } = config
  const places = [
    { path: 'uplink.url', url: uplink.url },
    ...(uplink.others ?? []).map(({ url }, index) => ({ path: `uplink.others[${index}].url`, url })),
  ]
  return [
    ...places.flatMap(({ path, url }) => brokerComplaints(config, path, url)),
    ...duplicates(
      places.map(({ url }) => url),
      'uplink',
      'url',
    ),
  ]
}

function brokerComplaints(config: AgentConfig, path: string, url: string): readonly string[] {
  if (!isUrl(url)) return [`${path} = "${url}" is not an address; allowed: mqtt://host:port`]
  const here = config.sources.findIndex(
    source => source.kind === 'mqtt' && isUrl(source.url) && new URL(source.url).host === new URL(url).host,
  )
  return here < 0
    ? []
    : [`${path} = "${url}" is also the field broker of sources[${here}]; allowed: a broker of its own`]
}

function duplicates(names: readonly string[], path: string, key: string): readonly string[] {
  const again = names.filter((name, index) => names.indexOf(name) !== index)
  return [...new Set(again)].map(name => `${path}: ${key} "${name}" stands twice; allowed: once`)
}

const isUrl = (address: string): boolean => URL.canParse(address)

const isLoopback = (address: string): boolean =>
  /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(new URL(address).hostname)
