import { describe, expect, it } from 'vitest'
import { day, hour } from '#contract/units.ts'
import { doHourlyWork, type WorkMemory } from '#hub/planning/hourlyWork.ts'
import { noTrustYet } from '#hub/planning/trust.ts'
import { viewOf } from '#hub/planning/views.ts'
import { hiddenTruth, history, site, startSettings } from '#tests/models/syntheticSite.ts'

const rows = history(hiddenTruth(2), 8, 3)
const endAt = (rows.at(-1)?.at ?? 0) + 300_000
const request = (fromAt: number, now = endAt) => ({
  site,
  rows: rows.filter(row => row.at >= fromAt && row.at < now),
  now,
  seed: 1,
  resetApproachK: 4,
})
const startAt = rows[0]?.at ?? 0

describe('the hourly work and what its thread remembers', () => {
  it('learns from rows that the hub has let go of, each once, and for no longer than three weeks', async () => {
    const memory: WorkMemory = {}
    const yesterday = rows.slice(0, 60).map(row => ({ ...row, at: row.at - day }))
    const first = { ...request(startAt), rows: yesterday, now: startAt + 5 * hour - day }
    expect((await doHourlyWork(first, memory)).historyHours).toBeCloseTo(5, 6)
    expect((await doHourlyWork(request(startAt), memory)).historyHours).toBeCloseTo(13, 6)
    expect(memory.rows?.map(row => row.at)).toEqual([...yesterday, ...rows].map(row => row.at))
    const later = { ...request(startAt), rows: rows.slice(-1), now: startAt + 21 * day + 6 * hour }
    expect((await doHourlyWork(later, memory)).historyHours).toBeCloseTo(2, 6)
  })

  it('does not bring back what the hub took away from the last day', async () => {
    const memory: WorkMemory = {}
    await doHourlyWork(request(startAt), memory)
    const doubted = { ...request(startAt), rows: rows.slice(24) }
    expect((await doHourlyWork(doubted, memory)).historyHours).toBeCloseTo(6, 6)
  })

  it('forgets what is not yet: a clock that was set back', async () => {
    const memory: WorkMemory = { rows }
    await doHourlyWork({ ...request(startAt), rows: rows.slice(0, 12), now: startAt + hour }, memory)
    expect(memory.rows).toHaveLength(12)
  })

  it('a site’s carbon and horizon come to the plan, to its forecasters and to what people see', async () => {
    const memory: WorkMemory = {}
    const carbon = { gramsPerKwh: 400, periods: [] }
    const result = await doHourlyWork(
      {
        ...request(startAt),
        site: { ...site, planning: { holidays: [], horizonHours: 4, objective: 'carbon', carbon } },
        plan: {
          hourStartAt: endAt,
          held: startSettings,
          wetBulbC: 15,
          dewPointC: 10,
          plantIsFree: true,
          cduIsFree: [true, true, true, true],
        },
      },
      memory,
    )
    expect(result.decision?.reason).toContain('Least carbon over 4 h, at 400 g/kWh throughout.')
    expect(memory.forecasters?.of.it?.targets).toHaveLength(8)
    const trust = { ...noTrustYet, trusted: true }
    const facts = { id: 'plan-1', now: endAt, state: 'sent', mode: 'auto', trust, waitingFor: '' } as const
    expect(viewOf({ ...facts, reason: '', result }).objective).toBe('carbon')
    expect(viewOf({ ...facts, state: 'failed', reason: '', result }).objective).toBeUndefined()
  })

  it('tells what telemetry has not shown, and what the leakage’s doubt may cost the move', async () => {
    const result = await doHourlyWork({
      ...request(startAt),
      plan: {
        hourStartAt: endAt,
        held: startSettings,
        wetBulbC: 15,
        dewPointC: 10,
        plantIsFree: true,
        cduIsFree: [true, true, true, true],
      },
    })
    expect(result.decision?.action).toBe('move')
    const leakage = result.unknown?.find(one => one.name.startsWith('growth of IT power'))
    expect(leakage?.costKw).toBeGreaterThan(0)
    expect(result.decision?.objective).toBe('energy')
    expect(result.itTotal?.value).toBeGreaterThan(0)
    expect(result.wetBulb?.value).toBeLessThan(30)
  })
})
