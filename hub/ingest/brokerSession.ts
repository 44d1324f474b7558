import type { Socket } from 'node:net'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { Failure, sentenceOf } from '#contract/failure.ts'
import {
  formatHostState,
  type HostState,
  namespace,
  parseHostState,
  stateTopic,
} from '#contract/sparkplug/topics.ts'

export type Broker = { readonly url: string; readonly username?: string; readonly password?: string }

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
  /** Somebody said of this host that it is offline, at a time after this session's own: only a newer session overrules that. */
  denied(state: HostState): void
  /** Somebody else is online under this host's id. */
  rival(state: HostState): void
  /** Once, however it ended. */
  lost(sentence: string): void
}

const connectMsMax = 10_000
const farewellMsMax = 1_000

export function connectHost(options: {
  readonly broker: Broker
  readonly hostId: string
  readonly group: string
  /** Of the Will, and of the birth that follows it. */
  readonly connectedAt: number
  readonly events: BrokerSessionEvents
}): BrokerSession {
  const { broker, hostId, group, connectedAt, events } = options
  const state = stateTopic(hostId)
  const client = connect(broker.url, connectOptions(options, state))
  let isReady = false
  let isEnding = false
  let isOver = false
  let why = 'the broker closed the connection'

  function over(): void {
    if (isOver) return
    isOver = true
    isReady = false
    client.end(true)
    setImmediate(() => events.lost(why))
  }

  const announce = () =>
    client.publish(state, formatHostState({ online: true, timestamp: connectedAt }), { qos: 1, retain: true })

  client.on('connect', () => {
    ;(client.stream as Partial<Socket>).setNoDelay?.(true)
    subscribe(client, { state, group }, refusal => {
      if (isEnding || isOver) return
      if (refusal !== undefined) {
        why = refusal
        over()
        return
      }
      isReady = true
      announce()
      events.ready()
    })
  })

  /** What is said of this host under its own id, by the broker, by itself, or by somebody who has no business there. */
  function seen(word: HostState | undefined, isRetained: boolean): void {
    if (word === undefined || isEnding) return
    if (word.online) {
      if (word.timestamp !== connectedAt && !isRetained) events.rival(word)
      return
    }
    // Retained is an old Will or farewell, which the birth on its way replaces; but nodes believe the newest time only.
    if (isReady && !isRetained) announce()
    if (word.timestamp > connectedAt) events.denied(word)
  }

  client.on('message', (topic, payload, packet) => {
    if (isOver) return
    if (topic === state) seen(parseHostState(payload.toString('utf8')), packet.retain)
    // Births and data are never retained; what is comes from an unknown past.
    else if (!packet.retain) events.message(topic, payload)
  })
  client.on('error', error => {
    why = sentenceOf(error)
    over()
  })
  client.on('close', over)

  return {
    command(topic, payload) {
      if (!isReady) return Promise.reject(notConnected(broker.url))
      return client.publishAsync(topic, payload, { qos: 0, retain: false }).then(
        () => undefined,
        (cause: unknown) =>
          Promise.reject(
            new Failure(
              'BROKER_UNREACHABLE',
              `the broker ${broker.url} did not take a command: ${sentenceOf(cause)}`,
              { retry: true, cause },
            ),
          ),
      )
    },
    isReady: () => isReady && !isEnding,
    async end(at) {
      if (isEnding) return
      isEnding = true
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

export const notConnected = (url: string): Failure =>
  new Failure('BROKER_UNREACHABLE', `the broker ${url} is not connected`, { retry: true })

/**
 * The host's own STATE and the whole namespace, as the specification asks; what other groups say is overlooked. A broker
 * that grants no more than the own group, which is good practice, is asked for just that.
 */
function subscribe(
  client: MqttClient,
  { state, group }: { readonly state: string; readonly group: string },
  done: (refusal: string | undefined) => void,
): void {
  const ask = (filters: string[], granted: () => void, refused: (sentence: string) => void) =>
    client.subscribe(filters, { qos: 1 }, error =>
      error ? refused(`the broker does not grant ${filters.join(', ')}: ${sentenceOf(error)}`) : granted(),
    )
  const granted = () => done(undefined)
  const askForGroup = () => ask(groupFilters(group), granted, done)
  ask([state], () => ask([`${namespace}/#`], granted, askForGroup), done)
}

const groupFilters = (group: string): string[] => [
  ...['NBIRTH', 'NDEATH', 'NDATA'].map(type => `${namespace}/${group}/${type}/+`),
  ...['DBIRTH', 'DDEATH', 'DDATA'].map(type => `${namespace}/${group}/${type}/+/+`),
]

const connectOptions = (
  { broker, hostId, group, connectedAt }: Parameters<typeof connectHost>[0],
  state: string,
): IClientOptions => ({
  clientId: `coldloop-host-${hostId}-${group}`,
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
  ...(broker.username === undefined ? {} : { username: broker.username }),
  ...(broker.password === undefined ? {} : { password: broker.password }),
})
