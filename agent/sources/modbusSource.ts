import { type ModbusPoint, seriesOf } from '#agent/mapping/modbusMap.ts'
import { decodedNumber, isMarker } from '#agent/mapping/modbusType.ts'
import { type BackOff, steadyMs } from '#agent/sources/backOff.ts'
import { believedReading } from '#agent/sources/believed.ts'
import {
  type LinkEnd,
  type ModbusLink,
  type ModbusLinkAddress,
  openModbusLink,
} from '#agent/sources/modbusLink.ts'
import type { PlanLimits } from '#agent/sources/modbusPlan.ts'
import { ModbusPoller } from '#agent/sources/modbusPoller.ts'
import { WriteQueue, wordsFor } from '#agent/sources/modbusWrites.ts'
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
import type { Clock } from '#contract/clock.ts'
import { sentenceOf } from '#contract/failure.ts'
import type { Reading } from '#contract/reading.ts'
import type { DurationMs } from '#contract/units.ts'

export type ModbusSourceOptions = {
  readonly id: string
  readonly simulated: boolean
  readonly address: ModbusLinkAddress
  readonly points: readonly ModbusPoint[]
  readonly limits: PlanLimits
  readonly pauseMs: DurationMs
  readonly clock: Clock
  readonly backOff: BackOff
  /** What an operator should know and no alarm says: points that the device does not give. */
  readonly warn: (sentence: string) => void
}

/** A write is answered within this, or counts as not taken and is not sent. */
const writeMs = 2_000
/** A value is stamped when its answer arrives. Older than this by then, it is uncertain: the wall floor of every age limit. */
const roundTripMaxMs = 2_000
const closeMs = 3_000

/** One Modbus TCP device: connect, ask and tell until the connection ends, tell that it is lost, wait, again, for ever. */
export class ModbusSource implements Source {
  readonly kind = 'modbus'
  readonly id: string
  readonly simulated: boolean
  readonly equipment: ReadonlySet<string>
  state: SourceState = 'connecting'
  #options: ModbusSourceOptions
  #pointOf: ReadonlyMap<string, ModbusPoint>
  #gate = new ReadingGate()
  #batch: SampleBatch | undefined
  #listener: SourceListener | undefined
  #writes = new WriteQueue(writeMs)
  #link: ModbusLink | undefined
  #poller: ModbusPoller | undefined
  #pause: Wait | undefined
  #isClosed = false
  #running: Promise<void> = Promise.resolve()
  #lastAliveMs = Number.NEGATIVE_INFINITY
  #counts = { samples: 0, losses: 0, connects: 0, refusedValues: 0, oddTimes: 0 }
  /** Why each refused point was refused, so that it is said once. */
  #reasons = new Map<string, string>()

  constructor(options: ModbusSourceOptions) {
    this.#options = options
    this.id = options.id
    this.simulated = options.simulated
    this.equipment = new Set(options.points.map(({ binding }) => binding.equipment))
    this.#pointOf = new Map(options.points.map(point => [seriesOf(point), point]))
  }

  open(listener: SourceListener): void {
    if (this.#listener) throw new Error(`source ${this.id} is opened twice`)
    this.#listener = listener
    this.#batch = new SampleBatch(samples => listener.samples(this, samples))
    this.#running = this.#run()
  }

  async write(writes: readonly PointWrite[]): Promise<readonly WriteResult[]> {
    return Promise.all(writes.map(write => this.#queue(write)))
  }

  lastAliveMs(): number {
    return this.#lastAliveMs
  }

  counters(): SourceCounters {
    return { ...this.#counts, overflows: 0, missingAddresses: this.#poller?.refusedPoints() ?? 0 }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#pause?.cut()
    this.#link?.end('closed')
    this.#writes.refuseAll(`${this.id} is closed`)
    await atMost(closeMs, this.#running)
    this.#batch?.flush()
  }

  async #queue({ equipment, point, value }: PointWrite): Promise<WriteResult> {
    if (!this.#link) return { taken: false, because: `${this.id} is not connected` }
    const mapped = this.#pointOf.get(`${equipment}.${point}`)
    if (!mapped) return { taken: false, because: `${equipment}.${point} is not written through ${this.id}` }
    const words = wordsFor(mapped, value)
    return typeof words === 'string' ? { taken: false, because: words } : this.#writes.add(mapped, words)
  }

  async #run(): Promise<void> {
    const { clock, backOff } = this.#options
    while (!this.#isClosed) {
      const openedMs = clock.machineNow()
      const end = await this.#liveOnce()
      if (this.#isClosed) return
      if (end.renewed) continue
      this.#lose(end.sentence)
      if (clock.machineNow() - openedMs > steadyMs) backOff.reset()
      this.#pause = waitFor(backOff.next())
      await this.#pause.over
    }
  }

  /** One connection from its opening to its end. Never rejects. */
  async #liveOnce(): Promise<LinkEnd> {
    this.#counts.connects++
    try {
      const link = await openModbusLink(this.#options.address)
      if (this.#isClosed) link.end('closed')
      this.#link = link
      this.#poller ??= this.#newPoller()
      return await this.#poller.run(link)
    } catch (error) {
      this.#link?.end(sentenceOf(error))
      return { sentence: sentenceOf(error), renewed: false }
    }
  }

  #newPoller(): ModbusPoller {
    const { points, limits, pauseMs, clock } = this.#options
    return new ModbusPoller({
      points,
      limits,
      pauseMs,
      writes: this.#writes,
      machineNow: () => clock.machineNow(),
      listener: {
        heard: () => this.#heard(),
        read: (point, words, roundTripMs) => this.#take(point, words, roundTripMs),
        refused: (point, because) => this.#refuse(point, because),
      },
    })
  }

  #heard(): void {
    this.#lastAliveMs = this.#options.clock.machineNow()
    const { host, port } = this.#options.address
    if (this.state !== 'live') this.#turn('live', `connected to ${host}:${port}`)
  }

  #take(point: ModbusPoint, words: readonly number[], roundTripMs: DurationMs): void {
    const at = this.#options.clock.siteNow()
    const value = isMarker(words, point) ? Number.NaN : decodedNumber(words, point)
    const quality = roundTripMs > roundTripMaxMs ? 'uncertain' : 'good'
    this.#reasons.delete(seriesOf(point))
    this.#offer(
      point,
      Number.isFinite(value)
        ? believedReading(point.binding, { value, quality, at })
        : { value: null, quality: 'bad', at },
    )
  }

  #refuse(point: ModbusPoint, because: string): void {
    const series = seriesOf(point)
    if (this.#reasons.get(series) !== because)
      this.#options.warn(`${series} cannot be read from ${point.binding.address}: ${because}`)
    this.#reasons.set(series, because)
    this.#offer(point, { value: null, quality: 'bad', at: this.#options.clock.siteNow() })
  }

  #offer({ binding }: ModbusPoint, reading: Reading): void {
    if (reading.value === null) this.#counts.refusedValues++
    const admitted = this.#gate.admit(binding, reading, this.#options.clock.siteNow())
    if (!admitted) return
    if (admitted.oddTime) this.#counts.oddTimes++
    this.#counts.samples++
    this.#batch?.add(admitted.sample, binding.spec.fast)
  }

  #lose(why: string): void {
    if (this.state === 'live') this.#counts.losses++
    // While a connection is only renewed, writes wait for the new one; now they are not kept for later.
    this.#link = undefined
    this.#writes.refuseAll(`${this.id} is not connected`)
    // Behind a new connection may stand a repaired device: everything is asked for afresh.
    this.#poller = undefined
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
