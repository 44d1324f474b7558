import { describe, expect, it } from 'vitest'
import { boundsOf, steeredPoint } from '#contract/control/bounds.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import { resolveSite } from '#simulators/sites/sites.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'
import { plantRun } from '#tests/models/plantRun.ts'

const rowsPerHour = 12

/** Twelve hours at a steady 80 % of nameplate, under `reset` alone. */
function steadyDay(weatherName: string, startAt: number, approachK?: 4 | 6 | 8) {
  const weather = openWeather(weatherName, 1)
  const site = resolveSite('small', weather)
  const load = {
    name: 'steady',
    notes: [],
    itFraction: () => 0.8,
    cduPowerKw: () => 0.8 * site.nameplate.itPerCduKw,
  }
  const plant = createPlant({ site, weather, load, seed: 1, startAt })
  const run = plantRun(plant, approachK)
  for (let i = 0; i < 2 * rowsPerHour; i++) run.fiveMinutes()
  const before = { ...plant.energy() }
  for (let i = 0; i < 10 * rowsPerHour; i++) run.fiveMinutes()
  const after = plant.energy()
  return {
    site,
    rows: run.rows.slice(2 * rowsPerHour),
    coolingShare: (after.coolingKwh - before.coolingKwh) / (after.itKwh - before.itKwh),
  }
}

describe('reset on a healthy plant at a steady 80 % load', () => {
  it.each([
    { where: 'Chicago in July', weather: 'builtin:chicago', startAt: Date.UTC(2025, 6, 1) },
    { where: 'San Francisco in January', weather: 'builtin:san-francisco', startAt: Date.UTC(2025, 0, 1) },
    {
      where: 'San Francisco in January, with 4 K over the wet bulb, which no tower reaches',
      weather: 'builtin:san-francisco',
      startAt: Date.UTC(2025, 0, 1),
      approachK: 4 as const,
    },
  ])(
    '$where: no valve stays wide open, pressure settles between its bounds, cooling takes 1.3 to 3.5 % of IT',
    given => {
      const day = steadyDay(given.weather, given.startAt, given.approachK)
      let open = 0
      let longest = 0
      for (const row of day.rows) {
        open = row.cdus.some(cdu => cdu.valvePercent > 95) ? open + 1 : 0
        longest = Math.max(longest, open)
      }
      expect(longest).toBeLessThan(rowsPerHour)
      const pressure = boundsOf(day.site, steeredPoint('facilityLoop', 'differentialPressureSp')!)
      for (const row of day.rows.slice(-2 * rowsPerHour)) {
        expect(row.facility.dpSpKpa).toBeGreaterThan(pressure.lowest)
        expect(row.facility.dpSpKpa).toBeLessThan(0.6 * pressure.highest)
      }
      expect(day.coolingShare).toBeGreaterThan(0.013)
      expect(day.coolingShare).toBeLessThan(0.035)
    },
  )
})
