import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { connect, type IClientOptions } from 'mqtt'
import { atMost } from '#agent/sources/within.ts'
import type { Broker, UplinkConfig } from '#agent/uplink/config.ts'
import type { Message } from '#agent/uplink/session.ts'
import { Failure, sentenceOf } from '#contract/failure.ts'
import type { BirthPlan } from '#contract/sparkplug/birth.ts'
import { namespace, stateTopic } from '#contract/sparkplug/topics.ts'

/** One MQTT session with the uplink broker: from CONNECT to its end, never a second try. */
export type NodeConnection = {
  /** QoS 0, not retained, as all births, data and deaths of devices are. */
  publish(message: Message): void
  /** Calls back when everything published so far has left for the kernel. */
  whenTaken(callback: () => void): void
  waitingBytes(): number
  isReady(): boolean
  /** Publishes the death, if one is given, as the Will would be; waits for the broker to have it, and disconnects. */
  end(death: Message | undefined): Promise<void>
}

export type NodeConnectionEvents = {
  /** The way to the broker stands and CONNECT goes out on it: its bdSeq is used up. */
  connecting(): void
  /** Connected, and every subscription granted. */
  ready(): void
  message(topic: string, payload: Buffer, retained: boolean): void
  /** Once, however it ended. */
  lost(sentence: string): void
}

const connectMsMax = 10_000
/** A broker that is there answers a PUBLISH in milliseconds; one that is not must not hold up the end of the process. */
const farewellMsMax = 1_000

export function connectNode(options: {
  readonly config: UplinkConfig
  readonly broker: Broker
  readonly plan: BirthPlan
  readonly will: Message
  readonly events: NodeConnectionEvents
}): NodeConnection {
  const { config, broker, plan, will, events } = options
  const client = connect(broker.url, connectOptions(config, broker, plan, will))
  let isReady = false
  let isEnding = false
  let isOver = false
  let why = 'the broker closed the connection'

  function over(): void {
    if (isOver) return
    isOver = true
    isReady = false
    client.end(true)
    // Not from inside the library's own event: whoever reconnects must find this one gone.
    setImmediate(() => events.lost(why))
  }

  // First in line: CONNECT waits in the socket for the same event.
  client.stream.prependListener(broker.url.startsWith('mqtts') ? 'secureConnect' : 'connect', () =>
    events.connecting(),
  )
  client.on('connect', () => {
    ;(client.stream as Partial<Socket>).setNoDelay?.(true)
    const filters = subscriptions(config, plan)
    client.subscribe(filters, { qos: 1 }, error => {
      if (isEnding) return
      if (error) {
        why = `the broker does not grant ${filters.join(', ')}: ${sentenceOf(error)}`
        over()
        return
      }
      isReady = true
      events.ready()
    })
  })
  client.on('message', (topic, payload, packet) => {
    if (!isOver && !isEnding) events.message(topic, payload, packet.retain)
  })
  client.on('error', error => {
    why = sentenceOf(error)
    over()
  })
  client.on('close', over)

  /** Resolves when the broker has it, or when the connection went first: then the Will says the same. */
  const published = (message: Message): Promise<void> =>
    new Promise(resolve =>
      client.publish(message.topic, message.payload, { qos: 1, retain: false }, () => resolve()),
    )

  return {
    publish: message => {
      if (!isOver && !isEnding) client.publish(message.topic, message.payload, { qos: 0, retain: false })
    },
    whenTaken: callback => {
      const stream = client.stream as Partial<Socket>
      if (isOver || stream.write === undefined) return
      // An empty write is answered after all earlier ones: nothing goes over the wire for it.
      stream.write(Buffer.alloc(0), error => {
        if (!error) callback()
      })
    },
    waitingBytes: () => (client.stream as Partial<Socket>).writableLength ?? 0,
    isReady: () => isReady && !isEnding,
    async end(death) {
      if (isEnding) return
      // From here on nothing is heard or said but the death: a birth after it would be believed for ever.
      isEnding = true
      why = 'this agent ended the session'
      if (isReady && death !== undefined) await atMost(farewellMsMax, published(death))
      if (client.connected) await atMost(farewellMsMax, client.endAsync())
      over()
    },
  }
}

function subscriptions(config: UplinkConfig, plan: BirthPlan): string[] {
  const own = [
    `${namespace}/${plan.group}/NCMD/${plan.node}`,
    `${namespace}/${plan.group}/DCMD/${plan.node}/+`,
  ]
  // Commands first: a host that sees our birth may speak at once.
  return config.hostId === '' ? own : [...own, stateTopic(config.hostId)]
}

/** Read at each connection, so that a renewed certificate counts from the next one on. */
function readPem(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `uplink: the file ${path} cannot be read: ${sentenceOf(cause)}`, {
      cause,
    })
  }
}

function connectOptions(
  config: UplinkConfig,
  broker: Broker,
  plan: BirthPlan,
  will: Message,
): IClientOptions {
  const file = (path: string | undefined) => (path === undefined ? undefined : readPem(path))
  const [ca, cert, key] = [file(config.caFile), file(config.certFile), file(config.keyFile)]
  return {
    clientId: `coldloop-${plan.group}-${plan.node}`,
    protocolVersion: 4,
    clean: true,
    keepalive: config.keepaliveS,
    connectTimeout: connectMsMax,
    // Reconnecting is ours: each CONNECT needs a Will with the next bdSeq, and the waits must be spread.
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    will: { topic: will.topic, payload: will.payload, qos: 1, retain: false },
    ...(broker.username === undefined ? {} : { username: broker.username }),
    ...(broker.password === undefined ? {} : { password: broker.password }),
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
  }
}
