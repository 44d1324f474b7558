import { useEffect, useState } from 'preact/hooks'
import type { EnergyView } from '#contract/api.ts'
import { day, hour } from '#contract/units.ts'
import { Go } from '../parts/Go.tsx'
import { Panel, Trouble } from '../parts/Panel.tsx'
import { formatDecimals, formatNumber, formatWithUnit } from '../rules/numbers.ts'
import { coolingRoles } from '../rules/roles.ts'
import { formatDayTime, formatDuration } from '../rules/times.ts'
import { sentenceOfError } from '../state/actions.ts'
import { siteNow } from '../state/contact.ts'
import { hub } from '../state/hub.ts'
import { siteView, zone } from '../state/plant.ts'
import { t } from '../text.ts'

const spans = [
  ['24 h', day],
  ['7 d', 7 * day],
  ['30 d', 30 * day],
] as const
const cools = (role: string) => coolingRoles.some(cooling => cooling === role)
const roleName = (role: string) => t(`role.${role}` as 'role.losses')

/** Flows wider than they are: parts under 0.3 % are joined as "other", still counted. */
function Sankey({ energy }: { energy: EnergyView }) {
  const { facilityKwh, itKwh, coolingKwh, lossesKwh } = energy
  if (facilityKwh === null || itKwh === null || coolingKwh === null || facilityKwh <= 0)
    return <p class="muted">{t('energy.noFlow')}</p>
  const scale = 173 / facilityKwh
  const lossKwh = lossesKwh ?? 0
  const otherKwh = Math.max(0, facilityKwh - itKwh - coolingKwh - lossKwh)
  const top = 60
  const it = itKwh * scale
  const cool = coolingKwh * scale
  const loss = lossKwh * scale
  const all = facilityKwh * scale
  const coolY = top + it + 54
  const ribbon = (x1: number, y1: number, x2: number, y2: number, width: number) => {
    const middle = (x1 + x2) / 2
    return `M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2} V${y2 + width} C${middle} ${y2 + width} ${middle} ${y1 + width} ${x1} ${y1 + width} z`
  }
  const kwh = (value: number) => formatWithUnit(value, 'energy')
  let y = 250
  const parts = energy.parts
    .filter(part => cools(part.role) && part.kwh !== null)
    .map(part => {
      const height = Math.max(1, (part.kwh as number) * scale * 10)
      const placed = { role: part.role, kwh: part.kwh as number, y, height }
      y += Math.max(height, 12) + 12
      return placed
    })
  return (
    <svg
      viewBox={`0 0 1160 ${Math.max(430, y + 10)}`}
      role="img"
      aria-label={t('energy.flowAlt', {
        facility: kwh(facilityKwh),
        it: kwh(itKwh),
        cooling: kwh(coolingKwh),
        losses: kwh(lossKwh),
      })}
    >
      <text x="128" y="34">
        {t('energy.electricity')}
      </text>
      <text x="700" y="34">
        {t('energy.heat')}
      </text>
      <rect x="120" y={top} width="8" height={all} />
      <text class="n" x="112" y={top + all / 2} text-anchor="end">
        {t('energy.grid')}
      </text>
      <text x="112" y={top + all / 2 + 20} text-anchor="end">
        {kwh(facilityKwh)}
      </text>
      <path d={ribbon(128, top, 700, top, it)} />
      <rect x="700" y={top} width="8" height={it} />
      <text x="718" y={top + it / 2 + 5}>
        <tspan class="n">{t('energy.it')}</tspan> {kwh(itKwh)}
      </text>
      <path class="cool" d={ribbon(128, top + it, 470, coolY, cool)} />
      <rect x="470" y={coolY} width="8" height={Math.max(2, cool)} />
      <text x="478" y={coolY + cool + 24} text-anchor="end">
        <tspan class="n">{t('energy.cooling')}</tspan> {kwh(coolingKwh)}
      </text>
      <path d={ribbon(128, top + it + cool, 300, 340, loss)} />
      <rect x="300" y="340" width="6" height={Math.max(2, loss)} />
      <text x="314" y={340 + loss / 2 + 5}>
        <tspan class="n">{t('energy.losses')}</tspan> {kwh(lossKwh)}
      </text>
      <path d={ribbon(128, top + it + cool + loss, 300, 390, Math.max(1, otherKwh * scale))} />
      <text x="314" y="396">
        <tspan class="n">{t('energy.other')}</tspan> {kwh(otherKwh)}
      </text>
      <path class="lens" d={`M478 ${coolY} L700 244 V${y - 6} L478 ${coolY + Math.max(2, cool)} z`} />
      <text x="596" y={coolY + 84} text-anchor="middle">
        × 10
      </text>
      {parts.map(part => (
        <g key={part.role}>
          <rect class="cool" x="700" y={part.y} width="8" height={part.height} />
          <text x="718" y={part.y + part.height / 2 + 5}>
            <tspan class="n">{roleName(part.role)}</tspan> {kwh(part.kwh)}
          </text>
        </g>
      ))}
    </svg>
  )
}

function Bars({ energy }: { energy: EnergyView }) {
  const rows = [
    { role: 'it', kwh: energy.itKwh },
    ...energy.parts.filter(part => cools(part.role)),
    { role: 'losses', kwh: energy.lossesKwh },
  ]
  const widest = Math.max(1, ...rows.map(row => row.kwh ?? 0))
  return (
    <div class="body">
      {rows.map(row => (
        <div class="bar2" key={row.role}>
          <span>{roleName(row.role)}</span>
          <b>{formatWithUnit(row.kwh, 'energy')}</b>
          <div
            class={`len ${cools(row.role) ? 'cool' : ''}`}
            style={{ width: `${(100 * (row.kwh ?? 0)) / widest}%` }}
          />
        </div>
      ))}
    </div>
  )
}

function Meters({ energy }: { energy: EnergyView }) {
  return (
    <Panel title={t('energy.meters')} end={t('energy.metersEnd', { count: energy.meters.length })}>
      <table class="tbl cardtbl">
        <thead>
          <tr>
            <th class="l">{t('energy.meter')}</th>
            <th>{t('energy.kwh')}</th>
            <th>{t('energy.method')}</th>
            <th>{t('energy.coverage')}</th>
            <th>{t('energy.gap')}</th>
            <th>{t('energy.agreement')}</th>
          </tr>
        </thead>
        <tbody>
          {energy.meters.map(meter => (
            <tr key={meter.id} data-row={meter.id}>
              <td class="l">
                <Go page="cdu" equipment={meter.id}>
                  {meter.id}
                </Go>
                <small>
                  {t('energy.meterText', { role: roleName(meter.role), class: meter.classPercent })}
                  {meter.note ? ` · ${meter.note}` : ''}
                </small>
              </td>
              <td data-h={t('energy.kwh')}>{formatWithUnit(meter.kwh, 'energy')}</td>
              <td data-h={t('energy.method')}>{t(`method.${meter.method}`)}</td>
              <td data-h={t('energy.coverage')}>
                {formatDecimals(meter.coverage * 100, 1)}
                {'\u202f'}%
              </td>
              <td data-h={t('energy.gap')}>
                {meter.longestGapMs === 0 ? t('energy.noGap') : formatDuration(meter.longestGapMs)}
              </td>
              <td data-h={t('energy.agreement')}>
                {meter.agreementPercent === null
                  ? '—'
                  : `${formatDecimals(meter.agreementPercent, 2)}\u202f%`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

export function EnergyPage() {
  const [span, setSpan] = useState<number>(day)
  const [energy, setEnergy] = useState<EnergyView | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  // Asked again each quarter of an hour of the site, and no more than the page's own reading needs.
  const quarter = Math.floor(siteNow.value / (hour / 4))
  useEffect(() => {
    if (siteNow.peek() === 0) return
    let left = false
    const toAt = Math.round(siteNow.peek())
    const fromAt = Math.max(toAt - span, siteView.peek()?.startedAt ?? 0)
    if (fromAt >= toAt) return
    hub.energy(fromAt, toAt).then(
      view => {
        if (!left) {
          setEnergy(view)
          setProblem(null)
        }
      },
      error => {
        if (!left) setProblem(sentenceOfError(error))
      },
    )
    return () => {
      left = true
    }
  }, [span, quarter])
  const started = siteView.value?.startedAt ?? 0
  const fromAt = energy ? Math.max(energy.fromAt, started) : 0
  return (
    <>
      <div class="head">
        <h1>{t('energy.title', { span: spans.find(([, ms]) => ms === span)?.[0] ?? '' })}</h1>
        <div class="pick">
          {spans.map(([name, ms]) => (
            <button key={name} type="button" aria-pressed={ms === span} onClick={() => setSpan(ms)}>
              {name}
            </button>
          ))}
        </div>
        {energy ? (
          <span class="muted">
            {t('energy.span', {
              from: formatDayTime(fromAt, zone.value),
              to: formatDayTime(energy.toAt, zone.value),
            })}
          </span>
        ) : null}
        <span class="end">
          {energy ? (
            <a class="btn quiet" href={`/api/v1/report?from=${fromAt}&to=${energy.toAt}&format=csv`}>
              CSV
            </a>
          ) : null}
          <Go page="reports" className="btn">
            {t('energy.report')}
          </Go>
        </span>
      </div>
      {problem ? <Trouble title={t('energy.failed')} text={problem} /> : null}
      {!energy ? (
        <Panel title={t('page.energy')}>
          <div class="body">
            <span class="sk" />
            <span class="sk" />
          </div>
        </Panel>
      ) : (
        <div class="energywrap">
          <div class="stack">
            <Panel title={t('energy.flow')} end={t('energy.flowEnd')}>
              <div class="body sankey">
                <Sankey energy={energy} />
              </div>
              <div class="energybars">
                <Bars energy={energy} />
              </div>
            </Panel>
            <Meters energy={energy} />
          </div>
          <div class="stack r">
            <Panel title="PUE" end={energy.edition}>
              <div class="body">
                <div class="bigfig">
                  <span class="v xl">{formatNumber(energy.pue, 'pue').digits}</span>
                  <span class="muted">
                    {t('energy.pueText', {
                      name: t(energy.kind === 'annual' ? 'kpi.pue' : 'energy.ipue'),
                      period: formatDuration(energy.toAt - fromAt),
                      category: energy.category,
                      coverage: formatDecimals(energy.coverage * 100, 1),
                    })}
                  </span>
                </div>
                <dl class="kv">
                  <dt>{t('energy.plusMinus')}</dt>
                  <dd>± {formatDecimals(energy.puePlusMinus, 4)}</dd>
                  <dt>{t('energy.loopPue')}</dt>
                  <dd>{formatNumber(energy.liquidLoopPue, 'pue').digits}</dd>
                  <dt>{t('energy.annual')}</dt>
                  <dd>
                    {energy.kind === 'annual' ? formatNumber(energy.pue, 'pue').digits : t('energy.notYet')}
                  </dd>
                </dl>
              </div>
            </Panel>
            <Panel title={t('energy.totals')}>
              <div class="body">
                <dl class="kv">
                  <dt>{t('energy.facility')}</dt>
                  <dd>{formatWithUnit(energy.facilityKwh, 'energy')}</dd>
                  <dt>{t('energy.it')}</dt>
                  <dd>{formatWithUnit(energy.itKwh, 'energy')}</dd>
                  <dt>{t('energy.cooling')}</dt>
                  <dd>{formatWithUnit(energy.coolingKwh, 'energy')}</dd>
                  <dt>{t('energy.losses')}</dt>
                  <dd>{formatWithUnit(energy.lossesKwh, 'energy')}</dd>
                </dl>
              </div>
            </Panel>
            <Panel title={t('energy.rests')}>
              <div class="body">
                <dl class="kv">
                  <dt>{t('energy.metersCount')}</dt>
                  <dd>{energy.meters.length}</dd>
                  <dt>{t('energy.byRegister')}</dt>
                  <dd>
                    {t('energy.ofAll', {
                      count: energy.meters.filter(meter => meter.method === 'register').length,
                      all: energy.meters.length,
                    })}
                  </dd>
                  <dt>{t('energy.worstCoverage')}</dt>
                  <dd>
                    {formatDecimals(energy.coverage * 100, 1)}
                    {'\u202f'}%
                  </dd>
                  <dt>{t('energy.longestGap')}</dt>
                  <dd>{formatDuration(Math.max(0, ...energy.meters.map(meter => meter.longestGapMs)))}</dd>
                </dl>
                {energy.notes.map(note => (
                  <p class="small muted" key={note}>
                    {note}
                  </p>
                ))}
              </div>
            </Panel>
          </div>
        </div>
      )}
    </>
  )
}
