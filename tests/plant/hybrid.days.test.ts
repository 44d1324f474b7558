import { describe, expect, it } from 'vitest'
import { coolingRoles } from '#contract/site/site.ts'
import { hour, minute } from '#contract/units.ts'
import { builtinLoad } from '#simulators/load/builtinLoad.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'
import {
  hybridLoad,
  hybridPlant,
  hybridSite,
  meanKw,
  standingAir,
  startAt,
  write,
} from '#tests/plant/hybridPlant.ts'

/** Second Mondays of YARDSTICKS 2. */
const weeks = {
  January: Date.UTC(2025, 0, 13),
  April: Date.UTC(2025, 3, 14),
  July: Date.UTC(2025, 6, 14),
  October: Date.UTC(2025, 9, 13),
}

describe.each(['chicago', 'phoenix'])('a commissioned week in %s', city => {
  it.each(Object.entries(weeks))('%s: heat that enters has left or is stored, parts add up', (_, monday) => {
    const weather = openWeather(`builtin:${city}`, 1)
    const site = hybridSite(weather)
    const plant = hybridPlant({
      weather,
      load: builtinLoad('ai', site, 1),
      startAt: monday,
      stepMs: minute,
    })
    plant.after(168 * hour)
    const energy = plant.energy()
    const { partsKwh, overLimitDegreeMinutes, towerWaterL: water } = plant.tally()
    const coolingKwh = coolingRoles.reduce((sum, role) => sum + (partsKwh[role] ?? 0), 0)
    expect(energy.energyBalanceError).toBeLessThan(1e-9)
    expect(coolingKwh / energy.coolingKwh).toBeCloseTo(1, 9)
    expect(
      (energy.itKwh + energy.coolingKwh + energy.lossesKwh + partsKwh.lighting!) / energy.facilityKwh,
    ).toBeCloseTo(1, 9)
    expect(energy.pue).toBeGreaterThan(1.08)
    expect(energy.pue).toBeLessThan(1.3)
    expect(overLimitDegreeMinutes).toBe(0)
    expect(
      water!.basinAtStart + water!.madeUp - water!.evaporated - water!.drift - water!.blowDown - water!.basin,
    ).toBeCloseTo(0, 3)
  })
})

describe('as commissioned', () => {
  it('holds chilled water, CDUs, air and tower where they stand on paper, at 60 s steps as at 5 s', () => {
    const [quick, slow] = [5_000, 60_000].map(stepMs => {
      const plant = hybridPlant({ stepMs })
      plant.after(6 * hour)
      expect(plant.truth('facility.supplyTemperature')).toBeCloseTo(12, 0)
      expect(plant.truth('cdu-1.supplyTemperature')).toBeCloseTo(30, 0)
      expect(plant.truth('crah-1.supplyAirTemperature')).toBeCloseTo(22, 0)
      expect(plant.truth('crah-1.fanSpeed')).toBeCloseTo(115, 6)
      expect(plant.truth('tower.leavingTemperature')).toBeCloseTo(29.4, 0)
      return meanKw(plant, 2 * hour).facility
    })
    expect(slow! / quick!).toBeCloseTo(1, 2)
  })
  it('puts a quarter of the IT power into the air: 400 kW of 1,600', () => {
    const plant = hybridPlant()
    plant.after(2 * hour)
    const coilsKw = plant.powerNow().itKw - 8 * plant.truth('cdu-1.heat')
    expect(coilsKw).toBeGreaterThan(330)
    expect(coilsKw).toBeLessThan(430)
    expect(
      plant.truth('crah-1.returnAirTemperature') - plant.truth('crah-1.supplyAirTemperature'),
    ).toBeLessThan(16)
  })
  it('meters by role agree with the truth within their class', () => {
    const plant = hybridPlant()
    plant.after(4 * hour)
    const { partsKwh } = plant.tally()
    for (const [meter, kwh] of [
      ['meter-chillers', partsKwh.chillers],
      ['meter-crahs', partsKwh.crahs],
      ['meter-tower-fans', partsKwh.towerFans],
      ['meter-facility-pumps', partsKwh.facilityPumps],
      ['meter-facility', plant.energy().facilityKwh],
    ] as const)
      expect(plant.truth(`${meter}.activeEnergyKwh`) / kwh!, meter).toBeCloseTo(1, 2)
    const itKwh = Array.from({ length: 8 }, (_, cdu) => plant.truth(`meter-it-${cdu + 1}.activeEnergyKwh`))
    expect(itKwh.reduce((sum, kwh) => sum + kwh, 0) / plant.energy().itKwh).toBeCloseTo(1, 2)
  })
})

describe('economiser', () => {
  it('carries a January night alone; the same night without it costs a chiller', () => {
    const weather = standingAir({ dryBulbC: -3, wetBulbC: -4 })
    const [free, mechanical] = [1, 0].map(economiser => {
      const plant = hybridPlant({ weather })
      write(plant, { economiser })
      plant.after(4 * hour)
      expect(plant.truth('chiller-1.economiserEngaged')).toBe(economiser)
      expect(plant.truth('facility.supplyTemperature')).toBeCloseTo(12, 0)
      return meanKw(plant, hour).cooling
    })
    expect(free!).toBeLessThan(mechanical! - 100)
  })
  it('integrated ahead of running chillers: tower water at 20 °C takes half of the load off them', () => {
    const plant = hybridPlant({ weather: standingAir({ dryBulbC: 22, wetBulbC: 15 }) })
    plant.after(hour)
    const before = plant.truth('chiller-1.power') + plant.truth('chiller-2.power')
    write(plant, { economiser: 2, towerC: 20 })
    plant.after(4 * hour)
    expect(plant.truth('hx-1.hotOutletTemperature')).toBeLessThan(
      plant.truth('facility.returnTemperature') - 5,
    )
    expect(plant.truth('chiller-1.power') + plant.truth('chiller-2.power')).toBeLessThan(0.55 * before)
  })
  it('changes over only after 20 minutes beyond the point and its 1 K', () => {
    let wetBulbC = 9
    const weather = { ...standingAir({ dryBulbC: 10, wetBulbC: 9 }) }
    const plant = hybridPlant({
      weather: { ...weather, at: () => ({ ...weather.at(0), wetBulbC }) },
    })
    const engagedAfter = (wetBulbNowC: number, ms: number) => {
      wetBulbC = wetBulbNowC
      plant.after(ms)
      return plant.truth('chiller-1.economiserEngaged')
    }
    expect(engagedAfter(9, hour)).toBe(0)
    expect(engagedAfter(5.5, hour)).toBe(0)
    expect(engagedAfter(4.5, 19 * minute)).toBe(0)
    expect(engagedAfter(5.5, minute)).toBe(0)
    expect(engagedAfter(4.5, 19 * minute)).toBe(0)
    expect(engagedAfter(4.5, 2 * minute)).toBe(1)
    expect(engagedAfter(6.5, hour)).toBe(1)
    expect(engagedAfter(9, 19 * minute)).toBe(1)
    // A chiller starts first and carries after three minutes.
    expect(engagedAfter(9, 10 * minute)).toBe(0)
    expect(plant.truth('facility.supplyTemperature')).toBeLessThan(16)
  })
})

describe('chillers are protected', () => {
  it('runs 30 minutes, rests 15, starts at most twice an hour, whatever is asked', () => {
    const plant = hybridPlant({ load: hybridLoad(0.3) })
    write(plant, { economiser: 0 })
    const ids = ['chiller-1', 'chiller-2']
    const since = new Map(ids.map(id => [id, { status: plant.truth(`${id}.status`), minutes: 1e6 }]))
    const starts = new Map(ids.map(id => [id, [] as number[]]))
    for (let at = 0; at < 12 * 60; at++) {
      // Setpoints swing every ten minutes between the device's ends.
      if (at % 10 === 0) write(plant, { chilledC: (at / 10) % 2 === 0 ? 26 : 5 })
      plant.after(minute)
      for (const id of ids) {
        const before = since.get(id)!
        const status = plant.truth(`${id}.status`)
        if (status === before.status) {
          before.minutes++
          continue
        }
        expect(before.minutes, `${id} at minute ${at}`).toBeGreaterThanOrEqual(before.status === 1 ? 29 : 14)
        if (status === 1) starts.get(id)!.push(at)
        since.set(id, { status, minutes: 1 })
      }
    }
    for (const times of starts.values())
      for (let i = 2; i < times.length; i++) expect(times[i]! - times[i - 2]!).toBeGreaterThanOrEqual(60)
    expect(plant.tally().chillerStarts).toBe([...starts.values()].flat().length)
  })
  it('half of the evaporator design flow passes at any load; part load is never below 15 % at the meter', () => {
    const plant = hybridPlant({ load: hybridLoad(0.05) })
    write(plant, { economiser: 0 })
    let seen = 0
    for (let step = 0; step < 120; step++) {
      plant.after(2 * minute)
      for (const id of ['chiller-1', 'chiller-2']) {
        if (plant.truth(`${id}.status`) !== 1) continue
        seen++
        expect(plant.truth(`${id}.evaporatorFlow`)).toBeGreaterThan(
          0.499 * plant.site.design.evaporatorFlowLpm,
        )
        // Hot gas: at 15 % of its load the machine still draws what its curve says, 33 kW and more here.
        expect(plant.truth(`${id}.power`)).toBeGreaterThan(20)
      }
    }
    expect(seen).toBeGreaterThan(10)
  })
  it('condenser water never enters below 16 °C, however cold the tower', () => {
    const plant = hybridPlant({ weather: standingAir({ dryBulbC: 5, wetBulbC: 3 }) })
    write(plant, { economiser: 0, towerC: 8 })
    plant.after(3 * hour)
    expect(plant.truth('tower.leavingTemperature')).toBeLessThan(15)
    expect(plant.truth('chiller-1.condenserEnteringTemperature')).toBeGreaterThanOrEqual(16)
  })
  it('COP falls with lift', () => {
    const cops = [18, 22, 26, 30].map(wetBulbC => {
      const plant = hybridPlant({ weather: standingAir({ dryBulbC: wetBulbC + 5, wetBulbC }) })
      write(plant, { economiser: 0, towerC: wetBulbC + 2 })
      plant.after(4 * hour)
      const on = ['chiller-1', 'chiller-2'].filter(id => plant.truth(`${id}.status`) === 1)
      const sum = (point: string) => on.reduce((total, id) => total + plant.truth(`${id}.${point}`), 0)
      return sum('cooling') / sum('power')
    })
    expect(cops).toEqual([...cops].sort((a, b) => b - a))
    expect(cops[0]!).toBeGreaterThan(6)
  })
})

describe('frost and heat', () => {
  it.each([
    { load: 0, dryBulbC: -30, wetBulbC: -30.2 },
    { load: 0.8, dryBulbC: -30, wetBulbC: -30.2 },
    { load: 0, dryBulbC: 45, wetBulbC: 24 },
    { load: 1, dryBulbC: 45, wetBulbC: 26 },
  ])('$dryBulbC °C at $load of nameplate: finite, unfrozen, chips below their limit', ({ load, ...air }) => {
    const plant = hybridPlant({ weather: standingAir(air), load: hybridLoad(load), stepMs: minute })
    for (let at = 0; at < 24; at++) {
      plant.after(hour)
      expect(plant.truth('tower.leavingTemperature')).toBeGreaterThan(6.9)
      expect(plant.truth('facility.supplyTemperature')).toBeGreaterThan(4)
    }
    for (const key of plant.keys) expect(Number.isFinite(plant.truthOf(key)), key).toBe(true)
    expect(plant.energy().energyBalanceError).toBeLessThan(1e-9)
    expect(plant.tally().overLimitDegreeMinutes).toBe(0)
  })
})

describe('faults show on every sensor that would see them', () => {
  const at = { startAt }
  it('a chiller trips: the other takes what it can, chilled water and air warm up', () => {
    const plant = hybridPlant({ load: hybridLoad(0.95) })
    plant.after(hour)
    const suppliedC = plant.truth('facility.supplyTemperature')
    plant.inject({ id: 'trip', kind: 'chillerTrip', place: 'chiller-1', ...at })
    plant.after(30 * minute)
    expect([plant.truth('chiller-1.status'), plant.truth('chiller-1.power')]).toEqual([2, 0])
    expect(plant.truth('chiller-2.partLoad')).toBeGreaterThan(95)
    expect(plant.truth('facility.supplyTemperature')).toBeGreaterThan(suppliedC + 2)
    expect(plant.truth('crah-1.valvePosition')).toBeGreaterThan(60)
    plant.clear('trip')
    plant.after(2 * hour)
    expect(plant.truth('chiller-1.status')).toBe(1)
    expect(plant.truth('facility.supplyTemperature')).toBeCloseTo(12, 0)
    expect(plant.tally().chillerStarts).toBe(1)
  })
  it('all facility pumps trip: no water, no chiller, chips warm within minutes', () => {
    const plant = hybridPlant()
    plant.inject({ id: 'dry', kind: 'pumpTrip', place: 'facility', ...at })
    plant.after(5 * minute)
    expect(plant.truth('facility.flow')).toBeLessThan(1)
    expect(plant.truth('chiller-1.status') + plant.truth('chiller-2.status')).toBe(0)
    expect(plant.truth('cdu-1.supplyTemperature')).toBeGreaterThan(35)
    expect(plant.truth('hall.airTemperature')).toBeGreaterThan(24)
  })
  it('a CRAH fan stops: its air stands, the others give more, the room returns warmer', () => {
    const plant = hybridPlant()
    write(plant, { airPercent: 90 })
    plant.after(hour)
    const returnC = plant.truth('crah-2.returnAirTemperature')
    plant.inject({ id: 'fan', kind: 'pumpTrip', place: 'crah-1', ...at })
    plant.after(hour)
    expect([plant.truth('crah-1.fanSpeed'), plant.truth('crah-1.power')]).toEqual([0, 0])
    expect(plant.truth('crah-2.fanSpeed')).toBeGreaterThan(100)
    expect(plant.truth('crah-2.returnAirTemperature')).toBeGreaterThan(returnC)
  })
  it('a coil valve sticks: that unit leaves its setpoint, its neighbour does not', () => {
    const plant = hybridPlant({ load: hybridLoad(0.6) })
    plant.after(hour)
    plant.inject({ id: 'stuck', kind: 'stuckValve', place: 'crah-1', ...at })
    write(plant, { airC: 26 })
    plant.after(hour)
    expect(plant.truth('crah-1.supplyAirTemperature')).toBeLessThan(24)
    expect(plant.truth('crah-2.supplyAirTemperature')).toBeCloseTo(26, 0)
  })
  it('half of the tower fans fail: tower water and condenser warm up, fans draw less for it', () => {
    const plant = hybridPlant({
      weather: standingAir({ dryBulbC: 33, wetBulbC: 25 }),
      load: hybridLoad(0.95),
    })
    plant.after(hour)
    const before = plant.truth('tower.leavingTemperature')
    plant.inject({ id: 'fans', kind: 'towerFanFailure', place: 'tower', size: 0.5, ...at })
    plant.after(2 * hour)
    expect(plant.truth('tower.leavingTemperature')).toBeGreaterThan(before + 1)
    expect(plant.truth('chiller-1.condenserEnteringTemperature')).toBeGreaterThan(before + 1)
  })
  it.each(['A1-t03', 'B2', 'manifold-3', 'cdu-4', 'floor-1'])('water at %s wets the sensor there', place => {
    const plant = hybridPlant()
    plant.inject({ id: 'leak', kind: 'leak', place, size: 1, ...at })
    plant.after(5 * minute)
    expect(plant.truth(`${place}.leak`)).toBe(1)
  })
})
