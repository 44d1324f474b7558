import { useEffect, useState } from 'preact/hooks'
import type { PlanMove, PlanView } from '#contract/api.ts'
import { hour } from '#contract/units.ts'
import { Chart, niceTicks, spanOf } from '../parts/Chart.tsx'
import { Learning } from '../parts/Learning.tsx'
import { Panel } from '../parts/Panel.tsx'
import { checkName, isCut, isElsewhere, isOnItsWay, isResetHour } from '../rules/moves.ts'
import { formatDecimals, formatNumber, formatPlusMinus } from '../rules/numbers.ts'
import { capital, pointName, quantityOfUnit } from '../rules/points.ts'
import { coolingRoles } from '../rules/roles.ts'
import { formatDayTime, formatDuration, formatTime } from '../rules/times.ts'
import { dialog } from '../state/actions.ts'
import { contact, siteNow } from '../state/contact.ts'
import { commandOf } from '../state/figures.ts'
import { held, holdMs } from '../state/held.ts'
import { hub } from '../state/hub.ts'
import { currentPlan, graph, nameOf, plans, zone } from '../state/plant.ts'
import { joinSeries } from '../state/prefill.ts'
import { t } from '../text.ts'

const sentence = (text: string) => (text === '' || text.endsWith('.') ? capital(text) : `${capital(text)}.`)

/** A reason that stands in the row above is not said `again`. */
function MoveRow({ move, again }: { move: PlanMove; again: boolean }) {
  const { quantity } = quantityOfUnit(move.unit)
  const write = (value: number | null) => formatNumber(value, quantity)
  const cut = isCut(move)
  const differs = isElsewhere(move)
  return (
    <tr class={move.requested === null ? 'held' : ''}>
      <td class="l">
        <b>{t('plan.moveName', { equipment: nameOf(move.equipment), point: pointName(move.point) })}</b>
        <small>{isOnItsWay(move) ? t('lease.onItsWay') : t(`lease.${move.state}`)}</small>
      </td>
      <td data-h={t('plan.before')}>{write(move.before).digits}</td>
      <td data-h={t('plan.requested')}>
        <b>{write(move.requested).digits}</b>
      </td>
      <td data-h={t('plan.allowed')} class={cut ? 'cut' : ''}>
        <b>{write(move.allowed).digits}</b>
      </td>
      <td data-h={t('plan.applied')} class={differs ? 'off' : ''}>
        <b>{write(move.applied).digits}</b>
        <span class="u">{write(move.applied).unit}</span>
      </td>
      <td class="why">
        {again ? t('plan.sameWhy') : sentence(move.why)}
        {cut ? ` ${t('plan.cutBy', { check: checkName(move.check) })}` : ''}
        {differs ? ` ${t('plan.differs')}` : ''}
      </td>
    </tr>
  )
}

function Sum({ plan }: { plan: PlanView }) {
  const now = siteNow.value
  const nextAt = plan.hourStartAt + hour
  const elapsed = Math.max(0, Math.min(60, Math.floor((now - plan.hourStartAt) / 60_000)))
  const cdus = graph.value?.ofKind('cdu').length ?? 0
  return (
    <section class="panel sum4" aria-label={t('plan.effect')}>
      <div>
        <h2>{t('plan.expected')}</h2>
        <div class="v xl">
          {formatPlusMinus(plan.expectedKw, null)}
          <small>kW</small>
        </div>
        <p>{t('plan.againstReset')}</p>
      </div>
      <div>
        <h2>{t('plan.measuredSoFar')}</h2>
        <div class="v xl">
          {formatPlusMinus(plan.measuredKw, null)}
          <small>
            {plan.measuredPlusMinusKw === null ? 'kW' : `± ${formatDecimals(plan.measuredPlusMinusKw, 1)} kW`}
          </small>
        </div>
        <p>{plan.measuredKw === null ? t('plan.notMeasured') : t('plan.minutes', { elapsed })}</p>
      </div>
      <div>
        <h2>{t('plan.leasesEnd')}</h2>
        <div class="v xl">{plan.leasesEndAt === null ? '—' : formatTime(plan.leasesEndAt, zone.value)}</div>
        <p>{plan.leasesEndAt === null ? t('plan.noLeases') : t('plan.thenFallback')}</p>
      </div>
      <div>
        <h2>{t('plan.next')}</h2>
        <div class="v xl">{isResetHour(plan) ? '—' : formatTime(nextAt, zone.value)}</div>
        <p>
          {t(
            isResetHour(plan)
              ? 'plan.nextBlock'
              : plan.state === 'learning'
                ? 'plan.nextWait'
                : 'plan.nextText',
            {
              wait: formatDuration(Math.max(0, nextAt - now)),
              count: cdus,
              seconds: formatDecimals(plan.durationMs / 1_000, 1),
            },
          )}
        </p>
      </div>
    </section>
  )
}

/** What was left out for the strongest reasons; the plan's own record has all. */
const notDoneShown = 3
/** Inside the side column of 470 px. */
const curveWidth = 440

function Effect({ plan }: { plan: PlanView }) {
  const [measured, setMeasured] = useState<ReadonlyArray<readonly [number, number | null]>>([])
  const [width, setWidth] = useState(curveWidth)
  const hourNow = Math.floor(siteNow.value / 300_000)
  useEffect(() => {
    const takeWidth = () =>
      setWidth(
        window.innerWidth > 1500
          ? curveWidth
          : Math.max(300, window.innerWidth > 700 ? window.innerWidth - 130 : window.innerWidth - 60),
      )
    takeWidth()
    window.addEventListener('resize', takeWidth)
    return () => window.removeEventListener('resize', takeWidth)
  }, [])
  useEffect(() => {
    const meters = (graph.peek()?.site.meters ?? [])
      .filter(meter => coolingRoles.includes(meter.role))
      .map(meter => meter.id)
    const toAt = Math.floor(Math.min(siteNow.peek(), plan.hourStartAt + hour) / 60_000) * 60_000
    if (meters.length === 0 || toAt <= plan.hourStartAt) {
      setMeasured([])
      return
    }
    hub
      .query({
        kind: 'powerMeter',
        equipment: meters,
        points: ['activePower'],
        fromAt: plan.hourStartAt,
        toAt,
        aggregate: 'mean',
        everyMs: 60_000,
      })
      .then(
        answer => {
          const sum = joinSeries(
            answer.series.map(series => ({
              ...series,
              ...held(series, 60_000, holdMs(contact.peek()?.speed ?? 1)),
            })),
            values => values.reduce((total, value) => total + value, 0),
            meters.length,
          )
          setMeasured(sum.at.map((at, index) => [at, sum.value[index] ?? null]))
        },
        () => setMeasured([]),
      )
  }, [plan.id, hourNow])
  const curve = plan.expectedCurve
  if (curve.length === 0 && measured.length === 0) return <p class="small muted body">{t('plan.noCurve')}</p>
  const span = spanOf(
    [
      ...curve.flatMap(point => [point.lowKw, point.highKw, point.resetKw]),
      ...measured.map(([, value]) => value),
    ],
    2,
  )
  const minutes = width > 700 ? [0, 15, 30, 45, 60] : [0, 30, 60]
  const now = siteNow.value
  // A plan made after the hour began looks past its end.
  const endAt = Math.max(plan.hourStartAt + hour, curve.at(-1)?.at ?? 0)
  return (
    <Chart
      width={width}
      height={width > 700 ? 230 : 156}
      label={t('plan.effect')}
      unit="kW"
      x={[plan.hourStartAt, endAt]}
      y={span}
      yTicks={niceTicks(span[0], span[1], 4).map(value => [value, `${value}`] as const)}
      xTicks={minutes.map(
        minute =>
          [
            plan.hourStartAt + minute * 60_000,
            formatTime(plan.hourStartAt + minute * 60_000, zone.value),
          ] as const,
      )}
      areas={
        curve.length > 1
          ? [{ points: curve.map(point => [point.at, point.lowKw, point.highKw] as const) }]
          : []
      }
      marks={now > plan.hourStartAt && now < endAt ? [[now, t('trend.now')]] : []}
      lines={[
        {
          points: curve.map(point => [point.at, point.resetKw] as const),
          look: 'two',
          label: t('plan.reset'),
        },
        {
          points: curve.map(point => [point.at, point.coolingKw] as const),
          look: 'cmd',
          label: t('plan.expectedCurve'),
        },
        measured.length > 1
          ? { points: measured, label: t('plan.measuredCurve'), labelDy: -12 }
          : { points: [] },
      ]}
    />
  )
}

function LastHours() {
  const twelve = plans.value.slice(0, 12).reverse()
  const now = currentPlan.value?.id
  const looks = {
    held: 'held',
    handedBack: 'dashed',
    learning: 'dashed',
    advice: 'dashed',
    failed: 'dashed',
    sent: '',
    applied: '',
  } as const
  return (
    <Panel title={t('plan.lastHours')} end={t('plan.lastHoursEnd')}>
      <div class="body">
        <div class="hrs">
          {twelve.map(plan => {
            const saved = plan.measuredKw ?? plan.expectedKw
            const text = isResetHour(plan)
              ? t('arm.short.reset')
              : plan.state === 'learning'
                ? '…'
                : plan.state === 'advice'
                  ? t('plan.adviceMark')
                  : plan.state === 'failed'
                    ? '!'
                    : saved === null
                      ? '—'
                      : formatDecimals(-saved, 0)
            return (
              <div
                key={plan.id}
                class={`${looks[plan.state]} ${plan.id === now ? 'now' : ''}`}
                title={t(`planState.${plan.state}`)}
              >
                <i>{text}</i>
                {formatTime(plan.hourStartAt, zone.value).slice(0, 2)}
              </div>
            )
          })}
          <p>{t('plan.lastHoursText')}</p>
        </div>
      </div>
    </Panel>
  )
}

function Trust({ plan }: { plan: PlanView }) {
  const { trust } = plan
  const percent = (value: number | null) => (value === null ? '—' : `${formatDecimals(value, 1)}\u202f%`)
  return (
    <Panel
      title={t('trust.title')}
      end={
        <button
          type="button"
          class="foldbtn"
          onClick={() => {
            dialog.value = { kind: 'ladder' }
          }}
        >
          {t('ladder.open')}
        </button>
      }
    >
      <div class="body">
        <p class="small trustline">
          <b>{capital(t(trust.trusted ? 'trust.yes' : 'trust.no'))}.</b> {trust.sentence}
        </p>
        <dl class="kv">
          <dt>{t('trust.error')}</dt>
          <dd>{percent(trust.modelErrorPercent)}</dd>
          <dt>{t('trust.history')}</dt>
          <dd>
            {t('trust.hours', {
              hours: formatDecimals(trust.historyHours, 1),
              needed: formatDecimals(trust.historyHoursNeeded, 0),
            })}
          </dd>
          <dt>{t('trust.load')}</dt>
          <dd>{percent(trust.loadForecastErrorPercent)}</dd>
          <dt>{t('trust.wetBulb')}</dt>
          <dd>
            {trust.wetBulbForecastErrorK === null
              ? '—'
              : `${formatDecimals(trust.wetBulbForecastErrorK, 1)}\u202fK`}
          </dd>
          <dt>{t('trust.range')}</dt>
          <dd>{t(trust.insideKnownRange ? 'trust.inside' : 'trust.outside')}</dd>
        </dl>
      </div>
    </Panel>
  )
}

/** What one screen of 1080 lines holds beside the head; a site of 25 CDUs has 54 moves, the rest opens by one press. */
const movesShown = 13

export function PlanPage() {
  const plan = currentPlan.value
  const [showAll, setShowAll] = useState(false)
  if (!plan)
    return (
      <>
        <div class="head">
          <h1>{t('plan.none')}</h1>
        </div>
        <div class="empty">
          <p>{t('plan.noneText')}</p>
        </div>
      </>
    )
  const rows = showAll || plan.moves.length <= movesShown ? plan.moves : plan.moves.slice(0, movesShown - 1)
  const cdus = graph.value?.ofKind('cdu') ?? []
  const auto = cdus.filter(cdu => commandOf(cdu.id).value === 'auto').length
  return (
    <>
      <div class="head">
        <h1>
          {t(
            plan.state === 'learning'
              ? 'plan.headLearning'
              : isResetHour(plan)
                ? 'plan.headReset'
                : plan.state === 'held'
                  ? 'plan.headHeld'
                  : 'plan.head',
            {
              from: formatTime(plan.hourStartAt, zone.value),
              to: formatTime(plan.hourStartAt + hour, zone.value),
            },
          )}
        </h1>
        <span class="mode">{t('plan.mode', { mode: t(`mode.${plan.mode}`), auto, all: cdus.length })}</span>
        <span class="muted small" title={plan.modelVersion}>
          {t('plan.ident', {
            id: plan.id,
            made: formatDayTime(plan.madeAt, zone.value),
            state: t(`planState.${plan.state}`),
          })}
        </span>
        <span class="end">
          <button
            type="button"
            class="btn"
            onClick={() => {
              dialog.value = { kind: 'handBack', cdu: cdus[0]?.id ?? 'all' }
            }}
          >
            {t('handBack.one')} <kbd>h</kbd>
          </button>
          <button
            type="button"
            class="btn"
            onClick={() => {
              dialog.value = { kind: 'handBack', cdu: 'all' }
            }}
          >
            {t('handBack.allButton')} <kbd>Shift H</kbd>
          </button>
        </span>
      </div>
      <p class="lede">{plan.reason}</p>
      {plan.state === 'learning' ? (
        <Learning plan={plan} />
      ) : plan.waitingFor ? (
        <p class="lede muted">{t('plan.waits', { what: plan.waitingFor })}</p>
      ) : null}
      <Sum plan={plan} />
      <div class="planwrap">
        <div class="stack">
          <Panel title={t('plan.setpoints')} end={t('plan.setpointsEnd')}>
            {plan.moves.length === 0 ? (
              <div class="body">
                <p class="muted">{t('plan.noMoves')}</p>
              </div>
            ) : (
              <table class="tbl plantbl cardtbl">
                <thead>
                  <tr>
                    <th class="l">{t('plan.setpoint')}</th>
                    <th>{t('plan.before')}</th>
                    <th>{t('plan.requested')}</th>
                    <th>{t('plan.allowed')}</th>
                    <th>{t('plan.applied')}</th>
                    <th class="l">{t('plan.why')}</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((move, index) => (
                    <MoveRow
                      key={`${move.equipment}.${move.point}`}
                      move={move}
                      again={rows[index - 1]?.why === move.why}
                    />
                  ))}
                </tbody>
              </table>
            )}
            {rows.length < plan.moves.length ? (
              <button type="button" class="foldbtn showall" onClick={() => setShowAll(true)}>
                {t('plan.showAll', { count: plan.moves.length - rows.length })}
              </button>
            ) : null}
          </Panel>
        </div>
        <div class="stack planside">
          <Panel title={t('plan.curveTitle')} end={t('plan.curveEnd')}>
            <div class="body">
              <Effect plan={plan} />
            </div>
          </Panel>
          <LastHours />
          <Trust plan={plan} />
          <Panel title={t('plan.notDone')}>
            <div class="body rej">
              {plan.notDone.length === 0 ? (
                <p>{t('plan.notDoneNone')}</p>
              ) : (
                plan.notDone.slice(0, notDoneShown).map(item => (
                  <div key={item.what}>
                    <b>{capital(item.what)}</b>
                    <p>{sentence(item.why)}</p>
                  </div>
                ))
              )}
            </div>
          </Panel>
        </div>
      </div>
    </>
  )
}
