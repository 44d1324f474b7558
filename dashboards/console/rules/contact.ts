/**
 * Contact with the hub, judged here: the hub speaks at least once a second, and its clock moves. A frozen hub behind an
 * open socket is as lost as a cut line.
 */
export type Contact = {
  /** Machine time (performance.now) of the last word whose clock had moved. */
  readonly heardAt: number
  readonly siteNow: number
  readonly speed: number
}

/** 2 s of silence at one word a second is two words missed; with the 0.25 s tick the page greys within 3 s. */
export const silenceMs = 2_000

export const isLost = (contact: Contact | null, machineNow: number): boolean =>
  contact !== null && machineNow - contact.heardAt > silenceMs

/** Site time on the screen: runs on between words, but never past the silence that is believed. */
export const siteTimeShown = (contact: Contact, machineNow: number): number =>
  contact.siteNow + Math.min(machineNow - contact.heardAt, silenceMs) * contact.speed
