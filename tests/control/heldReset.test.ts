import { expect, test } from 'vitest'
import { immersionKind } from '#contract/control/levers/immersion.ts'
import { minute } from '#contract/units.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import { hybridLoad } from '#tests/plant/hybridPlant.ts'
import { immersionSite, stillAir } from '#tests/plant/immersionPlant.ts'

const air = stillAir({ dryBulbC: 20, wetBulbC: 15 })
const site = immersionSite(air)

/** Pressure across the loop that `reset` asks for after an hour in which nobody follows it. */
function afterAnHour(isHeldByPlan: boolean): number {
  const plant = createPlant({
    site,
    weather: air,
    load: hybridLoad(0.3),
    seed: 1,
    stepMs: minute,
    startAt: 0,
  })
  const reset = immersionKind(site).startReset(6)
  let askedKpa = Number.NaN
  for (let elapsed = 0; elapsed < 60; elapsed++) {
    for (const [key, value] of reset.look({ read: plant.read, now: plant.siteNow(), isHeldByPlan }))
      if (key === 'facility.differentialPressureSp') askedKpa = value
    plant.advanceTo(plant.siteNow() + minute)
  }
  return askedKpa
}

test('told that a plan holds the levers, reset trims no pressure that it does not drive', () => {
  const startKpa = 0.5 * site.design.facilityDpCommissionedKpa
  expect(afterAnHour(true)).toBeCloseTo(startKpa, 9)
  expect(afterAnHour(false)).toBeLessThan(startKpa)
})
