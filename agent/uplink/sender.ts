import type { Outbox } from '#agent/outbox/outbox.ts'
import type { NodeConnection } from '#agent/uplink/brokerConnection.ts'
import {
  acknowledgedUpTo,
  afterSilence,
  beginLanes,
  type Lanes,
  nextSending,
  sentUpTo,
} from '#agent/uplink/delivery.ts'
import type { Session } from '#agent/uplink/session.ts'
import type { UplinkStatus } from '#agent/uplink/uplink.ts'
import type { Clock } from '#contract/clock.ts'
import { type DeliveryMark, historicalAfterWallMs } from '#contract/messages/delivery.ts'
import type { Millis } from '#contract/units.ts'

/** Silence is looked for this often: a tenth of the least wait before sending again. */
const silenceCheckMs = 500
/** Handed to the socket and not yet taken by the kernel: beyond 1 MB sending pauses, and looks again after 20 ms. */
const socketBytesMax = 1_000_000
const socketPauseMs = 20

/** Takes the outbox's records to the host, in the lanes that `delivery.ts` decides on. */
export type Sender = {
  open(): void
  /** The node was born: whatever was sent before and is not acknowledged is sent again. */
  begin(): void
  /** Sends now what has come since the births, as far as the socket takes it. */
  sendLive(): void
  acknowledged(mark: DeliveryMark): void
  status(): Pick<UplinkStatus, 'deliveryProven' | 'acknowledgedPosition' | 'sentPosition'>
  close(): void
}

export function createSender(options: {
  readonly acknowledges: boolean
  readonly clock: Clock
  readonly outbox: Outbox
  /** Set between births and the end of the MQTT session. */
  readonly session: () => Session | undefined
  readonly connection: () => NodeConnection | undefined
  readonly lostSince: (device: string) => Millis | undefined
}): Sender {
  const { acknowledges, clock, outbox, session, connection, lostSince } = options
  let floorTold = 0
  /** This process has sent records: the host may know more than it has acknowledged. */
  let hasSent = false
  /** Of the outbox that `lanes` speaks of: a damaged outbox begins again under another. */
  let epoch = outbox.epoch
  let lanes: Lanes = startLanes()
  let isProven = false
  let isPumping = false
  let silenceTimer: NodeJS.Timeout | undefined

  const waitingBytes = (): number => connection()?.waitingBytes() ?? 0

  function startLanes(): Lanes {
    epoch = outbox.epoch
    floorTold = outbox.floorPosition()
    return beginLanes({
      acknowledged: outbox.floorPosition(),
      newest: outbox.newestPosition(),
      atMs: clock.machineNow(),
      inOrder: !acknowledges,
      mayBeKnown: acknowledges && (hasSent || floorTold > 0),
    })
  }

  function acknowledged(mark: DeliveryMark): void {
    if (mark.epoch !== outbox.epoch || mark.position > outbox.newestPosition()) return
    isProven = true
    outbox.acknowledge(mark.epoch, mark.position)
    lanes = acknowledgedUpTo(lanes, mark.position, clock.machineNow())
    pump()
  }

  /** Sends what the window allows, a few records a turn, so that nothing else in the agent waits for it. */
  function pump(): void {
    const current = session()
    if (isPumping || current === undefined) return
    if (epoch !== outbox.epoch) lanes = startLanes()
    tellFloor(current)
    const isMore = sendTurn(current)
    if (!isMore) return
    isPumping = true
    const again = () => {
      isPumping = false
      pump()
    }
    if (waitingBytes() > socketBytesMax) setTimeout(again, socketPauseMs).unref()
    else setImmediate(again)
  }

  function sendTurn(born: Session): boolean {
    const sending = nextSending(lanes, outbox.newestPosition(), clock.machineNow())
    if (sending === undefined || waitingBytes() > socketBytesMax) return sending !== undefined
    const records = outbox.read(sending.afterPosition, sending.limit)
    // Being fetched; the outbox says when to go on.
    if (records === undefined) return false
    const wallNow = clock.wallNow()
    hasSent ||= records.length > 0
    for (const record of records) {
      if (sending.lane === 'backlog' && record.position > lanes.backlogEnd) break
      connection()?.publish(
        born.record(record, {
          at: clock.siteNow(),
          epoch: outbox.epoch,
          isHistorical: wallNow - record.acceptedWallAt >= historicalAfterWallMs,
          lostSince: record.body.kind === 'samples' ? lostSince(record.body.device) : undefined,
        }),
      )
      lanes = sentUpTo(lanes, sending.lane, record.position, clock.machineNow())
    }
    const last = records.at(-1)
    if (last === undefined || last.position > lanes.backlogEnd)
      // The rest of that lane is no longer in the outbox.
      lanes = sentUpTo(
        lanes,
        sending.lane,
        sending.lane === 'live' ? (last?.position ?? outbox.newestPosition()) : lanes.backlogEnd,
        clock.machineNow(),
      )
    if (!acknowledges && last !== undefined) unprovenDelivery(last.position)
    return true
  }

  /** Another vendor's host never acknowledges: what the socket has taken counts as delivered, and status says that it is unproven. */
  function unprovenDelivery(position: number): void {
    const sentEpoch = epoch
    connection()?.whenTaken(() => {
      outbox.acknowledge(sentEpoch, position)
      lanes = acknowledgedUpTo(lanes, position, clock.machineNow())
    })
  }

  /** What was dropped from a full outbox must not be waited for: the host is told where the outbox begins. */
  function tellFloor(born: Session): void {
    const position = outbox.floorPosition()
    if (position <= lanes.acknowledged || position <= floorTold) return
    floorTold = position
    connection()?.publish(born.floor({ epoch: outbox.epoch, position }, clock.siteNow()))
    lanes = acknowledgedUpTo(lanes, position, clock.machineNow())
  }

  function sendLive(): void {
    const current = session()
    while (
      current !== undefined &&
      waitingBytes() <= socketBytesMax &&
      lanes.liveSent < outbox.newestPosition() &&
      sendTurn(current)
    );
  }

  function lookForSilence(): void {
    if (session() === undefined) return
    const again = acknowledges ? afterSilence(lanes, clock.machineNow()) : undefined
    if (again) lanes = again
    pump()
  }

  return {
    open() {
      outbox.onCommit(pump)
      silenceTimer = setInterval(lookForSilence, silenceCheckMs)
      silenceTimer.unref()
    },
    begin() {
      lanes = startLanes()
      pump()
    },
    sendLive,
    acknowledged,
    status: () => ({
      deliveryProven: isProven && acknowledges,
      acknowledgedPosition: lanes.acknowledged,
      sentPosition: lanes.liveSent,
    }),
    close: () => clearInterval(silenceTimer),
  }
}
