import { parentPort } from 'node:worker_threads'
import { sentenceOf } from '#contract/failure.ts'
import { doHourlyWork, type WorkMemory, type WorkRequest } from '#hub/planning/hourlyWork.ts'

/** The thread that learns and plans, so that the hub's own never waits for it. */
if (!parentPort) throw new Error('hub/planning/worker.ts runs as a worker thread only')
const port = parentPort
const memory: WorkMemory = {}
port.on('message', (message: { readonly id: number; readonly request: WorkRequest }) => {
  doHourlyWork(message.request, memory).then(
    result => port.postMessage({ id: message.id, result }),
    (cause: unknown) => port.postMessage({ id: message.id, failed: sentenceOf(cause) }),
  )
})
