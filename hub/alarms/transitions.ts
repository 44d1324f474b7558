import type { AlarmState, AlarmView } from '#contract/api.ts'
import type { Millis } from '#contract/units.ts'

/**
 * The alarm life cycle (ISA-18.2) as a table: from a state, by an event, to a state. What the table does not hold is
 * refused. `normal` ends an alarm; the next raise is a new one.
 */
export type AlarmEvent = 'raise' | 'return' | 'acknowledge' | 'shelve' | 'unshelve'

export const alarmTransitions: Readonly<
  Record<AlarmState, Partial<Readonly<Record<AlarmEvent, AlarmState>>>>
> = {
  normal: { raise: 'unackActive' },
  unackActive: { acknowledge: 'ackActive', return: 'unackReturned', shelve: 'shelved' },
  ackActive: { return: 'normal', shelve: 'shelved' },
  unackReturned: { acknowledge: 'normal', raise: 'unackActive' },
  // A shelved alarm whose cause goes away ends; unshelving one whose cause still stands shows it again as new.
  shelved: { unshelve: 'unackActive', return: 'normal' },
}

/** The alarm after the event, or undefined when the table does not allow it. */
export function moved(alarm: AlarmView, event: AlarmEvent, at: Millis, by?: string): AlarmView | undefined {
  const next = alarmTransitions[alarm.state][event]
  if (next === undefined) return undefined
  const base: AlarmView = { ...alarm, state: next, changedAt: at }
  switch (event) {
    case 'acknowledge':
      return { ...base, acknowledgedAt: at, acknowledgedBy: by ?? 'unknown' }
    case 'return':
      return { ...base, returnedAt: at }
    case 'raise': {
      const { returnedAt: _, ...again } = base
      return again
    }
    case 'unshelve': {
      const { shelvedUntilAt: _until, shelvedBy: _by, shelvedWhy: _why, ...again } = base
      return again
    }
    case 'shelve':
      return base
    default:
      return event satisfies never
  }
}

/** Counts as active: its cause stands. */
export const isActive = (alarm: AlarmView): boolean =>
  alarm.state === 'unackActive' || alarm.state === 'ackActive' || alarm.state === 'shelved'
