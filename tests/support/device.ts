import * as opcua from 'node-opcua-client'

/** An OPC UA session of the test's own, independent of the agent: what does the device itself hold? */
export type Device = {
  read(...keys: string[]): Promise<readonly (number | null)[]>
  /** Calls back on each change, as the device reports it every 20 ms. */
  watch(
    keys: readonly string[],
    onChange: (key: string, value: number, siteAt: number) => void,
  ): Promise<void>
  close(): Promise<void>
}

export async function connectDevice(endpoint: string): Promise<Device> {
  const client = opcua.OPCUAClient.create({
    endpointMustExist: false,
    securityMode: opcua.MessageSecurityMode.None,
    securityPolicy: opcua.SecurityPolicy.None,
    connectionStrategy: { maxRetry: 5, initialDelay: 200, maxDelay: 1_000 },
  })
  await client.connect(endpoint)
  const session = await client.createSession()
  const spaces = await session.readNamespaceArray()
  const space = spaces.indexOf('urn:coldloop:simulator')
  if (space < 0)
    throw new Error(`${endpoint} has no namespace urn:coldloop:simulator, only ${spaces.join(', ')}`)
  const nodeId = (key: string) => `ns=${space};s=${key}`
  return {
    read: async (...keys) => {
      const values = await session.read(
        keys.map(key => ({ nodeId: nodeId(key), attributeId: opcua.AttributeIds.Value })),
      )
      return values.map(value => (value.statusCode.isGood() ? Number(value.value.value) : null))
    },
    watch: async (keys, onChange) => {
      const subscription = await session.createSubscription2({
        requestedPublishingInterval: 20,
        requestedLifetimeCount: 1_000,
        requestedMaxKeepAliveCount: 100,
        maxNotificationsPerPublish: 1_000,
        publishingEnabled: true,
        priority: 10,
      })
      for (const key of keys) {
        const item = await subscription.monitor(
          { nodeId: nodeId(key), attributeId: opcua.AttributeIds.Value },
          { samplingInterval: 0, queueSize: 20, discardOldest: true },
          opcua.TimestampsToReturn.Both,
        )
        item.on('changed', value =>
          onChange(key, Number(value.value.value), value.sourceTimestamp?.getTime() ?? Number.NaN),
        )
      }
    },
    close: async () => {
      await session.close(true)
      await client.disconnect()
    },
  }
}
