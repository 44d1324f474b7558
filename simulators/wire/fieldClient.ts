import type { Socket } from 'node:net'
import mqtt from 'mqtt'
import type { Logger } from 'pino'
import { Failure } from '#contract/failure.ts'

/** An incoming message, already known to be small. */
export type FieldMessage = { readonly topic: string; readonly payload: string; readonly isRetained: boolean }

export type FieldClient = {
  readonly isConnected: boolean
  publish(topic: string, payload: string, options?: { retain?: boolean }): void
  /** Sends what `work` publishes as one stretch of bytes: one system call for a thousand values instead of one for each. */
  together(work: () => void): void
  /** Publishes dropped because the broker did not read fast enough or was away. */
  readonly dropped: number
  close(): Promise<void>
}

/** A request is a small JSON object; 1 kB is ten times the largest. */
const payloadBytesMax = 1_024
/** Bytes waiting for the broker: 4 MB is about 40,000 values, several seconds of the largest site. Beyond, values are dropped. */
const waitingBytesMax = 4 * 1_024 * 1_024
/** Building systems reconnect quickly on a plant network; one second between tries. */
const reconnectMs = 1_000

/** The building system's MQTT client: QoS 0, as the profile has it, and never a queue while the broker is away. */
export async function connectFieldClient(options: {
  url: string
  clientId: string
  subscribe: readonly string[]
  log: Logger
  connected(client: FieldClient): void
  message(message: FieldMessage): void
}): Promise<FieldClient> {
  const { log } = options
  const connection = mqtt.connect(options.url, {
    clientId: options.clientId,
    clean: true,
    queueQoSZero: false,
    resubscribe: false,
    reconnectPeriod: reconnectMs,
    reconnectOnConnackError: true,
    // The first try at the embedded broker succeeds at once; 5 s is for a broker elsewhere.
    connectTimeout: 5_000,
    keepalive: 15,
  })
  let dropped = 0
  const client: FieldClient = {
    get isConnected() {
      return connection.connected
    },
    get dropped() {
      return dropped
    },
    publish: (topic, payload, { retain = false } = {}) => {
      if (!connection.connected || connection.stream.writableLength > waitingBytesMax) {
        dropped++
        return
      }
      connection.publish(topic, payload, { qos: 0, retain })
    },
    together: work => {
      const { stream } = connection
      stream.cork()
      try {
        work()
      } finally {
        stream.uncork()
      }
    },
    close: () => connection.endAsync(true),
  }
  connection.on('connect', () => {
    // A leak is one small packet: it must not wait for the next one (Nagle).
    ;(connection.stream as Partial<Socket>).setNoDelay?.(true)
  })
  connection.on('error', error => log.warn({ url: options.url }, `field broker: ${error.message}`))
  connection.on('message', (topic, payload, packet) => {
    if (payload.length > payloadBytesMax) {
      log.warn({ topic, bytes: payload.length }, 'a request larger than 1 kB was ignored')
      return
    }
    options.message({ topic, payload: payload.toString('utf8'), isRetained: packet.retain })
  })
  const settle = async () => {
    await connection.subscribeAsync([...options.subscribe], { qos: 1 })
    options.connected(client)
  }
  await new Promise<void>((resolve, reject) => {
    const giveUp = setTimeout(() => {
      connection.end(true)
      reject(
        new Failure('SOURCE_UNREACHABLE', `the field broker at ${options.url} did not answer within 5 s`),
      )
    }, 5_000)
    connection.on('connect', () => {
      settle().then(
        () => {
          clearTimeout(giveUp)
          resolve()
        },
        (error: Error) => log.warn(`field broker refused the subscriptions: ${error.message}`),
      )
    })
  })
  return client
}
