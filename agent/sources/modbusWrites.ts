import { type ModbusPoint, seriesOf } from '#agent/mapping/modbusMap.ts'
import { encodedNumber } from '#agent/mapping/modbusType.ts'
import type { WriteResult } from '#agent/sources/source.ts'
import type { DurationMs } from '#contract/units.ts'

/** A write on its way; `settle` answers whoever asked, once. */
export type WaitingWrite = {
  readonly point: ModbusPoint
  readonly words: readonly number[]
  settle(result: WriteResult): void
  isSettled(): boolean
}

/** 68 °F, as a limit, is a hair off 20 °C: what only the conversion put outside is inside. */
const limitSlack = 1e-9

/** The registers for a value, or the reason why it is not written. Nothing is clipped: the guard has already decided. */
export function wordsFor(point: ModbusPoint, value: number): readonly number[] | string {
  const { binding, writing } = point
  if (!Number.isFinite(value)) return `${value} is not a number that a device can hold`
  if (!writing) return `${seriesOf(point)} is mapped for reading only`
  const slack = (writing.highest - writing.lowest) * limitSlack
  if (value < writing.lowest - slack || value > writing.highest + slack)
    return `${value} ${binding.spec.unit} is outside what the map allows, ${writing.lowest} to ${writing.highest}`
  const words = encodedNumber(binding.toDevice(value), point)
  return words ?? `${binding.toDevice(value)} does not fit into a ${point.type}`
}

/**
 * Writes that wait for the line, in the order asked: one for each point, the newest value in the place of the older one,
 * so the queue is never longer than the map. What has not been sent in its time is never sent.
 */
export class WriteQueue {
  #waiting = new Map<string, WaitingWrite>()
  #limitMs: DurationMs
  #wake: () => void = () => undefined

  constructor(limitMs: DurationMs) {
    this.#limitMs = limitMs
  }

  /** Called whenever something is put in. */
  onAdded(wake: () => void): void {
    this.#wake = wake
  }

  add(point: ModbusPoint, words: readonly number[]): Promise<WriteResult> {
    const series = seriesOf(point)
    return new Promise(resolve => {
      let isSettled = false
      const timer = setTimeout(() => {
        if (this.#waiting.get(series) === write) this.#waiting.delete(series)
        write.settle({ taken: false, because: `not answered within ${this.#limitMs} ms` })
      }, this.#limitMs)
      const write: WaitingWrite = {
        point,
        words,
        isSettled: () => isSettled,
        settle: result => {
          isSettled = true
          clearTimeout(timer)
          resolve(result)
        },
      }
      this.#waiting.get(series)?.settle({ taken: false, because: 'a newer value took its place' })
      this.#waiting.set(series, write)
      this.#wake()
    })
  }

  take(): WaitingWrite | undefined {
    const [first] = this.#waiting
    if (!first) return undefined
    this.#waiting.delete(first[0])
    return first[1]
  }

  /** Nothing that waited is sent any more. */
  refuseAll(because: string): void {
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const write of waiting) write.settle({ taken: false, because })
  }
}
