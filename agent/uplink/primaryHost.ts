import { type HostState, parseHostState } from '#contract/sparkplug/topics.ts'

/** What the node knows of its primary host at one broker. Survives reconnects: a message older than the last one believed is never believed. */
export type HostSight = { readonly online: boolean; readonly timestamp: number }
export const hostUnseen: HostSight = { online: false, timestamp: 0 }

/** Equal timestamps are believed: a host's Will carries the timestamp of its own birth. */
export function hostSighted(
  before: HostSight,
  text: string,
): { readonly sight: HostSight; readonly isBelieved: boolean } {
  const state: HostState | undefined = parseHostState(text)
  if (state === undefined || state.timestamp < before.timestamp) return { sight: before, isBelieved: false }
  return { sight: state, isBelieved: true }
}
