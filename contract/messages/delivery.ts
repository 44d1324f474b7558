/**
 * Delivery above Sparkplug's QoS 0. Each outbox record travels as one Sparkplug payload whose `uuid` field names the
 * agent's epoch (a new one whenever its outbox is new) and the record's position (1, 2, 3 … without a gap). After its
 * store has committed, the hub answers with a cumulative NCMD: everything up to and including that position is kept.
 */
export const acknowledgeMetric = 'Node Control/Acknowledge'
/** NCMD String: the id of a lease group that its issuer takes back (one of its members failed elsewhere). */
export const releaseGroupMetric = 'Node Control/Release Group'
export const rebirthMetric = 'Node Control/Rebirth'
export const bdSeqMetric = 'bdSeq'
export const eventMetricPrefix = 'Event/'

export type DeliveryMark = { readonly epoch: string; readonly position: number }

const markPattern = /^cl1:([0-9a-z-]{8,40}):([1-9][0-9]{0,15})$/

export const formatMark = (mark: DeliveryMark): string => `cl1:${mark.epoch}:${mark.position}`

/** The mark in a payload's uuid or an acknowledgement's value; undefined when it is not one of ours. */
export function parseMark(text: string | undefined): DeliveryMark | undefined {
  const match = text === undefined ? null : markPattern.exec(text)
  if (!match) return undefined
  const position = Number(match[2])
  return Number.isSafeInteger(position) ? { epoch: match[1] as string, position } : undefined
}

/** Sent again after 60 s of wall time or more, data is marked historical and never touches a live value or alarm. */
export const historicalAfterWallMs = 60_000
