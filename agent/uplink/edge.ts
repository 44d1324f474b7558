import type { Logger } from 'pino'
import type { Outbox } from '#agent/outbox/outbox.ts'
import { type BackOff, jitteredBackOff, steadyMs } from '#agent/sources/backOff.ts'
import { atMost } from '#agent/sources/within.ts'
import { connectNode, type NodeConnection } from '#agent/uplink/brokerConnection.ts'
import { type Command, deviceCommands, nodeCommands } from '#agent/uplink/commands.ts'
import type { UplinkConfig } from '#agent/uplink/config.ts'
import {
  acknowledgedUpTo,
  afterSilence,
  beginLanes,
  type Lanes,
  nextSending,
  sentUpTo,
} from '#agent/uplink/delivery.ts'
import { hostSighted, hostUnseen } from '#agent/uplink/primaryHost.ts'
import { createSession, type Message, type Session } from '#agent/uplink/session.ts'
import type { BirthSource, Uplink, UplinkListener } from '#agent/uplink/uplink.ts'
import type { Clock } from '#contract/clock.ts'
import { isFailure } from '#contract/failure.ts'
import { historicalAfterWallMs } from '#contract/messages/delivery.ts'
import type { Site } from '#contract/site/site.ts'
import { birthPlan } from '#contract/sparkplug/birth.ts'
import { decodePayload } from '#contract/sparkplug/payload.ts'
import { checkedId, parseTopic, stateTopic } from '#contract/sparkplug/topics.ts'

export type UplinkOptions = {
  readonly config: UplinkConfig
  readonly site: Site
  readonly clock: Clock
  readonly outbox: Outbox
  readonly births: BirthSource
  readonly listener: UplinkListener
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** For the spread of reconnects; Math.random by default. */
  readonly random?: () => number
}

/** Silence is looked for this often: a tenth of the least wait before sending again. */
const silenceCheckMs = 500
/** Handed to the socket and not yet taken by the kernel: beyond 1 MB sending pauses, and looks again after 20 ms. */
const socketBytesMax = 1_000_000
const socketPauseMs = 20
/** A lost device is told of this late at most, even where the disk hangs. */
const deathWaitMsMax = 2_000

/** The Sparkplug edge node of one agent. */
export function createUplink(options: UplinkOptions): Uplink {
  const { config, site, clock, outbox, births, listener, log } = options
  const plan = birthPlan(site, checkedId(config.agent, 'the agent'))
  const backOff: BackOff = jitteredBackOff({
    firstMs: 500,
    capMs: isLoopback(config.url) ? 2_000 : 30_000,
    random: options.random ?? Math.random,
  })
  const offline = new Set<string>()
  const ignoredByReason: Record<string, number> = {}
  let connection: NodeConnection | undefined
  /** Set between the births and the end of the MQTT session; data flows only then. */
  let session: Session | undefined
  let bdSeq = -1
  let connectedAtMs = 0
  let host = hostUnseen
  /** The host said so in this MQTT session: an older session's word is not enough for births. */
  let hostIsHere = false
  let floorTold = 0
  /** This process has sent records: the host may know more than it has acknowledged. */
  let hasSent = false
  /** Of the outbox that `lanes` speaks of: a damaged outbox begins again under another. */
  let epoch = outbox.epoch
  let lanes: Lanes = startLanes()
  let isProven = false
  let rebirths = 0
  let isPumping = false
  let timesBorn = 0
  /** Births and deaths of devices leave in the order in which they happened. */
  let deviceWords = Promise.resolve()
  let isClosed = false
  let reconnectTimer: NodeJS.Timeout | undefined
  let silenceTimer: NodeJS.Timeout | undefined

  function startLanes(): Lanes {
    epoch = outbox.epoch
    floorTold = outbox.floorPosition()
    return beginLanes({
      acknowledged: outbox.floorPosition(),
      newest: outbox.newestPosition(),
      atMs: clock.machineNow(),
      inOrder: !config.acknowledges,
      mayBeKnown: config.acknowledges && (hasSent || floorTold > 0),
    })
  }

  function connect(): void {
    bdSeq = (bdSeq + 1) % 256
    const current = createSession(plan, bdSeq)
    const opened = connectNode({
      config,
      plan,
      will: current.nodeDeath(clock.siteNow()),
      events: {
        ready: () => {
          connectedAtMs = clock.machineNow()
          // The host's retained state may have come before the grant, or comes next; without a host to wait for, births follow at once.
          if (config.hostId === '' || hostIsHere) bear(current)
        },
        message: (topic, payload, retained) => receive(current, topic, payload, retained),
        lost: sentence => lost(opened, sentence),
      },
    })
    connection = opened
  }

  function lost(which: NodeConnection, sentence: string): void {
    if (which !== connection) return
    connection = undefined
    session = undefined
    hostHere(false)
    if (isClosed) return
    if (clock.machineNow() - connectedAtMs > steadyMs && connectedAtMs > 0) backOff.reset()
    comeBack(sentence)
  }

  function comeBack(sentence: string): void {
    const waitMs = backOff.next()
    log.warn({ broker: config.url, waitMs: Math.round(waitMs) }, `no uplink: ${sentence}`)
    reconnectTimer = setTimeout(() => {
      try {
        connect()
      } catch (error) {
        // A certificate that is being renewed may be missing for a moment.
        if (!isFailure(error)) throw error
        comeBack(error.message)
      }
    }, waitMs)
    reconnectTimer.unref()
  }

  function send(message: Message): void {
    connection?.publish(message)
  }

  /** NBIRTH and all DBIRTHs; whatever was sent before and is not acknowledged is sent again. */
  function bear(current: Session): void {
    session = undefined
    timesBorn += 1
    const floor = { epoch: outbox.epoch, position: outbox.floorPosition() }
    for (const message of current.births(births, { at: clock.siteNow(), floor, offline })) send(message)
    session = current
    lanes = startLanes()
    pump()
  }

  function receive(current: Session, topic: string, payload: Buffer, retained: boolean): void {
    if (topic === stateTopic(config.hostId)) {
      sighted(current, payload.toString('utf8'))
      return
    }
    const parsed = parseTopic(topic)
    if (parsed === undefined || parsed.node !== plan.node) return
    // A retained wish comes from an unknown past: never obeyed.
    if (retained) {
      ignore('retained', `a retained command on ${topic}`)
      return
    }
    try {
      const decoded = decodePayload(payload)
      const commands =
        parsed.type === 'NCMD'
          ? nodeCommands(decoded)
          : 'device' in parsed
            ? deviceCommands(plan, parsed.device, decoded)
            : []
      for (const command of commands) obey(current, command)
    } catch (error) {
      if (!isFailure(error)) throw error
      ignore('undecodable', error.message)
    }
  }

  function obey(current: Session, command: Command): void {
    switch (command.kind) {
      case 'rebirth':
        if (session === undefined) break
        rebirths += 1
        bear(current)
        break
      case 'acknowledge':
        acknowledged(command.mark)
        break
      case 'releaseGroup':
        listener.releaseGroup(command.groupId)
        break
      case 'lease':
        listener.lease(command.lease)
        break
      case 'mode':
        listener.mode(command.equipment, command.mode)
        break
      case 'ignored':
        ignore(command.because, command.sentence)
        break
    }
  }

  function ignore(because: string, sentence: string): void {
    ignoredByReason[because] = (ignoredByReason[because] ?? 0) + 1
    log.warn({ because }, `ignored: ${sentence}`)
  }

  function sighted(current: Session, text: string): void {
    const { sight, isBelieved } = hostSighted(host, text)
    host = sight
    if (!isBelieved) return
    const wasHere = hostIsHere
    hostHere(sight.online)
    if (sight.online && !wasHere && connection?.isReady()) bear(current)
    if (!sight.online && session !== undefined) void leave(current)
  }

  function hostHere(online: boolean): void {
    if (online === hostIsHere) return
    hostIsHere = online
    listener.host(online)
  }

  /** The primary host went: die properly, disconnect, and come back to wait for it. */
  async function leave(current: Session): Promise<void> {
    session = undefined
    await connection?.end(current.nodeDeath(clock.siteNow()))
  }

  function acknowledged(mark: { epoch: string; position: number }): void {
    if (mark.epoch !== outbox.epoch || mark.position > outbox.newestPosition()) return
    isProven = true
    outbox.acknowledge(mark.epoch, mark.position)
    lanes = acknowledgedUpTo(lanes, mark.position, clock.machineNow())
    pump()
  }

  /** Sends what the window allows, a few records a turn, so that nothing else in the agent waits for it. */
  function pump(): void {
    if (isPumping || session === undefined) return
    if (epoch !== outbox.epoch) lanes = startLanes()
    tellFloor(session)
    const isMore = sendTurn(session)
    if (!isMore) return
    isPumping = true
    const again = () => {
      isPumping = false
      pump()
    }
    if ((connection?.waitingBytes() ?? 0) > socketBytesMax) setTimeout(again, socketPauseMs).unref()
    else setImmediate(again)
  }

  function sendTurn(born: Session): boolean {
    const sending = nextSending(lanes, outbox.newestPosition(), clock.machineNow())
    if (sending === undefined || (connection?.waitingBytes() ?? 0) > socketBytesMax)
      return sending !== undefined
    const records = outbox.read(sending.afterPosition, sending.limit)
    // Being fetched; the outbox says when to go on.
    if (records === undefined) return false
    const wallNow = clock.wallNow()
    hasSent ||= records.length > 0
    for (const record of records) {
      if (sending.lane === 'backlog' && record.position > lanes.backlogEnd) break
      send(
        born.record(record, {
          at: clock.siteNow(),
          epoch: outbox.epoch,
          isHistorical: wallNow - record.acceptedWallAt >= historicalAfterWallMs,
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
    if (!config.acknowledges && last !== undefined) unprovenDelivery(last.position)
    return true
  }

  /** Another vendor's host never acknowledges: what the socket has taken counts as delivered, and status says that it is unproven. */
  function unprovenDelivery(position: number): void {
    const sentEpoch = epoch
    connection?.whenTaken(() => {
      outbox.acknowledge(sentEpoch, position)
      lanes = acknowledgedUpTo(lanes, position, clock.machineNow())
    })
  }

  /** What was dropped from a full outbox must not be waited for: the host is told where the outbox begins. */
  function tellFloor(born: Session): void {
    const position = outbox.floorPosition()
    if (position <= lanes.acknowledged || position <= floorTold) return
    floorTold = position
    send(born.floor({ epoch: outbox.epoch, position }, clock.siteNow()))
    lanes = acknowledgedUpTo(lanes, position, clock.machineNow())
  }

  /** `born`: births since then have said of every device whether it is there. */
  async function tellDevice(device: string, online: boolean, born: number): Promise<void> {
    // What was seen before the device was lost is told before its death, unless the disk lets it wait.
    if (!online) await atMost(deathWaitMsMax, outbox.flush())
    if (session === undefined || timesBorn !== born) return
    while (
      !online &&
      (connection?.waitingBytes() ?? 0) <= socketBytesMax &&
      lanes.liveSent < outbox.newestPosition() &&
      sendTurn(session)
    );
    send(
      online
        ? session.deviceBirth(births, device, clock.siteNow())
        : session.deviceDeath(device, clock.siteNow()),
    )
  }

  function lookForSilence(): void {
    if (session === undefined) return
    const again = config.acknowledges ? afterSilence(lanes, clock.machineNow()) : undefined
    if (again) lanes = again
    pump()
  }

  return {
    open() {
      outbox.onCommit(pump)
      silenceTimer = setInterval(lookForSilence, silenceCheckMs)
      silenceTimer.unref()
      connect()
    },
    deviceOnline(device, online) {
      if (online !== offline.has(device)) return
      if (online) offline.delete(device)
      else offline.add(device)
      if (session === undefined || !plan.devices.has(device)) return
      const born = timesBorn
      deviceWords = deviceWords.then(() => tellDevice(device, online, born))
    },
    status: () => ({
      connected: connection?.isReady() ?? false,
      hostOnline: hostIsHere,
      deliveryProven: isProven && config.acknowledges,
      acknowledgedPosition: lanes.acknowledged,
      sentPosition: lanes.liveSent,
      rebirths,
      commandsIgnored: Object.values(ignoredByReason).reduce((sum, count) => sum + count, 0),
      commandsIgnoredByReason: { ...ignoredByReason },
    }),
    health(health) {
      if (session !== undefined) send(session.health(JSON.stringify(health), clock.siteNow()))
    },
    async close() {
      isClosed = true
      clearTimeout(reconnectTimer)
      clearInterval(silenceTimer)
      const death = session?.nodeDeath(clock.siteNow())
      session = undefined
      await connection?.end(death)
    },
  }
}

/** A broker on this machine comes back in a moment and hurts nobody by being asked often. */
const isLoopback = (url: string): boolean =>
  ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname)
