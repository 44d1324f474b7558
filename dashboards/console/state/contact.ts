import { computed, signal } from '@preact/signals'
import { type Contact, isLost, siteTimeShown } from '../rules/contact.ts'

export const contact = signal<Contact | null>(null)
export const contactLost = signal(false)
export const machineTick = signal(0)
export const siteNow = signal(0)
/** False until the hub has said what time it is at the site: nothing is asked of the store before. */
export const clockKnown = computed(() => siteNow.value > 0)
export const nextTryAt = signal<number | null>(null)
export const silentForMs = computed(() =>
  contact.value ? Math.max(0, machineTick.value - contact.value.heardAt) : 0,
)

export function heard(word: { siteNow: number; speed: number }): void {
  const before = contact.peek()
  if (before && word.siteNow === before.siteNow) return
  contact.value = { heardAt: performance.now(), siteNow: word.siteNow, speed: word.speed }
  if (contactLost.peek()) contactLost.value = false
}

/** The page's own pulse: clock, age and loss are judged 4 times a second from what was heard. */
export function startPulse(): void {
  window.setInterval(() => {
    const now = performance.now()
    const last = contact.peek()
    const lost = isLost(last, now)
    if (lost !== contactLost.peek()) contactLost.value = lost
    if (last) siteNow.value = siteTimeShown(last, now)
    machineTick.value = now
  }, 250)
}
