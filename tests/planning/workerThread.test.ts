import { afterAll, describe, expect, it } from 'vitest'
import type { WorkRequest } from '#hub/planning/hourlyWork.ts'
import { startPlanningWorker } from '#hub/planning/workerThread.ts'
import { hiddenTruth, history, site, startSettings } from '#tests/models/syntheticSite.ts'

const rows = history(hiddenTruth(2), 4, 3)
const request: WorkRequest = {
  site,
  rows,
  now: rows.at(-1)!.at + 300_000,
  seed: 1,
  resetApproachK: 4,
  plan: {
    hourStartAt: 0,
    held: startSettings,
    wetBulbC: 15,
    dewPointC: 10,
    plantIsFree: true,
    cduIsFree: [true, true, true, true],
  },
}

describe('the planner in its own thread', () => {
  const worker = startPlanningWorker()
  afterAll(() => worker.close())

  it('is stopped when it is late, and a fresh one answers the next time', async () => {
    await expect(worker.run(request, 1)).rejects.toThrow('not done within 1 ms')
    const result = await worker.run(request, 20_000)
    expect(result.decision?.moves).toHaveLength(12)
    expect(result.score.errorPercent!).toBeLessThan(5)
  })

  it('says why it failed', async () => {
    await expect(
      worker.run({ ...request, site: { ...site, nameplate: undefined as never } }, 20_000),
    ).rejects.toThrow('the planner failed')
    await expect(worker.run({ ...request, rows: [] }, 20_000)).resolves.toMatchObject({ historyHours: 0 })
  })

  it('a thread that cannot start costs one hour, not the hub', async () => {
    const broken = startPlanningWorker(new URL('./no-such-file.ts', import.meta.url))
    await expect(broken.run(request, 5_000)).rejects.toThrow('crashed')
    await broken.close()
  })
})
