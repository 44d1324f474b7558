import { describe, expect, it } from 'vitest'
import type { Mode } from '#contract/points.ts'
import { hour, minute, second } from '#contract/units.ts'
import { day } from '#tests/agent/steeredDay.ts'

describe('without a plan, reset runs', () => {
  it('in advise: the tower walks to wet bulb + 6 and pressures are trimmed', () => {
    const hall = day()
    hall.pass(hour)
    expect(hall.holds('tower.leavingTemperatureSp')).toBeCloseTo(24, 1)
    expect(hall.holds('cdu-1.differentialPressureSp')).toBeLessThan(70)
  })
  it.each<Mode>(['off', 'monitor'])('in %s nothing is written', mode => {
    const hall = day(mode)
    hall.pass(hour)
    expect(hall.writes).toEqual([])
  })
  it('a restart moves nothing for thirty seconds and then begins where the device stands', () => {
    const hall = day()
    hall.pass(10 * minute)
    const before = hall.writes.length
    const held = hall.holds('cdu-1.supplyTemperatureSp')
    hall.restart()
    hall.pass(25 * second, second)
    expect(hall.writes.length).toBe(before)
    hall.pass(10 * second, second)
    expect(Math.abs(hall.holds('cdu-1.supplyTemperatureSp') - held)).toBeLessThan(0.2)
  })
})

describe('a plan is held, reported and handed back', () => {
  const wanted = {
    'cdu-1.supplyTemperatureSp': 31,
    'cdu-1.differentialPressureSp': 70,
    'facility.differentialPressureSp': 74,
  }

  it('in advise it is refused, in auto it is applied by its ramps and reported with what the device holds', () => {
    const hall = day()
    hall.wish(...hall.lease('plan1', wanted))
    expect(hall.states('cdu-1.supplyTemperatureSp')).toContain('refused')
    hall.wish(...hall.auto())
    hall.wish(...hall.lease('plan2', wanted))
    const held = hall.holds('cdu-1.supplyTemperatureSp')
    hall.pass(10 * minute)
    expect(hall.states('cdu-1.supplyTemperatureSp')).toEqual(expect.arrayContaining(['accepted', 'applied']))
    expect(hall.holds('cdu-1.supplyTemperatureSp') - held).toBeLessThanOrEqual((2 * 11) / 60)
    hall.pass(40 * minute)
    expect(hall.holds('cdu-1.supplyTemperatureSp')).toBe(31)
    expect(hall.holds('facility.differentialPressureSp')).toBe(74)
  })

  it('outside the bounds it is refused with the whole group, and nothing of it is written', () => {
    const hall = day()
    hall.wish(...hall.auto())
    hall.wish(...hall.lease('plan1', { ...wanted, 'facility.differentialPressureSp': 500 }))
    hall.pass(5 * minute)
    expect(hall.states('facility.differentialPressureSp')).toEqual(['refused'])
    expect(hall.writes.every(write => write.value < 200)).toBe(true)
    expect(hall.states('cdu-1.supplyTemperatureSp')).toContain('returned')
  })

  it('when it lapses, flow comes first and warmer water only after flow has arrived', () => {
    const hall = day()
    hall.wish(...hall.auto())
    hall.wish(
      ...hall.lease('plan1', {
        'cdu-1.supplyTemperatureSp': 28.5,
        'cdu-1.differentialPressureSp': 60,
        'facility.differentialPressureSp': 62,
      }),
    )
    hall.pass(89 * minute)
    expect(hall.holds('cdu-1.differentialPressureSp')).toBe(60)
    const started = hall.now()
    hall.pressureFollows.value = false
    hall.pass(8 * minute)
    expect(hall.states('cdu-1.supplyTemperatureSp')).toContain('expired')
    expect(hall.holds('facility.differentialPressureSp')).toBeGreaterThan(70)
    expect(hall.holds('cdu-1.supplyTemperatureSp'), 'flow has not arrived').toBe(28.5)
    hall.set('cdu-1.differentialPressure', hall.holds('cdu-1.differentialPressureSp'))
    hall.set('facility.differentialPressure', hall.holds('facility.differentialPressureSp'))
    hall.pressureFollows.value = true
    hall.pass(2 * minute)
    hall.pass(10 * minute)
    expect(hall.holds('cdu-1.supplyTemperatureSp')).toBeGreaterThan(29)
    const first = (key: string) =>
      hall.writes.find(write => write.at > started && `${write.equipment}.${write.point}` === key)?.at ??
      Number.POSITIVE_INFINITY
    expect(first('facility.differentialPressureSp')).toBeLessThan(first('cdu-1.differentialPressureSp'))
    expect(first('cdu-1.differentialPressureSp')).toBeLessThan(first('cdu-1.supplyTemperatureSp'))
  })

  it('pumps at their stop that never reach their pressure do not keep the water cold for ever', () => {
    const hall = day()
    hall.wish(...hall.auto())
    hall.wish(
      ...hall.lease('plan1', {
        'cdu-1.supplyTemperatureSp': 28.5,
        'cdu-1.differentialPressureSp': 60,
        'facility.differentialPressureSp': 62,
      }),
    )
    hall.pass(89 * minute)
    hall.pressureFollows.value = false
    hall.pass(20 * minute)
    expect(hall.holds('cdu-1.supplyTemperatureSp'), 'flow has not arrived').toBe(28.5)
    for (const equipment of ['cdu-1', 'facility']) hall.set(`${equipment}.pumpSpeed`, 100)
    hall.pass(10 * minute)
    expect(hall.holds('cdu-1.supplyTemperatureSp')).toBeGreaterThan(29)
  })

  it('leaving auto hands the whole plan back', () => {
    const hall = day()
    hall.wish(...hall.auto())
    hall.wish(...hall.lease('plan1', wanted))
    hall.pass(minute)
    hall.wish(hall.mode('cdu-1', 'advise'))
    expect(hall.states('facility.differentialPressureSp')).toContain('returned')
  })

  it('a hand at the agent stands above the plan, and its release is no step', () => {
    const hall = day()
    hall.wish(...hall.auto())
    hall.wish({ kind: 'manual', equipment: 'cdu-1', point: 'differentialPressureSp', value: 80, by: 'Ada' })
    hall.wish(...hall.lease('plan1', wanted))
    hall.pass(10 * minute)
    expect(hall.holds('cdu-1.differentialPressureSp')).toBe(80)
    hall.wish({ kind: 'manual', equipment: 'cdu-1', point: 'differentialPressureSp', value: null, by: 'Ada' })
    hall.pass(10 * second)
    expect(Math.abs(hall.holds('cdu-1.differentialPressureSp') - 80)).toBeLessThan(2)
  })

  it('leases survive a restart of the agent, and do not act twice', () => {
    const hall = day()
    hall.wish(...hall.auto())
    const leases = hall.lease('plan1', wanted)
    hall.wish(...leases)
    hall.pass(50 * minute)
    hall.restart()
    hall.wish(...leases)
    hall.pass(5 * minute)
    expect(hall.holds('cdu-1.supplyTemperatureSp')).toBe(31)
    expect(hall.states('cdu-1.supplyTemperatureSp').filter(state => state === 'replaced')).toEqual([])
  })
})

describe('the device has the last word', () => {
  it('a setpoint that it does not take is tried twice, alarmed, and its plan goes home', () => {
    const hall = day()
    hall.wish(...hall.auto())
    hall.stuck.add('cdu-1.differentialPressureSp')
    hall.wish(...hall.lease('plan1', { 'cdu-1.supplyTemperatureSp': 31, 'cdu-1.differentialPressureSp': 60 }))
    hall.pass(10 * minute, second)
    expect(hall.alarms()).toContain('readbackMismatch')
    expect(hall.states('cdu-1.differentialPressureSp')).toContain('failed')
    expect(hall.states('cdu-1.supplyTemperatureSp')).toContain('returned')
    expect(hall.memory().modes['cdu-1']).toBe('advise')
    expect(hall.memory().modes['cdu-2']).toBe('auto')
  })

  it.each([
    { what: 'keyed out for maintenance', point: 'maintenance', value: 1 },
    { what: 'with its key on local', point: 'remoteEnable', value: 0 },
    { what: 'under the BMS', point: 'authority', value: 1 },
  ])('a CDU $what is never written', ({ point, value }) => {
    const hall = day()
    hall.set(`cdu-1.${point}`, value)
    hall.wish({ kind: 'manual', equipment: 'cdu-1', point: 'differentialPressureSp', value: 90, by: 'Ada' })
    const before = hall.writes.filter(write => write.equipment === 'cdu-1').length
    for (const tray of ['A1-t01', 'A1-t02']) hall.set(`${tray}.chipTemperature`, 84)
    hall.pass(30 * minute)
    expect(hall.writes.filter(write => write.equipment === 'cdu-1').length).toBe(before)
    expect(hall.alarms()).toContain('authorityLost')
  })

  it('a path that is lost for five minutes takes its CDU out of auto', () => {
    const hall = day()
    hall.wish(...hall.auto())
    hall.live.delete('cdu-1')
    hall.pass(4 * minute)
    expect(hall.memory().modes['cdu-1']).toBe('auto')
    hall.pass(2 * minute)
    expect(hall.memory().modes['cdu-1']).toBe('advise')
  })
})

describe('protection needs nobody', () => {
  it('chips 4 K under their limit get more pressure at once; 2 K under it all of it, and the plan is dropped', () => {
    const hall = day()
    hall.wish(...hall.auto())
    hall.wish(...hall.lease('plan1', { 'cdu-1.differentialPressureSp': 60, 'cdu-1.supplyTemperatureSp': 31 }))
    hall.pass(30 * minute)
    hall.set('A2-t03.chipTemperature', 81)
    hall.pass(minute)
    expect(hall.holds('cdu-1.differentialPressureSp')).toBeGreaterThan(90)
    const alarms = () => hall.events.filter(event => event.type === 'alarm' && event.code === 'chipMarginLow')
    // What the sequence deals with alone calls nobody.
    expect(alarms()).toEqual([])
    hall.set('A2-t03.chipTemperature', 83)
    hall.pass(30 * second)
    expect(hall.holds('cdu-1.differentialPressureSp')).toBeCloseTo(127.7, 0)
    expect(hall.states('cdu-1.supplyTemperatureSp')).toContain('returned')
    expect(alarms()).toHaveLength(1)
  })

  it('a CDU valve over 95 % for two minutes raises facility pressure', () => {
    const hall = day()
    const before = hall.holds('facility.differentialPressureSp')
    hall.set('cdu-2.valvePosition', 98)
    hall.pass(3 * minute)
    expect(hall.holds('facility.differentialPressureSp')).toBeGreaterThan(before + 5)
  })

  it('wide valves get no pressure while facility water comes 3 K too warm: more flow would warm it further', () => {
    const hall = day()
    const raisedKpa = () => hall.memory().facilityBoost.dpKpa
    const water = (overK: number) =>
      hall.set('facility.supplyTemperature', hall.holds('facility.supplyTemperatureSp') + overK)
    hall.set('cdu-2.valvePosition', 98)
    water(0)
    hall.pass(5 * minute)
    expect(raisedKpa()).toBeGreaterThan(80)
    water(3)
    hall.pass(10 * minute)
    expect(raisedKpa()).toBeNull()
    water(0)
    hall.pass(3 * minute)
    expect(raisedKpa()).toBeGreaterThan(80)
  })

  it('chips that full pressure cannot cool get the tower of the design, however warm the night is', () => {
    const hall = day()
    hall.set('weather.wetBulb', 28)
    hall.pass(40 * minute)
    expect(hall.holds('tower.leavingTemperatureSp')).toBeCloseTo(34, 1)
    hall.set('A2-t03.chipTemperature', 81.5)
    hall.pass(30 * minute)
    expect(hall.holds('cdu-1.differentialPressureSp')).toBeGreaterThan(127)
    expect(hall.holds('tower.leavingTemperatureSp')).toBeCloseTo(30, 1)
    hall.set('A2-t03.chipTemperature', 70)
    hall.pass(40 * minute)
    expect(hall.holds('tower.leavingTemperatureSp')).toBeCloseTo(31, 1)
  })

  it('a dew point that rises to 30 °C lifts CDU and facility supply', () => {
    const hall = day()
    hall.set('hall.dewPoint', 30)
    hall.pass(30 * minute)
    expect(hall.holds('cdu-1.supplyTemperatureSp')).toBeGreaterThanOrEqual(31.9)
    expect(hall.holds('facility.supplyTemperatureSp')).toBeGreaterThanOrEqual(31.9)
  })
})
