import { type ModbusPoint, seriesOf } from '#agent/mapping/modbusMap.ts'
import { exceptionWords, remedyFor } from '#agent/sources/modbusExceptions.ts'
import type { LinkEnd, ModbusAnswer, ModbusLink } from '#agent/sources/modbusLink.ts'
import { type Batch, type PlanLimits, planReads, splitBatch } from '#agent/sources/modbusPlan.ts'
import { dueAgainMs, nextTurn, restMs } from '#agent/sources/modbusSchedule.ts'
import type { WaitingWrite, WriteQueue } from '#agent/sources/modbusWrites.ts'
import type { WriteResult } from '#agent/sources/source.ts'
import { type Wait, waitFor } from '#agent/sources/within.ts'
import type { DurationMs } from '#contract/units.ts'

export type PollerListener = {
  /** The device has said something. */
  heard(): void
  /** A point's registers as read; `roundTripMs` from question to answer, so the value is no older than that. */
  read(point: ModbusPoint, words: readonly number[], roundTripMs: DurationMs): void
  /** The device does not give this point, and why; asked for again, ever more rarely. */
  refused(point: ModbusPoint, because: string): void
}

export type PollerOptions = {
  readonly points: readonly ModbusPoint[]
  readonly limits: PlanLimits
  readonly pauseMs: DurationMs
  readonly writes: WriteQueue
  readonly machineNow: () => DurationMs
  readonly listener: PollerListener
}

/** A read that comes round. `trouble`: how often in a row it was refused, and asked again more rarely each time. */
type PollTurn = {
  batch: Batch<ModbusPoint>
  everyMs: DurationMs
  dueMs: DurationMs
  silences: number
  trouble: number
  /** Watches one written point until it reads what was written, or until then. */
  readonly watch?: { readonly words: readonly number[]; readonly untilMs: DurationMs }
}

/** Unanswered requests in a row after which a unit counts as silent. */
const silencesMax = 3
const busyTries = 3
const busyWaitMs = 50
const refusedFirstMs = 1_000
const refusedMostMs = 60_000
/** A written point is read again this often, for as long as the agent waits for its read-back. */
const watchEveryMs = 250
const watchForMs = 2_000
/** So many writes in a row, then a read that is due: a slow device is still seen while it is told. */
const writesInRowMax = 8

/**
 * Everything that is asked over one connection, one thing at a time: writes first, then whichever read is due, until
 * the connection ends.
 */
export class ModbusPoller {
  #options: PollerOptions
  #turns: PollTurn[]
  #link: ModbusLink | undefined
  /** Waiting for something to do: a write ends it. */
  #pause: Wait | undefined
  /** Leaving the line alone: only the end of the connection ends it. */
  #silence: Wait | undefined
  #writesInRow = 0
  /** Unanswered requests in a row, for each unit. */
  #silences = new Map<number, number>()
  /** Registers that nobody asked for are no longer read along where they were refused once. */
  #unbridged = new Set<string>()

  constructor(options: PollerOptions) {
    this.#options = options
    this.#turns = [...Map.groupBy(options.points, point => point.everyMs)].flatMap(([everyMs, points]) =>
      this.#planned(points, everyMs),
    )
    for (const { unitId } of options.points) this.#silences.set(unitId, 0)
    options.writes.onAdded(() => this.#pause?.cut())
  }

  /** Points that the device does not give now. */
  refusedPoints(): number {
    return this.#turns.reduce((sum, turn) => sum + (turn.trouble > 0 ? turn.batch.points.length : 0), 0)
  }

  /** Asks over this connection until it has ended. What was learnt of the device stays for the next one. */
  async run(link: ModbusLink): Promise<LinkEnd> {
    const { writes, pauseMs, machineNow } = this.#options
    this.#link = link
    void link.ended.then(() => {
      this.#pause?.cut()
      this.#silence?.cut()
    })
    while (!link.isEnded()) {
      const due = nextTurn(this.#turns, machineNow())
      const write = due && this.#writesInRow >= writesInRowMax ? undefined : writes.take()
      const turn = write ? undefined : due
      this.#writesInRow = write ? this.#writesInRow + 1 : 0
      if (write) await this.#write(write, link)
      else if (turn) await this.#take(turn, link)
      else await this.#rest(restMs(this.#turns, machineNow()))
      if ((write || turn) && pauseMs > 0) await this.#hold(pauseMs)
    }
    return link.ended
  }

  /** Rests until a turn is due, a write comes in or the connection ends. */
  async #rest(durationMs: DurationMs): Promise<void> {
    this.#pause = waitFor(durationMs)
    await this.#pause.over
    this.#pause = undefined
  }

  async #hold(durationMs: DurationMs): Promise<void> {
    if (this.#link?.isEnded()) return
    this.#silence = waitFor(durationMs)
    await this.#silence.over
    this.#silence = undefined
  }

  async #take(turn: PollTurn, link: ModbusLink): Promise<void> {
    const { machineNow, listener } = this.#options
    const askedMs = machineNow()
    const answer = await this.#asked(turn.batch.unitId, () => link.read(turn.batch), isBusy)
    const nowMs = machineNow()
    turn.dueMs = dueAgainMs(turn, nowMs)
    if (answer.kind === 'data') {
      turn.silences = 0
      for (const point of turn.batch.points)
        listener.read(point, wordsOf(point, turn.batch, answer.words), nowMs - askedMs)
      if (turn.trouble > 0) this.#heal(turn)
    } else if (answer.kind === 'exception') this.#refused(turn, answer.code)
    else if (answer.kind === 'silent') this.#missed(turn, 'no answer')
    if (turn.watch) this.#watched(turn, answer)
  }

  /** One question, again a few times while the device is busy; keeps account of silence. */
  async #asked(
    unitId: number,
    ask: () => Promise<ModbusAnswer>,
    isAskedAgain: (code: number) => boolean,
  ): Promise<ModbusAnswer> {
    const { listener } = this.#options
    for (let attempt = 1; ; attempt++) {
      const answer = await ask()
      if (answer.kind === 'silent') {
        this.#silences.set(unitId, (this.#silences.get(unitId) ?? 0) + 1)
        // Behind a gateway one silent unit is its own trouble; when every unit is silent the device is lost.
        if ([...this.#silences.values()].every(count => count >= silencesMax))
          this.#link?.end(`no answer to ${silencesMax} requests in a row`)
      }
      if (answer.kind === 'data' || answer.kind === 'exception') {
        this.#silences.set(unitId, 0)
        listener.heard()
      }
      if (answer.kind !== 'exception' || !isAskedAgain(answer.code) || attempt === busyTries) return answer
      await this.#hold(busyWaitMs * 2 ** attempt)
    }
  }

  #refused(turn: PollTurn, code: number): void {
    const remedy = remedyFor(code)
    if (remedy === 'unitSilent') {
      this.#missed(turn, exceptionWords(code))
      return
    }
    const parts = remedy === 'split' && !turn.watch ? splitBatch(turn.batch, this.#options.limits) : undefined
    if (!parts) {
      this.#giveUp(turn, exceptionWords(code))
      return
    }
    if (parts.reduce((sum, part) => sum + part.count, 0) < turn.batch.count) this.#unbridged.add(laneOf(turn))
    const { trouble, everyMs } = turn
    const dueMs = this.#options.machineNow()
    this.#replace(
      [turn],
      parts.map(batch => ({ batch, everyMs, dueMs, silences: 0, trouble })),
    )
  }

  /** The unit did not answer for this read; after some times its points are unknown. */
  #missed(turn: PollTurn, because: string): void {
    turn.silences++
    if (turn.silences >= silencesMax) this.#giveUp(turn, because)
  }

  #giveUp(turn: PollTurn, because: string): void {
    if (turn.watch) return
    for (const point of turn.batch.points) this.#options.listener.refused(point, because)
    turn.everyMs = Math.min(refusedMostMs, Math.max(paceOf(turn), refusedFirstMs * 2 ** turn.trouble))
    turn.trouble = Math.min(turn.trouble + 1, 10)
    turn.dueMs = this.#options.machineNow() + turn.everyMs
  }

  /** What was refused is given again: it goes back among its neighbours. */
  #heal(turn: PollTurn): void {
    const everyMs = paceOf(turn)
    const lane = laneOf(turn)
    const neighbours = this.#turns.filter(
      other => other === turn || (other.trouble === 0 && !other.watch && laneOf(other) === lane),
    )
    const points = neighbours.flatMap(({ batch }) => batch.points)
    this.#replace(
      neighbours,
      this.#planned(points, everyMs, this.#unbridged.has(lane)).map(fresh => ({
        ...fresh,
        dueMs: this.#options.machineNow() + everyMs,
      })),
    )
  }

  async #write(write: WaitingWrite, link: ModbusLink): Promise<void> {
    const { machineNow } = this.#options
    const { point, words } = write
    const functionCode = point.writing?.functionCode
    if (functionCode === undefined) throw new Error(`${seriesOf(point)} is queued and not writable`)
    const { unitId, start } = point
    const answer = await this.#asked(
      unitId,
      () => link.write({ unitId, functionCode, start, words }),
      // A write that was accepted (5) is not sent twice, nor one that nobody waits for any more.
      code => code === 6 && !write.isSettled(),
    )
    write.settle(resultOf(answer))
    // Written or only perhaps: what the device holds now is read at once, and until it is what was asked for.
    const nowMs = machineNow()
    const watched: PollTurn = {
      ...{ batch: { unitId, register: point.register, start, count: point.count, points: [point] } },
      ...{ everyMs: watchEveryMs, dueMs: nowMs, silences: 0, trouble: 0 },
      watch: { words, untilMs: nowMs + watchForMs },
    }
    this.#replace(
      this.#turns.filter(turn => turn.watch && turn.batch.points[0] === point),
      [watched],
    )
  }

  #watched(turn: PollTurn, answer: ModbusAnswer): void {
    const { words, untilMs } = turn.watch ?? { words: [], untilMs: 0 }
    const isThere = answer.kind === 'data' && words.every((word, place) => word === answer.words[place])
    if (isThere || turn.dueMs > untilMs) this.#replace([turn], [])
  }

  #planned(points: readonly ModbusPoint[], everyMs: DurationMs, unbridged = false): PollTurn[] {
    const { limits, machineNow } = this.#options
    const dueMs = machineNow()
    return planReads(points, unbridged ? { ...limits, bridgeRegisters: 0 } : limits).map(batch => ({
      batch,
      everyMs,
      dueMs,
      silences: 0,
      trouble: 0,
    }))
  }

  #replace(old: readonly PollTurn[], fresh: readonly PollTurn[]): void {
    this.#turns = [...this.#turns.filter(turn => !old.includes(turn)), ...fresh]
  }
}

const isBusy = (code: number): boolean => remedyFor(code) === 'again'

/** A point's part of an answer. */
const wordsOf = (
  point: ModbusPoint,
  batch: Batch<ModbusPoint>,
  words: readonly number[],
): readonly number[] => words.slice(point.start - batch.start, point.start - batch.start + point.count)

/** The pace of its poll group. */
const paceOf = ({ batch, everyMs }: PollTurn): DurationMs => batch.points[0]?.everyMs ?? everyMs

/** What may share a read. */
const laneOf = (turn: PollTurn): string => `${turn.batch.unitId} ${turn.batch.register} ${paceOf(turn)}`

function resultOf(answer: ModbusAnswer): WriteResult {
  if (answer.kind === 'data') return { taken: true }
  // Accepted and being worked on: whether it comes true is told by the read-back.
  if (answer.kind === 'exception' && answer.code === 5) return { taken: true }
  if (answer.kind === 'exception') return { taken: false, because: exceptionWords(answer.code) }
  return {
    taken: false,
    because:
      answer.kind === 'silent' ? 'the device did not answer; it may have been taken' : 'the connection ended',
  }
}
