import type { Logger } from 'pino'
import type { Outbox } from '#agent/outbox/outbox.ts'
import { type BackOff, jitteredBackOff, steadyMs } from '#agent/sources/backOff.ts'
import { atMost } from '#agent/sources/within.ts'
import { countBdSeq, type KeptBdSeq } from '#agent/uplink/bdSeq.ts'
import { connectNode, type NodeConnection } from '#agent/uplink/brokerConnection.ts'
import { bornHere, firstBroker, nextBroker } from '#agent/uplink/brokerWalk.ts'
import { type Command, deviceCommands, nodeCommands } from '#agent/uplink/commands.ts'
import { brokersOf, type UplinkConfig } from '#agent/uplink/config.ts'
import { type HostSight, hostSighted, hostUnseen } from '#agent/uplink/primaryHost.ts'
import { createSender } from '#agent/uplink/sender.ts'
import { createSession, type Message, type Session } from '#agent/uplink/session.ts'
import type { BirthSource, Uplink, UplinkListener } from '#agent/uplink/uplink.ts'
import type { Clock } from '#contract/clock.ts'
import { isFailure } from '#contract/failure.ts'
import type { Site } from '#contract/site/site.ts'
import { birthPlan } from '#contract/sparkplug/birth.ts'
import { decodePayload } from '#contract/sparkplug/payload.ts'
import { checkedId, parseTopic, stateTopic } from '#contract/sparkplug/topics.ts'
import type { Millis } from '#contract/units.ts'

export type UplinkOptions = {
  readonly config: UplinkConfig
  readonly site: Site
  readonly clock: Clock
  readonly outbox: Outbox
  readonly births: BirthSource
  readonly listener: UplinkListener
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Where the bdSeq outlives this process; absent: it begins at 0 again. */
  readonly bdSeq?: KeptBdSeq
  /**
   * A host that is there has left its retained word: where none comes in this time, and there are other brokers, the next
   * is tried. 10 s by default: the slowest CONNECT and subscription that are still waited for.
   */
  readonly hostWordMsMax?: number
  /** For the spread of reconnects; Math.random by default. */
  readonly random?: () => number
}

/** A lost device is told of this late at most, even where the disk hangs. */
const deathWaitMsMax = 2_000
/** From one broker of the list to the next: fifty agents that lost one together do not knock together at the next. */
const stepSpreadMs = 250
const hostWordMsDefault = 10_000

/** The Sparkplug edge node of one agent. */
export function createUplink(options: UplinkOptions): Uplink {
  const { config, site, clock, outbox, births, listener, log } = options
  const plan = birthPlan(site, checkedId(config.agent, 'the agent'))
  const brokers = brokersOf(config)
  const random = options.random ?? Math.random
  const backOff: BackOff = jitteredBackOff({
    firstMs: 500,
    capMs: brokers.every(({ url }) => isLoopback(url)) ? 2_000 : 30_000,
    random,
  })
  const bdSeqs = countBdSeq(options.bdSeq, sentence => log.error(`the bdSeq is not kept: ${sentence}`))
  /** Devices whose path is lost, and since when. */
  const offline = new Map<string, Millis>()
  const ignoredByReason: Record<string, number> = {}
  let connection: NodeConnection | undefined
  /** Set between the births and the end of the MQTT session; data flows only then. */
  let session: Session | undefined
  let walk = firstBroker
  let connectedAtMs = 0
  /** By broker: a host has a word, with a time of its own, at each. */
  const hosts = new Map<string, HostSight>()
  let hostWordTimer: NodeJS.Timeout | undefined
  /** The host said so in this MQTT session: an older session's word is not enough for births. */
  let hostIsHere = false
  let rebirths = 0
  let timesBorn = 0
  /** Births and deaths of devices leave in the order in which they happened. */
  let deviceWords = Promise.resolve()
  let isClosed = false
  let reconnectTimer: NodeJS.Timeout | undefined

  const sender = createSender({
    acknowledges: config.acknowledges,
    clock,
    outbox,
    session: () => session,
    connection: () => connection,
    lostSince: device => offline.get(device),
  })

  function connect(): void {
    const broker = brokers[walk.index] ?? brokers[0]
    const current = createSession(plan, bdSeqs.next())
    const opened = connectNode({
      config,
      broker,
      plan,
      will: current.nodeDeath(clock.siteNow()),
      events: {
        connecting: () => bdSeqs.used(current.bdSeq),
        ready: () => {
          connectedAtMs = clock.machineNow()
          // The host's retained state may have come before the grant, or comes next; without a host to wait for, births follow at once.
          if (config.hostId === '' || hostIsHere) bear(current)
          else if (brokers.length > 1) awaitHost(opened)
        },
        message: (topic, payload, retained) => receive(current, topic, payload, retained),
        lost: sentence => lost(opened, `${broker.url}: ${sentence}`),
      },
    })
    connection = opened
  }

  /** Never stranded at a broker where the host has never been. */
  function awaitHost(opened: NodeConnection): void {
    hostWordTimer = setTimeout(() => void opened.end(undefined), options.hostWordMsMax ?? hostWordMsDefault)
    hostWordTimer.unref()
  }

  function lost(which: NodeConnection, sentence: string): void {
    if (which !== connection) return
    connection = undefined
    session = undefined
    clearTimeout(hostWordTimer)
    hostHere(false)
    if (isClosed) return
    if (clock.machineNow() - connectedAtMs > steadyMs && connectedAtMs > 0) backOff.reset()
    comeBack(sentence)
  }

  function comeBack(sentence: string): void {
    const step = nextBroker(walk, brokers.length)
    walk = step.walk
    const waitMs = step.roundIsOver ? backOff.next() : random() * stepSpreadMs
    log.warn({ broker: brokers[walk.index]?.url, waitMs: Math.round(waitMs) }, `no uplink: ${sentence}`)
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
    clearTimeout(hostWordTimer)
    walk = bornHere(walk)
    timesBorn += 1
    const floor = { epoch: outbox.epoch, position: outbox.floorPosition() }
    for (const message of current.births(births, { at: clock.siteNow(), floor, offline: offline.keys() }))
      send(message)
    session = current
    sender.begin()
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
        sender.acknowledged(command.mark)
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
    const place = brokers[walk.index]?.url ?? ''
    const { sight, isBelieved } = hostSighted(hosts.get(place) ?? hostUnseen, text)
    hosts.set(place, sight)
    if (!isBelieved) return
    const wasHere = hostIsHere
    hostHere(sight.online)
    if (sight.online && !wasHere && connection?.isReady()) bear(current)
    // At the only broker that there is, the node waits for its host; from one of several it walks on.
    if (!sight.online && (session !== undefined || brokers.length > 1)) void leave(current)
  }

  function hostHere(online: boolean): void {
    if (online === hostIsHere) return
    hostIsHere = online
    listener.host(online)
  }

  /** The primary host is not here: die properly if born, disconnect, and come back or walk on. */
  async function leave(current: Session): Promise<void> {
    const death = session === undefined ? undefined : current.nodeDeath(clock.siteNow())
    session = undefined
    await connection?.end(death)
  }

  /** `born`: births since then have said of every device whether it is there. */
  async function tellDevice(device: string, online: boolean, born: number): Promise<void> {
    // What was seen before the device was lost is told before its death, unless the disk lets it wait.
    if (!online) await atMost(deathWaitMsMax, outbox.flush())
    if (session === undefined || timesBorn !== born) return
    if (!online) sender.sendLive()
    send(
      online
        ? session.deviceBirth(births, device, clock.siteNow())
        : session.deviceDeath(device, clock.siteNow()),
    )
  }

  return {
    open() {
      sender.open()
      connect()
    },
    deviceOnline(device, online) {
      if (online !== offline.has(device)) return
      if (online) offline.delete(device)
      else offline.set(device, clock.siteNow())
      if (session === undefined || !plan.devices.has(device)) return
      const born = timesBorn
      deviceWords = deviceWords.then(() => tellDevice(device, online, born))
    },
    status: () => ({
      connected: connection?.isReady() ?? false,
      hostOnline: hostIsHere,
      ...sender.status(),
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
      clearTimeout(hostWordTimer)
      sender.close()
      const death = session?.nodeDeath(clock.siteNow())
      session = undefined
      await connection?.end(death)
    },
  }
}

/** A broker on this machine comes back in a moment and hurts nobody by being asked often. */
const isLoopback = (url: string): boolean =>
  ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname)
