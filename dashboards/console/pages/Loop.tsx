import { Go } from '../parts/Go.tsx'
import { ModeBadge } from '../parts/ModeBadge.tsx'
import { Panel } from '../parts/Panel.tsx'
import { Spark } from '../parts/Spark.tsx'
import { Figure, Live } from '../parts/Value.tsx'
import { compareAlarms, groupAlarms, isStanding } from '../rules/alarmList.ts'
import * as bands from '../rules/bands.ts'
import { difference, sumOf } from '../rules/figures.ts'
import { isolationOf } from '../rules/leaks.ts'
import { checkName, isCut } from '../rules/moves.ts'
import { formatDecimals, formatNumber, formatWithUnit, type Written } from '../rules/numbers.ts'
import { pointName, quantityOfUnit } from '../rules/points.ts'
import { formatTime } from '../rules/times.ts'
import { dialog } from '../state/actions.ts'
import { goTo } from '../state/address.ts'
import { seriesCurve, twoHours } from '../state/curves.ts'
import { chipMargin, commandOf, dewMargin } from '../state/figures.ts'
import { seen, usable } from '../state/live.ts'
import { alarms, currentPlan, graph, nameOf, siteView, zone } from '../state/plant.ts'
import { t } from '../text.ts'
import { LoopList } from './LoopList.tsx'
import { LoopPicture } from './LoopPicture.tsx'

type Check = {
  readonly name: string
  readonly value: number | null
  readonly quantity: Written
  readonly limit: string
  readonly passes: boolean | null
}

const within = (value: number | null, [lowest, highest]: readonly [number, number]) =>
  // 1 % of the span is the instruments' noise about a setpoint that stands at the end.
  value === null
    ? null
    : value >= lowest - (highest - lowest) * 0.01 && value <= highest + (highest - lowest) * 0.01

/** The guard's limits beside what they bind now; the agent itself decides, this only shows. */
function checksOf(cdu: string): readonly Check[] {
  const site = siteView.value?.site
  if (!site) return []
  const dew = dewMargin.value
  const margin = chipMargin(cdu).value
  const supply = usable(`${cdu}.supplyTemperature`)
  const dp = usable(`${cdu}.differentialPressure`)
  const flow = usable(`${cdu}.flow`)
  const racks = graph.value?.racksOf(cdu) ?? []
  const open = racks.filter(rack => isolationOf(rack, key => seen(key).value) !== 'isolated').length
  // An isolated rack takes no flow and needs none.
  const designLpm = (site.design.cduFlowLpm * open) / Math.max(1, racks.length)
  const share = flow === null || designLpm === 0 ? null : (100 * flow) / designLpm
  const { lowest, highest } = site.bounds.cduSupplyC
  const pressures = bands.pressureGuardKpa(site)
  const leastPercent = site.nameplate.cdu.minimumFlowFraction * 100
  const chipMax = site.nameplate.chip.limitC - bands.chipGuardMarginK
  return [
    {
      name: t('guard.dew'),
      value: dew?.marginK ?? null,
      quantity: 'temperatureDifference',
      limit: t('guard.least', { value: bands.dewGuardK }),
      passes: dew ? dew.marginK >= bands.dewGuardK : null,
    },
    {
      name: t('guard.supply'),
      value: supply,
      quantity: 'temperature',
      limit: t('guard.range', { low: lowest, high: highest }),
      passes: within(supply, [lowest, highest]),
    },
    {
      name: t('guard.chip', { rack: margin?.rack ?? '—' }),
      value: margin?.hottestC ?? null,
      quantity: 'temperature',
      limit: t('guard.most', { value: chipMax }),
      passes: margin ? margin.hottestC <= chipMax : null,
    },
    {
      name: t('guard.flow'),
      value: share,
      quantity: 'percent',
      limit: t('guard.least', { value: leastPercent }),
      passes: share === null ? null : share >= leastPercent,
    },
    {
      name: t('guard.pressure'),
      value: dp,
      quantity: 'pressure',
      limit: t('guard.range', {
        low: formatDecimals(pressures[0], 0),
        high: formatDecimals(pressures[1], 0),
      }),
      passes: within(dp, pressures),
    },
  ]
}

export function GuardTable({ cdu }: { cdu: string }) {
  const checks = checksOf(cdu)
  const failing = checks.filter(check => check.passes === false)
  const unknown = checks.filter(check => check.passes === null).length
  const end =
    failing.length > 0
      ? t('guard.fails', {
          count: failing.length,
          all: checks.length,
          names: failing.map(check => check.name).join(', '),
        })
      : unknown > 0
        ? t('guard.unknown', { count: unknown })
        : t('guard.pass')
  return (
    <Panel title={t('guard.title')} end={end}>
      <div class="body">
        <table class="rows">
          <tbody>
            {checks.map(check => (
              <tr key={check.name} class={check.passes === false ? 'fails' : ''}>
                <th>
                  {check.name}
                  {check.passes === false ? <span class="q">{t('guard.failsMark')}</span> : null}
                </th>
                <td>
                  <Figure
                    value={check.value}
                    quantity={check.quantity}
                    quality={check.value === null ? 'none' : 'good'}
                  />
                </td>
                <td class="lim">{check.limit}</td>
              </tr>
            ))}
            {(currentPlan.value?.moves ?? [])
              .filter(move => move.equipment === cdu && isCut(move))
              .map(move => (
                <tr key={move.point} class="cutrow">
                  <th>{t('guard.cut', { point: pointName(move.point), check: checkName(move.check) })}</th>
                  <td>{formatNumber(move.requested, quantityOfUnit(move.unit).quantity).digits} →</td>
                  <td class="lim">{formatWithUnit(move.allowed, quantityOfUnit(move.unit).quantity)}</td>
                </tr>
              ))}
            <tr>
              <th>{t('guard.watchdog')}</th>
              <td>
                {usable(`${cdu}.watchdogHealthy`) === 1
                  ? t('guard.healthy')
                  : usable(`${cdu}.watchdogHealthy`) === 0
                    ? t('guard.silent')
                    : '—'}
              </td>
              <td class="lim" />
            </tr>
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

/** kW carried = L/min / 60 × kg/L × kJ/(kg·K) × K; water 0.993 × 4.18 = 4.15, PG25 1.01 × 3.93 = 3.97 kJ/(L·K) near 35 °C. */
const kjPerLitreKelvin = { water: 4.15, PG25: 3.97, PG40: 3.8, PG50: 3.65 } as const
const carriedKw = (
  coolant: keyof typeof kjPerLitreKelvin,
  flowLpm: number | null,
  riseK: number | null,
): number | null =>
  flowLpm === null || riseK === null ? null : (flowLpm / 60) * kjPerLitreKelvin[coolant] * riseK

export function HeatBalance({ cdu }: { cdu: string }) {
  const site = siteView.value?.site
  const racks = graph.value?.racksOf(cdu) ?? []
  const electricalKw = sumOf(racks.map(rack => usable(`${rack}.power`)))
  const secondaryKw = site
    ? carriedKw(
        site.coolant.secondary,
        usable(`${cdu}.flow`),
        difference(usable(`${cdu}.returnTemperature`), usable(`${cdu}.supplyTemperature`)),
      )
    : null
  const primaryKw = site
    ? carriedKw(
        site.coolant.facility,
        usable(`${cdu}.primaryFlow`),
        difference(usable(`${cdu}.primaryReturnTemperature`), usable(`${cdu}.primarySupplyTemperature`)),
      )
    : null
  const gap =
    secondaryKw === null || electricalKw === null || electricalKw < 1
      ? null
      : (100 * Math.abs(secondaryKw - electricalKw)) / electricalKw
  const rows = [
    ['balance.electrical', electricalKw],
    ['balance.secondary', secondaryKw],
    ['balance.primary', primaryKw],
    ['balance.device', usable(`${cdu}.heat`)],
    ['balance.pumps', usable(`${cdu}.power`)],
  ] as const
  return (
    <Panel
      title={t('balance.title')}
      end={gap === null ? t('balance.unknown') : t('balance.closes', { percent: formatDecimals(gap, 1) })}
    >
      <div class="body">
        <table class="rows">
          <tbody>
            {rows.map(([name, value]) => (
              <tr key={name}>
                <th>{t(name)}</th>
                <td>
                  <Figure value={value} quantity="power" quality={value === null ? 'none' : 'good'} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

export function Coolant({ cdu }: { cdu: string }) {
  const coolant = siteView.value?.site.coolant.secondary ?? ''
  const points = [
    'conductivity',
    'filterDifferentialPressure',
    'staticPressure',
    'reservoirLevel',
    'makeupFlow',
  ] as const
  return (
    <Panel title={t('coolant.title')} end={coolant}>
      <div class="body">
        <table class="rows">
          <tbody>
            {points.map(point => (
              <tr key={point}>
                <th>
                  <Go page="point" equipment={`${cdu}.${point}`}>
                    {t(`point.${point}`)}
                  </Go>
                </th>
                <td>
                  <Live of={`${cdu}.${point}`} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}

export function TrendStrip({ cdu }: { cdu: string }) {
  const curves = [
    ['supplyTemperature', 2],
    ['flow', 60],
    ['differentialPressure', 20],
    ['staticPressure', 20],
  ] as const
  return (
    <section class="panel trends" aria-label={t('loop.trends')}>
      {curves.map(([point, leastSpan]) => (
        <div key={point}>
          <h3>
            <Go page="point" equipment={`${cdu}.${point}`}>
              {t('loop.trend', { point: t(`point.${point}`) })}
            </Go>
            <Live of={`${cdu}.${point}`} />
          </h3>
          <Spark ring={seriesCurve(`${cdu}.${point}`, twoHours)} leastSpan={leastSpan} height={92} />
        </div>
      ))}
    </section>
  )
}

/** Where the setpoint in force comes from. */
function leaseText(cdu: string): string {
  const plan = currentPlan.value
  const command = commandOf(cdu).value
  if (command !== 'auto' || !plan || plan.leasesEndAt === null) return t(`command.${command}`)
  const supply = usable(`${cdu}.supplyTemperatureSp`)
  return t('loop.lease', {
    from: formatTime(plan.hourStartAt, zone.value),
    to: formatTime(plan.leasesEndAt, zone.value),
    id: plan.id,
    set: formatWithUnit(supply, 'temperature'),
  })
}

/** More CDUs than this do not stand side by side in the head. */
const pickedMax = 8

export function LoopPage({ equipment }: { equipment: string }) {
  const cdus = graph.value?.ofKind('cdu') ?? []
  const cdu = cdus.find(item => item.id === equipment)?.id ?? cdus[0]?.id
  if (!cdu)
    return (
      <div class="head">
        <h1>{t('loop.none')}</h1>
      </div>
    )
  const worst = groupAlarms([...alarms.value.values()])
    .map(group => group.root)
    .filter(alarm => isStanding(alarm) && alarm.priority <= 2 && graph.value?.cduOf(alarm.equipment) === cdu)
    .sort(compareAlarms)[0]
  return (
    <>
      <div class="head">
        <h1>{worst ? worst.title : t('loop.title', { cdu: nameOf(cdu) })}</h1>
        {cdus.length > pickedMax ? (
          <select
            class="field"
            aria-label={t('loop.pick')}
            value={cdu}
            onChange={event => goTo('loop', event.currentTarget.value)}
          >
            {cdus.map(item => (
              <option key={item.id} value={item.id}>
                {item.name}
              </option>
            ))}
          </select>
        ) : (
          <div class="pick">
            {cdus.map(item => (
              <Go key={item.id} page="loop" equipment={item.id} current={item.id === cdu}>
                {item.name}
              </Go>
            ))}
          </div>
        )}
        <ModeBadge cdu={cdu} />
        <span class="muted">{leaseText(cdu)}</span>
        <span class="end">
          <Go page="cdu" equipment={cdu} className="btn">
            {t('loop.cduPage')}
          </Go>
          <button
            type="button"
            class="btn quiet"
            onClick={() => {
              dialog.value = { kind: 'mode', cdu }
            }}
          >
            {t('loop.mode')}
          </button>
        </span>
      </div>
      <div class="loopwrap">
        <div class="stack">
          <section class="panel pic" aria-label={t('loop.picture', { cdu: nameOf(cdu) })}>
            <LoopPicture cdu={cdu} />
          </section>
          <section class="panel steplist" aria-label={t('loop.list', { cdu: nameOf(cdu) })}>
            <LoopList cdu={cdu} />
          </section>
        </div>
        <div class="stack loopside">
          <GuardTable cdu={cdu} />
          <HeatBalance cdu={cdu} />
          <Coolant cdu={cdu} />
        </div>
      </div>
      <TrendStrip cdu={cdu} />
    </>
  )
}
