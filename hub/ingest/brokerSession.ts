import type { Socket } from 'node:net'
import { connect, type IClientOptions } from 'mqtt'
import { Failure, sentenceOf } from '#contract/failure.ts'
import { formatHostState, namespace, parseHostState, stateTopic } from '#contract/sparkplug/topics.ts'

export type BrokerOptions = {
  readonly url: string
  readonly hostId: string
  readonly group: string
  readonly username?: string
  readonly password?: string
}

/** One MQTT session of the host: Will, subscriptions, then STATE online with the Will's own timestamp. */
export type BrokerSession = {
  /** QoS 0, never retained, as commands are. Rejects with BROKER_UNREACHABLE. */
  command(topic: string, payload: Buffer): Promise<void>
  isReady(): boolean
  /** STATE offline with the present time, then disconnect. */
  end(at: number): Promise<void>
}

export type BrokerSessionEvents = {
  ready(): void
  message(topic: string, payload: Buffer): void
  /** Once, however it ended. */
  lost(sentence: string): void
}

const connectMsMax = 10_000
const farewellMsMax = 1_000

export function connectHost(
  options: BrokerOptions,
  connectedAt: number,
  events: BrokerSessionEvents,
): BrokerSession {
  const state = stateTopic(options.hostId)
  const client = connect(options.url, connectOptions(options, state, connectedAt))
  let isReady = false
  let isOver = false
  let why = 'the broker closed the connection'

  function over(): void {
    if (isOver) return
    isOver = true
    isReady = false
    client.end(true)
    setImmediate(() => events.lost(why))
  }

  const announce = (timestamp: number) =>
    client.publish(state, formatHostState({ online: true, timestamp }), { qos: 1, retain: true })

  client.on('connect', () => {
    ;(client.stream as Partial<Socket>).setNoDelay?.(true)
    client.subscribe(subscriptions(options.group, state), { qos: 1 }, (error, granted) => {
      const refused = granted?.filter(grant => grant.qos >= 128) ?? []
      if (error || refused.length > 0) {
        why = error ? sentenceOf(error) : `the broker refuses ${refused.map(grant => grant.topic).join(', ')}`
        over()
        return
      }
      isReady = true
      announce(connectedAt)
      events.ready()
    })
  })
  client.on('message', (topic, payload, packet) => {
    if (isOver) return
    if (topic !== state) {
      // Births and data are never retained; what is comes from an unknown past.
      if (!packet.retain) events.message(topic, payload)
      return
    }
    const seen = parseHostState(payload.toString('utf8'))
    // Somebody says that we are gone, an old Will for instance: nodes believe the newest timestamp, so ours must not be older.
    if (isReady && !packet.retain && seen?.online === false) announce(Math.max(connectedAt, seen.timestamp))
  })
  client.on('error', error => {
    why = sentenceOf(error)
    over()
  })
  client.on('close', over)

  return {
    command(topic, payload) {
      if (!isReady)
        return Promise.reject(
          new Failure('BROKER_UNREACHABLE', `the broker ${options.url} is not connected`, { retry: true }),
        )
      return client.publishAsync(topic, payload, { qos: 0, retain: false }).then(
        () => undefined,
        (cause: unknown) =>
          Promise.reject(
            new Failure(
              'BROKER_UNREACHABLE',
              `the broker ${options.url} did not take a command: ${sentenceOf(cause)}`,
              { retry: true, cause },
            ),
          ),
      )
    },
    isReady: () => isReady,
    async end(at) {
      why = 'this host ended the session'
      const withinFarewell = (work: Promise<unknown>) =>
        Promise.race([work, new Promise(resolve => setTimeout(resolve, farewellMsMax).unref())])
      if (isReady) {
        await withinFarewell(
          client.publishAsync(state, formatHostState({ online: false, timestamp: at }), {
            qos: 1,
            retain: true,
          }),
        )
        await withinFarewell(client.endAsync())
      }
      over()
    },
  }
}

/** No commands among them: what we send ourselves must not come back. */
const subscriptions = (group: string, state: string): string[] => [
  state,
  ...['NBIRTH', 'NDEATH', 'NDATA'].map(type => `${namespace}/${group}/${type}/+`),
  ...['DBIRTH', 'DDEATH', 'DDATA'].map(type => `${namespace}/${group}/${type}/+/+`),
]

const connectOptions = (options: BrokerOptions, state: string, connectedAt: number): IClientOptions => ({
  clientId: `coldloop-host-${options.hostId}-${options.group}`,
  protocolVersion: 4,
  clean: true,
  keepalive: 15,
  connectTimeout: connectMsMax,
  // Reconnecting is ours: each CONNECT needs a Will with its own timestamp.
  reconnectPeriod: 0,
  resubscribe: false,
  queueQoSZero: false,
  will: {
    topic: state,
    payload: Buffer.from(formatHostState({ online: false, timestamp: connectedAt })),
    qos: 1,
    retain: true,
  },
  ...(options.username === undefined ? {} : { username: options.username }),
  ...(options.password === undefined ? {} : { password: options.password }),
})
