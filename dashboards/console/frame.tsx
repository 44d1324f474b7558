import { Go } from './parts/Go.tsx'
import { PrioritySymbol } from './parts/Symbol.tsx'
import { compareAlarms, countByPriority, groupAlarms, waitsForPerson } from './rules/alarmList.ts'
import { formatAge, formatClock, formatDay, formatTime, formatZone } from './rules/times.ts'
import { dialog, goToWorst } from './state/actions.ts'
import { type PageName, place } from './state/address.ts'
import { contact, contactLost, machineTick, nextTryAt, silentForMs, siteNow } from './state/contact.ts'
import { commandOf } from './state/figures.ts'
import { singleKeys, theme, toggleTheme } from './state/look.ts'
import { alarms, graph, me, siteProblem, siteView, zone } from './state/plant.ts'
import { t } from './text.ts'

export const railPages = [
  'overview',
  'loop',
  'racks',
  'alarms',
  'plan',
  'energy',
  'reports',
  'agents',
] as const satisfies readonly PageName[]
const tabPages = ['overview', 'loop', 'alarms', 'plan'] as const

/** The page of the rail that a deeper page belongs to. */
const railOf = (page: PageName): PageName => (page === 'cdu' || page === 'point' ? 'loop' : page)

function Modes() {
  const commands = (graph.value?.ofKind('cdu') ?? []).map(cdu => commandOf(cdu.id).value)
  const kinds = [...new Set(commands)]
  return (
    <span class="muted wide wide2">
      {kinds
        .map(kind =>
          t('bar.mode', {
            count: commands.filter(command => command === kind).length,
            mode: t(`mode.${kind}`).toLowerCase(),
          }),
        )
        .join(' · ')}
    </span>
  )
}

function Counts() {
  const counts = countByPriority([...alarms.value.values()])
  return (
    <div class="counts" role="status" aria-label={t('bar.counts')}>
      {counts.map(({ active, waiting }, index) => {
        const priority = (index + 1) as 1 | 2 | 3 | 4
        return active > 0 ? (
          <Go key={priority} page="alarms">
            <PrioritySymbol priority={priority} state={waiting > 0 ? 'unackActive' : 'ackActive'} />
            {active}
          </Go>
        ) : (
          <span key={priority} class="zero wide">
            {t(`priority.short.${priority}`)} 0
          </span>
        )
      })}
    </div>
  )
}

function Freshness() {
  machineTick.value
  if (!contact.value) return <span class="muted wide">{t('bar.connecting')}</span>
  if (contactLost.value)
    return (
      <span class="wide">
        <b>{t('bar.lost', { age: formatAge(silentForMs.value) })}</b>
      </span>
    )
  return (
    <span class="muted wide freshness">{t('bar.live', { age: (silentForMs.value / 1_000).toFixed(1) })}</span>
  )
}

function Clock() {
  if (!contact.value) return <span class="clock">—</span>
  const now = siteNow.value
  const clock = formatClock(now, zone.value)
  return (
    <>
      <span class={`clock ${contactLost.value ? 'stale' : ''}`} title={t('bar.siteTime')}>
        {clock.slice(0, 5)}
        <span class="wide">{clock.slice(5)}</span>
      </span>
      <span class="muted wide wide2">
        {t('bar.day', { day: formatDay(now, zone.value), zone: formatZone(now, zone.value) })}
      </span>
    </>
  )
}

export function Bar() {
  const view = siteView.value
  return (
    <header class="bar">
      <div class="mark">
        <svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
          <circle
            cx="12"
            cy="12"
            r="9"
            fill="none"
            stroke="currentColor"
            stroke-width="3"
            stroke-dasharray="44 12.5"
            transform="rotate(-58 12 12)"
          />
          <path
            d="M12 7.5c2.3 2.9 3.3 4.4 3.3 5.9a3.3 3.3 0 0 1-6.6 0c0-1.500 1-3 3.300-5.900z"
            fill="currentColor"
          />
        </svg>
        <span>{t('product')}</span>
      </div>
      <span class="site">{view?.site.title ?? t('bar.noSite')}</span>
      {view?.simulated ? (
        <span class="q wide" title={t('bar.simulatedText', { speed: view.speed })}>
          {t('bar.simulated', { speed: view.speed })}
        </span>
      ) : null}
      <Modes />
      <span class="grow" />
      <Counts />
      <Freshness />
      <Clock />
    </header>
  )
}

export function Rail() {
  const current = railOf(place.value.page)
  return (
    <nav class="nav" aria-label={t('nav.label')}>
      {railPages.map((page, index) => (
        <Go key={page} page={page} current={page === current}>
          {t(`page.${page}`)}
          {singleKeys.value ? <kbd>{index + 1}</kbd> : null}
        </Go>
      ))}
      <div class="foot">
        {me.value.name && me.value.name !== me.value.role
          ? t('nav.who', { name: me.value.name, role: t(`role.${me.value.role}`) })
          : t(`role.${me.value.role}`)}
        {me.value.role === 'viewer' ? (
          <button
            type="button"
            class="iconbtn"
            onClick={() => {
              dialog.value = { kind: 'signIn' }
            }}
          >
            {t('signIn.open')}
          </button>
        ) : null}
        <button type="button" class="iconbtn" onClick={toggleTheme}>
          {t(theme.value === 'dark' ? 'nav.toLight' : 'nav.toDark')} <kbd>d</kbd>
        </button>
        <button
          type="button"
          class="iconbtn"
          onClick={() => {
            dialog.value = { kind: 'keys' }
          }}
        >
          <kbd>?</kbd> {t('nav.keys')} &nbsp; <kbd>/</kbd> {t('nav.find')}
        </button>
      </div>
    </nav>
  )
}

export function Tabs() {
  const { page } = place.value
  const current = railOf(page)
  const inMore = !tabPages.some(tab => tab === current)
  return (
    <nav class="tabs" aria-label={t('nav.label')}>
      {tabPages.map(tab => (
        <Go key={tab} page={tab} current={tab === current}>
          {t(`tab.${tab}`)}
        </Go>
      ))}
      <a
        href="#more"
        aria-current={inMore ? 'page' : undefined}
        onClick={event => {
          event.preventDefault()
          dialog.value = { kind: 'find' }
        }}
      >
        {t('tab.more')}
      </a>
    </nav>
  )
}

/** The strip under the bar: a critical alarm on other pages, and lost contact everywhere. */
export function Strip() {
  // The root, not what followed from it: water first, then that the interlock has acted on it.
  const critical = groupAlarms([...alarms.value.values()].filter(alarm => alarm.state !== 'shelved'))
    .map(group => group.root)
    .filter(alarm => alarm.priority === 1)
    .sort(compareAlarms)[0]
  const showCritical = critical && waitsForPerson(critical) && place.value.page !== 'alarms'
  machineTick.value
  const lost = contactLost.value
  const problem = !contact.value ? siteProblem.value : null
  const last = contact.value
  const wait =
    nextTryAt.value === null ? 0 : Math.max(0, Math.ceil((nextTryAt.value - performance.now()) / 1_000))
  return (
    <div class="strip">
      {showCritical ? (
        <div class="line p1" role="alert">
          <PrioritySymbol priority={1} state={critical.state} />
          <b>{critical.title}</b>
          <span>{t('strip.since', { time: formatTime(critical.raisedAt, zone.value) })}</span>
          <span class="grow" />
          <button type="button" class="btn primary" onClick={goToWorst}>
            {t('strip.go')} <kbd>g</kbd>
          </button>
        </div>
      ) : null}
      {lost && last ? (
        <div class="line lostline" role="status">
          <b>{t('lost.title', { time: formatClock(last.siteNow, zone.value) })}</b>
          <span class="muted">
            {t('lost.text')} {wait > 0 ? t('lost.again', { seconds: wait }) : ''}
          </span>
        </div>
      ) : null}
      {problem ? (
        <div class="line" role="status">
          <b>{t('lost.never')}</b>
          <span class="muted">
            {problem} {wait > 0 ? t('lost.again', { seconds: wait }) : ''}
          </span>
        </div>
      ) : null}
    </div>
  )
}
