import { useEffect, useState } from 'preact/hooks'
import { pointSpec } from '#contract/points.ts'
import { hour, minute } from '#contract/units.ts'
import { Go } from '../parts/Go.tsx'
import { Panel, Trouble } from '../parts/Panel.tsx'
import { Trend, type TrendData } from '../parts/Trend.tsx'
import { Live } from '../parts/Value.tsx'
import { formatNumber } from '../rules/numbers.ts'
import { capital, pointName } from '../rules/points.ts'
import { formatAge, formatDayTime } from '../rules/times.ts'
import { liveAsked, sentenceOfError } from '../state/actions.ts'
import { clockKnown, siteNow } from '../state/contact.ts'
import { holdMs } from '../state/held.ts'
import { hub } from '../state/hub.ts'
import { seen } from '../state/live.ts'
import { graph, nameOf, siteView, zone } from '../state/plant.ts'
import { t } from '../text.ts'

const spans = [
  ['2 h', 2 * hour],
  ['24 h', 24 * hour],
  ['7 d', 168 * hour],
] as const

export function PointPage({ series }: { series: string }) {
  const [equipment = '', point = ''] = series.split('.')
  const item = graph.value?.equipment(equipment)
  const spec = item ? pointSpec(item.kind, point) : undefined
  const [span, setSpan] = useState<number>(24 * hour)
  const [data, setData] = useState<TrendData | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const kind = item?.kind
  const known = clockKnown.value
  const asked = liveAsked.value
  useEffect(() => {
    if (!kind || !spec || !known) return
    let left = false
    const toAt = Math.floor(siteNow.peek() / minute) * minute
    // 480 buckets: one for every two or three pixels of the widest curve.
    const everyMs = Math.max(minute, span / 480)
    const ask = (aggregate: 'mean' | 'min' | 'max') =>
      hub.query({
        kind,
        equipment: [equipment],
        points: [point],
        fromAt: toAt - span,
        toAt,
        aggregate,
        everyMs,
      })
    Promise.all([ask('mean'), ask('min'), ask('max')]).then(
      ([mean, min, max]) => {
        const one = mean.series[0]
        if (!left)
          setData({
            fromAt: toAt - span,
            toAt,
            everyMs,
            heldMs: holdMs(siteView.peek()?.speed ?? 1),
            at: one?.at ?? [],
            mean: one?.value ?? [],
            min: min.series[0]?.value ?? [],
            max: max.series[0]?.value ?? [],
          })
      },
      error => {
        if (!left) setProblem(sentenceOfError(error))
      },
    )
    return () => {
      left = true
    }
  }, [series, span, kind, known, asked])
  if (!item || !spec)
    return (
      <div class="head">
        <h1>{t('point.unknown', { series })}</h1>
      </div>
    )
  const now = seen(series).value
  const range = spec.range.map(end => formatNumber(end, spec.quantity).digits).join(' … ')
  const writers = spec.writable
    ? spec.quantity === 'command'
      ? t('point.writtenByAgent')
      : t('point.writtenByLease')
    : t('point.readOnly')
  return (
    <>
      <div class="head">
        <h1>{t('point.title', { name: capital(pointName(point)), equipment: nameOf(equipment) })}</h1>
        <Live of={series} size="xl" />
        <span class="end">
          <div class="pick">
            {spans.map(([name, ms]) => (
              <button key={name} type="button" aria-pressed={ms === span} onClick={() => setSpan(ms)}>
                {name}
              </button>
            ))}
          </div>
        </span>
      </div>
      <p class="lede">{spec.text}</p>
      <div class="loopwrap">
        <Panel title={t('point.trend')} end={t('point.trendEnd')}>
          <div class="body clip">
            {problem ? (
              <Trouble title={t('point.trendFailed')} text={problem} />
            ) : data && data.at.length > 0 ? (
              <Trend
                data={data}
                quantity={spec.quantity}
                zone={siteView.value?.site.timeZone ?? 'UTC'}
                name={series}
              />
            ) : data ? (
              <p class="muted">{t('point.noHistory')}</p>
            ) : (
              <span class="sk" />
            )}
          </div>
        </Panel>
        <Panel title={t('point.about')}>
          <div class="body">
            <dl class="kv">
              <dt>{t('point.quality')}</dt>
              <dd>{t(`quality.${now.quality}`)}</dd>
              <dt>{t('point.sourceTime')}</dt>
              <dd>{now.at === null ? '—' : formatDayTime(now.at, zone.value)}</dd>
              <dt>{t('point.unchanged')}</dt>
              <dd>{now.at === null ? '—' : formatAge(Math.max(0, siteNow.value - now.at))}</dd>
              <dt>{t('point.range')}</dt>
              <dd>
                {range}
                {'\u202f'}
                {formatNumber(0, spec.quantity).unit}
              </dd>
              <dt>{t('point.source')}</dt>
              <dd>{t(`via.${item.via}`)}</dd>
              <dt>{t('point.agent')}</dt>
              <dd>{item.agent}</dd>
              <dt>{t('point.writes')}</dt>
              <dd>{writers}</dd>
              <dt>{t('point.equipment')}</dt>
              <dd>
                <Go page={item.kind === 'rack' ? 'racks' : 'cdu'} equipment={item.partOf ?? equipment}>
                  {nameOf(item.partOf ?? equipment)}
                </Go>
              </dd>
              <dt>{t('point.series')}</dt>
              <dd>{series}</dd>
            </dl>
          </div>
        </Panel>
      </div>
    </>
  )
}
