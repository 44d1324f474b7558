import { describe, expect, it } from 'vitest'
import { hour } from '#contract/units.ts'
import { createExperiment } from '#hub/savings/experiment.ts'
import { type Arm, type Block, designSwitchback } from '#models/savings/switchback.ts'
import { hubAt, startAt } from '#tests/planning/support/hubAt.ts'

/** A trusted site in auto with a switchback registered. */
async function hubInExperiment(seed: number) {
  const hub = hubAt({ experimentOf: createExperiment })
  await hub.goTo(startAt + 3.5 * hour)
  const experiment = hub.experiment!
  const asked = { pairs: 14, seed }
  const { registration, design } = await experiment.propose(asked)
  await experiment.start({ ...asked, sha256: registration.sha256, by: 'ann' })
  return { hub, experiment, blocks: design.blocks as readonly [Block, Block, ...Block[]] }
}
/** The order comes from the seed alone. */
const seedThatBeginsWith = (arm: Arm): number =>
  [1, 2, 3, 4, 5, 6, 7, 8, 9].find(seed => {
    const design = designSwitchback({ site: '', seed, pairs: 14, notBefore: 0, standardOffsetMs: 0 })
    return design.blocks[0]?.arm === arm
  }) ?? Number.NaN
const resetFirst = seedThatBeginsWith('reset')
const planFirst = seedThatBeginsWith('plan')

describe('the planner keeps to the arm of the block', () => {
  it('a block of reset takes the leases back at its start with the sentence, and sends none until it ends', async () => {
    const { hub, blocks } = await hubInExperiment(resetFirst)
    const [reset, plan] = blocks
    expect([reset.arm, plan.arm]).toEqual(['reset', 'plan'])
    await hub.goTo(reset.fromAt - hour / 2)
    const before = hub.sent.length
    expect(before).toBeGreaterThan(0)
    expect(hub.released).toEqual([])

    await hub.goTo(reset.fromAt + hour / 2)
    const sentence = 'Switchback: this block belongs to reset (block 1 of 28, until '
    const handedBack = hub.planning.list(50).find(view => view.id.startsWith('plan-'))
    expect(handedBack).toMatchObject({ state: 'handedBack' })
    expect(handedBack?.reason.startsWith(sentence)).toBe(true)
    expect(hub.released.length).toBeGreaterThan(0)
    expect(hub.planning.view().ladder[0]).toMatchObject({ mode: 'auto', isSteered: false })
    expect(hub.planning.view().ladder[0]?.holds[0]?.startsWith(sentence)).toBe(true)
    expect(hub.planning.current()).toMatchObject({ state: 'handedBack', expectedKw: null })
    expect(hub.planning.current().id).toMatch(/^reset-/)
    const released = hub.released.length

    await hub.goTo(plan.fromAt - hour / 2)
    expect(hub.sent).toHaveLength(before)
    expect(hub.released).toHaveLength(released)
    await hub.goTo(plan.fromAt + hour / 2)
    expect(hub.sent.length).toBeGreaterThan(before)
    expect(hub.planning.view().ladder[0]).toMatchObject({ isSteered: true, holds: [] })
    const said = hub.audited.filter(entry => entry.what.startsWith('switchback')).map(entry => entry.result)
    expect(said[0]).toContain('plan against reset, 14 pairs')
    expect(said.slice(1)).toEqual(['block 1 of 28: reset', 'block 2 of 28: plan'])
  })

  it('a block of plan is planned as ever; a hand-back by a person is noted once and the block counts as plan', async () => {
    const { hub, experiment, blocks } = await hubInExperiment(planFirst)
    const [plan] = blocks
    expect(plan.arm).toBe('plan')
    await hub.goTo(plan.fromAt + 2.5 * hour)
    expect(hub.sent.at(-1)?.leases[0]?.issuedAt).toBeGreaterThan(plan.fromAt)
    expect(experiment.current()?.aborted).toEqual([])
    await hub.planning.handBack({ cdu: 'all', mayReturnAt: plan.fromAt + 6 * hour, by: 'otto' })
    await hub.goTo(plan.fromAt + 4 * hour)
    await hub.planning.handBack({ cdu: 'all', mayReturnAt: plan.fromAt + 7 * hour, by: 'eve' })
    await hub.goTo(plan.fromAt + 7.5 * hour)
    expect(experiment.current()?.aborted).toMatchObject([{ index: 0, why: 'handed back by otto' }])
    const noted = hub.audited.filter(entry => entry.what === 'switchback block aborted')
    expect(noted.map(entry => entry.result)).toEqual(['block 1, counts as plan: handed back by otto'])
    expect(hub.sent.at(-1)?.leases[0]?.issuedAt).toBeGreaterThan(plan.fromAt + 6 * hour)
  })

  it('a plant that cannot be seen for minutes costs the plan an hour, for longer the block', async () => {
    const { hub, experiment, blocks } = await hubInExperiment(planFirst)
    const [plan] = blocks
    await hub.goTo(plan.fromAt + 2.1 * hour)
    hub.silent.add('tower.leavingTemperature')
    await hub.goTo(plan.fromAt + 2.9 * hour)
    expect(experiment.current()?.aborted).toEqual([])
    await hub.goTo(plan.fromAt + 5 * hour)
    expect(experiment.current()?.aborted).toMatchObject([
      { index: 0, why: expect.stringContaining('tower.leavingTemperature cannot be read') },
    ])
  })

  it('a switchback that is stopped gives the site back to the plan', async () => {
    const { hub, experiment, blocks } = await hubInExperiment(resetFirst)
    const [reset] = blocks
    await hub.goTo(reset.fromAt + 2.2 * hour)
    const before = hub.sent.length
    experiment.stop({ by: 'ann', why: 'pump exchange' })
    await hub.goTo(reset.fromAt + 4 * hour)
    expect(hub.sent.length).toBeGreaterThan(before)
    expect(hub.planning.view().ladder[0]).toMatchObject({ isSteered: true, holds: [] })
  })
})
