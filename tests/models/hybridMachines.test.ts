import { describe, expect, it } from 'vitest'
import { economiserModes } from '#models/plant/hybrid/chilledWater.ts'
import { type LoopSeen, type Machines, machinesAfter, runningOf } from '#models/plant/hybrid/machines.ts'
import { hybridSite } from '#tests/plant/hybridPlant.ts'

const site = hybridSite()
const { chiller, economiser } = site.nameplate

const machines = (on: number, change: Partial<Machines> = {}): Machines => ({
  chillers: Array.from({ length: chiller.units }, (_, index) => ({ isOn: index < on, sinceMin: 600 })),
  isEngaged: true,
  startMin: 0,
  stopMin: 0,
  changeoverMin: 0,
  ...change,
})
/** The economiser makes what is asked, and little is left to do. */
const seen = (change: Partial<LoopSeen> = {}): LoopSeen => ({
  setpointC: 16,
  supplyC: 16,
  returnC: 33,
  couldLeaveC: 16,
  basinC: 15.6,
  wetBulbC: 8,
  mode: economiserModes.integrated,
  coolingKw: 0,
  machineKw: 1400,
  ...change,
})

/** Minutes until the number of machines that run is another one; NaN: not within three hours. */
function minutesUntilChange(from: Machines, look: LoopSeen): number {
  const before = runningOf(from)
  let now = from
  for (let minute = 1; minute <= 180; minute++) {
    now = machinesAfter(site, now, look, 1)
    if (runningOf(now) !== before) return minute
  }
  return Number.NaN
}

describe('machines beside an economiser, minute by minute', () => {
  it('rest while its water is within the band, and come after the changeover’s time when it is not', () => {
    const nearlyC = 16 + economiser.changeoverBandK - 0.05
    expect(minutesUntilChange(machines(0), seen({ couldLeaveC: nearlyC }))).toBeNaN()
    const tooWarm = seen({ couldLeaveC: nearlyC + 0.1 })
    expect(minutesUntilChange(machines(0), tooWarm)).toBe(economiser.changeoverHoldMin)
  })

  it('come at once where the water itself is far too warm', () => {
    expect(minutesUntilChange(machines(0), seen({ couldLeaveC: 20, supplyC: 19.5 }))).toBeLessThan(5)
  })

  it('count what they were called for before the hour began', () => {
    const called = machines(0, { startMin: economiser.changeoverHoldMin - 1 })
    expect(minutesUntilChange(called, seen({ couldLeaveC: 18 }))).toBe(1)
  })

  it('forget a call that was broken off', () => {
    const called = machines(0, { startMin: economiser.changeoverHoldMin - 1 })
    const calm = machinesAfter(site, called, seen(), 1)
    expect(minutesUntilChange(calm, seen({ couldLeaveC: 18 }))).toBe(economiser.changeoverHoldMin)
  })

  it('go home when idle and not needed, but never before their least time', () => {
    expect(minutesUntilChange(machines(1), seen({ coolingKw: 20 }))).toBe(economiser.changeoverHoldMin)
    const started = {
      ...machines(1),
      chillers: [{ isOn: true, sinceMin: 0 }, ...machines(0).chillers.slice(1)],
    }
    expect(minutesUntilChange(started, seen({ coolingKw: 20 }))).toBe(chiller.leastOnMin)
  })

  it('stay while they are needed', () => {
    expect(minutesUntilChange(machines(1), seen({ coolingKw: 700, couldLeaveC: 24 }))).toBeNaN()
  })

  it('are two when one is full, and one when two are not', () => {
    expect(minutesUntilChange(machines(1), seen({ coolingKw: 1390, couldLeaveC: 30 }))).toBeLessThan(5)
    const easy = seen({ coolingKw: 1100, couldLeaveC: 30 })
    expect(minutesUntilChange(machines(2), easy)).toBe(economiser.changeoverHoldMin)
    expect(minutesUntilChange(machines(2), seen({ coolingKw: 1250, couldLeaveC: 30 }))).toBeNaN()
  })

  it('let the plates go when the tower’s water is no colder than what returns', () => {
    let now = machines(1)
    for (let minute = 0; minute < economiser.changeoverHoldMin; minute++)
      now = machinesAfter(site, now, seen({ basinC: 33, couldLeaveC: 33, coolingKw: 900 }), 1)
    expect(now.isEngaged).toBe(false)
  })

  it('in auto take over from the economiser before it leaves', () => {
    const warmDay = seen({
      mode: economiserModes.auto,
      wetBulbC: economiser.carriesAllBelowWetBulbC + 2,
      coolingKw: 900,
    })
    let now = machines(0)
    while (runningOf(now) === 0 && now.changeoverMin < 60) {
      expect(now.isEngaged).toBe(true)
      now = machinesAfter(site, now, warmDay, 1)
    }
    expect(runningOf(now)).toBe(1)
    expect(now.isEngaged).toBe(true)
    for (let minute = 0; minute < 5; minute++) now = machinesAfter(site, now, warmDay, 1)
    expect(now.isEngaged).toBe(false)
  })
})
