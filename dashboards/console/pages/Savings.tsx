import { computed } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { SavingsView, SwitchbackView } from '#contract/api.ts'
import { hour } from '#contract/units.ts'
import { BlockStrip } from '../parts/BlockStrip.tsx'
import { Panel, Trouble } from '../parts/Panel.tsx'
import { SavingRows } from '../parts/SavingRows.tsx'
import { formatDecimals } from '../rules/numbers.ts'
import { blockLook, isUnderWay, silenceOf, stageOf } from '../rules/savings.ts'
import { formatDayTime } from '../rules/times.ts'
import { dialog } from '../state/actions.ts'
import { siteNow } from '../state/contact.ts'
import { zone } from '../state/plant.ts'
import { loadSavings, savings, savingsProblem } from '../state/savings.ts'
import { t } from '../text.ts'

/** Blocks change every other day; at high speed of time some minutes apart. */
const askEveryMs = 30_000
/** The newest reasons; the audit log has all. */
const abortedShown = 4

/** Blocks begin and end at full hours: nothing here is drawn anew in between. */
const siteHour = computed(() => Math.floor(siteNow.value / hour) * hour)

/** Keeps the page's savings fresh while it is open. */
export function useSavings(): SavingsView | null {
  useEffect(() => {
    void loadSavings()
    const timer = setInterval(() => void loadSavings(), askEveryMs)
    return () => clearInterval(timer)
  }, [])
  return savings.value
}

const at = (instant: number) => formatDayTime(instant, zone.value)
const percent = (share: number | null) => (share === null ? '—' : `${formatDecimals(100 * share, 1)}\u202f%`)

/** A figure and its sign stay on one line. */
const unbroken = (sentence: string): string => sentence.replaceAll(' %', '\u202f%')

/** The worst or best true thing about savings, never more than stands behind it. */
export function savingsSentence(view: SavingsView | null): string {
  if (!view) return t('reports.title')
  const stage = stageOf(view)
  const blocks = view.experiment?.blocks ?? []
  const current = blocks.find(block => blockLook(block, siteHour.value) === 'now') ?? blocks[0]
  const cooling = view.outcome?.parts.find(part => part.what === 'cooling')
  return t(`savings.head.${stage}`, {
    start: blocks[0] ? at(blocks[0].fromAt) : '',
    index: (current?.index ?? 0) + 1,
    count: blocks.length,
    arm: current ? t(`arm.${current.arm}`) : '',
    share: percent(cooling?.share ?? null),
  })
}

export function SwitchbackButton({ view }: { view: SavingsView | null }) {
  if (!view) return null
  const isRunning = isUnderWay(view.experiment)
  return (
    <button
      type="button"
      class="btn"
      onClick={() => {
        dialog.value = { kind: isRunning ? 'stopSwitchback' : 'startSwitchback' }
      }}
    >
      {t(isRunning ? 'switchback.stopOpen' : 'switchback.open')}
    </button>
  )
}

/** What was saved against `reset`, or the sentence that says why nothing can be said. */
export function Saved({ view }: { view: SavingsView | null }) {
  if (savingsProblem.value)
    return (
      <Panel title={t('savings.title')}>
        <div class="body">
          <Trouble title={t('savings.unread')} text={savingsProblem.value} />
        </div>
      </Panel>
    )
  const parts = view?.outcome?.parts ?? []
  const together = view?.outcome?.togetherKwhPerHour ?? null
  return (
    <Panel
      title={t('savings.title')}
      end={view ? t(`savings.level.${view.outcome?.claim.level ?? 'none'}`) : undefined}
    >
      <div class="body">
        <p>
          {!view
            ? t('savings.loading')
            : view.outcome
              ? unbroken(view.outcome.claim.sentence)
              : t(`savings.refusal.${silenceOf(view)}`)}
        </p>
        {view?.outcome ? (
          <p class="small muted">
            {t('savings.judged', {
              judged: view.outcome.pairs.judged,
              designed: view.outcome.pairs.designed,
              unknown: view.outcome.pairs.unknown,
              aborted: view.outcome.aborted,
              from: at(view.outcome.fromAt),
              to: at(view.outcome.toAt),
            })}
          </p>
        ) : null}
      </div>
      {parts.length > 0 ? (
        <>
          <SavingRows parts={parts} />
          {together === null ? null : (
            <p class="body together">{t('savings.together', { saved: formatDecimals(together, 2) })}</p>
          )}
          <div class="body small muted">
            {(view?.outcome?.notes ?? []).map(note => (
              <p key={note}>{note}</p>
            ))}
            <p>{t('savings.note')}</p>
          </div>
        </>
      ) : null}
    </Panel>
  )
}

/** The calendar of blocks, aborted ones with their reasons, and what was registered. */
export function Calendar({ experiment }: { experiment: SwitchbackView }) {
  const { blocks, stopped, power } = experiment
  const aborted = blocks.filter(block => block.aborted)
  const last = blocks.at(-1)
  return (
    <Panel
      title={t('savings.calendar')}
      end={t('savings.calendarEnd', {
        pairs: experiment.pairs,
        state: t(`switchback.state.${experiment.state}`),
      })}
    >
      <div class="body">
        <BlockStrip blocks={blocks} now={siteHour.value} stoppedAt={stopped?.at ?? null} />
        <p class="small muted">{t('savings.legend')}</p>
        {stopped ? (
          <p>{t('savings.stopped', { at: at(stopped.at), by: stopped.by, why: stopped.why })}</p>
        ) : null}
        {aborted.slice(-abortedShown).map(block => (
          <p class="small" key={block.index}>
            {t('savings.aborted', {
              index: block.index + 1,
              arm: t(`arm.${block.arm}`),
              at: at(block.aborted?.at ?? block.fromAt),
              why: block.aborted?.why ?? '',
            })}
          </p>
        ))}
        {aborted.length > abortedShown ? (
          <p class="small muted">{t('savings.abortedMore', { count: aborted.length - abortedShown })}</p>
        ) : null}
        <dl class="kv">
          <dt>{t('savings.registered')}</dt>
          <dd>
            {t('savings.registeredText', { by: experiment.startedBy, at: at(experiment.registeredAt) })}
          </dd>
          <dt>{t('savings.ends')}</dt>
          <dd>{last ? at(last.toAt) : '—'}</dd>
          <dt>{t('savings.finds')}</dt>
          <dd>{percent(power.detectableShare)}</dd>
          <dt>{t('savings.hash')}</dt>
          <dd title={experiment.registration.sha256}>{experiment.registration.sha256.slice(0, 12)}</dd>
        </dl>
        <details>
          <summary>{t('savings.words')}</summary>
          <pre class="registration">{experiment.registration.text}</pre>
        </details>
      </div>
    </Panel>
  )
}

const steps = {
  none: ['savings.step.baseline', 'savings.step.auto', 'savings.step.start'],
  registered: ['savings.step.leave', 'savings.step.wait'],
  running: ['savings.step.leave', 'savings.step.declare', 'savings.step.wait'],
  verified: ['savings.step.report', 'savings.step.repeat'],
  noClaim: ['savings.step.more', 'savings.step.baselineReport'],
} as const

export function NextSteps({ view }: { view: SavingsView | null }) {
  if (!view) return null
  return (
    <Panel title={t('savings.next')}>
      <div class="body">
        <ol class="steps">
          {steps[stageOf(view)].map(step => (
            <li key={step}>{t(step)}</li>
          ))}
        </ol>
      </div>
    </Panel>
  )
}
