import { join } from 'node:path'
import type { UAVariable } from 'node-opcua-address-space'
import { OPCUACertificateManager } from 'node-opcua-certificate-manager'
import type { DataValue } from 'node-opcua-data-value'
import { OPCUAServer } from 'node-opcua-server'
import { type StatusCode, StatusCodes } from 'node-opcua-status-code'
import { DataType } from 'node-opcua-variant'

/** One variable of the device, by the string of its node id. */
export type DeviceValue = {
  readonly value: number | boolean
  readonly type?: 'Double' | 'Int32' | 'Boolean'
  readonly at?: number
  readonly status?: StatusCode
  readonly writable?: boolean
  readonly unit?: string
}

export type OpcuaDevice = {
  readonly endpoint: string
  readonly port: number
  set(name: string, value: DeviceValue): void
  held(name: string): unknown
  /** A variable that was not there before. */
  add(name: string, first: DeviceValue): void
  stop(): Promise<void>
}

const policies = {
  none: 'http://opcfoundation.org/UA/SecurityPolicy#None',
  signed: 'http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256',
}

/** A tiny OPC UA device that holds what a test puts into it. Its key stays in `folder`, so that a second one starts fast. */
export async function startOpcuaDevice(options: {
  readonly folder: string
  readonly variables: Readonly<Record<string, DeviceValue>>
  readonly port?: number
}): Promise<OpcuaDevice> {
  const manager = new OPCUACertificateManager({
    rootFolder: join(options.folder, 'device-pki'),
    automaticallyAcceptUnknownCertificate: true,
    disableFileWatchers: true,
  })
  await manager.initialize()
  const server = new OPCUAServer({
    endpoints: [
      {
        port: options.port ?? 0,
        host: '127.0.0.1',
        hostname: '127.0.0.1',
        alternateHostname: '127.0.0.1',
        securityPolicies: [policies.none, policies.signed] as never,
        securityModes: [1, 3],
      },
    ],
    serverCertificateManager: manager,
    userCertificateManager: manager,
    serverInfo: { applicationUri: 'urn:coldloop:simulator', productUri: 'urn:coldloop:simulator' },
    isAuditing: false,
    serverCapabilities: { minSupportedSampleRate: 0, maxSessions: 100 },
  })
  await server.initialize()
  const space = server.engine.addressSpace
  if (!space) throw new Error('the device has no address space')
  const namespace = space.getOwnNamespace()
  const folder = namespace.addObject({ organizedBy: space.rootFolder.objects, browseName: 'Device' })
  const nodes = new Map<string, UAVariable>()
  const add = (name: string, first: DeviceValue) => {
    const common = {
      componentOf: folder,
      browseName: name,
      nodeId: `s=${name}`,
      dataType: first.type ?? 'Double',
      accessLevel: 'CurrentRead | CurrentWrite',
      userAccessLevel: first.writable ? 'CurrentRead | CurrentWrite' : 'CurrentRead',
    }
    const engineeringUnits = {
      namespaceUri: 'http://www.opcfoundation.org/UA/units/un/cefact',
      unitId: 1,
      displayName: first.unit,
      description: first.unit,
    } as never
    const node = first.unit
      ? namespace.addAnalogDataItem({
          ...common,
          engineeringUnitsRange: { low: 0, high: 100 },
          engineeringUnits,
        })
      : namespace.addVariable(common)
    nodes.set(name, node as UAVariable)
    set(name, first)
  }
  const set = (name: string, next: DeviceValue) => {
    const node = nodes.get(name)
    if (!node) throw new Error(`the device has no ${name}`)
    node.setValueFromSource(
      { dataType: DataType[next.type ?? 'Double'], value: next.value },
      next.status ?? StatusCodes.Good,
      new Date(next.at ?? Date.now()),
    )
  }
  for (const [name, first] of Object.entries(options.variables)) add(name, first)
  await server.start()
  const port = server.endpoints[0]?.port ?? 0
  return {
    port,
    endpoint: `opc.tcp://127.0.0.1:${port}`,
    set,
    add,
    held: name => (nodes.get(name)?.readValue() as DataValue | undefined)?.value.value,
    stop: () => server.shutdown(0),
  }
}
