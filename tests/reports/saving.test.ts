import { describe, expect, test } from 'vitest'
import { day, hour } from '#contract/units.ts'
import { createReport, type ReportRequest } from '#hub/reports/report.ts'
import { reportedSaving } from '#hub/reports/saving.ts'
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
    const outcome = { ...span, cooling, losses: null, itLeakage: null, claim: switchbackClaim(cooling) }
    expect(reportedSaving(span, { outcome })).toMatchObject({
      claim: 'verified',
      method: 'switchback',
      parts: [{ what: 'cooling', basis: 'metered', unit: 'kWh/h' }],
    })
    const later = { fromAt: span.toAt, toAt: span.toAt + day }
    expect(reportedSaving(later, { outcome })).toMatchObject({ claim: null, method: null })
  })
})
