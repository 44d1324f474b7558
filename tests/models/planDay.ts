import { resetApproachOf } from '#contract/control/reset.ts'
import { doHourlyWork, type WorkMemory } from '#hub/planning/hourlyWork.ts'
import { judgeTrust } from '#hub/planning/trust.ts'
import { openLoad } from '#simulators/load/openLoad.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import { resolveSite } from '#simulators/sites/sites.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'
import { plantRun } from '#tests/models/plantRun.ts'

export type Day = {
  readonly weather: string
  readonly load: string
  readonly seed: number
  readonly startAt: number
  readonly hours: number
}

/** `reset` until the model is trusted, then a plan each hour, beside the same plant that stays under `reset`; no network. */
export async function planDay(day: Day) {
  const { seed, startAt } = day
  const weather = openWeather(day.weather, seed)
  const site = resolveSite('small', weather)
  const load = openLoad(day.load, { site, seed, startAt })
  const twins = [0, 1].map(() => {
    const plant = createPlant({ site, weather, load, seed, startAt })
    return { plant, run: plantRun(plant) }
  })
  const [reset, plan] = [twins[0]!, twins[1]!]
  const errors: number[] = []
  const memory: WorkMemory = {}
  let trusted = false
  let autoAtHour: number | undefined
  let timesLost = 0
  let startKwh = { reset: 0, plan: 0 }
  for (let hour = 1; hour <= day.hours; hour++) {
    for (let i = 0; i < 12; i++) for (const twin of twins) twin.run.fiveMinutes()
    if (hour < 3 || hour === day.hours) continue
    const result = await doHourlyWork(
      {
        site,
        rows: plan.run.rows,
        now: plan.plant.siteNow(),
        seed: 1,
        resetApproachK: resetApproachOf(site),
        plan: {
          hourStartAt: plan.plant.siteNow(),
          held: plan.run.held(),
          wetBulbC: plan.run.wetBulbC(),
          dewPointC: plan.run.dewPointC(),
          plantIsFree: true,
          cduIsFree: [true, true, true, true],
        },
      },
      memory,
    )
    const wasTrusted = trusted
    trusted = judgeTrust(result, trusted).trusted
    errors.push(result.score.errorPercent ?? 100)
    if (wasTrusted && !trusted) timesLost++
    if (trusted && autoAtHour === undefined) {
      autoAtHour = hour
      startKwh = { reset: reset.plant.energy().facilityKwh, plan: plan.plant.energy().facilityKwh }
    }
    plan.run.steerTo(trusted ? result.decision!.settings : undefined)
  }
  return {
    errors,
    autoAtHour,
    timesLost,
    savedShare:
      1 -
      (plan.plant.energy().facilityKwh - startKwh.plan) / (reset.plant.energy().facilityKwh - startKwh.reset),
    hottestC: plan.run.hottestC(),
    limitC: site.nameplate.chip.limitC,
  }
}
