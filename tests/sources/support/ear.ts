import type { Source, SourceListener, SourceState } from '#agent/sources/source.ts'
import type { Sample } from '#contract/reading.ts'

/** Hears a source as the agent does, and waits for what a story expects next. */
export type Ear = SourceListener & {
  readonly heard: Sample[]
  readonly states: Array<{ readonly source: string; readonly state: SourceState; readonly sentence: string }>
  /** The first sample, from the ones heard after the last `forget`, that fits. */
  sample(fits: (sample: Sample) => boolean, what: string): Promise<Sample>
  /** The source turns to `state`, after the last turn that a story waited for. */
  turns(state: SourceState): Promise<true>
  of(equipment: string, point: string): readonly Sample[]
  forget(): void
}

const patienceMs = 10_000

export function ear(): Ear {
  const heard: Sample[] = []
  const states: Ear['states'] = []
  const waiting = new Set<() => void>()
  const look = () => {
    for (const check of waiting) check()
  }
  const until = <T>(find: () => T | undefined, what: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(check)
        const tail = heard
          .slice(-5)
          .map(sample => JSON.stringify(sample))
          .join('\n')
        reject(
          new Error(
            `never heard ${what}; last samples:\n${tail}\nlast state: ${JSON.stringify(states.at(-1))}`,
          ),
        )
      }, patienceMs)
      const check = () => {
        const found = find()
        if (found === undefined) return
        clearTimeout(timer)
        waiting.delete(check)
        resolve(found)
      }
      waiting.add(check)
      check()
    })
  let nextState = 0
  return {
    heard,
    states,
    samples: (_source: Source, samples: readonly Sample[]) => {
      heard.push(...samples)
      look()
    },
    state: (source, state, sentence) => {
      states.push({ source: source.id, state, sentence })
      look()
    },
    turns: state =>
      until((): true | undefined => {
        const place = states.findIndex((one, index) => index >= nextState && one.state === state)
        if (place < 0) return undefined
        nextState = place + 1
        return true
      }, `state ${state}`),
    sample: (fits, what) => until(() => heard.find(fits), what),
    of: (equipment, point) =>
      heard.filter(sample => sample.equipment === equipment && sample.point === point),
    forget: () => {
      heard.length = 0
    },
  }
}
