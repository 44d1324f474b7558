import { parentPort } from 'node:worker_threads'
import { sentenceOf } from '#contract/failure.ts'
import { judgeSensors, type SanityRequest } from '#hub/sanity/judgement.ts'

/** The thread that judges two weeks of sensors, so that the hub's own never waits for it. */
if (!parentPort) throw new Error('hub/sanity/worker.ts runs as a worker thread only')
const port = parentPort
port.on('message', ({ id, request }: { readonly id: number; readonly request: SanityRequest }) => {
  try {
    port.postMessage({ id, result: judgeSensors(request) })
  } catch (cause) {
    port.postMessage({ id, failed: sentenceOf(cause) })
  }
})
