import type { AgentView, AlarmView, EnergyView, LiveValue, PlanningView, PlanView } from '#contract/api.ts'
import { pointSpec, pointsOf } from '#contract/points.ts'
import type { Answer, Question } from '#contract/query/question.ts'
import { type SiteGraph, siteGraph } from '#contract/site/graph.ts'
import type { Site } from '#contract/site/site.ts'

/** Moving numbers that agree with each other well enough for screens: a picture of a plant, not a plant. */
export type Story = 'normal' | 'leak' | 'firstRun' | 'pumpTrip'

const hour = 3_600_000
const swing = (at: number, seed: number, size: number) =>
  size * Math.sin(at / 9_000_000 + seed) + size * 0.3 * Math.sin(at / 700_000 + seed * 7)
const graphs = new WeakMap<Site, SiteGraph>()
function graphOf(site: Site): SiteGraph {
  const known = graphs.get(site) ?? siteGraph(site)
  graphs.set(site, known)
  return known
}
const seedOf = (text: string) =>
  [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997, 7) / 97

export function demoValue(
  site: Site,
  story: Story,
  equipment: string,
  point: string,
  at: number,
): number | null {
  const graph = graphOf(site)
  const item = graph.equipment(equipment)
  if (!item) return null
  const seed = seedOf(equipment + point)
  const wobble = (middle: number, size: number) => middle + swing(at, seed, size)
  const tripped = story === 'pumpTrip' && graph.cduOf(equipment) === 'cdu-2'
  const leaking = story === 'leak'
  const isolated = leaking && (equipment === 'C2' || item.partOf === 'C2')
  const firstRun = story === 'firstRun'
  switch (point) {
    case 'supplyTemperature':
      return item.kind === 'cdu' ? wobble(32.5, 0.2) : wobble(27.1, 0.2)
    case 'supplyTemperatureSp':
      return item.kind === 'cdu' ? 32.5 : 27
    case 'returnTemperature':
      return item.kind === 'cdu' ? wobble(tripped ? 45.3 : 41.9, 0.3) : wobble(33.9, 0.3)
    case 'primarySupplyTemperature':
      return wobble(27.1, 0.2)
    case 'primaryReturnTemperature':
      return wobble(35.2, 0.3)
    case 'primaryFlow':
      return wobble(520, 6)
    case 'flow':
      return item.kind === 'cdu' ? wobble(tripped ? 240 : 481, 5) : wobble(1802, 12)
    case 'differentialPressure':
      return item.kind === 'cdu' ? wobble(tripped ? 24 : 76, 1) : wobble(121, 1.5)
    case 'differentialPressureSp':
      return item.kind === 'cdu' ? 76 : 121
    case 'staticPressure':
      return wobble(212, 0.6)
    case 'reservoirLevel':
      return wobble(leaking && equipment === 'cdu-3' ? 72 : 78, 0.2)
    case 'makeupFlow':
      return item.kind === 'cdu' ? 0 : wobble(17, 0.5)
    case 'conductivity':
      return wobble(item.kind === 'cdu' ? 1240 : 1410, 6)
    case 'filterDifferentialPressure':
      return wobble(18, 0.4)
    case 'valvePosition':
      return wobble(46, 1)
    case 'heat':
      return item.kind === 'cdu' ? wobble(298, 5) : wobble(1180, 12)
    case 'pumpSpeed':
      return wobble(58, 1)
    case 'isolationValvePosition':
    case 'returnValvePosition':
      return 100
    case 'bypassValvePosition':
      return 0
    case 'mode':
      return firstRun ? 2 : 3
    case 'authority':
      return equipment === 'cdu-3' && story === 'normal' ? 0 : 2
    case 'remoteEnable':
    case 'watchdogHealthy':
    case 'pumpRun':
    case 'isolationValveOpen':
    case 'returnValveOpen':
    case 'makeupEnable':
      return 1
    case 'maintenance':
    case 'bypassValveOpen':
    case 'leakDetectTray':
    case 'liquidIsolationRequest':
    case 'electricalIsolationRequest':
      return 0
    case 'watchdog':
      return Math.floor(at / 1000) % 2
    case 'status':
      return item.kind === 'pump'
        ? tripped && equipment.endsWith('pa')
          ? 2
          : /p[34]$/.test(equipment)
            ? 0
            : 1
        : 1
    case 'speed':
      return tripped && equipment.endsWith('pa') ? 0 : wobble(tripped ? 92 : 60, 1)
    case 'power':
      return item.kind === 'rack'
        ? isolated
          ? 0
          : wobble(99, 2)
        : item.kind === 'cdu'
          ? wobble(2.6, 0.05)
          : item.kind === 'facilityLoop'
            ? wobble(6.2, 0.1)
            : wobble(1.3, 0.05)
    case 'liquidSupplyTemperature':
      return wobble(32.6, 0.2)
    case 'liquidReturnTemperature':
      return wobble(41.8, 0.3)
    case 'liquidFlow':
      return isolated ? 0 : wobble(tripped ? 80 : 158, 2)
    case 'liquidDifferentialPressure':
      return wobble(tripped ? 24 : 76, 1)
    case 'controlValvePosition':
      return isolated ? 0 : wobble(71, 2)
    case 'liquidIsolationStatus':
    case 'electricalIsolationStatus':
      return isolated ? 1 : 0
    case 'leak':
      return leaking && (equipment === 'C2' || equipment === 'C2-t07') ? 1 : 0
    case 'leakSensorFault':
      return equipment === 'D1-t04' && !firstRun ? 1 : 0
    case 'chipTemperature':
      return isolated ? 34 : wobble(tripped ? 71 : 62, 1.5)
    case 'powerStatus':
    case 'powerRequest':
      return isolated ? 0 : 1
    case 'airTemperature':
      return wobble(23.4, 0.3)
    case 'relativeHumidity':
      return wobble(44, 1)
    case 'dewPoint':
      return wobble(10.6, 0.3)
    case 'dryBulb':
      return wobble(9.8, 0.5)
    case 'wetBulb':
      return wobble(6.1, 0.4)
    case 'pressure':
      return 100.6
    case 'pumpsRunning':
      return 2
    case 'hotInletTemperature':
      return wobble(33.9, 0.3)
    case 'hotOutletTemperature':
      return wobble(27.1, 0.2)
    case 'coldInletTemperature':
    case 'leavingTemperature':
      return wobble(24.6, 0.3)
    case 'coldOutletTemperature':
    case 'enteringTemperature':
      return wobble(31.4, 0.3)
    case 'leavingTemperatureSp':
      return 24.5
    case 'waterFlowSp':
      return 70
    case 'waterFlow':
      return wobble(1855, 12)
    case 'fanSpeed':
      return wobble(38, 2)
    case 'fanPower':
      return wobble(8.9, 0.3)
    case 'pumpPower':
      return wobble(7.1, 0.1)
    case 'cellsOpen':
      return 2
    case 'basinLevel':
      return wobble(81, 0.3)
    case 'inputPower':
      return wobble(1240, 9)
    case 'outputPower':
      return wobble(1200, 9)
    case 'activePower':
      return meterKw(site, equipment, at)
    case 'activeEnergyKwh':
      return 1_000_000 + (meterKw(site, equipment, at) * at) / hour / 1e4
    default:
      return pointSpec(item.kind, point)?.range[0] ?? null
  }
}

function meterKw(site: Site, id: string, at: number): number {
  const meter = site.meters.find(one => one.id === id)
  const alike = site.meters.filter(one => one.role === meter?.role).length
  const whole = {
    facility: 1287,
    it: 1186,
    cduPumps: 10.4,
    facilityPumps: 6.2,
    towerFans: 8.9,
    towerPumps: 7.1,
    upsInput: 1245,
    upsOutput: 1200,
    lighting: 4.0,
    chillers: 0,
    crahs: 11.4,
    dryCoolers: 0,
    other: 0,
  }
  const middle = (meter ? whole[meter.role] : 0) / Math.max(1, alike)
  return middle + swing(at, 1.3, middle * 0.01)
}

export function demoLive(site: Site, story: Story, at: number): Record<string, LiveValue> {
  const values: Record<string, LiveValue> = {}
  for (const item of site.equipment) {
    if (story !== 'firstRun' && item.id === 'D1-t04') values['D1-t04.leak'] = [null, 'bad', at]
    for (const [point] of pointsOf(item.kind)) {
      const key = `${item.id}.${point}`
      if (item.id === 'cdu-4' && point === 'conductivity') values[key] = [null, 'bad', at]
      else if (item.id === 'cdu-4' && point === 'filterDifferentialPressure') continue
      else if (item.id === 'tower' && point === 'conductivity') values[key] = [1410, 'uncertain', at]
      else if (values[key] === undefined)
        values[key] = [demoValue(site, story, item.id, point, at), 'good', at]
    }
  }
  return values
}

export function demoAnswer(site: Site, story: Story, question: Question): Answer {
  const ids =
    question.equipment ?? site.equipment.filter(item => item.kind === question.kind).map(item => item.id)
  const every = question.everyMs ?? question.toAt - question.fromAt
  const series = ids.flatMap(equipment =>
    question.points.map(point => {
      const at: number[] = []
      for (let bucket = question.fromAt; bucket < question.toAt; bucket += every) at.push(bucket)
      const lift = question.aggregate === 'max' ? 0.4 : question.aggregate === 'min' ? -0.4 : 0
      return {
        equipment,
        point,
        at,
        value: at.map(instant => {
          const value = demoValue(site, story, equipment, point, instant)
          return value === null ? null : value + lift
        }),
      }
    }),
  )
  return { question, series }
}

const alarm = (id: string, over: Partial<AlarmView>): AlarmView => ({
  id,
  code: 'threshold',
  equipment: 'cdu-3',
  priority: 3,
  state: 'ackActive',
  raisedAt: 0,
  changedAt: 0,
  title: '',
  consequence: '',
  response: 'Look.',
  ...over,
})

export function demoAlarms(story: Story, at: number): AlarmView[] {
  if (story === 'firstRun') return []
  const list = [
    alarm('a-filter', {
      equipment: 'cdu-3',
      point: 'filterDifferentialPressure',
      priority: 3,
      raisedAt: at - 5 * hour,
      changedAt: at,
      acknowledgedAt: at - 4.8 * hour,
      acknowledgedBy: 'night desk',
      title: 'CDU-3 filter pressure drop 41 kPa',
      consequence: 'Rising 1.4 kPa a day; pump limit in about 6 days.',
      response: 'Clean F-3B. F-3A carries meanwhile.',
    }),
    alarm('a-sensor', {
      code: 'leakSensorFault',
      equipment: 'D1-t04',
      point: 'leakSensorFault',
      priority: 4,
      raisedAt: at - 1.6 * hour,
      changedAt: at,
      acknowledgedAt: at - 1.5 * hour,
      acknowledgedBy: 'night desk',
      title: 'D1 tray 4 leak sensor fault',
      consequence: 'Open circuit. Unknown is not dry: the rack rope covers it.',
      response: 'Check the plug of the sensor. Replace it at the next service.',
    }),
  ]
  if (story === 'leak') list.push(leakAlarm(at))
  if (story === 'pumpTrip' || story === 'leak') {
    list.push(
      alarm('a-trip', {
        code: 'pumpTripped',
        equipment: 'cdu-2-pa',
        point: 'status',
        priority: 2,
        state: 'unackActive',
        raisedAt: at - 235_000,
        changedAt: at,
        title: 'CDU-2 pump P-2A tripped on overcurrent',
        consequence: 'P-2B carries at 92 %. Flow 240 L/min. Chip margin falls.',
        response: 'Look at the drive of P-2A. Reset it when the cause is known.',
      }),
    )
    const names = [
      'CDU-2 secondary flow low',
      'CDU-2 pressure difference low',
      'B1 flow low',
      'B2 flow low',
      'B3 flow low',
      'B2 chip margin low',
    ]
    for (const [index, title] of names.entries())
      list.push(
        alarm(`a-trip-${index}`, {
          equipment: index < 2 ? 'cdu-2' : `B${Math.min(3, index - 1)}`,
          priority: 3,
          state: 'unackActive',
          raisedAt: at - 234_000 + index * 900,
          changedAt: at,
          title,
          consequence: 'Follows from the pump.',
          rootId: 'a-trip',
        }),
      )
  }
  return list
}

export const leakAlarm = (at: number): AlarmView =>
  alarm('a-leak', {
    code: 'leak',
    equipment: 'C2',
    point: 'leak',
    priority: 1,
    state: 'unackActive',
    raisedAt: at - 141_000,
    changedAt: at,
    title: 'Water in rack C2: tray 7, then the rope',
    consequence: 'C2 is isolated, liquid and power. CDU-3 carries C1 and C3 unchanged.',
    response:
      'Go to C2 with absorbent; valves read closed, power reads off. Lock out as the site rules say, then open. Tray and rope dry: reset the latch, a second person confirms.',
  })

export function demoPlan(story: Story, at: number, hoursAgo = 0): PlanView {
  const start = Math.floor(at / hour) * hour - hoursAgo * hour
  const learning = story === 'firstRun'
  const held = hoursAgo === 4
  const move = (
    equipment: string,
    point: string,
    unit: string,
    before: number,
    requested: number,
    allowed: number,
    why: string,
    check = '',
  ) => ({
    equipment,
    point,
    unit,
    before,
    requested,
    allowed,
    applied: allowed,
    why,
    check,
    state: check ? ('clipped' as const) : ('applied' as const),
  })
  return {
    id: `plan ${new Date(start).toISOString().slice(0, 13)}`,
    hourStartAt: start,
    madeAt: start + 400,
    state: learning ? 'learning' : held ? 'held' : 'applied',
    mode: learning ? 'advise' : 'auto',
    reason: learning
      ? 'The site is new: the model starts from the nameplate and learns from telemetry before it may move a setpoint.'
      : 'Supply goes 1.5 K warmer and loop pressures fall, because wet bulb falls to 5.3 °C and load stays flat until 06:00. The hottest chip keeps 14 K of margin. Handing back returns every setpoint to the local reset rules, at the ramp, in about 45 min.',
    waitingFor: learning
      ? 'Waits for 1.8 h more of history and a model error under 5 % in the last hour.'
      : '',
    expectedKw: learning ? null : -7.7,
    measuredKw: learning ? null : held ? 0 : -6.8 + (hoursAgo % 3) * 0.9,
    measuredPlusMinusKw: learning ? null : 1.9,
    leasesEndAt: learning ? null : start + 1.5 * hour,
    moves: learning
      ? []
      : [
          move(
            'cdu-1',
            'supplyTemperatureSp',
            'C',
            31,
            33,
            32.5,
            'Less tower fan work; chip margin at the 90 % load must stay 12 K (A2).',
            'guard.chipMargin',
          ),
          move(
            'cdu-2',
            'supplyTemperatureSp',
            'C',
            31,
            32.5,
            32.5,
            'As CDU-1. B2 is the hottest rack and sets the bound.',
          ),
          move('cdu-4', 'supplyTemperatureSp', 'C', 31, 32.5, 32.5, 'As CDU-1.'),
          move(
            'cdu-1',
            'differentialPressureSp',
            'kPa',
            90,
            72,
            76,
            'Rack valves stood at 55 %.',
            'guard.ramp',
          ),
          move(
            'facility',
            'differentialPressureSp',
            'kPa',
            142,
            121,
            121,
            'The most demanding valve stands at 46 %; 80 % is enough.',
          ),
          move('tower', 'leavingTemperatureSp', 'C', 23, 24.5, 24.5, 'Fans at 38 % instead of 52 %.'),
        ],
    notDone: learning
      ? []
      : [
          {
            what: 'Tower leaving temperature, down 1 K',
            why: 'Would save 0.3 kW; the ensemble is not agreed on the sign. Not worth a move.',
          },
          { what: 'CDU-4 pressure to 60 kPa', why: 'Outside what this plant has ever run at.' },
        ],
    trust: {
      trusted: !learning,
      modelErrorPercent: learning ? null : 1.9,
      historyHours: learning ? 1.2 : 46.5,
      historyHoursNeeded: 3,
      loadForecastErrorPercent: learning ? null : 2.4,
      wetBulbForecastErrorK: learning ? null : 0.4,
      insideKnownRange: true,
      sentence: learning ? 'Too little history to judge.' : 'The model predicted the last hour within 1.9 %.',
    },
    modelVersion: learning ? 'nameplate' : '41',
    durationMs: 400,
    expectedCurve: learning
      ? []
      : Array.from({ length: 13 }, (_, index) => {
          const coolingKw = 31 + 4 * Math.exp(-index / 3)
          return {
            at: start + index * 300_000,
            coolingKw,
            resetKw: 38.7 - index * 0.05,
            lowKw: coolingKw - 1.5,
            highKw: coolingKw + 1.5,
          }
        }),
  }
}

export function demoAgents(site: Site, story: Story, at: number): AgentView[] {
  return site.agents.map(agent => ({
    id: agent.id,
    online: true,
    lastWordAt: at - 400,
    lastWordAgeMs: 400,
    mode: story === 'firstRun' ? 'advise' : 'auto',
    points: { good: 612, uncertain: 1, stale: 0, bad: 1, none: story === 'firstRun' ? 0 : 1 },
    outboxDepth: 3,
    oldestUnsentAgeMs: null,
    acknowledgedPosition: 184_220,
    deliveryProven: true,
    cycleP99Ms: 12.4,
    sources: [
      { id: 'opcua cdu-1', state: 'connected' },
      { id: 'opcua plant', state: 'connected' },
      { id: 'field broker', state: 'connected' },
    ],
    version: '0.1.0',
    equipment: site.equipment.length,
  }))
}

export function demoEnergy(site: Site, fromAt: number, toAt: number): EnergyView {
  const hours = (toAt - fromAt) / hour
  const role = { cduPumps: 10.4, facilityPumps: 6.2, towerFans: 8.9, towerPumps: 7.1 }
  return {
    fromAt,
    toAt,
    kind: 'interim',
    edition: 'ISO/IEC 30134-2:2016',
    category: 2,
    coverage: 0.992,
    itKwh: 1186 * hours,
    facilityKwh: 1287 * hours,
    coolingKwh: 32.6 * hours,
    lossesKwh: 60 * hours,
    pue: 1.0852,
    puePlusMinus: 0.0041,
    liquidLoopPue: 1.0275,
    parts: Object.entries(role).map(([name, kw]) => ({ role: name, kwh: kw * hours, averageKw: kw })),
    meters: site.meters.map(meter => ({
      id: meter.id,
      role: meter.role,
      kwh: meterKw(site, meter.id, toAt) * hours,
      method: 'register' as const,
      coverage: 0.998,
      longestGapMs: 240_000,
      agreementPercent: 0.2,
      classPercent: meter.classPercent,
      note: '',
    })),
    notes: ['Power and energy agree within 0.2 %.'],
  }
}

/** The ladder, the models and, when asked, a sweep under way. */
export function demoPlanning(story: Story, at: number, isSweeping = false): PlanningView {
  const isNew = story === 'firstRun'
  const rung = (cdu: string, more: Partial<PlanningView['ladder'][number]> = {}) => ({
    cdu,
    mode: isNew ? ('advise' as const) : ('auto' as const),
    isSteered: !isNew,
    isCanary: false,
    waits: false,
    reason: isNew ? 'advice comes first' : 'auto by anna',
    holds: isNew ? ['Learning: 1.2 of 3 h of history.'] : [],
    lastFall: null,
    ...more,
  })
  const waits = isNew
    ? {}
    : { mode: 'advise' as const, isSteered: false, waits: true, reason: 'follows its canary cdu-1' }
  const fall = 'its agent went down to advise by itself: the key of cdu-3 is on local; a person sets it back'
  return {
    ladder: [
      rung('cdu-1', isNew ? {} : { isCanary: true }),
      rung('cdu-2', waits),
      rung(
        'cdu-3',
        isNew
          ? {}
          : {
              mode: 'advise',
              isSteered: false,
              reason: fall,
              lastFall: { at: at - 2 * hour, why: fall },
            },
      ),
      rung('cdu-4', waits),
    ],
    canary: isNew ? null : { cdu: 'cdu-1', steeredMs: 9.5 * hour, neededMs: 24 * hour, hasPassed: false },
    models: isNew
      ? []
      : [0, 3, 7].map(hoursAgo => ({
          id: `model-${new Date(at - hoursAgo * hour).toISOString().slice(0, 16).replace(':', '-')}-seed-1`,
          role: hoursAgo === 0 ? ('champion' as const) : ('retired' as const),
          isPinned: false,
          madeAt: at - hoursAgo * hour,
          fromAt: at - 24 * hour,
          toAt: at - hoursAgo * hour,
          rows: 288,
          features: ['cduPump', 'towerAir'],
          seed: 1,
          errorPercent: 1.4,
        })),
    lastDuel: isNew
      ? null
      : { at: at - hour, rows: 12, championPercent: 1.4, challengerPercent: 1.9, winner: 'champion' },
    unknown: isNew ? [] : [{ name: 'tower air at low fan speed', spreadPercent: 18, costKw: 1.2 }],
    commissioning: isSweeping
      ? {
          state: 'running',
          by: 'night desk',
          startedAt: at - 8 * hour,
          endsAt: at + 40 * hour,
          endedAt: null,
          share: 8 / 48,
          block: 3,
          blocks: 16,
          sentence: 'toward more cooling: CDU water, tower water; toward less: facility pressure',
          facilityKwh: 6_120,
          overLimitDegreeMinutes: 0,
          leastChipMarginK: 9.4,
        }
      : null,
  }
}
