import { useState } from 'preact/hooks'
import { modeNames } from '#contract/points.ts'
import { hour, minute } from '#contract/units.ts'
import { railPages } from './frame.tsx'
import { Box, close, Feet } from './parts/Box.tsx'
import { Go } from './parts/Go.tsx'
import { LadderDialog } from './parts/LadderDialog.tsx'
import { StartSwitchback, StopSwitchback } from './parts/SwitchbackDialogs.tsx'
import { formatTime } from './rules/times.ts'
import { dialog } from './state/actions.ts'
import { siteNow } from './state/contact.ts'
import { hub } from './state/hub.ts'
import { singleKeys, toggleSingleKeys, toggleTheme, wall } from './state/look.ts'
import { currentPlan, graph, mayWrite, nameOf, takeAlarm, zone } from './state/plant.ts'
import { signIn, signInProblem } from './state/session.ts'
import { t } from './text.ts'
import type { WordKey } from './words.ts'

function SignIn() {
  const [token, setToken] = useState('')
  return (
    <Box title={t('signIn.title')}>
      <p class="small muted">{t('signIn.text')}</p>
      <form
        onSubmit={event => {
          event.preventDefault()
          void signIn(token).then(ok => {
            if (ok) close()
          })
        }}
      >
        <label>
          {t('signIn.token')}
          <input
            class="field"
            type="password"
            autocomplete="off"
            value={token}
            onInput={event => setToken(event.currentTarget.value)}
          />
        </label>
        {signInProblem.value ? (
          <p class="acterr" role="alert">
            {signInProblem.value}
          </p>
        ) : null}
        <div class="foot">
          <button type="button" class="btn quiet" onClick={close}>
            {t('cancel')} <kbd>Esc</kbd>
          </button>
          <button type="submit" class="btn primary" disabled={token === ''}>
            {t('signIn.verb')}
          </button>
        </div>
      </form>
    </Box>
  )
}

const shelfTimes = [15 * minute, hour, 4 * hour, 8 * hour] as const

function Shelve({ id, title }: { id: string; title: string }) {
  const [forMs, setForMs] = useState<number>(hour)
  const [why, setWhy] = useState('')
  return (
    <Box title={t('shelve.title')}>
      <p>{title}</p>
      <div class="choice" role="group" aria-label={t('shelve.for')}>
        {shelfTimes.map(span => (
          <button key={span} type="button" aria-pressed={span === forMs} onClick={() => setForMs(span)}>
            {span < hour ? t('minutes', { count: span / minute }) : t('hours', { count: span / hour })}
          </button>
        ))}
      </div>
      <label>
        {t('shelve.why')}
        <input class="field" value={why} onInput={event => setWhy(event.currentTarget.value)} />
      </label>
      <p class="small muted">
        {t('shelve.returns', { time: formatTime(siteNow.peek() + forMs, zone.value) })}
      </p>
      <Feet
        verb={t('shelve.verb', { time: formatTime(siteNow.peek() + forMs, zone.value) })}
        disabled={why.trim().length < 3}
        act={async () => {
          const alarm = await hub.shelve(id, forMs, why.trim())
          if (alarm) takeAlarm(alarm)
        }}
      />
    </Box>
  )
}

const returns = ['nextHour', 'nextDay', 'asked'] as const
/** "When asked" travels as ten years: long after the next person has looked. */
const whenAskedMs = 3_650 * 24 * hour
const mayReturn = (choice: (typeof returns)[number], now: number): number => {
  if (choice === 'asked') return Math.round(now + whenAskedMs)
  if (choice === 'nextDay') return Math.round(now + 24 * hour)
  return Math.ceil((now + 1) / hour) * hour
}

function HandBack({ cdu }: { cdu: string }) {
  const [target, setTarget] = useState(cdu)
  const [choice, setChoice] = useState<(typeof returns)[number]>('nextHour')
  const cdus = graph.value?.ofKind('cdu') ?? []
  const moves = (currentPlan.value?.moves ?? []).filter(move => target === 'all' || move.equipment === target)
  const who = target === 'all' ? t('handBack.everything') : nameOf(target)
  return (
    <Box title={t('handBack.title', { who })}>
      <div class="choice" role="group" aria-label={t('handBack.which')}>
        {[...cdus.map(item => item.id), 'all'].map(id => (
          <button key={id} type="button" aria-pressed={id === target} onClick={() => setTarget(id)}>
            {id === 'all' ? t('handBack.all') : nameOf(id)}
          </button>
        ))}
      </div>
      <p class="small muted">{t('handBack.text', { count: moves.length })}</p>
      <label>{t('handBack.mayReturn')}</label>
      <div class="choice" role="group" aria-label={t('handBack.mayReturn')}>
        {returns.map(option => (
          <button
            key={option}
            type="button"
            aria-pressed={option === choice}
            onClick={() => setChoice(option)}
          >
            {t(`handBack.${option}`)}
          </button>
        ))}
      </div>
      <Feet
        verb={t('handBack.verb', { who })}
        act={async () => {
          await hub.handBack(target, mayReturn(choice, siteNow.peek()))
        }}
      />
    </Box>
  )
}

function ModeChoice({ cdu }: { cdu: string }) {
  const [mode, setMode] = useState<(typeof modeNames)[number]>('advise')
  return (
    <Box title={t('modeDialog.title', { cdu: nameOf(cdu) })}>
      <div class="choice" role="group" aria-label={t('modeDialog.which')}>
        {modeNames.map(name => (
          <button key={name} type="button" aria-pressed={name === mode} onClick={() => setMode(name)}>
            {t(`mode.${name}`)}
          </button>
        ))}
      </div>
      <p class="small muted">{t(`modeDialog.${mode}`)}</p>
      <Feet
        verb={t('modeDialog.verb', { cdu: nameOf(cdu), mode: t(`mode.${mode}`) })}
        act={async () => {
          await hub.setMode(cdu, mode)
        }}
      />
    </Box>
  )
}

const keyRows: ReadonlyArray<readonly [string, WordKey]> = [
  ['1 … 8', 'keys.pages'],
  ['/', 'keys.find'],
  ['j k', 'keys.rows'],
  ['→ ←', 'keys.fold'],
  ['a', 'keys.acknowledge'],
  ['s', 'keys.shelve'],
  ['g', 'keys.worst'],
  ['t', 'keys.trend'],
  ['l', 'keys.live'],
  ['p', 'keys.print'],
  ['h', 'keys.handBack'],
  ['H', 'keys.handBackAll'],
  ['d', 'keys.theme'],
  ['w', 'keys.wall'],
  ['Esc', 'keys.back'],
  ['?', 'keys.this'],
]

function Keys() {
  return (
    <Box title={t('keys.title')}>
      <dl class="kv">
        {keyRows.map(([key, word]) => [
          <dt key={key}>{t(word)}</dt>,
          <dd key={`${key} key`}>
            <b>{key}</b>
          </dd>,
        ])}
      </dl>
      <div class="foot">
        <button type="button" class="btn quiet" onClick={toggleSingleKeys}>
          {t(singleKeys.value ? 'keys.off' : 'keys.on')}
        </button>
        <button type="button" class="btn" onClick={close}>
          {t('close')}
        </button>
      </div>
    </Box>
  )
}

/** At most 30 hits: what does not fit one look is found by one more letter. */
const hitsMax = 30

function Find() {
  const [wanted, setWanted] = useState('')
  const word = wanted.trim().toLowerCase()
  const items =
    word === ''
      ? []
      : (graph.value?.site.equipment ?? [])
          .filter(item => item.id.toLowerCase().includes(word) || item.name.toLowerCase().includes(word))
          .slice(0, hitsMax)
  return (
    <Box title={t('find.title')}>
      <input
        class="field"
        aria-label={t('find.title')}
        placeholder={t('find.hint')}
        value={wanted}
        onInput={event => setWanted(event.currentTarget.value)}
      />
      <div class="found" onClick={close}>
        {word === ''
          ? railPages.map(page => (
              <Go key={page} page={page}>
                {t(`page.${page}`)}
              </Go>
            ))
          : null}
        {items.map(item => (
          <Go key={item.id} page="cdu" equipment={item.id}>
            <span>{item.name}</span>
            <span class="muted">{t(`kind.${item.kind}`)}</span>
          </Go>
        ))}
        {word !== '' && items.length === 0 ? <p class="muted">{t('find.none', { word: wanted })}</p> : null}
      </div>
      <div class="foot">
        <button type="button" class="btn quiet" onClick={toggleTheme}>
          {t('keys.theme')}
        </button>
        <button
          type="button"
          class="btn quiet desk"
          onClick={() => {
            wall.value = !wall.peek()
            close()
          }}
        >
          {t('keys.wall')}
        </button>
        {mayWrite.value ? null : (
          <button
            type="button"
            class="btn quiet"
            onClick={() => {
              dialog.value = { kind: 'signIn' }
            }}
          >
            {t('signIn.open')}
          </button>
        )}
        <button type="button" class="btn" onClick={close}>
          {t('close')}
        </button>
      </div>
    </Box>
  )
}

export function Dialogs() {
  const open = dialog.value
  if (!open) return null
  switch (open.kind) {
    case 'signIn':
      return <SignIn key="signIn" />
    case 'shelve':
      return <Shelve key="shelve" id={open.alarm.id} title={open.alarm.title} />
    case 'handBack':
      return <HandBack key="handBack" cdu={open.cdu} />
    case 'mode':
      return <ModeChoice key="mode" cdu={open.cdu} />
    case 'ladder':
      return <LadderDialog key="ladder" />
    case 'startSwitchback':
      return <StartSwitchback key="startSwitchback" />
    case 'stopSwitchback':
      return <StopSwitchback key="stopSwitchback" />
    case 'keys':
      return <Keys key="keys" />
    case 'find':
      return <Find key="find" />
    default:
      return open satisfies never
  }
}
