import { useEffect, useState } from 'preact/hooks'
import type { PlanMove } from '#contract/api.ts'
import { Chart, niceTicks, spanOf } from '../parts/Chart.tsx'
import { Go } from '../parts/Go.tsx'
import { Learning } from '../parts/Learning.tsx'
import { Panel } from '../parts/Panel.tsx'
import { Spark } from '../parts/Spark.tsx'
import { PrioritySymbol } from '../parts/Symbol.tsx'
import { Computed, Figure } from '../parts/Value.tsx'
import { groupAlarms } from '../rules/alarmList.ts'
import { chipAlarmMarginK, dewGuardK } from '../rules/bands.ts'
import { isOnItsWay } from '../rules/moves.ts'
import {
  formatDecimals,
  formatNumber,
  formatPlusMinus,
  formatWithUnit,
  type Written,
} from '../rules/numbers.ts'
import { pointName, quantityOfUnit } from '../rules/points.ts'
import { formatDuration, formatTime } from '../rules/times.ts'
import { contactLost, siteNow } from '../state/contact.ts'
import { curveTick } from '../state/curves.ts'
import {
  dewMargin,
  type FigureName,
  figureCurve,
  heatKw,
  leaks,
  power,
  worstMargin,
} from '../state/figures.ts'
import { agents, alarms, currentPlan, energyDay, graph, nameOf, siteView, zone } from '../state/plant.ts'
import { t } from '../text.ts'

function Key({
  name,
  title,
  value,
  quantity,
  note,
  leastSpan,
}: {
  name: FigureName
  title: string
  value: number | null
  quantity: Written
  note: string
  leastSpan: number
}) {
  return (
    <div class="kpi">
      <h2>{title}</h2>
      <div class="row">
        <Computed value={value} quantity={quantity} size="xl" />
        <Spark ring={figureCurve(name)} leastSpan={leastSpan} height={30} />
      </div>
      <div class="note" title={note}>
        {note}
      </div>
    </div>
  )
}

export function KeyFigures() {
  const site = siteView.value?.site
  const split = power.value
  const energy = energyDay.value
  const margin = worstMargin.value
  const dew = dewMargin.value
  const heat = heatKw.value
  const nameplateKw = site ? site.nameplate.itPerCduKw * site.layout.cdus : null
  const share = (part: number | null, whole: number | null) =>
    part === null || whole === null || whole === 0 ? '—' : formatDecimals((100 * part) / whole, 0)
  const plan = currentPlan.value
  return (
    <section class="panel kpis" aria-label={t('kpi.label')}>
      <Key
        name="heat"
        title={t('kpi.heat')}
        value={heat}
        quantity="power"
        leastSpan={60}
        note={t('kpi.heatNote', { percent: share(heat, split?.itKw ?? null) })}
      />
      <Key
        name="it"
        title={t('kpi.it')}
        value={split?.itKw ?? null}
        quantity="power"
        leastSpan={60}
        note={t('kpi.itNote', {
          percent: share(split?.itKw ?? null, nameplateKw),
          nameplate: formatWithUnit(nameplateKw, 'power'),
        })}
      />
      <Key
        name="cooling"
        title={t('kpi.cooling')}
        value={split?.coolingKw ?? null}
        quantity="power"
        leastSpan={8}
        note={
          plan?.measuredKw === null || plan?.measuredKw === undefined
            ? t('kpi.coolingNote')
            : t('kpi.coolingSaved', { saved: formatPlusMinus(plan.measuredKw, plan.measuredPlusMinusKw) })
        }
      />
      <Key
        name="pue"
        title={t(energy?.kind === 'annual' ? 'kpi.pue' : 'kpi.ipue')}
        value={energy?.pue ?? null}
        quantity="pue"
        leastSpan={0.01}
        note={
          energy
            ? t('kpi.pueNote', {
                category: energy.category,
                coverage: formatDecimals(energy.coverage * 100, 1),
                period: formatDuration(
                  Math.max(0, energy.toAt - Math.max(energy.fromAt, siteView.value?.startedAt ?? 0)),
                ),
              })
            : t('kpi.pueNone')
        }
      />
      <Key
        name="chipMargin"
        title={t('kpi.margin')}
        value={margin?.marginK ?? null}
        quantity="temperatureDifference"
        leastSpan={6}
        note={
          margin ? t('kpi.marginNote', { rack: margin.rack, limit: chipAlarmMarginK }) : t('kpi.marginNone')
        }
      />
      <Key
        name="dewMargin"
        title={t('kpi.dew')}
        value={dew?.marginK ?? null}
        quantity="temperatureDifference"
        leastSpan={6}
        note={dew ? t('kpi.dewNote', { place: nameOf(dew.equipment), guard: dewGuardK }) : t('kpi.dewNone')}
      />
    </section>
  )
}

/** Moves shown in the small panel: the rest is one press away. Each alarm below takes the place of one. */
const movesShown = 5
const movesShownLeast = 2

/** Where a move goes: what the device took, or, while the ramp is on its way or nothing is said yet, what was asked. */
const goalOf = (move: PlanMove): number | null =>
  isOnItsWay(move) ? move.requested : (move.applied ?? move.allowed ?? move.requested)

/** A plan's equal moves on several CDUs in one line: CDU-1, 2, 4. */
function joinMoves(moves: readonly PlanMove[]): ReadonlyArray<{ move: PlanMove; who: string }> {
  const groups = new Map<string, PlanMove[]>()
  for (const move of moves) {
    const { quantity } = quantityOfUnit(move.unit)
    const written = (value: number | null) => formatNumber(value, quantity).digits
    const key = JSON.stringify([move.point, written(move.before), written(goalOf(move))])
    groups.set(key, [...(groups.get(key) ?? []), move])
  }
  return [...groups.values()].map(group => {
    const [first, ...others] = group.map(move => nameOf(move.equipment))
    return {
      move: group[0] as PlanMove,
      who: [first, ...others.map(name => name.replace(/^CDU-/, ''))].join(', '),
    }
  })
}

export function PlanBox() {
  const plan = currentPlan.value
  if (!plan)
    return (
      <Panel title={t('plan.title')} className="planbox">
        <div class="body">
          <div class="empty">
            <b>{t('plan.none')}</b>
            <p class="small muted">{t('plan.noneText')}</p>
          </div>
        </div>
      </Panel>
    )
  const end =
    plan.state === 'learning'
      ? t('plan.learningEnd')
      : t('plan.boxEnd', {
          from: formatTime(plan.hourStartAt, zone.value),
          next: formatTime(plan.hourStartAt + 3_600_000, zone.value),
        })
  // A move too small for the digits shown would read "25.1 → 25.1": the plan page has it.
  const moved = plan.moves.filter(move => {
    const { quantity } = quantityOfUnit(move.unit)
    return (
      move.requested !== null &&
      formatNumber(goalOf(move), quantity).digits !== formatNumber(move.before, quantity).digits
    )
  })
  const lines = joinMoves(moved)
  const rows = groupAlarms([...alarms.value.values()].filter(alarm => alarm.state !== 'shelved')).length
  const room = Math.max(movesShownLeast, movesShown - rows)
  return (
    <Panel title={t('plan.title')} className="planbox" end={end}>
      <div class="body">
        {plan.state === 'learning' ? (
          <Learning plan={plan} />
        ) : (
          <p class="why">
            {plan.reason
              .split(/(?<=\.)\s+(?=[A-Z])/)
              .slice(0, 2)
              .join(' ')}
          </p>
        )}
        {plan.state === 'learning' ? null : (
          <>
            <dl>
              {lines.slice(0, room).map(({ move, who }) => {
                const { quantity } = quantityOfUnit(move.unit)
                return [
                  <dt key={`${move.equipment}.${move.point}`}>
                    {t('plan.moveName', { equipment: who, point: pointName(move.point) })}
                  </dt>,
                  <dd key={`${move.equipment}.${move.point} was`} class="was">
                    {formatNumber(move.before, quantity).digits} →
                  </dd>,
                  <dd key={`${move.equipment}.${move.point} now`}>
                    {formatWithUnit(goalOf(move), quantity)}
                  </dd>,
                ]
              })}
            </dl>
            {moved.length === 0 ? <p class="muted">{t('plan.keep')}</p> : null}
            <div class="sum">
              <span>
                {t('plan.expected')}{' '}
                <b>
                  {formatPlusMinus(plan.expectedKw, null)}
                  {'\u202f'}kW
                </b>
              </span>
              <span>
                {plan.measuredKw === null ? (
                  <Go page="plan">{t('plan.more', { count: plan.moves.length })}</Go>
                ) : (
                  <>
                    {t('plan.measuredSoFar')}{' '}
                    <b>
                      {formatPlusMinus(plan.measuredKw, plan.measuredPlusMinusKw)}
                      {'\u202f'}kW
                    </b>
                  </>
                )}
              </span>
            </div>
          </>
        )}
      </div>
    </Panel>
  )
}

/** What fits beside plan, power and leak map on one screen of 1080 lines: three rows, the worst with its effect. */
const alarmsShown = 3
const effectsShown = 1

export function AlarmsBox() {
  const list = [...alarms.value.values()]
  const active = list.filter(alarm => alarm.state !== 'shelved')
  const groups = groupAlarms(active)
  const points = agents.value.reduce((sum, agent) => sum + agent.points.good, 0)
  return (
    <Panel
      title={t('alarms.title')}
      className="alarmbox"
      end={
        <>
          {t('alarms.boxEnd', { active: active.length, shelved: list.length - active.length })}
          {groups.length > alarmsShown ? (
            <>
              {' · '}
              <Go page="alarms">{t('alarms.more', { count: groups.length - alarmsShown })}</Go>
            </>
          ) : null}
        </>
      }
    >
      <div class="body">
        {groups.length === 0 ? (
          <div class="empty">
            <b>{t('alarms.none')}</b>
            <p class="small muted">
              {t('alarms.noneText', { sensors: leaks.value.all - leaks.value.unknown.length, points })}
            </p>
          </div>
        ) : null}
        {groups.slice(0, alarmsShown).map(({ root, folded }, index) => (
          <div class="alarm" key={root.id}>
            <PrioritySymbol priority={root.priority} state={root.state} />
            <Go page="alarms">{root.title}</Go>
            <span class="muted nowrap">
              {t('alarms.since', { time: formatTime(root.raisedAt, zone.value) })}
            </span>
            {index < effectsShown ? (
              <p>
                {root.consequence}
                {folded.length > 0 ? ` ${t('alarms.folded', { count: folded.length })}` : ''}
              </p>
            ) : null}
          </div>
        ))}
      </div>
    </Panel>
  )
}

export function PowerBox() {
  const split = power.value
  const known = split?.facilityKw ?? null
  const rows = split
    ? [
        ...split.parts.filter(part => part.cools),
        { role: 'losses', kw: split.lossesKw, cools: false },
        ...split.parts.filter(part => !part.cools),
      ]
    : []
  const widest = Math.max(1, ...rows.map(row => row.kw ?? 0))
  const whole = known ?? 1
  const restKw =
    known === null || split?.itKw === null || split?.coolingKw === null
      ? 0
      : known - (split?.itKw ?? 0) - (split?.coolingKw ?? 0)
  return (
    <Panel
      title={t('power.title')}
      className="powerbox"
      end={known === null ? t('power.unknown') : t('power.now', { total: formatWithUnit(known, 'power') })}
    >
      <div class="body split">
        {split && known !== null ? (
          <div class="bars">
            <i style={{ flex: `${split.itKw ?? 0}` }}>
              {t('power.it', { it: formatWithUnit(split.itKw, 'power') })}
            </i>
            <i class="cool" style={{ flex: `${split.coolingKw ?? 0}` }} title={t('power.cooling')} />
            <i class="rest" style={{ flex: `${Math.max(0, restKw)}` }} title={t('power.losses')} />
          </div>
        ) : null}
        <div class="rows">
          {rows.map(row => [
            <div key={row.role}>
              <span>{t(`role.${row.role}` as 'role.losses')}</span>
              <div
                class={`len ${row.cools ? '' : 'loss'}`}
                style={{ width: `${(100 * Math.max(0, row.kw ?? 0)) / widest}%` }}
              />
            </div>,
            <span class="num" key={`${row.role} kw`}>
              <Figure value={row.kw} quantity="power" quality={row.kw === null ? 'none' : 'good'} />
            </span>,
            <span class="num muted" key={`${row.role} share`}>
              {row.kw === null ? '' : `${formatDecimals((100 * row.kw) / whole, 1)}\u202f%`}
            </span>,
          ])}
        </div>
      </div>
    </Panel>
  )
}

const trendHeights = { heat: 104, cooling: 100 }

export function HeatTrend() {
  curveTick.value
  const [width, setWidth] = useState(1180)
  useEffect(() => {
    const takeWidth = () =>
      setWidth(window.innerWidth > 1500 ? 1180 : Math.min(1140, Math.max(560, window.innerWidth - 130)))
    takeWidth()
    window.addEventListener('resize', takeWidth)
    return () => window.removeEventListener('resize', takeWidth)
  }, [])
  const heat = figureCurve('heat').values()
  const cooling = figureCurve('cooling').values()
  const last = heat.length - 1
  const asPoints = (values: ReadonlyArray<number | null>) =>
    values.map((value, index) => [(index - last) / 4, value] as const)
  const hourText = (hours: number) =>
    hours === 0 ? t('trend.now') : formatTime(siteNow.peek() + hours * 3_600_000, zone.value)
  const ticks = (span: readonly [number, number]) =>
    niceTicks(span[0], span[1], 3).map(
      value => [value, formatNumber(value, 'power').digits.replace(/\.0+$/, '')] as const,
    )
  const heatSpan = spanOf(heat, 60)
  const coolSpan = spanOf(cooling, 8)
  const known = heat.some(value => value !== null)
  return (
    <Panel
      title={t('trend.title')}
      className="trendbox"
      end={contactLost.value ? t('trend.stopped') : t('trend.end')}
    >
      {known && graph.value ? (
        <div class="body">
          <Chart
            width={width}
            height={trendHeights.heat}
            x={[-24, 0]}
            y={heatSpan}
            yTicks={ticks(heatSpan)}
            xTicks={[]}
            unit="kW"
            lines={[{ points: asPoints(heat), label: t('trend.heat') }]}
            label={t('trend.heat')}
          />
          <Chart
            width={width}
            height={trendHeights.cooling}
            x={[-24, 0]}
            y={coolSpan}
            yTicks={ticks(coolSpan)}
            xTicks={[-24, -18, -12, -6, 0].map(hours => [hours, hourText(hours)] as const)}
            lines={[{ points: asPoints(cooling), look: 'plain', label: t('trend.cooling') }]}
            label={t('trend.cooling')}
          />
        </div>
      ) : (
        <div class="body">
          <p class="small muted">{t('trend.none')}</p>
        </div>
      )}
    </Panel>
  )
}
