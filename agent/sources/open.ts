import { join } from 'node:path'
import type { Logger } from 'pino'
import type {
  AgentConfig,
  ModbusSourceConfig,
  MqttSourceConfig,
  OpcuaSourceConfig,
} from '#agent/config/config.ts'
import { equipmentBehind, modbusPointsOf, sourceBindings, sourceEquipment } from '#agent/config/reach.ts'
import { type BackOff, jitteredBackOff } from '#agent/sources/backOff.ts'
import { ModbusSource } from '#agent/sources/modbusSource.ts'
import { MqttConnection } from '#agent/sources/mqttConnection.ts'
import { dsxProfile } from '#agent/sources/mqttDsx.ts'
import type { MqttProfile } from '#agent/sources/mqttProfile.ts'
import { MqttSource } from '#agent/sources/mqttSource.ts'
import { topicsProfile } from '#agent/sources/mqttTopics.ts'
import { hearLibrary } from '#agent/sources/opcuaClient.ts'
import { type OpcuaIdentity, openIdentity } from '#agent/sources/opcuaPki.ts'
import { OpcuaSource } from '#agent/sources/opcuaSource.ts'
import type { Source, SourceListener } from '#agent/sources/source.ts'
import type { Clock } from '#contract/clock.ts'
import { second } from '#contract/units.ts'

export type OpenSourcesOptions = {
  readonly config: AgentConfig
  readonly clock: Clock
  readonly listener: SourceListener
  readonly log: Logger
  /** Chance for spreading reconnects; a test hands in its own. */
  readonly random?: () => number
}

/** Longest wait between tries. A simulated device comes back with its simulator, and runs on a clock that may be fast. */
const capMs = { opcua: 60 * second, mqtt: 30 * second, modbus: 30 * second, simulated: 5 * second } as const
/** An agent on two busy cores may not come to its sockets for some seconds. */
const silenceFloorMs = 10_000
/** The first wait: an OPC UA handshake costs a device more than an MQTT one, and a small controller has few sockets. */
const firstMs = { opcua: 1_000, mqtt: 500, modbus: 1_000 } as const

/** Every source of the configuration, made and opened: from here on the listener hears. */
export function openSources(options: OpenSourcesOptions): readonly Source[] {
  const { config, clock, listener, log } = options
  const random = options.random ?? Math.random
  const identities = identityStore(config, clock)
  const brokers = new Map<string, MqttConnection>()
  hearLibrary(sentence => log.debug({ library: 'node-opcua' }, sentence))
  const sources = config.sources.map(source => {
    if (source.kind === 'opcua')
      return opcuaSource(config, source, { clock, random, identity: identities(source.simulated) })
    if (source.kind === 'modbus') return modbusSource(config, source, { clock, random, log })
    const connection = brokerOf(brokers, config, source, { clock, random })
    return mqttSource(config, source, { clock, log, connection })
  })
  const logged: SourceListener = {
    samples: (source, samples) => listener.samples(source, samples),
    state: (source, state, sentence) => {
      log[state === 'lost' ? 'warn' : 'info']({ source: source.id, state }, sentence)
      listener.state(source, state, sentence)
    },
  }
  for (const source of sources) source.open(logged)
  return sources
}

function opcuaSource(
  config: AgentConfig,
  source: OpcuaSourceConfig,
  given: {
    readonly clock: Clock
    readonly random: () => number
    readonly identity: () => Promise<OpcuaIdentity>
  },
): OpcuaSource {
  const { username, password } = source
  return new OpcuaSource({
    id: source.id,
    simulated: source.simulated,
    bindings: sourceBindings(config, source),
    namespaceUri: source.namespaceUri,
    address: {
      endpoint: source.endpoint,
      securityMode: source.securityMode,
      policy: source.policy,
      sessionTimeoutMs: source.sessionTimeoutMs,
      ...(username === undefined ? {} : { user: { name: username, password: password ?? '' } }),
    },
    // Telemetry keeps the newest of ten: at 250 ms a stall of 2.5 s loses nothing. Fast points keep fifty: 2.5 s at 50 ms.
    telemetryPace: {
      publishingIntervalMs: source.publishingIntervalMs,
      samplingIntervalMs: source.publishingIntervalMs,
      keepAliveCount: source.keepAliveCount,
      queueSize: 10,
      silenceFloorMs,
    },
    fastPace: {
      publishingIntervalMs: source.fastPublishingIntervalMs,
      // Sampled at 50 ms and published at 50 ms a leak would wait twice.
      samplingIntervalMs: 0,
      // A sign of life each second: the limit of silence is several of them, so that one late one is no lost device.
      keepAliveCount: Math.ceil(1_000 / source.fastPublishingIntervalMs),
      queueSize: 50,
      silenceFloorMs,
    },
    clock: given.clock,
    identity: given.identity,
    backOff: backOff('opcua', source.simulated, given.random),
  })
}

function modbusSource(
  config: AgentConfig,
  source: ModbusSourceConfig,
  given: { readonly clock: Clock; readonly random: () => number; readonly log: Logger },
): ModbusSource {
  const { id, simulated, host, port, timeoutMs, pauseMs, allowPublic } = source
  return new ModbusSource({
    id,
    simulated,
    address: { host, port, timeoutMs, allowPublic },
    points: modbusPointsOf(config, source),
    limits: { registersMax: source.registersPerRead, bridgeRegisters: source.bridgeRegisters },
    pauseMs,
    clock: given.clock,
    backOff: backOff('modbus', simulated, given.random),
    warn: sentence => given.log.warn({ source: id }, sentence),
  })
}

function mqttSource(
  config: AgentConfig,
  source: MqttSourceConfig,
  given: { readonly clock: Clock; readonly log: Logger; readonly connection: MqttConnection },
): MqttSource {
  return new MqttSource({
    id: source.id,
    simulated: source.simulated,
    equipment: sourceEquipment(config, source),
    profile: profileOf(config, source, sentence => given.log.warn({ source: source.id }, sentence)),
    connection: given.connection,
    clock: given.clock,
  })
}

function profileOf(
  config: AgentConfig,
  source: MqttSourceConfig,
  warn: (sentence: string) => void,
): MqttProfile {
  const { site } = config
  const equipment = equipmentBehind(config, source)
  const mapped = source.map === undefined ? {} : { mapped: sourceBindings(config, source) }
  if (source.profile === 'dsx') return dsxProfile({ site, equipment, tags: source.tags, warn, ...mapped })
  const { template, value, timestamp, quality, heartbeat } = source.topics
  return topicsProfile({
    site,
    equipment,
    template,
    paths: { value, timestamp, quality },
    heartbeat,
    ...mapped,
  })
}

/** Profiles on one broker with one login share one connection. */
function brokerOf(
  brokers: Map<string, MqttConnection>,
  config: AgentConfig,
  source: MqttSourceConfig,
  given: { readonly clock: Clock; readonly random: () => number },
): MqttConnection {
  const { url, username, password, caFile } = source
  const key = JSON.stringify([url, username, password, caFile])
  const known = brokers.get(key)
  if (known) return known
  const connection = new MqttConnection({
    address: {
      url,
      // One identity for each agent and broker; a second connection with it would throw the first one out.
      clientId: brokers.size === 0 ? `coldloop-${config.id}` : `coldloop-${config.id}-${brokers.size + 1}`,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(caFile === undefined ? {} : { caFile }),
    },
    backOff: backOff('mqtt', source.simulated, given.random),
    machineNow: () => given.clock.machineNow(),
    random: given.random,
  })
  brokers.set(key, connection)
  return connection
}

const backOff = (kind: keyof typeof firstMs, simulated: boolean, random: () => number): BackOff =>
  jitteredBackOff({ firstMs: firstMs[kind], capMs: simulated ? capMs.simulated : capMs[kind], random })

/** Keys and certificates, made at the first need and once; simulated servers have a trust list of their own. */
function identityStore(
  config: AgentConfig,
  clock: Clock,
): (simulated: boolean) => () => Promise<OpcuaIdentity> {
  const opened = new Map<boolean, Promise<OpcuaIdentity>>()
  return simulated => () => {
    const known = opened.get(simulated)
    if (known) return known
    const folder = join(config.dataDir, simulated ? 'pki-simulated' : 'pki')
    const opening = openIdentity({
      folder,
      agentId: config.id,
      acceptUnknown: simulated,
      wallNow: clock.wallNow(),
    })
    opened.set(simulated, opening)
    // A folder that cannot be written now may be writable at the next try.
    opening.catch(() => opened.delete(simulated))
    return opening
  }
}
