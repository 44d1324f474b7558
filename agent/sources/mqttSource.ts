import type { PointBinding } from '#agent/mapping/pointMap.ts'
import { believedReading } from '#agent/sources/believed.ts'
import type { BrokerUser, MqttConnection } from '#agent/sources/mqttConnection.ts'
import type { MqttProfile } from '#agent/sources/mqttProfile.ts'
import { mqttReading, parsedPayload } from '#agent/sources/mqttValue.ts'
import { ReadingGate } from '#agent/sources/readingGate.ts'
import { SampleBatch } from '#agent/sources/sampleBatch.ts'
import type {
  PointWrite,
  Source,
  SourceCounters,
  SourceListener,
  SourceState,
  WriteResult,
} from '#agent/sources/source.ts'
import { type Clock, siteLimitMs } from '#contract/clock.ts'
import { valueMessage } from '#contract/dsx.ts'
import type { DurationMs } from '#contract/units.ts'

export type MqttSourceOptions = {
  readonly id: string
  readonly simulated: boolean
  readonly equipment: ReadonlySet<string>
  readonly profile: MqttProfile
  readonly connection: MqttConnection
  readonly clock: Clock
}

/** A device's time may differ from site time by this before it is called odd. */
const skewMs = 5_000
/** Three heartbeats of the publisher: one may be lost, two are suspicious, three are silence. */
export const heartbeatSilenceMs = 30_000
const heartbeatMs = 10_000
const watchdogMs = 1_000
/** DSX repeats a value each 100 s of site time; a fast run would drown, so never more often than each 2 s of machine time. */
const repeatMs = (speed: number): DurationMs => Math.max(100_000 / speed, 2_000)

/**
 * One profile on one broker. It is live while the connection stands and the publisher's heartbeat is heard; when either
 * is lost every point seen so far turns stale once. What still arrives without a heartbeat is passed on as uncertain: a
 * leak is worth hearing from a doubtful messenger.
 */
export class MqttSource implements Source {
  readonly kind = 'mqtt'
  readonly id: string
  readonly simulated: boolean
  readonly equipment: ReadonlySet<string>
  state: SourceState = 'connecting'
  #profile: MqttProfile
  #connection: MqttConnection
  #clock: Clock
  #gate = new ReadingGate()
  #batch: SampleBatch | undefined
  #listener: SourceListener | undefined
  /** Requests that differ from rest, as they were last acknowledged: repeated until they are back at rest. */
  #standing = new Map<string, PointWrite>()
  #lastAliveMs = Number.NEGATIVE_INFINITY
  #lastBeatMs = Number.NEGATIVE_INFINITY
  #refusedFilters: readonly string[] = []
  #timers: NodeJS.Timeout[] = []
  #counts = { samples: 0, losses: 0, refusedValues: 0, oddTimes: 0 }

  constructor(options: MqttSourceOptions) {
    this.id = options.id
    this.simulated = options.simulated
    this.equipment = options.equipment
    this.#profile = options.profile
    this.#connection = options.connection
    this.#clock = options.clock
  }

  open(listener: SourceListener): void {
    if (this.#listener) throw new Error(`source ${this.id} is opened twice`)
    this.#listener = listener
    this.#batch = new SampleBatch(samples => listener.samples(this, samples))
    const user: BrokerUser = {
      filters: this.#profile.filters,
      up: refused => this.#up(refused),
      down: sentence => this.#turn('lost', sentence),
      message: (topic, payload, retained) => this.#message(topic, payload, retained),
    }
    this.#connection.join(user)
    this.#connection.open()
    this.#timers = [
      this.#watchSilence(),
      setInterval(() => this.#beat(), heartbeatMs).unref(),
      setInterval(() => void this.#repeat(), repeatMs(this.#clock.speed)).unref(),
    ]
  }

  async write(writes: readonly PointWrite[]): Promise<readonly WriteResult[]> {
    // Sent in order without waiting between: the broker acknowledges each, and an electrical request is never held up.
    return Promise.all(writes.map(write => this.#publish(write)))
  }

  lastAliveMs(): number {
    return this.#lastAliveMs
  }

  counters(): SourceCounters {
    return {
      ...this.#counts,
      connects: this.#connection.connects,
      overflows: 0,
      missingAddresses: this.#refusedFilters.length,
    }
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await this.#connection.close()
    this.#batch?.flush()
  }

  #up(refused: readonly string[]): void {
    const now = this.#clock.machineNow()
    this.#lastAliveMs = now
    this.#lastBeatMs = now
    this.#refusedFilters = refused
    this.#turn('live', 'connected and subscribed')
    if (refused.length > 0) this.#reportRefused(refused)
    this.#beat()
    void this.#repeat()
  }

  /** What stands behind a filter that the broker does not give is unknown, and says so. */
  #reportRefused(refused: readonly string[]): void {
    this.#listener?.state(
      this,
      'live',
      `the broker refused ${refused.length} of ${this.#profile.filters.length} subscriptions, first "${refused[0]}"`,
    )
    const at = this.#clock.siteNow()
    for (const binding of this.#profile.behind(refused)) {
      const admitted = this.#gate.admit(binding, { value: null, quality: 'bad', at }, at)
      if (admitted) this.#batch?.add(admitted.sample, false)
    }
  }

  #message(topic: string, payload: Buffer, retained: boolean): void {
    const binding = this.#profile.reading(topic)
    if (binding) this.#take(binding, payload, retained)
    else if (this.#profile.isHeartbeat(topic)) this.#heard(topic, payload, retained)
    else this.#profile.describe(topic, payload)
  }

  /** A retained value is as old as the broker likes: it is no measurement. */
  #take(binding: PointBinding, payload: Buffer, retained: boolean): void {
    const siteNow = this.#clock.siteNow()
    const read = retained
      ? undefined
      : mqttReading(parsedPayload(payload), {
          paths: this.#profile.paths,
          siteNow,
          skewMs: siteLimitMs(this.#clock, skewMs),
        })
    if (!read) {
      this.#counts.refusedValues++
      return
    }
    this.#lastAliveMs = this.#clock.machineNow()
    const believed = believedReading(binding, read.reading)
    if (believed.value === null) this.#counts.refusedValues++
    const isDoubtful = this.state !== 'live' && believed.value !== null
    const admitted = this.#gate.admit(
      binding,
      isDoubtful ? { ...believed, quality: 'uncertain' } : believed,
      siteNow,
    )
    if (!admitted) return
    if (admitted.oddTime || read.oddTime) this.#counts.oddTimes++
    this.#counts.samples++
    this.#batch?.add(admitted.sample, binding.spec.fast)
  }

  #heard(topic: string, payload: Buffer, retained: boolean): void {
    if (retained) return
    const now = this.#clock.machineNow()
    this.#lastAliveMs = now
    this.#lastBeatMs = now
    if (this.state === 'lost') this.#turn('live', 'the heartbeat is back')
    const echo = this.#profile.heartbeatEchoTopic
    // The publisher's own stamp goes back unread, so that it can measure the way there and back.
    if (echo !== undefined && payload.length <= 256 && topic !== echo)
      void this.#connection.publish(echo, payload.toString('utf8'))
  }

  #watchSilence(): NodeJS.Timeout {
    let lastTick = this.#clock.machineNow()
    return setInterval(() => {
      const now = this.#clock.machineNow()
      // After a stall of our own the heartbeats are in the socket, still unread: the next tick judges.
      const wasBusy = now - lastTick > watchdogMs * 2
      lastTick = now
      if (wasBusy || this.state !== 'live' || !this.#profile.hasHeartbeat) return
      const silentMs = now - this.#lastBeatMs
      if (silentMs > heartbeatSilenceMs)
        this.#turn('lost', `no heartbeat from the publisher for ${Math.round(silentMs / 1_000)} s`)
    }, watchdogMs).unref()
  }

  #beat(): void {
    const topic = this.#profile.ownHeartbeatTopic
    if (topic !== undefined && this.#connection.isUp)
      void this.#connection.publish(topic, this.#valueMessage(Math.round(this.#clock.siteNow())))
  }

  async #repeat(): Promise<void> {
    if (this.#connection.isUp) await this.write([...this.#standing.values()])
  }

  async #publish(write: PointWrite): Promise<WriteResult> {
    const { equipment, point, value } = write
    const binding = this.#profile.writing(equipment, point)
    if (!binding) return { taken: false, because: `${equipment}.${point} is not written through ${this.id}` }
    if (!Number.isFinite(value))
      return { taken: false, because: `${value} is not a number that a device can hold` }
    const result = await this.#connection.publish(
      binding.address,
      this.#valueMessage(binding.toDevice(value)),
    )
    const key = `${equipment}.${point}`
    if (value === this.#profile.restingValue(point)) this.#standing.delete(key)
    else if (result.taken) this.#standing.set(key, write)
    return result
  }

  #valueMessage(value: number): string {
    return valueMessage({ value, quality: 'good', at: this.#clock.siteNow() })
  }

  #turn(state: SourceState, sentence: string): void {
    const was = this.state
    if (was === state && state !== 'connecting') return
    this.state = state
    this.#batch?.flush()
    if (was === 'live') this.#counts.losses++
    this.#listener?.state(this, state, sentence)
    if (state !== 'lost') return
    const stale = this.#gate.lose(this.#clock.siteNow())
    if (stale.length > 0) this.#listener?.samples(this, stale)
  }
}
