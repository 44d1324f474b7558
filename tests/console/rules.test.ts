import { describe, expect, it } from 'vitest'
import type { AlarmView, PlanMove } from '#contract/api.ts'
import { siteGraph } from '#contract/site/graph.ts'
import { coolingRoles as contractRoles } from '#contract/site/site.ts'
import { frozenOrder, groupAlarms, mayShelve, worstAlarm } from '#dashboards/console/rules/alarmList.ts'
import { analogShape } from '#dashboards/console/rules/analog.ts'
import { chipMarginScale, priorityAtLimit } from '#dashboards/console/rules/bands.ts'
import { isLost } from '#dashboards/console/rules/contact.ts'
import { chipMarginOf, powerSplitOf, sumOf } from '#dashboards/console/rules/figures.ts'
import { countLeaks, leakStateOf } from '#dashboards/console/rules/leaks.ts'
import { checkName, isCut, isElsewhere, isOnItsWay, isResetHour } from '#dashboards/console/rules/moves.ts'
import { formatNumber, formatPlusMinus, missing, padded, steady } from '#dashboards/console/rules/numbers.ts'
import { coolingRoles } from '#dashboards/console/rules/roles.ts'
import { type PlantState, sentenceOf } from '#dashboards/console/rules/sentence.ts'
import { sparkShape } from '#dashboards/console/rules/spark.ts'
import { formatDuration } from '#dashboards/console/rules/times.ts'
import { held } from '#dashboards/console/state/held.ts'
import { createRing } from '#dashboards/console/state/ring.ts'
import { t } from '#dashboards/console/text.ts'
import { pueAndEnergy } from '#dashboards/panels/pueAndEnergy.ts'
import { siteOverview } from '#dashboards/panels/siteOverview.ts'
import { demoSite } from './support/demoSite.ts'

const alarm = (over: Partial<AlarmView>): AlarmView => ({
  id: 'a',
  code: 'threshold',
  equipment: 'cdu-1',
  priority: 3,
  state: 'unackActive',
  raisedAt: 0,
  changedAt: 0,
  title: 'title',
  consequence: 'consequence',
  response: 'response',
  ...over,
})

describe('contact with the hub', () => {
  it('is lost after two seconds without a word, so that with its tick of 0.25 s a page greys within three', () => {
    const last = { heardAt: 10_000, siteNow: 0, speed: 60 }
    expect([11_000, 12_000, 12_001, 12_750].map(now => isLost(last, now))).toEqual([false, false, true, true])
    expect(isLost(null, 99_000), 'before the first word nothing is lost').toBe(false)
  })
})

describe('numbers as an operator reads them', () => {
  it.each([
    [32.46, 'temperature', '32.5', '°C'],
    [481.4, 'flow', '481', 'L/min'],
    [12_400, 'flow', '12,400', 'L/min'],
    [101.4, 'pressure', '101', 'kPa'],
    [4.26, 'pressure', '4.3', 'kPa'],
    [44.03, 'power', '44.0', 'kW'],
    [1137.2, 'power', '1,137', 'kW'],
    [24_920, 'power', '24.9', 'MW'],
    [30_890, 'energy', '30.89', 'MWh'],
    [1.0852, 'pue', '1.085', ''],
    [-0.04, 'temperature', '0.0', '°C'],
    [-7.7, 'power', '−7.70', 'kW'],
  ] as const)('%s %s is written %s %s', (value, quantity, digits, unit) => {
    expect(formatNumber(value, quantity)).toEqual({ digits, unit })
  })

  it('missing is a dash, never a zero', () => {
    expect(formatNumber(null, 'power').digits).toBe(missing)
    expect(sumOf([1, null, 3])).toBeNull()
    expect(sumOf([])).toBeNull()
  })

  it('a saving stands to the place of its error', () => {
    expect(formatPlusMinus(-6.83, 1.94)).toBe('−6.8 ± 1.9')
    expect(formatPlusMinus(-683.2, 41)).toBe('−683 ± 41')
    expect(formatPlusMinus(null, 2)).toBe('—')
  })

  it('32.45 does not flicker between 32.4 and 32.5', () => {
    expect(steady(32.451, 32.4, 1)).toBe(32.4)
    expect(steady(32.449, 32.5, 1)).toBe(32.5)
    expect(steady(32.48, 32.4, 1)).toBe(32.48)
  })

  it('durations keep their two largest units', () => {
    expect(
      [12_000, 235_000, 18_960_000, 518_400_000]
        .map(formatDuration)
        .map(text => text.replaceAll('\u202f', ' ')),
    ).toEqual(['12 s', '3 min 55 s', '5 h 16 min', '6 d'])
  })
})

describe('the analog indicator', () => {
  const scale = { lo: 20, hi: 45, band: [31, 34], limits: [26, 36, 40], guard: [25, null] } as const

  it('puts value, band and setpoint where they stand', () => {
    expect(analogShape(scale, 32.5, 32.5)).toMatchObject({
      needle: 50,
      setpoint: 50,
      band: [44, 12],
      guard: [20],
      zone: undefined,
    })
  })

  it('colours only the zone that the value stands in', () => {
    expect(analogShape(scale, 38, null, true).zone).toEqual([64, 36])
    expect(analogShape(scale, 25.5, null, true).zone).toEqual([0, 24])
  })

  it('holds the needle at the end when the value is off scale, and has none without a value', () => {
    expect(analogShape(scale, 60).needle).toBe(100)
    expect(analogShape(scale, null).needle).toBeUndefined()
  })

  it('a chip margin below the alarm at 3 K is abnormal, one of 8 K is not, a missing one is neither', () => {
    expect(priorityAtLimit(chipMarginScale, 2.9)).toBe(3)
    expect(priorityAtLimit(chipMarginScale, 8)).toBeUndefined()
    expect(priorityAtLimit(chipMarginScale, null)).toBeUndefined()
  })
})

describe('a number keeps its place', () => {
  it('99 stands where 101 will, and 8.3 where 10.2 will', () => {
    expect(padded('99', [0, 160], 'pressure')).toBe('\u200799')
    expect(padded('101', [0, 160], 'pressure')).toBe('101')
    expect(padded('8.3', [0, 50], 'temperatureDifference')).toBe('\u20078.3')
    expect(padded('912', [0, 2_300], 'flow')).toBe('\u2007\u2008912')
  })
})

describe('a setpoint at its guard', () => {
  const scale = { lo: 0, hi: 160, band: [120, 136], guard: [30, 128] } as const
  it('is normal with the noise of its instrument about it, and abnormal beyond', () => {
    expect(priorityAtLimit(scale, 128.4)).toBeUndefined()
    expect(priorityAtLimit(scale, 131)).toBe(2)
  })
})

describe('moves of a plan', () => {
  it('an hour of reset in a switchback is no plan', () => {
    expect(isResetHour({ id: 'reset-2025-07-01T09' })).toBe(true)
    expect(isResetHour({ id: 'plan-2025-07-01T09-00' })).toBe(false)
  })

  const move = (over: Partial<PlanMove>): PlanMove => ({
    equipment: 'cdu-1',
    point: 'supplyTemperatureSp',
    unit: 'C',
    before: 31.2,
    requested: 33,
    allowed: 31.3,
    applied: 31.2,
    why: '',
    check: 'guard.ramp',
    state: 'applied',
    ...over,
  })
  it('a setpoint that walks to its goal at the ramp is on its way, not cut', () => {
    expect([isOnItsWay(move({})), isCut(move({})), isElsewhere(move({}))]).toEqual([true, false, false])
  })
  it('one that another check has cut says which, in the words of the trade', () => {
    const cut = move({ check: 'guard.dewPoint', state: 'clipped', allowed: 32, applied: 32 })
    expect([isOnItsWay(cut), isCut(cut), checkName(cut.check)]).toEqual([false, true, 'dew point'])
  })
  it('a device that holds something else is told', () => {
    expect(isElsewhere(move({ check: '', requested: 33, allowed: 33, applied: null }))).toBe(false)
    expect(isElsewhere(move({ check: 'guard.bounds', state: 'clipped', allowed: 32, applied: 31 }))).toBe(
      true,
    )
  })
})

describe('one definition with the dashboards', () => {
  const panels = [siteOverview, pueAndEnergy].flatMap(dashboard => dashboard.rows.flatMap(row => row.panels))
  const panel = (id: string) => panels.find(one => one.id === id)
  it('cooling power is the sum over the same meters, in kW', () => {
    const cooling = panel('site-cooling-power')
    expect(cooling?.unit).toBe('kW')
    expect(cooling?.questions).toEqual([
      {
        kind: 'powerMeter',
        equipment: { roles: coolingRoles },
        points: ['activePower'],
        aggregate: 'mean',
        legend: '',
      },
    ])
  })
  it('the curve beside iPUE is facility over IT power', () => {
    const ratio = panel('energy-pue')
    expect(ratio?.ratio).toBe(true)
    expect(ratio?.questions.map(question => question.equipment)).toEqual([
      { roles: ['facility'] },
      { roles: ['it'] },
    ])
  })
})

describe('short curves', () => {
  it('a value that nobody contradicted stands in a short run, a long one stays a gap', () => {
    const ring = createRing(8, 10)
    ring.write(0, 1)
    ring.write(30, 2)
    ring.write(70, 3)
    ring.bridge(2)
    expect(ring.values()).toEqual([1, 1, 1, 2, null, null, null, 3])
  })

  it('a reading holds in the buckets where nothing new was said, but not past its time', () => {
    const series = { equipment: 'e', point: 'p', at: [0, 30, 100], value: [1, 2, 3] }
    expect(held(series as never, 10, 40)).toEqual({ at: [0, 10, 20, 30, 100], value: [1, 1, 1, 2, 3] })
  })

  it('a gap stays a gap', () => {
    expect(sparkShape([1, 2, null, 3, 4], 20, 1).path.match(/M/g)).toHaveLength(2)
  })

  it('a ring forgets what is too old and holds empty buckets as gaps', () => {
    const ring = createRing(3, 10)
    ring.write(5, 1)
    ring.write(25, 3)
    expect(ring.values()).toEqual([1, null, 3])
    ring.write(45, 5)
    expect(ring.values()).toEqual([3, null, 5])
    ring.write(5, 9)
    expect(ring.values()).toEqual([3, null, 5])
  })
})

describe('water', () => {
  const point = (value: number | null, quality: 'good' | 'stale' | 'bad' | 'none' = 'good') => ({
    value,
    quality,
  })
  it.each([
    ['dry', point(0), point(0)],
    ['wet', point(1), point(0)],
    ['unknown', point(0), point(1)],
    ['unknown', point(0, 'stale'), point(0)],
    ['unknown', point(null, 'bad'), point(0)],
    ['unknown', point(null, 'none'), point(null, 'none')],
  ] as const)('a sensor is %s', (state, leak, fault) => {
    expect(leakStateOf('C2', key => (key.endsWith('.leak') ? leak : fault))).toBe(state)
  })

  it('unknown is never counted as dry', () => {
    const count = countLeaks(['a', 'b', 'c'], key =>
      key.startsWith('a.leak') && key === 'a.leak'
        ? point(0)
        : key === 'b.leak'
          ? point(1)
          : point(null, 'none'),
    )
    expect(count).toMatchObject({ wet: ['b'], unknown: ['c'], dry: 1, all: 3 })
  })
})

describe('the alarm list', () => {
  it('folds consequences under their root, but never a leak', () => {
    const groups = groupAlarms([
      alarm({ id: 'trip', priority: 2 }),
      alarm({ id: 'flow', rootId: 'trip' }),
      alarm({ id: 'leak', code: 'leak', priority: 1, rootId: 'trip' }),
    ])
    expect(groups.map(group => [group.root.id, group.folded.length])).toEqual([
      ['leak', 0],
      ['trip', 1],
    ])
  })

  it('loses no alarm, whatever its root says', () => {
    const list = [
      alarm({ id: 'a', rootId: 'b' }),
      alarm({ id: 'b', rootId: 'gone' }),
      alarm({ id: 'c', rootId: 'a' }),
    ]
    expect(
      groupAlarms(list)
        .flatMap(group => [group.root.id, ...group.folded.map(one => one.id)])
        .sort(),
    ).toEqual(['a', 'b', 'c'])
  })

  it('what waits comes before what is seen, then priority', () => {
    expect(
      worstAlarm([
        alarm({ id: 'seen', priority: 1, state: 'ackActive' }),
        alarm({ id: 'waits', priority: 3 }),
      ])?.id,
    ).toBe('waits')
  })

  it('offers no shelf for water or priority 1', () => {
    expect(mayShelve(alarm({ priority: 1 }))).toBe(false)
    expect(mayShelve(alarm({ code: 'leak', priority: 2 }))).toBe(false)
    expect(mayShelve(alarm({ priority: 3 }))).toBe(true)
  })

  it('holds still under a hand, and counts what came', () => {
    expect(frozenOrder(['b', 'c'], ['a', 'b', 'c'])).toEqual({ order: ['b', 'c'], waitingAbove: 1 })
  })
})

describe('the first sentence', () => {
  const quiet: PlantState = {
    alarms: [],
    wet: [],
    unknownLeaks: [],
    leakSensors: 156,
    lost: false,
    seenAny: true,
    local: [],
    maintenance: [],
    planState: 'applied',
    waitingFor: '',
  }
  const say = (state: Partial<PlantState>) => {
    const { main, more } = sentenceOf({ ...quiet, ...state }, name => name)
    return [main, ...more].map(part => t(part.key, part.values)).join(' ')
  }

  it('names the worst true thing', () => {
    expect(say({})).toBe('Plant normal. No water found.')
    expect(say({ wet: ['C2'], alarms: [alarm({ priority: 2 })] })).toContain('Water at C2.')
    expect(say({ alarms: [alarm({ id: 'x' }), alarm({ id: 'y' })] })).toContain('2 things need you')
  })

  it('never says more than the sensors know', () => {
    expect(say({ unknownLeaks: ['D1'], leakSensors: 156 })).toBe(
      'Plant normal. No water found where sensors can say. One leak sensor of 156 cannot say (D1).',
    )
    expect(say({ unknownLeaks: ['D1'], leakSensors: 1 })).toContain('No leak sensor can say.')
    expect(say({ seenAny: false })).toBe('Waiting for the first values.')
  })
})

describe('figures of the site', () => {
  const graph = siteGraph(demoSite())
  it('the chip margin is that of the hottest tray', () => {
    expect(chipMarginOf(graph, ['A1', 'A2'], key => (key === 'A2-t03.chipTemperature' ? 71 : 60))).toEqual({
      marginK: 14,
      hottestC: 71,
      rack: 'A2',
    })
    expect(chipMarginOf(graph, ['A1'], () => null)).toBeNull()
  })

  it('a meter that is silent makes its sum missing, not smaller', () => {
    expect(powerSplitOf(graph, key => (key.includes('it-1') ? null : 10)).itKw).toBeNull()
  })

  it('cooling roles are those of the contract', () => {
    expect(coolingRoles).toEqual(contractRoles)
  })
})
