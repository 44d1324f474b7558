import { describe, expect, it } from 'vitest'
import { hour } from '#contract/units.ts'
import { followPlant } from '#models/plant/followHours.ts'
import { minutesHeld } from '#models/plant/learned/storage.ts'
import type { Predictor, Settings } from '#models/plant/predict.ts'
import { pumpsSeen } from '#models/plant/pumpsSeen.ts'
import { type PlantRow, rowMs } from '#models/plant/row.ts'
import { predict } from '#models/plant/settle.ts'
import { basinSeen } from '#models/plant/waterStores.ts'
import { hiddenTruth, measured, priors, startSettings } from '#tests/models/syntheticSite.ts'

const truth = hiddenTruth(2)
const conditions = { itKw: [180, 200, 160, 190], wetBulbC: 15 }
const rowsOfAnHour = hour / rowMs
const noNoise = () => 0
const knownAt = (settings: Settings, of: Predictor = truth): PlantRow =>
  measured(of, 0, settings, conditions, noNoise)
const anHourOf = (settings: (row: number) => Settings) =>
  Array.from({ length: rowsOfAnHour }, (_, row) => ({ settings: settings(row), conditions }))

describe('hours that follow known ones', () => {
  it('a plant at rest that nobody touches stays there', () => {
    const rest = predict(truth, 0, startSettings, conditions)
    const followed = followPlant(
      truth,
      [knownAt(startSettings)],
      anHourOf(() => startSettings),
    )
    for (const part of ['cduPumpKw', 'facilityPumpKw', 'towerFanKw', 'towerPumpKw', 'lossesKw'] as const)
      for (const outcome of followed) expect(outcome[part] / rest[part], part).toBeCloseTo(1, 2)
  })

  it('fans carry away what water gives off while its setpoints fall, and rest while they rise', () => {
    const movedBy = (k: number): Settings => ({
      ...startSettings,
      towerLeavingC: startSettings.towerLeavingC + k,
      facilitySupplyC: startSettings.facilitySupplyC + k,
      cduSupplyC: startSettings.cduSupplyC.map(value => value + k),
    })
    // Dry air, so that fans have something left.
    const dry = { ...conditions, wetBulbC: 9 }
    const fansOver = (kPerHour: number) => {
      const settings = Array.from({ length: rowsOfAnHour }, (_, row) =>
        movedBy((kPerHour * (row + 1)) / rowsOfAnHour),
      )
      const course = settings.map(one => ({ settings: one, conditions: dry }))
      const sum = (kw: readonly number[]) => kw.reduce((total, one) => total + one, 0)
      return (
        sum(followPlant(truth, [knownAt(startSettings)], course).map(one => one.towerFanKw)) /
        sum(settings.map(one => predict(truth, 0, one, dry).towerFanKw))
      )
    }
    expect(fansOver(-2)).toBeGreaterThan(1.05)
    expect(fansOver(2)).toBeLessThan(0.95)
  })

  it('water that stood warm cools in minutes, not at once: until then valves open and pumps work more', () => {
    const warm = { ...startSettings, facilitySupplyC: startSettings.facilitySupplyC + 2 }
    const followed = followPlant(
      truth,
      [knownAt(warm)],
      anHourOf(() => startSettings),
    )
    expect(followed[0]!.facilityPumpKw).toBeGreaterThan(1.02 * followed.at(-1)!.facilityPumpKw)
    expect(followed.at(-1)!.facilityPumpKw).toBeCloseTo(
      predict(truth, 0, startSettings, conditions).facilityPumpKw,
      1,
    )
  })

  it('between the flows at which a pump comes and goes, as many run as ran before', () => {
    const flowLpm = predict(truth, 0, startSettings, conditions).primaryLpm
    const load = (flowLpm / priors.facilityPumps.ratedLpm) * priors.facilityPumps.pumps
    // Two pumps carry this flow, and three are not yet one too many.
    const pumpStages = { upAt: load / 2 + 0.02, downAt: load / 2 - 0.02 }
    const of = { priors, model: { ...truth.model, course: { ...truth.model.course, pumpStages } } }
    const knownWith = (running: number): PlantRow => {
      const row = knownAt(startSettings)
      const level =
        row.facility.pumpKw / priors.facilityPump(flowLpm, row.facility.dpKpa, pumpsSeen(of, row).running)
      const pumpKw = level * priors.facilityPump(flowLpm, row.facility.dpKpa, running)
      return { ...row, facility: { ...row.facility, pumpKw } }
    }
    expect([2, 3].map(running => pumpsSeen(of, knownWith(running)).running)).toEqual([2, 3])
    const kwAfter = (running: number) =>
      followPlant(
        of,
        [knownWith(running)],
        anHourOf(() => startSettings),
      ).at(-1)!.facilityPumpKw
    expect(kwAfter(3) / kwAfter(2)).toBeCloseTo(
      priors.facilityPump(flowLpm, startSettings.facilityDpKpa, 3) /
        priors.facilityPump(flowLpm, startSettings.facilityDpKpa, 2),
      2,
    )
  })

  it('without telemetry before it an hour begins at rest as asked', () => {
    const [first] = followPlant(
      truth,
      [],
      anHourOf(() => startSettings),
    )
    expect(first!.nonItKw / predict(truth, 0, startSettings, conditions).nonItKw).toBeCloseTo(1, 1)
  })
})

describe("what the tower's basin holds", () => {
  /** Two days in which the water goes up and down by 3 K, seen through a tower whose basin holds some minutes of flow. */
  const daysWith = (basinMinutes: number): PlantRow[] => {
    const of = { priors, model: { ...truth.model, course: { ...truth.model.course, basinMinutes } } }
    const settingsAt = (row: number): Settings => {
      const k = 3 * Math.sin((2 * Math.PI * row) / 48)
      return {
        ...startSettings,
        towerLeavingC: startSettings.towerLeavingC + k,
        facilitySupplyC: startSettings.facilitySupplyC + k,
        cduSupplyC: startSettings.cduSupplyC.map(value => value + k),
      }
    }
    const course = Array.from({ length: 576 }, (_, row) => ({ settings: settingsAt(row), conditions }))
    const followed = followPlant(of, [knownAt(settingsAt(-1))], course)
    return course.map(({ settings }, row) => {
      const seen = measured(truth, row * rowMs, settings, conditions, noNoise)
      // Within its row the water walks to the setpoint: by the minutes' mean it stands two fifths of the way behind.
      const leavingC =
        settings.towerLeavingC - 0.4 * (settings.towerLeavingC - settingsAt(row - 1).towerLeavingC)
      return { ...seen, tower: { ...seen.tower, leavingC, fanKw: followed[row]!.towerFanKw } }
    })
  }

  it.each([2, 6])('is learned from fans while setpoints walk: %d minutes of design flow', minutes => {
    const seen = basinSeen(truth, daysWith(minutes), truth.model.course.offsets)
    expect(Math.abs(minutesHeld(seen) - minutes)).toBeLessThan(0.8)
  })
})

describe('tower cells', () => {
  const half = priors.site.design.towerFlowLpm / 2
  it('open by the flow that is asked: a meter that reads 3 % less closes none', () => {
    expect(priors.openShare(0.97 * half, half)).toBe(1)
    expect(priors.openShare(half, 0.97 * half)).toBeLessThan(1)
  })
  it('open by the meter where nothing says what was asked', () => {
    expect(priors.openShare(half)).toBe(1)
    expect(priors.openShare(0.9 * half, Number.NaN)).toBeLessThan(1)
  })
})
