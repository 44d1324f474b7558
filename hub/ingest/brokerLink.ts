import type { Logger } from 'pino'
import type { Clock } from '#contract/clock.ts'
import { type Broker, type BrokerSession, connectHost, notConnected } from '#hub/ingest/brokerSession.ts'

/** The host at one broker: a session, and another whenever one has ended. */
export type BrokerLink = {
  readonly url: string
  open(): void
  command: BrokerSession['command']
  isReady(): boolean
  close(): Promise<void>
}

const reconnectMsFirst = 500
const reconnectMsMax = 10_000
/** A word on this host from further ahead than this was not said by a clock of ours: it is not followed there. */
const aheadMsMax = 24 * 60 * 60_000

export function createBrokerLink(options: {
  readonly broker: Broker
  readonly hostId: string
  readonly group: string
  readonly clock: Clock
  readonly random: () => number
  readonly log: Pick<Logger, 'warn' | 'error'>
  readonly events: {
    ready(): void
    message(topic: string, payload: Buffer): void
    lost(): void
    rival(): void
  }
}): BrokerLink {
  const { broker, hostId, group, clock, random, log, events } = options
  let session: BrokerSession | undefined
  let isClosed = false
  let failedConnects = 0
  let reconnectTimer: NodeJS.Timeout | undefined
  /** Nodes believe no older word than the last: where the clock was set back, the count stands still until it has caught up. */
  let newestTime = 0

  const timeNow = () => Math.max(clock.wallNow(), newestTime)

  function connect(): void {
    newestTime = timeNow()
    const opened = connectHost({
      broker,
      hostId,
      group,
      connectedAt: newestTime,
      events: {
        ready: () => {
          failedConnects = 0
          events.ready()
        },
        message: events.message,
        denied: ({ timestamp }) => {
          if (timestamp - clock.wallNow() > aheadMsMax) {
            log.error(
              { broker: broker.url, timestamp },
              'somebody said far in the future that this host is offline: clear its retained STATE by hand',
            )
            return
          }
          newestTime = timestamp
          void opened.end(timestamp)
        },
        rival: ({ timestamp }) => {
          log.error({ broker: broker.url, timestamp }, `another host is online as ${hostId}: ids must differ`)
          events.rival()
        },
        lost: sentence => lost(opened, sentence),
      },
    })
    session = opened
  }

  function lost(which: BrokerSession, sentence: string): void {
    if (session !== which) return
    session = undefined
    events.lost()
    if (isClosed) return
    const waitMs = Math.max(
      reconnectMsFirst / 2,
      random() * Math.min(reconnectMsMax, reconnectMsFirst * 2 ** failedConnects),
    )
    failedConnects = Math.min(10, failedConnects + 1)
    log.warn({ broker: broker.url, waitMs: Math.round(waitMs) }, `the uplink broker is away: ${sentence}`)
    reconnectTimer = setTimeout(connect, waitMs)
  }

  return {
    url: broker.url,
    open: connect,
    command: (topic, payload) =>
      session ? session.command(topic, payload) : Promise.reject(notConnected(broker.url)),
    isReady: () => session?.isReady() ?? false,
    async close() {
      isClosed = true
      clearTimeout(reconnectTimer)
      await session?.end(timeNow())
    },
  }
}
