import { railPages } from './frame.tsx'
import { mayShelve } from './rules/alarmList.ts'
import { acknowledge, dialog, goToWorst, liveAsked, selectedAlarm } from './state/actions.ts'
import { goTo, place } from './state/address.ts'
import { singleKeys, toggleTheme, wall } from './state/look.ts'
import { alarms, graph } from './state/plant.ts'

/** Single keys: off while typing, off in dialogs, and off altogether where a person wants it so (WCAG 2.1.4). */
const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))

function moveRow(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')]
  if (rows.length === 0) return
  const at = rows.findIndex(row => row.dataset.row === selectedAlarm.peek() || row === document.activeElement)
  const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))]
  next?.focus()
  const id = next?.dataset.row
  if (id && place.peek().page === 'alarms') selectedAlarm.value = id
}

const selected = () => {
  const id = selectedAlarm.peek()
  return id === null ? undefined : alarms.peek().get(id)
}

function shelveSelected(): void {
  const alarm = selected()
  if (alarm && mayShelve(alarm)) dialog.value = { kind: 'shelve', alarm }
}

/** `t`: the trend of what is looked at: of the selected alarm's point, or of the CDU's supply temperature. */
function goToTrend(): void {
  const { page, equipment } = place.peek()
  if (page === 'point') return
  const alarm = page === 'alarms' ? selected() : undefined
  const cdu = graph.peek()?.equipment(equipment)?.kind === 'cdu' ? equipment : firstCdu()
  if (alarm?.point) goTo('point', `${alarm.equipment}.${alarm.point}`)
  else if (cdu !== 'all') goTo('point', `${cdu}.supplyTemperature`)
}

/** `l`: a zoomed trend, a chosen span or an older time gives way to now. */
function backToLive(): void {
  liveAsked.value += 1
}

const firstCdu = () => graph.peek()?.ofKind('cdu')[0]?.id ?? 'all'

const keys: Readonly<Record<string, () => void>> = {
  j: () => moveRow(1),
  k: () => moveRow(-1),
  a: () => {
    const alarm = selected()
    if (alarm) void acknowledge(alarm.id)
  },
  s: shelveSelected,
  g: goToWorst,
  d: toggleTheme,
  w: () => {
    wall.value = !wall.peek()
    if (wall.peek()) goTo('overview')
  },
  h: () => {
    dialog.value = { kind: 'handBack', cdu: firstCdu() }
  },
  H: () => {
    dialog.value = { kind: 'handBack', cdu: 'all' }
  },
  t: () => goToTrend(),
  l: backToLive,
  p: () => window.print(),
  '/': () => {
    dialog.value = { kind: 'find' }
  },
  '?': () => {
    dialog.value = { kind: 'keys' }
  },
}

function goBack(): void {
  if (wall.peek()) wall.value = false
  else if (place.peek().page === 'cdu' || place.peek().page === 'point') history.back()
}

export function startKeyboard(): void {
  window.addEventListener('keydown', event => {
    if (
      event.defaultPrevented ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      dialog.peek() ||
      isTyping(event.target)
    )
      return
    if (event.key === 'Escape') {
      goBack()
      return
    }
    if (!singleKeys.peek()) return
    const page = railPages[Number(event.key) - 1]
    const act = page ? () => goTo(page) : keys[event.key]
    if (!act) return
    event.preventDefault()
    act()
  })
}
