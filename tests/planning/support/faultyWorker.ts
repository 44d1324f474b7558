import { parentPort } from 'node:worker_threads'
import { hour } from '#contract/units.ts'
import { doHourlyWork, type WorkRequest } from '#hub/planning/hourlyWork.ts'
import { startAt } from '#tests/planning/support/hubAt.ts'

/** The planner's thread as it should be, but for three hours: it hangs in the fifth, throws in the sixth, talks nonsense in the seventh. */
const port = parentPort!
port.on('message', ({ id, request }: { id: number; request: WorkRequest }) => {
  const hourOfDay = Math.floor((request.now - startAt) / hour)
  if (hourOfDay === 4 && request.plan) for (;;);
  if (hourOfDay === 5 && request.plan) throw new Error('the planner lost its way')
  doHourlyWork(request).then(result => {
    const { decision } = result
    const moves = decision?.moves.map(move => ({ ...move, value: Number.NaN }))
    port.postMessage({
      id,
      result: hourOfDay === 6 && decision && moves ? { ...result, decision: { ...decision, moves } } : result,
    })
  })
})
