import type { Sample } from '#contract/reading.ts'

/** Samples handed over in one call; a burst beyond that goes in several. */
const samplesPerBatch = 1_000

/**
 * Leak inputs and states that protection depends on go on at once, in the turn in which they came in, with all that
 * came before them. Telemetry waits for the end of the turn, so that a burst is one call and not a thousand.
 */
export class SampleBatch {
  #waiting: Sample[] = []
  #isScheduled = false
  #deliver: (samples: readonly Sample[]) => void

  constructor(deliver: (samples: readonly Sample[]) => void) {
    this.#deliver = deliver
  }

  add(sample: Sample, isFast: boolean): void {
    this.#waiting.push(sample)
    if (isFast || this.#waiting.length >= samplesPerBatch) {
      this.flush()
      return
    }
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.flush()
    })
  }

  flush(): void {
    if (this.#waiting.length === 0) return
    const samples = this.#waiting
    this.#waiting = []
    this.#deliver(samples)
  }
}
