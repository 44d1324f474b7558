import { join } from 'node:path'
import type { Role } from '#commands/start/children.ts'
import { type leaseKeys, writeJson } from '#commands/start/folder.ts'
import type { StartOptions } from '#commands/start/options.ts'
import { freePorts } from '#commands/start/ports.ts'
import type { Site } from '#contract/site/site.ts'

/** Addresses of one run: fixed before anything starts, so that a role that is restarted is found where it was. */
export type Addresses = {
  readonly uplinkBroker: string
  readonly fieldBroker: string
  readonly opcua: Readonly<Record<string, string>>
  readonly faults: string
  readonly console: string
  readonly agentHealth: Readonly<Record<string, string>>
}

export type Roles = { readonly roles: readonly Role[]; readonly addresses: Addresses }

/** Writes every role's configuration into the data folder. What an agent or the hub knows of the site stands in these files alone. */
export async function writeRoles(
  options: StartOptions,
  given: { site: Site; startAt: number; keys: ReturnType<typeof leaseKeys> },
): Promise<Roles> {
  const { dataDir } = options
  const { site, keys } = given
  const servers = site.opcuaServers.map(server => server.id)
  const agents = site.agents.map(agent => agent.id)
  const ports = await freePorts(4 + servers.length + agents.length)
  const [consolePort, uplinkPort, fieldPort, faultPort] = ports as [number, number, number, number]
  const opcuaPorts = Object.fromEntries(servers.map((id, i) => [id, ports[4 + i] as number]))
  const healthPorts = Object.fromEntries(agents.map((id, i) => [id, ports[4 + servers.length + i] as number]))
  const loopback = (scheme: string, port: number) => `${scheme}://127.0.0.1:${port}`
  const port = options.port === 0 ? consolePort : options.port
  const addresses: Addresses = {
    uplinkBroker: options.broker ?? loopback('mqtt', uplinkPort),
    fieldBroker: loopback('mqtt', fieldPort),
    opcua: Object.fromEntries(Object.entries(opcuaPorts).map(([id, at]) => [id, loopback('opc.tcp', at)])),
    faults: loopback('http', faultPort),
    console: `${loopback('http', port)}/`,
    agentHealth: Object.fromEntries(
      Object.entries(healthPorts).map(([id, at]) => [id, loopback('http', at)]),
    ),
  }
  const sitePath = join(dataDir, 'site.json')
  const clock = join(dataDir, 'clock.json')
  writeJson(sitePath, site)
  const role = (name: string, script: string, config: object): Role => {
    const path = join(dataDir, `${name}.json`)
    writeJson(path, config)
    return { name, script, config: path }
  }
  const roles = [
    role('simulator', 'commands/simulate.ts', {
      sitePath,
      clock,
      weather: options.weather ?? 'builtin:chicago',
      load: options.load,
      seed: options.seed,
      dataDir: join(dataDir, 'simulator'),
      opcuaPorts,
      fieldBrokerPort: fieldPort,
      faultPort,
    }),
    ...(options.broker ? [] : [role('broker', 'commands/broker.ts', { port: uplinkPort })]),
    role('hub', 'hub/main.ts', {
      sitePath,
      clock,
      dataDir: join(dataDir, 'hub'),
      uplink: { url: addresses.uplinkBroker },
      http: { port },
      store: options.store === 'influx' ? { kind: 'influx', url: options.influx } : { kind: 'duckdb' },
      leaseKey: { keyId: keys.keyId, privateKeyPath: keys.privateKeyPath },
    }),
    ...agents.map(id =>
      role(
        id,
        'agent/main.ts',
        agentConfig({
          id,
          site,
          sitePath,
          clock,
          dataDir,
          addresses,
          healthPort: healthPorts[id] as number,
          keys,
        }),
      ),
    ),
  ]
  return { roles, addresses }
}

function agentConfig(of: {
  id: string
  site: Site
  sitePath: string
  clock: string
  dataDir: string
  addresses: Addresses
  healthPort: number
  keys: ReturnType<typeof leaseKeys>
}): object {
  const { id, site, addresses } = of
  // Whoever steers the facility loop reads every CDU's valve, those of other agents too (it never writes there).
  const steersPlant = site.equipment.some(item => item.kind === 'facilityLoop' && item.agent === id)
  const servers = new Set(
    site.equipment
      .filter(item => item.via === 'opcua' && (item.agent === id || (steersPlant && item.kind === 'cdu')))
      .map(item => item.server as string),
  )
  return {
    id,
    sitePath: of.sitePath,
    clock: of.clock,
    dataDir: join(of.dataDir, id),
    uplink: { url: addresses.uplinkBroker },
    sources: [
      ...[...servers].map(server => ({
        id: server,
        kind: 'opcua',
        server,
        endpoint: addresses.opcua[server],
        simulated: true,
      })),
      { id: 'field-dsx', kind: 'mqtt', profile: 'dsx', url: addresses.fieldBroker, simulated: true },
      { id: 'field-trays', kind: 'mqtt', profile: 'topics', url: addresses.fieldBroker, simulated: true },
    ],
    trust: { publicKeys: [{ keyId: of.keys.keyId, pem: of.keys.publicKeyPem }] },
    health: { port: of.healthPort },
  }
}
