import { cpus } from 'node:os'
import { systemClock } from '#contract/clock.ts'
import { hour, second } from '#contract/units.ts'
import { backtest } from '#simulators/backtest/backtest.ts'
import { openLoad } from '#simulators/load/openLoad.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import { resolveSite } from '#simulators/sites/sites.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'

const machine = systemClock()
const startAt = Date.UTC(2025, 0, 1)

type PlantFigures = {
  readonly machine: object
  /** `warm-water` at 5 s steps in this process. */
  readonly timesRealTime: number
  readonly stepSeconds: number
  readonly measuredSeconds: number
  /** A year of `warm-water` under `fixed` at 60 s steps, with its backtest's settling and counting. */
  readonly yearSeconds: number
  readonly yearPue: number | undefined
  readonly ratios: Readonly<Record<string, number>>
}

/** How fast a plant lives: DESIGN 13 asks for 50,000 × real time and a year of `fixed` in two minutes. */
export async function benchPlant({ seconds }: { seconds: number }): Promise<PlantFigures> {
  const weather = openWeather('builtin:chicago', 1)
  const site = resolveSite('warm-water', weather)
  const load = openLoad('builtin:annual', { site, seed: 1, startAt })
  const stepMs = 5 * second
  const plant = createPlant({ site, weather, load, seed: 1, startAt, stepMs })
  // The first hours are spent compiling.
  plant.advanceTo(startAt + 6 * hour)
  const before = machine.machineNow()
  const livedFromAt = plant.siteNow()
  while (machine.machineNow() - before < seconds * second) plant.advanceTo(plant.siteNow() + hour)
  const measuredMs = machine.machineNow() - before
  const timesRealTime = (plant.siteNow() - livedFromAt) / measuredMs

  const yearBefore = machine.machineNow()
  const year = await backtest({
    site,
    weather,
    load,
    seed: 1,
    fromAt: startAt,
    days: 365,
    stepMs: 60 * second,
    leakagePerK: 0.0015,
    controllers: ['fixed'],
  })
  const yearSeconds = (machine.machineNow() - yearBefore) / second
  return {
    machine: { cores: cpus().length, model: cpus()[0]?.model, node: process.version },
    timesRealTime: Math.round(timesRealTime),
    stepSeconds: stepMs / second,
    measuredSeconds: Number((measuredMs / second).toFixed(1)),
    yearSeconds: Number(yearSeconds.toFixed(1)),
    yearPue: year.controllers.fixed?.pue,
    ratios: {
      '5 s steps / 50,000 × real time': Number((timesRealTime / 50_000).toFixed(2)),
      'two minutes / a year of fixed': Number((120 / yearSeconds).toFixed(2)),
    },
  }
}
