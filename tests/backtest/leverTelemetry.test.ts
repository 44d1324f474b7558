import { expect, test } from 'vitest'
import { leverTelemetry } from '#simulators/backtest/leverTelemetry.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import { hybridLoad, hybridSite, mildAir, startAt } from '#tests/plant/hybridPlant.ts'

test('what a hybrid plant is learned from is all in the telemetry, the states of its machines too', () => {
  const plant = createPlant({
    site: hybridSite(),
    weather: mildAir,
    load: hybridLoad(0.8),
    seed: 1,
    stepMs: 60_000,
    startAt,
  })
  const { keys } = leverTelemetry(plant).table
  for (const key of ['chiller-1.status', 'chiller-1.economiserEngaged', 'chiller-1.cooling', 'crah-1.power'])
    expect(keys).toContain(key)
})
