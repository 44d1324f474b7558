import { useState } from 'preact/hooks'
import { day, hour } from '#contract/units.ts'
import { Panel } from '../parts/Panel.tsx'
import { formatDayTime } from '../rules/times.ts'
import { siteNow } from '../state/contact.ts'
import { siteView, zone } from '../state/plant.ts'
import { t } from '../text.ts'
import { Calendar, NextSteps, Saved, SwitchbackButton, savingsSentence, useSavings } from './Savings.tsx'

/** Input fields speak UTC, as exports do; the line beneath says the same span in the site's own time. */
const asInput = (at: number) => new Date(at).toISOString().slice(0, 16)
const ofInput = (text: string) => Date.parse(`${text}:00Z`)
const formats = ['html', 'csv', 'json'] as const
const spans = [
  ['6 h', 6 * hour],
  ['24 h', day],
  ['7 d', 7 * day],
  ['30 d', 30 * day],
] as const

/** What did we save, and would an auditor agree? */
export function ReportsPage() {
  const view = useSavings()
  return (
    <>
      <div class="head">
        <h1>{savingsSentence(view)}</h1>
        <span class="end">
          <SwitchbackButton view={view} />
        </span>
      </div>
      <div class="savewrap">
        <div class="stack">
          <Saved view={view} />
          {view?.experiment ? <Calendar experiment={view.experiment} /> : null}
        </div>
        <div class="stack">
          <NextSteps view={view} />
          <ReportForm />
        </div>
      </div>
    </>
  )
}

function ReportForm() {
  const now = Math.floor(siteNow.value / hour) * hour || siteNow.peek()
  const startedAt = siteView.value?.startedAt ?? 0
  const [baseline, setBaseline] = useState('')
  const [chosen, setChosen] = useState<{ from: string; to: string } | null>(null)
  const from = chosen?.from ?? asInput(Math.max(startedAt, now - day))
  const to = chosen?.to ?? asInput(Math.max(now, startedAt + hour))
  const fromAt = ofInput(from)
  const toAt = ofInput(to)
  const baselineAt = ofInput(baseline)
  const isSpan = Number.isFinite(fromAt) && Number.isFinite(toAt) && fromAt < toAt
  const isBaseline = baseline === '' || baselineAt < fromAt
  const valid = isSpan && isBaseline
  const judged = baseline === '' ? '' : `&baselineFrom=${baselineAt}`
  return (
    <Panel title={t('reports.pue')} end={t('reports.end')}>
      <div class="body form">
        <div class="pick">
          {spans.map(([name, span]) => (
            <button
              key={name}
              type="button"
              onClick={() =>
                setChosen({
                  from: asInput(Math.max(startedAt, siteNow.peek() - span)),
                  to: asInput(siteNow.peek()),
                })
              }
            >
              {name}
            </button>
          ))}
        </div>
        <div class="two">
          <label>
            {t('reports.from')}
            <input
              class="field"
              type="datetime-local"
              value={from}
              onInput={event => setChosen({ from: event.currentTarget.value, to })}
            />
          </label>
          <label>
            {t('reports.to')}
            <input
              class="field"
              type="datetime-local"
              value={to}
              onInput={event => setChosen({ from, to: event.currentTarget.value })}
            />
          </label>
        </div>
        <label>
          {t('reports.baseline')}
          <input
            class="field"
            type="datetime-local"
            value={baseline}
            onInput={event => setBaseline(event.currentTarget.value)}
          />
        </label>
        <p class="small muted">{t('reports.baselineText')}</p>
        {isBaseline ? null : (
          <p class="acterr" role="alert">
            {t('reports.baselineInvalid')}
          </p>
        )}
        {isSpan ? (
          <p class="small muted">
            {t('reports.inZone', {
              from: formatDayTime(fromAt, zone.value),
              to: formatDayTime(toAt, zone.value),
              zone: zone.value,
            })}
          </p>
        ) : (
          <p class="acterr" role="alert">
            {t('reports.invalid')}
          </p>
        )}
        <div class="choice">
          {formats.map(format =>
            valid ? (
              <a
                key={format}
                class={`btn ${format === 'html' ? 'primary' : ''}`}
                href={`/api/v1/report?from=${fromAt}&to=${toAt}&format=${format}${judged}`}
                target={format === 'html' ? '_blank' : undefined}
                rel="noreferrer"
              >
                {t(`reports.${format}`)}
              </a>
            ) : (
              <button key={format} type="button" class="btn" disabled>
                {t(`reports.${format}`)}
              </button>
            ),
          )}
        </div>
        <p class="small muted">{t('reports.text')}</p>
      </div>
    </Panel>
  )
}
