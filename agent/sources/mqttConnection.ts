import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { type BackOff, steadyMs } from '#agent/sources/backOff.ts'
import type { WriteResult } from '#agent/sources/source.ts'
import { atMost, type Wait, waitFor, within } from '#agent/sources/within.ts'
import { sentenceOf } from '#contract/failure.ts'
import type { DurationMs } from '#contract/units.ts'

export type BrokerAddress = {
  readonly url: string
  readonly clientId: string
  readonly username?: string
  readonly password?: string
  /** PEM file of the authority that signed the broker's certificate, for mqtts. */
  readonly caFile?: string
}

/** A profile that speaks through the connection. */
export type BrokerUser = {
  /** Topic filters to subscribe to. */
  readonly filters: readonly string[]
  /** Connected and subscribed; `refused` are the filters that the broker would not give. */
  up(refused: readonly string[]): void
  down(sentence: string): void
  /** A message came in; called in the same turn of the event loop. */
  message(topic: string, payload: Buffer, retained: boolean): void
}

/** A write is answered within this, or counts as not taken. */
const publishMs = 2_000
/** Filters in one SUBSCRIBE packet: brokers commonly cap the packet at some tens of kilobytes. */
const filtersPerSubscribe = 100
const subscribeMs = 5_000
/** A broker that does not even let go is left behind. */
const closeMs = 2_000
/** A broker that refuses our name or password will do so again: ask slowly, for ever, until somebody mends it. */
const refusedWaitMs = 30_000
/** Values and metadata are a few hundred bytes; whoever sends more does not speak to us. */
export const payloadBytesMax = 16_384

/**
 * One connection to one broker, shared by the profiles on it. Each try is a fresh client of the library with its own
 * reconnection off, so that nothing unsent survives a lost connection: a command that was not taken in its two seconds
 * is never delivered late.
 */
export class MqttConnection {
  #address: BrokerAddress
  #backOff: BackOff
  #machineNow: () => DurationMs
  #random: () => number
  #users: BrokerUser[] = []
  #client: MqttClient | undefined
  #isUp = false
  #isClosed = false
  #isOpen = false
  #pause: Wait | undefined
  #running: Promise<void> = Promise.resolve()
  connects = 0

  constructor(options: {
    readonly address: BrokerAddress
    readonly backOff: BackOff
    readonly machineNow: () => DurationMs
    readonly random: () => number
  }) {
    this.#address = options.address
    this.#backOff = options.backOff
    this.#machineNow = options.machineNow
    this.#random = options.random
  }

  /** Joins before `open`; all users are subscribed together. */
  join(user: BrokerUser): void {
    this.#users.push(user)
  }

  /** Connects at the end of this turn, when every profile has joined; later calls change nothing. */
  open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    setImmediate(() => {
      this.#running = this.#run()
    })
  }

  get isUp(): boolean {
    return this.#isUp
  }

  /** QoS 1, not retained; taken when the broker has acknowledged it. */
  async publish(topic: string, payload: string): Promise<WriteResult> {
    const client = this.#client
    if (!client || !this.#isUp) return { taken: false, because: `no connection to ${this.#address.url}` }
    try {
      await within(
        publishMs,
        `the broker at ${this.#address.url}`,
        client.publishAsync(topic, payload, { qos: 1, retain: false }),
      )
      return { taken: true }
    } catch (error) {
      return { taken: false, because: sentenceOf(error) }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#pause?.cut()
    this.#client?.end(true)
    await atMost(closeMs, this.#running)
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      const openedMs = this.#machineNow()
      const { sentence, isRefused } = await this.#liveOnce()
      this.#isUp = false
      this.#client = undefined
      if (this.#isClosed) return
      for (const user of this.#users) user.down(sentence)
      if (this.#machineNow() - openedMs > steadyMs) this.#backOff.reset()
      this.#pause = waitFor(isRefused ? refusedWaitMs * (1 + this.#random()) : this.#backOff.next())
      await this.#pause.over
    }
  }

  /** One connection from connect to its end. Never rejects. */
  #liveOnce(): Promise<{ readonly sentence: string; readonly isRefused: boolean }> {
    this.connects++
    return new Promise(resolve => {
      let sentence = `the connection to ${this.#address.url} was closed`
      let isRefused = false
      const client = this.#connected()
      if (typeof client === 'string') {
        resolve({ sentence: client, isRefused: true })
        return
      }
      this.#client = client
      client.on('error', error => {
        sentence = `${this.#address.url}: ${sentenceOf(error)}`
        // CONNACK codes 4 and 5 of MQTT 3.1.1: bad user name or password, not authorised.
        const code = 'code' in error ? error.code : undefined
        isRefused = code === 4 || code === 5
        client.end(true)
      })
      client.on('close', () => {
        client.removeAllListeners()
        // A late error of a client that is given up must not end the process; its end is what is being reported.
        client.on('error', nothing)
        client.end(true)
        resolve({ sentence, isRefused })
      })
      client.on('message', (topic, payload, packet) => {
        for (const user of this.#users) user.message(topic, payload, packet.retain)
      })
      client.on('connect', () => {
        this.#subscribe(client).then(
          refused => {
            if (client !== this.#client) return
            this.#isUp = true
            this.#users.forEach((user, place) => {
              user.up(refused[place] ?? [])
            })
          },
          error => {
            sentence = `${this.#address.url}: ${sentenceOf(error)}`
            client.end(true)
          },
        )
      })
    })
  }

  /** A client on its way, or the sentence why there can be none (a file that cannot be read). */
  #connected(): MqttClient | string {
    const { url, clientId, username, password, caFile } = this.#address
    const options: IClientOptions = {
      clientId,
      protocolVersion: 4,
      clean: true,
      keepalive: 10,
      connectTimeout: 5_000,
      reconnectPeriod: 0,
      reconnectOnConnackError: false,
      resubscribe: false,
      queueQoSZero: false,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    }
    try {
      const client = connect(url, caFile === undefined ? options : { ...options, ca: readFileSync(caFile) })
      // A leak input or an isolation request is one small packet: it must not wait for the next one (Nagle).
      ;(client.stream as Partial<Socket>).setNoDelay?.(true)
      return client
    } catch (error) {
      return `${url}: ${sentenceOf(error)}`
    }
  }

  /** Every filter of every user, the SUBACK looked at: for each user, what was refused to it. */
  async #subscribe(client: MqttClient): Promise<ReadonlyArray<readonly string[]>> {
    const refused = new Set<string>()
    const filters = [...new Set(this.#users.flatMap(user => user.filters))]
    for (let start = 0; start < filters.length; start += filtersPerSubscribe) {
      const part = filters.slice(start, start + filtersPerSubscribe)
      for (const filter of await subscribeOnce(client, part)) refused.add(filter)
    }
    return this.#users.map(user => user.filters.filter(filter => refused.has(filter)))
  }
}

const nothing = (): void => undefined

/** Subscribes and returns the refused filters. When some are refused the library tells it as an error of the whole packet. */
async function subscribeOnce(client: MqttClient, filters: readonly string[]): Promise<readonly string[]> {
  const request = Object.fromEntries(filters.map(filter => [filter, { qos: 1 as const }]))
  const granted = new Promise<readonly string[]>((resolve, reject) => {
    client.subscribe(request, (error, _granted, packet) => {
      const codes = packet && 'granted' in packet ? (packet.granted as readonly number[]) : undefined
      if (!codes) {
        if (error) reject(error)
        else resolve([])
        return
      }
      resolve(filters.filter((_, place) => ((codes[place] ?? 0x80) & 0x80) !== 0))
    })
  })
  return within(subscribeMs, 'the broker', granted)
}
