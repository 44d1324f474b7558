import { describe, expect, test } from 'vitest'
import type { Site } from '#contract/site/site.ts'
import { day, hour } from '#contract/units.ts'
import { createExperiment } from '#hub/savings/experiment.ts'
import { meteredHours } from '#hub/savings/meteredHours.ts'
import { outcomeView } from '#hub/savings/view.ts'
import { openState } from '#hub/state/state.ts'
import type { Block } from '#models/savings/switchback.ts'
import { meteredSite, storeOf } from '#tests/savings/meteredStore.ts'
import { start, syntheticHours } from '#tests/savings/syntheticSite.ts'

const history = 12 * 7 * day
const registeredAt = start + history + 10 * hour
const asked = { pairs: 14, seed: 3 } as const

type HubOptions = {
  readonly planSaves?: number
  readonly planning?: NonNullable<Site['planning']>
  /** Make-up of the tower for each kWh of IT; absent: nobody meters it. */
  readonly litresPerKwh?: number
}

/** A hub that has heard twelve weeks before the experiment and all of it; `plan` saved 6 % where the design says so. */
async function hub({ planSaves = 0.06, planning, litresPerKwh }: HubOptions = {}) {
  const site = { ...meteredSite, ...(planning ? { planning } : {}) }
  const state = openState(':memory:')
  let now = registeredAt
  const quiet = syntheticHours({ seed: 21, weeks: 22, noiseShare: 0.02 })
  const before = await storeOf(quiet)
  const first = createExperiment({ site, state, ask: before.ask, siteNow: () => now })
  const proposal = await first.propose(asked)
  const lived = quiet.map(one => {
    const block = proposal.design.blocks.find(each => one.at >= each.fromAt && one.at < each.toAt)
    const water = litresPerKwh === undefined ? {} : { waterL: litresPerKwh * one.itKwh }
    return block?.arm === 'plan'
      ? { ...one, ...water, coolingKwh: one.coolingKwh * (1 - planSaves), chipC: 62 }
      : { ...one, ...water, chipC: 60 }
  })
  await before.close()
  const store = await storeOf(lived)
  const open = () => createExperiment({ site, state, ask: store.ask, siteNow: () => now })
  return {
    state,
    store,
    proposal,
    open,
    experiment: open(),
    goTo: (at: number) => {
      now = at
    },
  }
}

describe('the hub runs a switchback', () => {
  test('hours come out of the registers as the plant took them', async () => {
    const hours = syntheticHours({ seed: 2, weeks: 1 })
    const store = await storeOf(hours)
    const heard = await meteredHours({
      site: meteredSite,
      ask: store.ask,
      fromAt: start + hour,
      toAt: start + 7 * day,
    })
    await store.close()
    expect(heard).toHaveLength(167)
    heard.forEach((one, index) => {
      const truth = hours[index + 1]
      expect(one.coolingKwh).toBeCloseTo(truth?.coolingKwh ?? Number.NaN, 4)
      expect(one.lossesKwh).toBeCloseTo(truth?.lossesKwh ?? Number.NaN, 4)
      expect(one.wetBulbC).toBeCloseTo(truth?.wetBulbC ?? Number.NaN, 6)
    })
  })

  test('proposed with its power, registered word for word before the first block, judged after the last', async () => {
    const { state, store, proposal, experiment, open, goTo } = await hub()
    expect(proposal.power.detectableShare).toBeLessThan(0.05)
    await expect(experiment.start({ ...asked, sha256: '0'.repeat(64), by: 'ann' })).rejects.toThrow(
      /look at it again/,
    )
    expect(experiment.armAt(registeredAt + day)).toBeUndefined()
    // History is the same until registration: the proposal holds to the letter.
    await experiment.start({ ...asked, sha256: proposal.registration.sha256, by: 'ann' })
    const [entry] = state.auditTail(1)
    expect(entry).toMatchObject({ who: 'ann', what: 'switchback registered' })
    expect(entry?.result).toContain(proposal.registration.text)
    const [firstBlock, secondBlock] = proposal.design.blocks as [Block, Block]
    expect(firstBlock.fromAt).toBeGreaterThan(entry?.at as number)
    expect(experiment.armAt(firstBlock.fromAt)).toBe(firstBlock.arm)
    expect(experiment.armAt(secondBlock.fromAt)).not.toBe(firstBlock.arm)

    goTo(firstBlock.fromAt + hour)
    experiment.turn(firstBlock.fromAt + hour)
    experiment.turn(firstBlock.fromAt + 2 * hour)
    expect(state.auditTail(10).filter(one => one.what === 'switchback block')).toHaveLength(1)
    experiment.blockAborted(firstBlock.fromAt + 3 * hour, 'planner passed its deadline')
    experiment.blockAborted(firstBlock.fromAt + 4 * hour, 'planner passed its deadline')
    expect(experiment.current()?.aborted).toHaveLength(1)
    await expect(experiment.start({ ...asked, sha256: '0'.repeat(64), by: 'bob' })).rejects.toThrow(
      /is running/,
    )
    expect(await experiment.outcome()).toBeUndefined()

    // A hub that comes back finds the experiment as it was.
    const again = open()
    expect(again.armAt(secondBlock.fromAt)).toBe(secondBlock.arm)
    const end = (proposal.design.blocks.at(-1) as Block).toAt
    goTo(end)
    expect(again.armAt(end)).toBeUndefined()
    const outcome = await again.outcome()
    expect(outcome?.cooling.pairs.judged).toBe(14)
    expect(outcome?.cooling.aborted).toBe(1)
    expect(outcome?.cooling.share).toBeCloseTo(0.06, 1)
    expect(outcome?.claim.level).toBe('verified')
    expect(outcome?.losses?.excludesZero).toBe(false)
    // Chips 2 K warmer: 0.2 %/K of some 1,000 kWh an hour, 0.1 to 0.3 %/K.
    expect(outcome?.itLeakage?.warmerK).toBeCloseTo(2, 6)
    expect(outcome?.itLeakage?.modelledKwh).toBeCloseTo(-4, 0)
    const view = outcomeView(outcome!)
    expect(view.parts.map(part => [part.what, part.basis])).toEqual([
      ['cooling', 'metered'],
      ['losses', 'metered'],
      ['itLeakage', 'modelled'],
    ])
    const net = (outcome?.cooling.savedPerHour ?? 0) + (outcome?.losses?.savedPerHour ?? 0) - 4
    expect(view.togetherKwhPerHour).toBeCloseTo(net, 0)
    for (const part of view.parts) expect(part.cost ?? part.carbon).toBeUndefined()
    expect(view.notes).toEqual(['Water: the make-up of towers or coolers is not metered.'])
    await store.close()
    state.close()
  })

  test('a site with tariff, grid and a metered tower is told its saving in all of them, source by source', async () => {
    const { state, store, proposal, experiment, goTo } = await hub({
      planning: {
        objective: 'energy',
        tariff: { currency: 'USD', perKwh: 0.25, periods: [] },
        carbon: { gramsPerKwh: 400, periods: [] },
        holidays: [],
      },
      litresPerKwh: 1.8,
    })
    await experiment.start({ ...asked, sha256: proposal.registration.sha256, by: 'ann' })
    goTo((proposal.design.blocks.at(-1) as Block).toAt)
    const outcome = await experiment.outcome()
    const { parts, notes, togetherKwhPerHour, claim } = outcomeView(outcome!)
    expect(claim.level).toBe('verified')
    expect(parts.map(part => [part.what, part.unit, part.cost?.unit, part.carbon?.unit])).toEqual([
      ['cooling', 'kWh/h', 'USD/h', 'kg/h'],
      ['losses', 'kWh/h', 'USD/h', 'kg/h'],
      ['itLeakage', 'kWh/h', 'USD/h', 'kg/h'],
      ['water', 'L/h', undefined, undefined],
    ])
    for (const { cost, carbon, saved, interval90 } of parts.slice(0, 3)) {
      expect(cost?.saved).toBeCloseTo(0.25 * saved, 6)
      expect(carbon?.interval90[0]).toBeCloseTo(0.4 * interval90[0], 6)
    }
    // Water goes with IT alone: load explains it, nothing is left that the plan could have saved.
    expect(parts[3]?.saved).toBeCloseTo(0, 1)
    expect(outcome?.water?.resetPerHour).toBeCloseTo(1_800, -3)
    expect(notes).toEqual(['Cost is the energy part of the tariff; the demand charge is not in it.'])
    const kwh = parts.slice(0, 3).reduce((sum, part) => sum + part.saved, 0)
    expect(togetherKwhPerHour).toBeCloseTo(kwh, 9)
    await store.close()
    state.close()
  })

  test('stopped early it is judged on what ran, and too few pairs claim nothing', async () => {
    const { state, store, proposal, experiment, goTo } = await hub()
    await experiment.start({ ...asked, sha256: proposal.registration.sha256, by: 'ann' })
    goTo((proposal.design.blocks[9] as Block).toAt)
    experiment.stop({ by: 'ann', why: 'pump exchange' })
    expect(() => experiment.stop({ by: 'ann', why: 'again' })).toThrow(/no switchback is running/)
    const outcome = await experiment.outcome()
    expect(outcome?.cooling.pairs.judged).toBe(5)
    expect(outcome?.claim).toMatchObject({ level: 'none', sentence: expect.stringContaining('at least 14') })
    await store.close()
    state.close()
  })

  test('stopped before its first block there is nothing to judge, and it says so', async () => {
    const { state, store, proposal, experiment } = await hub()
    await experiment.start({ ...asked, sha256: proposal.registration.sha256, by: 'ann' })
    experiment.stop({ by: 'ann', why: 'wrong season' })
    const outcome = await experiment.outcome()
    expect(outcome?.toAt).toBe(outcome?.fromAt)
    expect(outcome?.claim.sentence).toContain('0 of 14 switchback pairs could be judged')
    expect(outcomeView(outcome!)).toMatchObject({ parts: [], togetherKwhPerHour: null })
    await store.close()
    state.close()
  })
})
