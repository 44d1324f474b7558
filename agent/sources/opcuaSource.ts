import type { DataValue } from 'node-opcua-data-value'
import type { PointBinding } from '#agent/mapping/pointMap.ts'
import { type BackOff, steadyMs } from '#agent/sources/backOff.ts'
import { believedReading } from '#agent/sources/believed.ts'
import type { OpcuaAddress } from '#agent/sources/opcuaClient.ts'
import type { OpcuaIdentity } from '#agent/sources/opcuaPki.ts'
import { type OpcuaSession, openOpcuaSession } from '#agent/sources/opcuaSession.ts'
import { opcuaReading } from '#agent/sources/opcuaStatus.ts'
import type { Pace } from '#agent/sources/opcuaSubscription.ts'
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
import { atMost, type Wait, waitFor } from '#agent/sources/within.ts'
import { type Clock, siteLimitMs } from '#contract/clock.ts'
import { sentenceOf } from '#contract/failure.ts'
import type { Reading } from '#contract/reading.ts'

export type OpcuaSourceOptions = {
  readonly id: string
  readonly simulated: boolean
  readonly address: OpcuaAddress
  /** Opened at the first try to connect; several sources share one. */
  readonly identity: () => Promise<OpcuaIdentity>
  readonly namespaceUri: string
  readonly bindings: readonly PointBinding[]
  readonly telemetryPace: Pace
  readonly fastPace: Pace
  readonly clock: Clock
  readonly backOff: BackOff
}

/** A device's time may differ from site time by this before it is called odd. */
const skewMs = 5_000
/** A try to connect that is under way when the agent ends is left behind: nothing comes of it, it finds the source closed. */
const closeMs = 3_000

/** One OPC UA server: connect, watch until the session ends, tell that it is lost, wait, connect again, for ever. */
export class OpcuaSource implements Source {
  readonly kind = 'opcua'
  readonly id: string
  readonly simulated: boolean
  readonly equipment: ReadonlySet<string>
  state: SourceState = 'connecting'
  #options: OpcuaSourceOptions
  #bindingOf: ReadonlyMap<string, PointBinding>
  #gate = new ReadingGate()
  #batch: SampleBatch | undefined
  #listener: SourceListener | undefined
  #session: OpcuaSession | undefined
  #serverRuns = true
  #pause: Wait | undefined
  #isClosed = false
  #running: Promise<void> = Promise.resolve()
  #lastAliveMs = Number.NEGATIVE_INFINITY
  #counts = { samples: 0, losses: 0, connects: 0, refusedValues: 0, overflows: 0, oddTimes: 0 }

  constructor(options: OpcuaSourceOptions) {
    this.#options = options
    this.id = options.id
    this.simulated = options.simulated
    this.equipment = new Set(options.bindings.map(binding => binding.equipment))
    this.#bindingOf = new Map(
      options.bindings.map(binding => [`${binding.equipment}.${binding.point}`, binding]),
    )
  }

  open(listener: SourceListener): void {
    if (this.#listener) throw new Error(`source ${this.id} is opened twice`)
    this.#listener = listener
    this.#batch = new SampleBatch(samples => listener.samples(this, samples))
    this.#running = this.#run()
  }

  async write(writes: readonly PointWrite[]): Promise<readonly WriteResult[]> {
    const session = this.#session
    if (!session) return writes.map(() => ({ taken: false, because: `${this.id} is not connected` }))
    const known: Array<{ readonly place: number; readonly binding: PointBinding; readonly value: number }> =
      []
    const results: WriteResult[] = writes.map(({ equipment, point, value }, place) => {
      const binding = this.#bindingOf.get(`${equipment}.${point}`)
      if (!binding?.spec.writable)
        return { taken: false, because: `${equipment}.${point} is not writable through ${this.id}` }
      if (!Number.isFinite(value))
        return { taken: false, because: `${value} is not a number that a device can hold` }
      known.push({ place, binding, value })
      return { taken: false, because: 'not sent' }
    })
    if (known.length === 0) return results
    const answers = await session.write(known)
    known.forEach(({ place }, nth) => {
      results[place] = answers[nth] ?? { taken: false, because: 'the server gave no answer for it' }
    })
    return results
  }

  lastAliveMs(): number {
    return this.#lastAliveMs
  }

  counters(): SourceCounters {
    return { ...this.#counts, missingAddresses: this.#session?.missing() ?? 0 }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#pause?.cut()
    await this.#session?.close()
    await atMost(closeMs, this.#running)
    this.#batch?.flush()
  }

  async #run(): Promise<void> {
    const { clock, backOff } = this.#options
    while (!this.#isClosed) {
      const openedMs = clock.machineNow()
      const why = await this.#liveOnce()
      if (this.#isClosed) return
      this.#lose(why)
      if (clock.machineNow() - openedMs > steadyMs) backOff.reset()
      this.#pause = waitFor(backOff.next())
      await this.#pause.over
    }
  }

  /** One session from connect to its end; resolves with the reason why it is over. Never rejects. */
  async #liveOnce(): Promise<string> {
    const { clock, address, namespaceUri, bindings, telemetryPace, fastPace } = this.#options
    this.#counts.connects++
    this.#serverRuns = true
    try {
      const session = await openOpcuaSession({
        address,
        namespaceUri,
        bindings,
        telemetryPace,
        fastPace,
        identity: await this.#options.identity(),
        machineNow: () => clock.machineNow(),
        listener: {
          value: (binding, dataValue) => this.#take(binding, dataValue),
          missing: (binding, statusCode) =>
            this.#offer(binding, { value: null, quality: 'bad', at: clock.siteNow(), statusCode }),
          heard: () => {
            this.#lastAliveMs = clock.machineNow()
          },
          serverRuns: runs => {
            this.#serverRuns = runs
          },
        },
      })
      this.#session = session
      if (this.#isClosed) await session.close()
      else this.#turn('live', `connected to ${address.endpoint}`)
      const why = await session.ended
      this.#session = undefined
      // Goodbyes to a broken link take their two seconds; nobody waits for them to hear that it is lost.
      void session.close()
      return why
    } catch (error) {
      this.#session = undefined
      return sentenceOf(error)
    }
  }

  #take(binding: PointBinding, dataValue: DataValue): void {
    const { clock } = this.#options
    const taken = opcuaReading(dataValue, { siteNow: clock.siteNow(), skewMs: siteLimitMs(clock, skewMs) })
    if (taken.overflowed) this.#counts.overflows++
    if (taken.oddTime) this.#counts.oddTimes++
    const believed = believedReading(binding, taken.reading)
    // A server that says it is shutting down or failed is not believed as one that runs.
    const isDoubtful = !this.#serverRuns && believed.value !== null
    this.#offer(binding, isDoubtful ? { ...believed, quality: 'uncertain' } : believed)
  }

  #offer(binding: PointBinding, reading: Reading): void {
    if (reading.value === null) this.#counts.refusedValues++
    const admitted = this.#gate.admit(binding, reading, this.#options.clock.siteNow())
    if (!admitted) return
    if (admitted.oddTime) this.#counts.oddTimes++
    this.#counts.samples++
    this.#batch?.add(admitted.sample, binding.spec.fast)
  }

  #lose(why: string): void {
    const wasLive = this.state === 'live'
    if (wasLive) this.#counts.losses++
    this.#batch?.flush()
    this.#turn('lost', why)
    const stale = this.#gate.lose(this.#options.clock.siteNow())
    if (stale.length > 0) this.#listener?.samples(this, stale)
  }

  /** A lost source that cannot connect again says so once per reason, not at each try. */
  #lastSentence = ''
  #turn(state: SourceState, sentence: string): void {
    if (this.state === state && sentence === this.#lastSentence) return
    this.state = state
    this.#lastSentence = sentence
    this.#listener?.state(this, state, sentence)
  }
}
