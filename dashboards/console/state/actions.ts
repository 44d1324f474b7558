import { signal } from '@preact/signals'
import type { AlarmView } from '#contract/api.ts'
import { worstAlarm } from '../rules/alarmList.ts'
import { goTo } from './address.ts'
import { hub } from './hub.ts'
import { alarms, mayWrite, takeAlarm } from './plant.ts'

/** What the person does; a refusal is kept by the thing it was about, and shown there. */
export const refusals = signal<ReadonlyMap<string, string>>(new Map())
/** Counts how often a person asked to come back to now; trends listen. */
export const liveAsked = signal(0)
export const selectedAlarm = signal<string | null>(null)

export type DialogName =
  | { readonly kind: 'keys' }
  | { readonly kind: 'find' }
  | { readonly kind: 'signIn' }
  | { readonly kind: 'shelve'; readonly alarm: AlarmView }
  | { readonly kind: 'handBack'; readonly cdu: string }
  | { readonly kind: 'mode'; readonly cdu: string }
  | { readonly kind: 'ladder' }
  | { readonly kind: 'startSwitchback' }
  | { readonly kind: 'stopSwitchback' }
export const dialog = signal<DialogName | null>(null)

export const sentenceOfError = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

export function refuse(about: string, sentence: string | null): void {
  const next = new Map(refusals.peek())
  if (sentence === null) next.delete(about)
  else next.set(about, sentence)
  refusals.value = next
}

export async function acknowledge(id: string): Promise<void> {
  if (!mayWrite.peek()) {
    dialog.value = { kind: 'signIn' }
    return
  }
  try {
    const alarm = await hub.acknowledge(id)
    refuse(id, null)
    if (alarm !== null) takeAlarm(alarm)
  } catch (error) {
    refuse(id, sentenceOfError(error))
  }
}

export function goToWorst(): void {
  const worst = worstAlarm([...alarms.peek().values()])
  if (worst) selectedAlarm.value = worst.id
  goTo('alarms')
}
