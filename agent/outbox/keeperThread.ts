import { parentPort, workerData } from 'node:worker_threads'
import { type Batch, type KeeperOptions, openKeeper } from '#agent/outbox/keeper.ts'
import { isFailure, sentenceOf } from '#contract/failure.ts'

/** The thread that waits for the disk, so that the agent's event loop never does. Answers one request at a time, in order. */
export type Request =
  | { readonly id: number; readonly ask: 'commit'; readonly batch: Batch }
  | { readonly id: number; readonly ask: 'read'; readonly afterPosition: number; readonly limit: number }
  | { readonly id: number; readonly ask: 'close' }

if (!parentPort) throw new Error('agent/outbox/keeperThread.ts runs as a worker thread only')
const port = parentPort

try {
  const keeper = openKeeper(workerData as KeeperOptions, (level, about, sentence) =>
    port.postMessage({ tell: { level, about, sentence } }),
  )
  const answerTo = (request: Request) => {
    switch (request.ask) {
      case 'commit':
        return keeper.commit(request.batch)
      case 'read':
        return keeper.read(request.afterPosition, request.limit)
      case 'close':
        return keeper.close()
    }
  }
  port.on('message', (request: Request) =>
    port.postMessage({ id: request.id, answer: answerTo(request), state: keeper.state() }),
  )
  port.postMessage({ opened: keeper.state() })
} catch (error) {
  port.postMessage({
    failed: { code: isFailure(error) ? error.code : 'OUTBOX_UNAVAILABLE', sentence: sentenceOf(error) },
  })
}
