import { sentenceOf } from '#contract/failure.ts'
import { startAedes, type TestBroker, testBroker } from '../delivery/support/broker.ts'
import { type Recorder, recorder } from './recorder.ts'
import type { Cast, Trace } from './trace.ts'

/** Where a story is played: brokers of the wanted make, watched wires, and an end to everything that it began. */
export type Stage = Recorder & {
  broker(): Promise<TestBroker>
  /** Ended with the story, the last begun first. */
  after(end: () => Promise<unknown>): void
}
export type Brokers = 'aedes' | 'mosquitto'

export type Story = {
  readonly name: string
  readonly cast: Cast
  readonly play: (stage: Stage) => Promise<void>
}

/** What was seen of a story. One that breaks off says why, and is judged by what it came to. */
export async function played({ name, cast, play }: Story, brokers: Brokers): Promise<Trace> {
  const { trace, wire, told, close } = recorder(name, cast)
  const ends: Array<() => Promise<unknown>> = []
  const stage: Stage = {
    trace,
    wire,
    told,
    after: end => void ends.push(end),
    async broker() {
      const broker = await (brokers === 'mosquitto' ? testBroker() : startAedes())
      ends.push(broker.stop)
      return broker
    },
  }
  try {
    await play(stage)
  } catch (error) {
    trace.brokeOff = sentenceOf(error)
  }
  for (const end of ends.reverse()) await end()
  await close()
  return trace
}
