import { randomUUID } from 'node:crypto'
import type { AlarmView } from '#contract/api.ts'
import { type Clock, siteLimitMs } from '#contract/clock.ts'
import { Failure } from '#contract/failure.ts'
import type { Sample } from '#contract/reading.ts'
import type { SiteGraph } from '#contract/site/graph.ts'
import { hour, type Millis, minute } from '#contract/units.ts'
import { type AlarmCode, alarmCatalogue, pointWords } from '#hub/alarms/catalogue.ts'
import { rootOf } from '#hub/alarms/converge.ts'
import { createJudge } from '#hub/alarms/judge.ts'
import { type AlarmEvent, isActive, moved } from '#hub/alarms/transitions.ts'
import type { Live } from '#hub/live.ts'
import type { State } from '#hub/state/state.ts'

export type Alarms = {
  /** Judges live samples: call before they are stored. */
  samples(samples: readonly Sample[]): void
  /** Runs delays and shelving out; call a few times a second. */
  tick(): void
  raise(
    code: AlarmCode,
    equipment: string,
    options?: {
      readonly detail?: string
      readonly at?: Millis
      /** One of several points of the equipment: each has an alarm of its own. */
      readonly point?: string
      /** More is known of an alarm that stands: its text changes, and it is not raised again. */
      readonly isRestated?: boolean
    },
  ): void
  clear(code: AlarmCode, equipment: string, point?: string): void
  acknowledge(id: string, by: string): AlarmView
  shelve(
    id: string,
    options: { readonly forMs: number; readonly why: string; readonly by: string },
  ): AlarmView
  /** Everything not back to normal, most urgent first. */
  standing(): readonly AlarmView[]
  counts(): { readonly raised: number; readonly active: number }
  onChange(listener: (alarm: AlarmView) => void): void
}

/** Shelving ends by itself: 8 h at most (AL-13). */
const shelveMsMax = 8 * hour
/** A consequence belongs to a cause that stood up to this long after it (AL-09); a wider one at high speed. */
const convergeWindowMs = minute

/**
 * Alarms of the whole site. Announce first, store second: a failed disk costs durability, never the alarm.
 */
export function createAlarms(options: {
  graph: SiteGraph
  live: Live
  state: State
  clock: Clock
  log: (sentence: string, error: unknown) => void
}): Alarms {
  const { graph, live, state, clock, log } = options
  const standing = new Map<string, AlarmView>()
  const listeners: Array<(alarm: AlarmView) => void> = []
  const judge = createJudge({ site: graph.site, look: equipment => point => live.reading(equipment, point) })
  const agentOf = (equipment: string) => graph.equipment(equipment)?.agent
  const keyOf = (code: string, equipment: string, point?: string) =>
    point === undefined ? `${code}/${equipment}` : `${code}/${equipment}.${point}`

  for (const alarm of state.activeAlarms()) {
    standing.set(keyOf(alarm.code, alarm.equipment, alarm.point), alarm)
    if (isActive(alarm)) judge.assume(alarm.code, alarm.equipment)
  }

  const announce = (alarm: AlarmView) => {
    for (const listener of listeners) listener(alarm)
    keep(() => state.saveAlarm(alarm), alarm)
  }
  const keep = (store: () => void, alarm: AlarmView) => {
    try {
      store()
    } catch (error) {
      log(`alarm ${alarm.title} is shown but could not be kept`, error)
    }
  }
  const put = (alarm: AlarmView) => {
    const key = keyOf(alarm.code, alarm.equipment, alarm.point)
    if (alarm.state === 'normal') {
      standing.delete(key)
      release(alarm.id)
    } else standing.set(key, alarm)
    announce(alarm)
  }
  /** A root that went away leaves its children to show by themselves. */
  const release = (rootId: string) => {
    for (const [key, child] of standing) {
      if (child.rootId !== rootId) continue
      const { rootId: _, ...alone } = child
      standing.set(key, alone)
      announce(alone)
    }
  }
  const fold = (alarm: AlarmView): AlarmView => {
    const windowMs = siteLimitMs(clock, convergeWindowMs)
    const root =
      rootOf({ alarm, standing: standing.values(), graph, agentOf, windowMs }) ?? firstOfItsRack(alarm)
    return root ? { ...alarm, rootId: root.id } : alarm
  }
  /** Many chips of one CDU are one event: the first one stands for the others. */
  const firstOfItsRack = (alarm: AlarmView): AlarmView | undefined => {
    if (alarm.code !== 'chipMarginLow' && alarm.code !== 'chipOverLimit') return undefined
    const cdu = graph.cduOf(alarm.equipment)
    return [...standing.values()].find(
      other =>
        other.code === alarm.code &&
        other.id !== alarm.id &&
        other.rootId === undefined &&
        isActive(other) &&
        graph.cduOf(other.equipment) === cdu,
    )
  }
  const absorb = (root: AlarmView) => {
    const windowMs = siteLimitMs(clock, convergeWindowMs)
    for (const [key, other] of standing) {
      if (other.rootId !== undefined || other.id === root.id || !isActive(other)) continue
      if (rootOf({ alarm: other, standing: [root], graph, agentOf, windowMs }) === undefined) continue
      const child = { ...other, rootId: root.id }
      standing.set(key, child)
      announce(child)
    }
  }
  const step = (alarm: AlarmView, event: AlarmEvent, at: Millis, by?: string): AlarmView => {
    const next = moved(alarm, event, at, by)
    if (!next) throw new Failure('CONFLICT', `alarm "${alarm.title}" is ${alarm.state} and cannot ${event}`)
    put(next)
    return next
  }
  const byId = (id: string): AlarmView => {
    for (const alarm of standing.values()) if (alarm.id === id) return alarm
    throw new Failure('NOT_FOUND', `no alarm stands with the id ${id}`)
  }

  const alarms: Alarms = {
    samples: samples => {
      for (const change of judge.judge(samples, clock.siteNow())) apply(change)
    },
    tick: () => {
      const now = clock.siteNow()
      for (const change of judge.tick(now)) apply(change)
      for (const alarm of [...standing.values()])
        if (alarm.shelvedUntilAt !== undefined && alarm.shelvedUntilAt <= now && alarm.state === 'shelved')
          step(alarm, 'unshelve', now)
    },
    raise: (code, equipment, { detail, at = clock.siteNow(), point, isRestated = false } = {}) => {
      const text = alarmCatalogue[code]
      const response =
        detail && !text.title.includes('{detail}')
          ? `${detail.replace(/\.?$/, '.')} ${text.response}`
          : text.response
      const known = standing.get(keyOf(code, equipment, point))
      if (known) {
        const again = moved(known, 'raise', at)
        const isNews = isRestated && known.response !== response
        if (again || isNews)
          put({ ...(again ?? { ...known, changedAt: at }), ...(isNews ? { response } : {}) })
        return
      }
      const name = graph.equipment(equipment)?.name ?? equipment
      const alarm = fold({
        id: randomUUID(),
        code,
        equipment,
        ...(point === undefined ? {} : { point }),
        priority: text.priority,
        state: 'unackActive',
        raisedAt: at,
        changedAt: at,
        title: text.title
          .replace('{name}', name)
          .replace('{detail}', detail ?? '')
          .replace('{point}', pointWords(point ?? '')),
        consequence: text.consequence,
        response,
      })
      put(alarm)
      keep(() => state.count('alarmsRaised'), alarm)
      if (alarm.rootId === undefined) absorb(alarm)
    },
    clear: (code, equipment, point) => {
      const alarm = standing.get(keyOf(code, equipment, point))
      if (alarm && isActive(alarm)) step(alarm, 'return', clock.siteNow())
    },
    acknowledge: (id, by) => step(byId(id), 'acknowledge', clock.siteNow(), by),
    shelve: (id, { forMs, why, by }) => {
      const alarm = byId(id)
      if (alarm.priority === 1 || 'leak' in alarmCatalogue[alarm.code as AlarmCode])
        throw new Failure(
          'NOT_ALLOWED',
          `"${alarm.title}" is critical: critical alarms and leaks are not shelved`,
        )
      if (forMs <= 0 || forMs > shelveMsMax)
        throw new Failure(
          'MESSAGE_INVALID',
          `forMs = ${forMs}: shelving lasts more than 0 and at most ${shelveMsMax} ms (8 h)`,
        )
      const now = clock.siteNow()
      const next = moved(alarm, 'shelve', now)
      if (!next)
        throw new Failure('CONFLICT', `alarm "${alarm.title}" is ${alarm.state} and cannot be shelved`)
      const shelved = { ...next, shelvedUntilAt: now + forMs, shelvedBy: by, shelvedWhy: why }
      put(shelved)
      return shelved
    },
    standing: () => [...standing.values()].sort((a, b) => a.priority - b.priority || b.raisedAt - a.raisedAt),
    counts: () => ({
      raised: state.counted('alarmsRaised'),
      active: [...standing.values()].filter(isActive).length,
    }),
    onChange: listener => {
      listeners.push(listener)
    },
  }
  const apply = (change: {
    rule: { code: AlarmCode }
    equipment: { id: string }
    active: boolean
    at: Millis
  }) => {
    if (change.active) alarms.raise(change.rule.code, change.equipment.id, { at: change.at })
    else alarms.clear(change.rule.code, change.equipment.id)
  }
  return alarms
}
