import { afterAll, describe, expect, it } from 'vitest'
import { hour, minute } from '#contract/units.ts'
import { doHourlyWork, type WorkResult } from '#hub/planning/hourlyWork.ts'
import { startPlanningWorker } from '#hub/planning/workerThread.ts'
import { site as simulatedSite } from '#tests/models/syntheticSite.ts'
import { hubAt, startAt } from '#tests/planning/support/hubAt.ts'
import { steeredPlant } from '#tests/planning/support/steeredPlant.ts'

const realSite = { ...simulatedSite, simulated: false }
/** The planner as it is, with its result changed by a test: a fault put into the real service. */
const changed = (change: (result: WorkResult, now: number) => WorkResult) => ({
  run: async (request: Parameters<typeof doHourlyWork>[0]) =>
    change(await doHourlyWork(structuredClone(request)), request.now),
  close: async () => undefined,
})

describe('a planner that hangs, throws or talks nonsense', () => {
  const worker = startPlanningWorker(new URL('./support/faultyWorker.ts', import.meta.url))
  afterAll(() => worker.close())

  it('costs that hour, with one alarm and its reason, and the next hour is planned', async () => {
    const hub = hubAt({ worker, deadlineMs: 6_000 })
    const noPlanOf = (at: number) =>
      hub.planning.list(20).find(view => view.state === 'failed' && view.hourStartAt === startAt + at * hour)
    await hub.goTo(startAt + 3.5 * hour)
    expect(hub.sent).toHaveLength(1)
    await hub.goTo(startAt + 6.9 * hour)
    expect(hub.sent).toHaveLength(1)
    expect(noPlanOf(4)?.reason).toContain('not done within 6000 ms')
    expect(noPlanOf(5)?.reason).toContain('crashed')
    expect(noPlanOf(6)?.reason).toContain('makes no sense: towerLeavingC is asked to stand at NaN')
    expect([...hub.standing]).toEqual(['planningFailed/planner'])
    expect(hub.planning.modes()).toMatchObject({ 'cdu-1': 'auto', 'cdu-4': 'auto' })
    await hub.goTo(startAt + 7.4 * hour)
    expect(hub.sent).toHaveLength(2)
    expect([...hub.standing]).toEqual([])
  })
})

describe('reasons to go home, each with its sentence and one alarm', () => {
  it('a CDU whose racks are not seen is left alone, and the others are planned (CS-18)', async () => {
    const hub = hubAt()
    await hub.goTo(startAt + 3.5 * hour)
    const rack = simulatedSite.equipment.find(item => item.kind === 'rack')!.id
    hub.silent.add(`${rack}.power`)
    await hub.goTo(startAt + 4.4 * hour)
    expect(hub.sent.length).toBeGreaterThanOrEqual(2)
    const newest = hub.sent.at(-1)!.leases.map(lease => lease.equipment)
    expect(newest).not.toContain('cdu-1')
    expect(newest).toContain('cdu-2')
    expect(hub.standing).toContain('planInputsMissing/cdu-1')
    const rung = hub.planning.view().ladder[0]!
    expect(rung).toMatchObject({ cdu: 'cdu-1', mode: 'auto', isSteered: false })
    expect(rung.holds[0]).toBe(`${rack}.power cannot be read`)
    hub.silent.clear()
    await hub.goTo(startAt + 5.4 * hour)
    expect(hub.standing.size).toBe(0)
    expect(hub.sent.at(-1)!.leases.map(lease => lease.equipment)).toContain('cdu-1')
  })

  it('an hour unlike any seen goes nowhere toward less cooling; a second one goes home, and comes back by itself', async () => {
    const isStrange = (now: number) => now >= startAt + 3.9 * hour && now < startAt + 5.9 * hour
    const hub = hubAt({
      worker: changed((result, now) => (isStrange(now) ? { ...result, insideKnownRange: false } : result)),
    })
    await hub.goTo(startAt + 4.6 * hour)
    const first = hub.planning.list(5).find(view => view.hourStartAt === startAt + 4 * hour)!
    expect(first.moves.every(move => !isLessCooling(move))).toBe(true)
    await hub.goTo(startAt + 5.6 * hour)
    expect(hub.planning.current().reason).toContain(
      'unlike anything the model has seen for more than an hour',
    )
    expect(hub.released.length).toBeGreaterThan(0)
    expect([...hub.standing]).toEqual(['planUnfamiliar/planner'])
    const sentBefore = hub.sent.length
    await hub.goTo(startAt + 6.6 * hour)
    expect(hub.sent.length).toBeGreaterThan(sentBefore)
    expect(hub.standing.size).toBe(0)
  })

  it('a model that misses to one side hour after hour goes home although no single hour is bad', async () => {
    const isOff = (now: number) => now >= startAt + 3.5 * hour
    const hub = hubAt({
      worker: changed((result, now) =>
        isOff(now) ? { ...result, score: { ...result.score, errorPercent: 9, biasKw: 9 } } : result,
      ),
    })
    await hub.goTo(startAt + 4.4 * hour)
    expect(hub.planning.current().state).not.toBe('handedBack')
    await hub.goTo(startAt + 8.5 * hour)
    expect(hub.planning.list(8).some(view => view.reason.includes('hour after hour'))).toBe(true)
    expect([...hub.standing]).toEqual(['modelDrift/planner'])
    expect(hub.planning.view().ladder[0]!.holds.join()).toContain(
      'the model foretells more than the meters read',
    )
  })

  it('an agent that goes down by itself says why, and only a person sets it back', async () => {
    const plant = steeredPlant({ startAt: Date.UTC(2025, 6, 14, 8), load: 'builtin:annual', cycleMs: minute })
    const at = (hours: number) => Date.UTC(2025, 6, 14, 8) + hours * hour
    await plant.live(at(2.9), false)
    await plant.live(at(3.4))
    expect(plant.modes()['cdu-3']).toBe('auto')
    plant.plant.setDevice('cdu-3.remoteEnable', 0)
    await plant.live(at(3.7))
    plant.plant.setDevice('cdu-3.remoteEnable', 1)
    await plant.live(at(4.5))
    const rung = plant.planning.view().ladder[2]!
    expect(rung).toMatchObject({ cdu: 'cdu-3', mode: 'advise', waits: false })
    expect(rung.lastFall?.why).toMatch(/went down to advise by itself: .*cdu-3/)
    expect(plant.raised).toContain('autoLost/cdu-3')
    expect(plant.modes()).toMatchObject({ 'cdu-2': 'auto', 'cdu-3': 'advise' })
    await plant.planning.setMode('cdu-3', 'auto', 'anna')
    await plant.live(at(4.7))
    expect(plant.modes()['cdu-3']).toBe('auto')
    expect(plant.standing.has('autoLost/cdu-3')).toBe(false)
  })
})

describe('a canary on a real site (CS-33)', () => {
  it('goes alone, without what all CDUs share; the others follow when its time is over', async () => {
    const hub = hubAt({ site: realSite, canaryMs: 2 * hour })
    await hub.goTo(startAt + 3.6 * hour)
    for (const cdu of ['cdu-1', 'cdu-2', 'cdu-3', 'cdu-4']) await hub.planning.setMode(cdu, 'auto', 'anna')
    await hub.goTo(startAt + 4.4 * hour)
    expect([...hub.modes.keys()]).toEqual(['cdu-1'])
    const equipment = new Set(hub.sent.flatMap(({ leases }) => leases.map(lease => lease.equipment)))
    expect([...equipment]).toEqual(['cdu-1'])
    const { canary, ladder } = hub.planning.view()
    expect(canary).toMatchObject({ cdu: 'cdu-1', hasPassed: false })
    expect(ladder[1]).toMatchObject({ waits: true, reason: 'follows its canary cdu-1' })
    await hub.goTo(startAt + 7.2 * hour)
    expect(hub.modes.size).toBe(4)
    expect(new Set(hub.sent.at(-1)!.leases.map(lease => lease.equipment))).toContain('tower')
    expect(hub.audited.filter(entry => entry.what === 'trust ladder').map(entry => entry.target)).toEqual([
      'cdu-1',
      'cdu-2',
      'cdu-3',
      'cdu-4',
    ])
  })

  it('is rolled back when an agent gives its lease back, and nobody follows', async () => {
    const hub = hubAt({ site: realSite, canaryMs: 24 * hour })
    await hub.goTo(startAt + 3.6 * hour)
    for (const cdu of ['cdu-1', 'cdu-2']) await hub.planning.setMode(cdu, 'auto', 'anna')
    await hub.goTo(startAt + 4.2 * hour)
    hub.report(hub.sent.at(-1)!.leases[0]!, 'refused', { why: 'the key is on local' })
    await hub.goTo(startAt + 6.2 * hour)
    expect(hub.modes.size).toBe(0)
    const [canary, follower] = hub.planning.view().ladder
    expect(canary?.lastFall?.why).toContain('the key is on local')
    expect(follower).toMatchObject({ mode: 'advise', waits: false })
    expect(hub.standing).toContain('autoLost/cdu-1')
  })
})

describe('a hub that starts again', () => {
  it('knows who may steer, who was put down and until when one is handed back; trust is earned anew', async () => {
    const before = hubAt()
    await before.goTo(startAt + 3.5 * hour)
    await before.planning.setMode('cdu-2', 'monitor', 'anna')
    await before.planning.handBack({ cdu: 'cdu-3', mayReturnAt: startAt + 9 * hour, by: 'bo' })
    const after = hubAt({ kept: before.kept })
    const rungs = after.planning.view().ladder
    expect(rungs.map(rung => rung.mode)).toEqual(['auto', 'monitor', 'advise', 'auto'])
    expect(rungs[2]!.holds).toContain('handed back by bo')
    expect(rungs.some(rung => rung.isSteered)).toBe(false)
    expect(after.planning.view().models.map(card => card.role)[0]).toBe('champion')
  })
})

describe('champion and challenger in the hub', () => {
  it('the better one steers, its card can be read, and a person can pin an earlier one', async () => {
    const hub = hubAt()
    await hub.goTo(startAt + 7 * hour)
    const { models, lastDuel } = hub.planning.view()
    const champion = models[0]!
    expect(champion).toMatchObject({ role: 'champion', seed: 1, isPinned: false })
    expect(champion.errorPercent!).toBeLessThan(5)
    expect(champion.rows).toBeGreaterThan(20)
    expect(lastDuel!.rows).toBeGreaterThanOrEqual(10)
    expect(models.filter(card => card.role === 'champion')).toHaveLength(1)
    expect(models.length).toBeLessThanOrEqual(8)
    expect(hub.planning.model(champion.id)).toMatchObject({ site: 'small', seed: 1 })
    expect(() => hub.planning.model('model-x')).toThrow(/no model "model-x" is at hand; these are: model-/)
    const pinned = models.at(-1)!.id
    hub.planning.pinModel(pinned)
    await hub.goTo(startAt + 9.3 * hour)
    expect(hub.planning.view().models[0]).toMatchObject({ id: pinned, isPinned: true, role: 'champion' })
    hub.planning.pinModel(null)
    expect(hub.planning.view().models[0]!.isPinned).toBe(false)
  })
})

const isLessCooling = (move: { point: string; before: number | null; requested: number | null }) => {
  const rise = (move.requested ?? 0) - (move.before ?? 0)
  return move.point.includes('emperature') ? rise > 0 : rise < 0
}
