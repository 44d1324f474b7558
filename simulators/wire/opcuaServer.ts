import { OPCUAServer } from 'node-opcua-server'
import { Failure } from '#contract/failure.ts'
import type { Equipment } from '#contract/site/site.ts'
import type { Face, PlantDoor } from '#simulators/wire/face.ts'
import { listenTrouble } from '#simulators/wire/fieldBroker.ts'
import { addEquipment, type OpcuaNode } from '#simulators/wire/opcuaNodes.ts'
import type { OpcuaSecurity } from '#simulators/wire/opcuaSecurity.ts'
import { servedPoints, watch } from '#simulators/wire/watch.ts'

/** Application URI of every server; by Part 3 it is also the URI of namespace 1, where the points are. */
export const opcuaNamespaceUri = 'urn:coldloop:simulator'

const policies = {
  none: 'http://opcfoundation.org/UA/SecurityPolicy#None',
  basic256Sha256: 'http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256',
}
/** MessageSecurityMode of Part 4: None 1, SignAndEncrypt 3. */
const modes = { none: 1, signAndEncrypt: 3 }

export type OpcuaFace = Face & { readonly id: string; readonly url: string; readonly port: number }

/** One OPC UA server with a folder for each of its equipment; `port` 0 takes a free one. */
export async function startOpcuaServer(options: {
  id: string
  equipment: readonly Equipment[]
  door: PlantDoor
  security: OpcuaSecurity
  port: number
}): Promise<OpcuaFace> {
  const { id, equipment, door, security } = options
  const server = serverFor(security, options.port)
  await server.initialize()
  const space = server.engine.addressSpace
  if (!space) throw new Error('the OPC UA server was initialised without an address space')

  const points = servedPoints(door.plant, equipment)
  // OPC UA subscriptions prove by themselves that the path lives: resting values are not shown again.
  const watched = watch(door.plant, points, 0)
  const nodes = new Map<string, OpcuaNode>()
  for (const item of equipment)
    addEquipment({ space, item, equipment, points, door, nodes, noted: watched.note })

  await server.start().catch((cause: unknown) => {
    throw new Failure(
      'PORT_IN_USE',
      `OPC UA server ${id} cannot listen on 127.0.0.1:${options.port}: ${listenTrouble(cause)}`,
      { cause },
    )
  })
  const port = server.endpoints[0]?.port ?? options.port
  const show = (point: { key: string }, reading: Parameters<OpcuaNode['show']>[0]) =>
    nodes.get(point.key)?.show(reading)
  return {
    id,
    port,
    url: `opc.tcp://127.0.0.1:${port}`,
    showTelemetry: () => watched.moved(show),
    showFast: () => watched.movedFast(show),
    showAll: at => watched.everything(at, show),
    close: () => server.shutdown(0),
  }
}

function serverFor(security: OpcuaSecurity, port: number): OPCUAServer {
  return new OPCUAServer({
    // The library takes the address to listen on from here, not from the endpoint; without it every interface would be open.
    host: '127.0.0.1',
    endpoints: [
      {
        port,
        host: '127.0.0.1',
        hostname: '127.0.0.1',
        alternateHostname: '127.0.0.1',
        securityPolicies: [policies.none, policies.basic256Sha256] as never,
        securityModes: [modes.none, modes.signAndEncrypt],
      },
    ],
    serverCertificateManager: security.servers,
    userCertificateManager: security.users,
    serverInfo: {
      applicationUri: opcuaNamespaceUri,
      productUri: opcuaNamespaceUri,
      applicationName: { text: 'Coldloop simulator' },
    },
    buildInfo: {
      productName: 'Coldloop simulator',
      productUri: opcuaNamespaceUri,
      manufacturerName: 'Coldloop',
      softwareVersion: '0.1.0',
    },
    isAuditing: false,
    serverCapabilities: {
      // 0: a pushed change goes out as it comes, without a coalescing timer for each item.
      minSupportedSampleRate: 0,
      // One agent, one operator's browser and a few tests; beyond that somebody leaks sessions.
      maxSessions: 20,
    },
    maxConnectionsPerEndpoint: 40,
    transportSettings: { adjustTransportLimits: smallChunks },
  })
}

/** Bytes of a chunk; the library takes this much memory for every message it sends, however short. */
const chunkBytes = 16 * 1_024
/** 16 MB: the whole address space of the largest site read at once is below 1 MB. */
const chunksMax = 1_024

/**
 * Both sides send in chunks of at most 16 kB. At the usual half megabyte a hundred short messages a second took 50 MB of
 * memory a second, and the collector a tenth of a core.
 */
const smallChunks = (hello: {
  receiveBufferSize: number
  sendBufferSize: number
  maxMessageSize: number
  maxChunkCount: number
}) => ({
  receiveBufferSize: Math.min(hello.receiveBufferSize || chunkBytes, chunkBytes),
  sendBufferSize: Math.min(hello.sendBufferSize || chunkBytes, chunkBytes),
  maxMessageSize: Math.min(hello.maxMessageSize || chunkBytes * chunksMax, chunkBytes * chunksMax),
  maxChunkCount: Math.min(hello.maxChunkCount || chunksMax, chunksMax),
})
