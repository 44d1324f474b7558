import { describe, expect, test } from 'vitest'
import { day, hour } from '#contract/units.ts'
import { createReport, type ReportRequest } from '#hub/reports/report.ts'
import { type ReportedSaving, reportedSaving } from '#hub/reports/saving.ts'
import { switchbackClaim } from '#models/savings/claim.ts'
import { blockAt, designSwitchback } from '#models/savings/switchback.ts'
import { switchbackResult } from '#models/savings/switchbackResult.ts'
import { meteredSite, storeOf } from '#tests/savings/meteredStore.ts'
import { start, syntheticHours, withSaving } from '#tests/savings/syntheticSite.ts'

const baselineWeeks = 8
const untouched = syntheticHours({ seed: 31, weeks: 9, noiseShare: 0.02 })
const fromAt = start + baselineWeeks * 7 * day

async function reported(share: number, more: Partial<ReportRequest>): Promise<string> {
  const store = await storeOf(withSaving(untouched, { fromHour: baselineWeeks * 168, share }))
  try {
    const asked = {
      site: meteredSite,
      ask: store.ask,
      plans: null,
      fromAt,
      toAt: fromAt + 7 * day,
      format: 'json' as const,
    }
    return (await createReport({ ...asked, ...more })).body
  } finally {
    await store.close()
  }
}

describe('savings in the report', () => {
  test('without evidence it says plainly that nothing has been verified', async () => {
    const facts = JSON.parse(await reported(0.1, {}))
    expect(facts.saving).toMatchObject({ claim: null, method: null, parts: [] })
    expect(facts.saving.why).toContain('Nothing has been verified')
  })

  test('an adjusted baseline names the level, both intervals, and what is metered', async () => {
    const facts = JSON.parse(await reported(0.1, { baselineFromAt: start }))
    expect(facts.saving).toMatchObject({ claim: 'verified', method: 'adjustedBaseline' })
    const cooling = facts.saving.parts.find((part: { what: string }) => part.what === 'cooling')
    expect(cooling).toMatchObject({ basis: 'metered', unit: 'kWh' })
    expect(cooling.share).toBeCloseTo(0.1, 1)
    expect(cooling.interval90[0]).toBeLessThan(cooling.interval68[0])
    expect(cooling.interval90[0]).toBeGreaterThan(0)
    const html = await reported(0.1, { baselineFromAt: start, format: 'html' })
    expect(html).toContain('Verified<br>saving')
    expect(html).toContain('Saving by source')
    expect(html.match(/class="page"/g)).toHaveLength(3)
    expect(html).toContain('3 / 3')
    expect(html).not.toMatch(/NaN|undefined|Infinity/)
    const csv = await reported(0.1, { baselineFromAt: start, format: 'csv' })
    expect(csv).toContain('saving,coolingLow90,')
  })

  test('without tariff and grid there is no money and no carbon, and water that nobody meters is named', async () => {
    const facts = JSON.parse(await reported(0.1, { baselineFromAt: start }))
    for (const part of facts.saving.parts) {
      expect(part).not.toHaveProperty('cost')
      expect(part).not.toHaveProperty('carbon')
    }
    expect(facts.saving.notes).toEqual(['Water: the make-up of towers or coolers is not metered.'])
    const html = await reported(0.1, { baselineFromAt: start, format: 'html' })
    expect(html).not.toMatch(/its cost|its carbon|demand charge/)
    expect(html).toContain('is not metered')
  })

  test('with a tariff and a grid every source is told in money and carbon, the claim as before', async () => {
    const planning = {
      objective: 'energy' as const,
      tariff: { currency: 'EUR', perKwh: 0.2, periods: [], demand: { perKw: 14, of: 'hour' as const } },
      carbon: { gramsPerKwh: 400, periods: [] },
      holidays: [],
    }
    const asked = { baselineFromAt: start, site: { ...meteredSite, planning } }
    const { saving } = JSON.parse(await reported(0.1, asked)) as { saving: ReportedSaving }
    expect(saving.claim).toBe('verified')
    expect(saving.notes[0]).toContain('the demand charge is not in it')
    for (const { what, cost, carbon, ...energy } of saving.parts) {
      expect([cost?.unit, carbon?.unit], what).toEqual(['EUR', 'kg'])
      for (const [figure, perKwh] of [
        [cost, 0.2],
        [carbon, 0.4],
      ] as const) {
        expect(figure?.saved).toBeCloseTo(perKwh * energy.saved, 6)
        expect(figure?.interval90[0]).toBeCloseTo(perKwh * energy.interval90[0], 6)
        expect(figure?.interval68[1]).toBeCloseTo(perKwh * energy.interval68[1], 6)
      }
    }
    const html = await reported(0.1, { ...asked, format: 'html' })
    for (const words of ['its cost', 'its carbon', ' EUR</td>', ' kg</td>', 'the demand charge is not in it'])
      expect(html).toContain(words)
    expect(html).not.toMatch(/NaN|undefined|Infinity/)
    const csv = await reported(0.1, { ...asked, format: 'csv' })
    expect(csv).toMatch(/saving,coolingCostLow90,\d[\d.]*,EUR,/)
    expect(csv).toMatch(/saving,coolingCarbon,\d[\d.]*,kg,/)
  })

  test('the same on a week in which nothing was done claims nothing', async () => {
    const facts = JSON.parse(await reported(0, { baselineFromAt: start }))
    expect(facts.saving.claim).toBeNull()
    expect(facts.saving.why).toContain('Nothing is verified')
    await expect(reported(0, { baselineFromAt: fromAt })).rejects.toThrow(/a baseline needs hours before/)
  })

  test('a switchback that lies in the span goes before any model; one that does not is not mentioned', () => {
    const design = designSwitchback({
      site: 'small',
      seed: 7,
      pairs: 14,
      notBefore: start,
      standardOffsetMs: -6 * hour,
    })
    const hours = untouched.map(one =>
      blockAt(design, one.at)?.arm === 'plan' ? { ...one, coolingKwh: 0.93 * one.coolingKwh } : one,
    )
    const cooling = switchbackResult({ design, hours })
    const span = { fromAt: start, toAt: start + 60 * day }
    const outcome = {
      ...span,
      cooling,
      losses: null,
      itLeakage: null,
      water: null,
      valued: {},
      claim: switchbackClaim(cooling),
    }
    expect(reportedSaving(span, { outcome })).toMatchObject({
      claim: 'verified',
      method: 'switchback',
      parts: [{ what: 'cooling', basis: 'metered', unit: 'kWh/h' }],
      notes: ['Water: the make-up of towers or coolers is not metered.'],
    })
    const later = { fromAt: span.toAt, toAt: span.toAt + day }
    expect(reportedSaving(later, { outcome })).toMatchObject({ claim: null, method: null })
  })
})
