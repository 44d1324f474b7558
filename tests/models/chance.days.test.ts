import { expect, it } from 'vitest'
import { hour, minute } from '#contract/units.ts'
import { planLimits } from '#models/planning/limits.ts'
import { learnedPlant } from '#tests/models/learnedWeeks.ts'

it('under a plan no hour of any CDU has a minute within 1.5 K of the limit', async () => {
  const fromAt = Date.UTC(2025, 6, 14)
  const hours = 14
  const learned = await learnedPlant({ load: 'builtin:ai', seed: 4, leakagePerK: 0.0015, fromAt, days: 5 })
  const { site, plant, run, drive } = learned
  const trays = site.equipment.filter(({ kind }) => kind === 'tray').map(({ id }) => `${id}.chipTemperature`)
  const warmestC = site.nameplate.chip.limitC - planLimits.chipMarginK
  const hottestByHour = new Map<number, number>()
  const watched = {
    ...run,
    minute() {
      run.minute()
      const at = Math.floor((plant.siteNow() - minute) / hour)
      const hottestC = Math.max(...trays.map(key => plant.truthOf(key) ?? Number.NaN))
      hottestByHour.set(at, Math.max(hottestByHour.get(at) ?? Number.NEGATIVE_INFINITY, hottestC))
    },
  }
  await drive(watched, fromAt + hours * hour, 'steer')
  const hottest = [...hottestByHour.values()]
  expect(hottest).toHaveLength(hours)
  expect(hottest.filter(hottestC => hottestC > warmestC)).toHaveLength(0)
  // The plan is not merely cold: it uses the room that the safety sequence leaves.
  expect(Math.max(...hottest)).toBeGreaterThan(site.nameplate.chip.limitC - 12)
}, 60_000)
