import { useEffect, useRef, useState } from 'preact/hooks'
import type { AlarmView } from '#contract/api.ts'
import { Go } from '../parts/Go.tsx'
import { Panel, Trouble } from '../parts/Panel.tsx'
import { PrioritySymbol } from '../parts/Symbol.tsx'
import { Live } from '../parts/Value.tsx'
import {
  type AlarmGroup,
  floodOf,
  frozenOrder,
  groupAlarms,
  mayShelve,
  ratesOf,
  waitsForPerson,
} from '../rules/alarmList.ts'
import { formatDayTime, formatDuration, formatTime } from '../rules/times.ts'
import { acknowledge, dialog, refusals, selectedAlarm, sentenceOfError } from '../state/actions.ts'
import { clockKnown, siteNow } from '../state/contact.ts'
import { leaks } from '../state/figures.ts'
import { hub } from '../state/hub.ts'
import { agents, alarms, graph, mayWrite, nameOf, zone } from '../state/plant.ts'
import { t } from '../text.ts'

type Tab = 'active' | 'shelved' | 'history'
const day = 86_400_000
/** Rows drawn at once; the rest is counted in a last line. 200 rows are 20 screens: who needs more filters by time. */
const rowsShown = 200

function Row({
  group,
  selected,
  unfolded,
  onFold,
}: {
  group: AlarmGroup
  selected: boolean
  unfolded: boolean
  onFold: () => void
}) {
  const { root, folded } = group
  const refusal = refusals.value.get(root.id)
  const since = Math.max(0, siteNow.value - root.raisedAt)
  const note =
    root.state === 'shelved' && root.shelvedUntilAt
      ? t('alarms.shelvedNote', {
          who: root.shelvedBy ?? '—',
          time: formatTime(root.shelvedUntilAt, zone.value),
          why: root.shelvedWhy ?? '—',
        })
      : root.acknowledgedAt
        ? t('alarms.by', {
            who: root.acknowledgedBy ?? '—',
            time: formatTime(root.acknowledgedAt, zone.value),
          })
        : root.chatters
          ? t('alarms.chatters')
          : ''
  return (
    <article
      class={`arow ${root.priority === 1 && waitsForPerson(root) ? 'urgent' : ''} ${selected ? 'sel' : ''}`}
      tabIndex={0}
      data-row={root.id}
      aria-label={root.title}
      onFocus={() => {
        selectedAlarm.value = root.id
      }}
      onClick={() => {
        selectedAlarm.value = root.id
      }}
      onKeyDown={event => {
        if ((event.key === 'ArrowRight' && !unfolded) || (event.key === 'ArrowLeft' && unfolded)) onFold()
      }}
    >
      <PrioritySymbol priority={root.priority} state={root.state} />
      <div>
        <b>{root.title}</b>
        <p>{root.consequence}</p>
        {folded.length > 0 ? (
          <button type="button" class="foldbtn" aria-expanded={unfolded} onClick={onFold}>
            {t(unfolded ? 'alarms.foldHide' : 'alarms.foldShow', { count: folded.length })}
          </button>
        ) : null}
        {refusal ? (
          <p class="acterr" role="alert">
            {refusal}
          </p>
        ) : null}
      </div>
      <div class="st">
        <b>{t(`state.${root.state}`)}</b>
        <p>{note}</p>
      </div>
      <div class="since">
        {formatTime(root.raisedAt, zone.value)}
        <p>
          {root.returnedAt
            ? t('alarms.until', { time: formatTime(root.returnedAt, zone.value) })
            : formatDuration(since)}
        </p>
      </div>
      <div class="acts">
        {waitsForPerson(root) ? (
          <button
            type="button"
            class="btn primary"
            onClick={event => {
              event.stopPropagation()
              void acknowledge(root.id)
            }}
          >
            {mayWrite.value ? t('alarms.acknowledge') : t('alarms.acknowledgeSignIn')} <kbd>a</kbd>
          </button>
        ) : null}
        {mayShelve(root) ? (
          <button
            type="button"
            class="btn quiet"
            onClick={event => {
              event.stopPropagation()
              dialog.value = { kind: 'shelve', alarm: root }
            }}
          >
            {t('alarms.shelve')} <kbd>s</kbd>
          </button>
        ) : null}
      </div>
      {unfolded ? (
        <div class="fold">
          {folded.map(alarm => (
            <div key={alarm.id}>
              <span>{alarm.title}</span>
              <time>{t('alarms.after', { delay: formatDuration(alarm.raisedAt - root.raisedAt) })}</time>
            </div>
          ))}
        </div>
      ) : null}
    </article>
  )
}

/** The list holds still while a hand or the focus is in it; what came meanwhile is counted above. */
function List({ groups }: { groups: readonly AlarmGroup[] }) {
  const [held, setHeld] = useState(false)
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set())
  const shown = useRef<readonly string[]>([])
  const wanted = groups.map(group => group.root.id)
  const frozen =
    held && shown.current.length > 0 ? frozenOrder(shown.current, wanted) : { order: wanted, waitingAbove: 0 }
  shown.current = frozen.order
  const byId = new Map(groups.map(group => [group.root.id, group]))
  const rows = frozen.order.map(id => byId.get(id)).filter(group => group !== undefined)
  const fold = (id: string) =>
    setUnfolded(before => {
      const next = new Set(before)
      if (!next.delete(id)) next.add(id)
      return next
    })
  return (
    <section
      class="panel"
      aria-label={t('alarms.listLabel')}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={event => setHeld(event.currentTarget.contains(document.activeElement))}
      onFocusIn={() => setHeld(true)}
      onFocusOut={event => setHeld(event.currentTarget.contains(event.relatedTarget as Node | null))}
    >
      <div class="arow headrow">
        <span />
        <span>{t('alarms.what')}</span>
        <span>{t('alarms.state')}</span>
        <span>{t('alarms.sinceHead')}</span>
        <span />
      </div>
      {frozen.waitingAbove > 0 ? (
        <div class="above" role="status">
          {t('alarms.above', { count: frozen.waitingAbove })}{' '}
          <button
            type="button"
            class="foldbtn"
            onClick={() => {
              shown.current = []
              setHeld(false)
            }}
          >
            {t('alarms.show')}
          </button>
        </div>
      ) : null}
      {rows.slice(0, rowsShown).map(group => (
        <Row
          key={group.root.id}
          group={group}
          selected={selectedAlarm.value === group.root.id}
          unfolded={unfolded.has(group.root.id)}
          onFold={() => fold(group.root.id)}
        />
      ))}
      {rows.length > rowsShown ? (
        <div class="above">{t('alarms.rest', { count: rows.length - rowsShown })}</div>
      ) : null}
    </section>
  )
}

function Detail({ group }: { group: AlarmGroup | undefined }) {
  if (!group)
    return (
      <Panel title={t('alarms.detail')}>
        <div class="body">
          <p class="muted">{t('alarms.detailNone')}</p>
        </div>
      </Panel>
    )
  const { root, folded } = group
  const cdu = graph.value?.cduOf(root.equipment)
  const assembly = graph.value?.assemblyOf(root.equipment) ?? root.equipment
  const kind = graph.value?.equipment(assembly)?.kind
  return (
    <section class="panel" aria-label={t('alarms.detail')}>
      <header class="mid">
        <PrioritySymbol priority={root.priority} state={root.state} />
        <h2>{root.title}</h2>
      </header>
      <div class="body stack">
        <div>
          <h3>{t('alarms.doNow')}</h3>
          <ol class="steps">
            {root.response
              .split(/(?<=\.)\s+/)
              .filter(step => step !== '')
              .map(step => (
                <li key={step}>
                  <span>{step}</span>
                </li>
              ))}
          </ol>
        </div>
        <div>
          <h3>{t('alarms.ifNot')}</h3>
          <p class="small muted">{root.consequence}</p>
        </div>
        <dl class="kv">
          <dt>{t('alarms.equipment')}</dt>
          <dd>
            <Go page={kind === 'rack' ? 'racks' : 'cdu'} equipment={assembly}>
              {nameOf(root.equipment)}
            </Go>
          </dd>
          {cdu
            ? [
                <dt key="cdu">{t('alarms.cdu')}</dt>,
                <dd key="cdu name">
                  <Go page="loop" equipment={cdu}>
                    {nameOf(cdu)}
                  </Go>
                </dd>,
              ]
            : null}
          {root.point
            ? [
                <dt key="point">{t('alarms.point')}</dt>,
                <dd key="point link">
                  <Go page="point" equipment={`${root.equipment}.${root.point}`}>
                    {root.point}
                  </Go>{' '}
                  <Live of={`${root.equipment}.${root.point}`} size="small" />
                </dd>,
              ]
            : null}
          <dt>{t('alarms.raised')}</dt>
          <dd>{formatDayTime(root.raisedAt, zone.value)}</dd>
          <dt>{t('alarms.state')}</dt>
          <dd>{t(`state.${root.state}`)}</dd>
          <dt>{t('alarms.code')}</dt>
          <dd>{root.code}</dd>
        </dl>
        {folded.length > 0 ? (
          <div>
            <h3>{t('alarms.foldedHere', { count: folded.length })}</h3>
            <p class="small muted">{t('alarms.foldedWhy', { place: nameOf(root.equipment) })}</p>
          </div>
        ) : null}
      </div>
    </section>
  )
}

const rateBuckets = 36

function Rates({ list }: { list: readonly AlarmView[] }) {
  const rates = ratesOf(list, siteNow.value, rateBuckets)
  const highest = Math.max(14, ...rates.map(rate => rate.roots + rate.folded))
  const y = (count: number) => (70 * count) / highest
  const acknowledged = list
    .filter(alarm => alarm.acknowledgedAt !== undefined)
    .map(alarm => (alarm.acknowledgedAt as number) - alarm.raisedAt)
    .sort((a, b) => a - b)
  const median = acknowledged[Math.floor(acknowledged.length / 2)]
  return (
    <section class="panel rate" aria-label={t('rates.title')}>
      <header>
        <h2>{t('rates.title')}</h2>
        <span class="end">{t('rates.end')}</span>
      </header>
      <div class="body">
        <svg viewBox="0 0 720 116" role="img" aria-label={t('rates.title')}>
          {rates.map(({ roots, folded }, index) => (
            <g key={index}>
              <rect class="r" x={30 + index * 19} y={92 - y(roots)} width="14" height={y(roots)} />
              <rect class="f" x={30 + index * 19} y={92 - y(roots + folded)} width="14" height={y(folded)} />
            </g>
          ))}
          <line class="base" x1="26" x2="714" y1="92" y2="92" />
          <line class="lim" x1="26" x2="714" y1={92 - y(10)} y2={92 - y(10)} />
          <text x="0" y={96 - y(10)}>
            10
          </text>
          <text x="0" y="96">
            0
          </text>
          <text x="30" y="112">
            {formatTime(siteNow.value - rateBuckets * 600_000, zone.value)}
          </text>
          <text x="714" y="112" text-anchor="end">
            {t('trend.now')}
          </text>
        </svg>
        <dl class="kv">
          <dt>{t('rates.perHour')}</dt>
          <dd>
            {(
              list.filter(alarm => siteNow.value - alarm.raisedAt < rateBuckets * 600_000).length / 6
            ).toFixed(1)}
          </dd>
          <dt>{t('rates.median')}</dt>
          <dd>{median === undefined ? '—' : formatDuration(median)}</dd>
          <dt>{t('rates.old')}</dt>
          <dd>
            {list.filter(alarm => alarm.state !== 'normal' && siteNow.value - alarm.raisedAt > day).length}
          </dd>
        </dl>
      </div>
    </section>
  )
}

function Empty() {
  const points = agents.value.reduce((sum, agent) => sum + agent.points.good, 0)
  return (
    <div class="empty">
      <b>{t('alarms.none')}</b>
      <p class="small muted">
        {t('alarms.noneText', { sensors: leaks.value.all - leaks.value.unknown.length, points })}
      </p>
    </div>
  )
}

export function AlarmsPage() {
  const [tab, setTab] = useState<Tab>('active')
  const [past, setPast] = useState<readonly AlarmView[] | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const known = clockKnown.value
  useEffect(() => {
    if (!known) return
    const now = siteNow.peek()
    hub
      .alarmHistory(Math.round(now - day), Math.round(now + 60_000))
      .then(setPast, error => setProblem(sentenceOfError(error)))
  }, [tab, known, alarms.value.size])
  const list = [...alarms.value.values()]
  const active = list.filter(alarm => alarm.state !== 'shelved')
  const shelved = list.filter(alarm => alarm.state === 'shelved')
  const history = [...(past ?? [])].sort((a, b) => b.raisedAt - a.raisedAt)
  const groups =
    tab === 'active'
      ? groupAlarms(active)
      : (tab === 'shelved' ? shelved : history).map(root => ({ root, folded: [] }))
  const waiting = groupAlarms(active).filter(group => waitsForPerson(group.root)).length
  const flood = floodOf(active, siteNow.value)
  const selected = groups.find(group => group.root.id === selectedAlarm.value) ?? groups[0]
  useEffect(() => {
    if (selectedAlarm.peek() === null && groups[0]) selectedAlarm.value = groups[0].root.id
  })
  return (
    <>
      {flood ? (
        <div class="floodline" role="alert">
          <b>{t('flood.title', { time: formatTime(flood.sinceAt, zone.value) })}</b>{' '}
          <span>{t('flood.text', { raised: flood.raised, roots: flood.roots, folded: flood.folded })}</span>
        </div>
      ) : null}
      <div class="tabsrow">
        <h1>
          {waiting > 0
            ? t('sentence.waiting', { count: waiting })
            : active.length > 0
              ? t('alarms.allSeen', { count: active.length })
              : t('alarms.none')}
        </h1>
        {(['active', 'shelved', 'history'] as const).map(name => (
          <button key={name} type="button" aria-pressed={tab === name} onClick={() => setTab(name)}>
            {t(`alarms.tab.${name}`, {
              count: name === 'active' ? active.length : name === 'shelved' ? shelved.length : history.length,
            })}
          </button>
        ))}
      </div>
      <div class="alarmwrap">
        <div class="stack">
          {problem && tab === 'history' ? <Trouble title={t('alarms.historyFailed')} text={problem} /> : null}
          {groups.length === 0 ? (
            tab === 'active' ? (
              <Empty />
            ) : (
              <div class="empty">
                <b>{t(tab === 'shelved' ? 'alarms.noneShelved' : 'alarms.noneHistory')}</b>
              </div>
            )
          ) : (
            <List groups={groups} />
          )}
          {past ? <Rates list={history} /> : null}
        </div>
        {groups.length > 0 ? <Detail group={selected} /> : null}
      </div>
    </>
  )
}
