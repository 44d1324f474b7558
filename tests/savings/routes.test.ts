import fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SavingsView, SwitchbackProposalView } from '#contract/api.ts'
import { day, hour } from '#contract/units.ts'
import { createAccess } from '#hub/access/access.ts'
import { createExperiment } from '#hub/savings/experiment.ts'
import { registerSavings } from '#hub/savings/routes.ts'
import { openState } from '#hub/state/state.ts'
import type { Store } from '#hub/store/store.ts'
import { meteredSite, storeOf } from '#tests/savings/meteredStore.ts'
import { start, syntheticHours } from '#tests/savings/syntheticSite.ts'

const app = fastify()
const state = openState(':memory:')
const access = createAccess({ state, anonymousViewer: true })
const tokens = { engineer: access.issue('eve', 'engineer'), operator: access.issue('otto', 'operator') }
let store: Store

beforeAll(async () => {
  store = await storeOf(syntheticHours({ seed: 51, weeks: 13 }))
  const siteNow = () => start + 13 * 7 * day - hour
  registerSavings(app, {
    access,
    clock: { siteNow },
    savings: createExperiment({ site: meteredSite, state, ask: store.ask, siteNow }),
  })
})
afterAll(async () => {
  await app.close()
  await store.close()
  state.close()
})

const as = (who: keyof typeof tokens) => ({ authorization: `Bearer ${tokens[who]}` })

describe('the switchback at the hub’s door', () => {
  test('anyone may look; nothing runs yet', async () => {
    const answer = await app.inject({ url: '/api/v1/savings' })
    expect(answer.json<SavingsView>()).toEqual({ experiment: null, outcome: null })
  })

  test('an engineer sees the power first, starts what was seen, and stops it with a reason', async () => {
    const proposal = (
      await app.inject({ url: '/api/v1/savings/proposal?pairs=15', headers: as('engineer') })
    ).json<SwitchbackProposalView>()
    expect(proposal.pairs).toBe(15)
    expect(proposal.power.detectableShare).toBeGreaterThan(0)
    const payload = { pairs: 15, seed: 1, sha256: proposal.registration.sha256 }
    const denied = await app.inject({
      method: 'POST',
      url: '/api/v1/savings/start',
      headers: as('operator'),
      payload,
    })
    expect(denied.body).toContain('this needs the role engineer')
    const started = await app.inject({
      method: 'POST',
      url: '/api/v1/savings/start',
      headers: as('engineer'),
      payload,
    })
    expect(started.json()).toMatchObject({ startedBy: 'eve', stopped: null })
    expect((await app.inject({ url: '/api/v1/savings' })).json<SavingsView>().outcome).toBeNull()
    const stopped = await app.inject({
      method: 'POST',
      url: '/api/v1/savings/stop',
      headers: as('engineer'),
      payload: { why: 'pump exchange' },
    })
    expect(stopped.json()).toMatchObject({ stopped: { by: 'eve', why: 'pump exchange' } })
    expect(state.auditTail(2).map(entry => entry.what)).toEqual([
      'switchback stopped',
      'switchback registered',
    ])
  })

  test('fewer pairs than 14 are refused before anybody asks', async () => {
    const answer = await app.inject({ url: '/api/v1/savings/proposal?pairs=5', headers: as('engineer') })
    expect(answer.statusCode).toBe(400)
  })
})
