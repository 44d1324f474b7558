import { bdSeqIn } from '../history.ts'
import { type Message, stateIn } from '../trace.ts'
import { type Assertion, asked, every, type Watched } from '../verdict.ts'

/** The edge and its primary host: waiting, leaving, walking, and rebirth. */

type Word = {
  readonly index: number
  readonly message: Message
  readonly online: boolean
  /** Not older than the newest believed before at that broker. */
  readonly isBelieved: boolean
}

/** The words on the own host that each connection was given. */
function wordsOf({ links, cast }: Watched): Word[] {
  const newest = new Map<string, number>()
  return links
    .flatMap(link => link.heard)
    .filter(({ said }) => said.topic === `spBv1.0/STATE/${cast.hostId}`)
    .sort((one, other) => one.index - other.index)
    .flatMap(message => {
      const state = stateIn(message.said)
      if (state === undefined) return []
      const before = newest.get(message.link.broker) ?? 0
      const isBelieved = state.timestamp >= before
      if (isBelieved) newest.set(message.link.broker, state.timestamp)
      return [{ index: message.index, message, online: state.online, isBelieved }]
    })
}

const believedBefore = (watched: Watched, { link, index }: Message): Word | undefined =>
  wordsOf(watched).findLast(word => word.message.link === link && word.isBelieved && word.index < index)
const births = ({ said }: Watched): Message[] => said.filter(({ type }) => type === 'NBIRTH')
const bornAt = ({ link, index }: Message): boolean =>
  link.said.findLast(({ index: at, type }) => at < index && (type === 'NBIRTH' || type === 'NDEATH'))
    ?.type === 'NBIRTH'

const waiting: Assertion[] = [
  ...asked(
    'edge',
    ['message-flow-edge-node-birth-publish-phid-wait', 'operational-behavior-edge-node-birth-sequence-wait'],
    'no birth before the host is known to be online at this broker',
    watched =>
      every(births(watched), birth => !believedBefore(watched, birth)?.online && 'born without its host'),
  ),
  ...asked(
    'edge',
    ['message-flow-edge-node-birth-publish-phid-wait-id'],
    "another host's STATE is nothing to the node",
    watched =>
      every(
        births(watched),
        ({ link, index }) =>
          !link.heard.some(
            message => message.index < index && message.said.topic === `spBv1.0/STATE/${watched.cast.hostId}`,
          ) && 'born on the word of no host or another',
      ),
  ),
  ...asked(
    'edge',
    ['message-flow-edge-node-birth-publish-phid-wait-online'],
    'while the newest word is offline there is no birth',
    watched =>
      every(
        births(watched),
        birth => believedBefore(watched, birth)?.online === false && 'born although its host is offline',
      ),
  ),
  ...asked(
    'edge',
    ['message-flow-edge-node-birth-publish-phid-wait-timestamp'],
    'a word that is older than the newest does not bring a birth',
    watched =>
      every(
        wordsOf(watched).filter(
          ({ online, isBelieved, message }) => online && !isBelieved && !bornAt(message),
        ),
        ({ message, index }) => {
          const next = wordsOf(watched).find(
            word => word.message.link === message.link && word.index > index && word.isBelieved,
          )
          const until = next?.index ?? Number.POSITIVE_INFINITY
          return (
            message.link.said.some(
              said => said.type === 'NBIRTH' && said.index > index && said.index < until,
            ) && 'born on a stale word'
          )
        },
      ),
  ),
]

/** Believed words that the host went, to a node that was born. */
const departures = (watched: Watched): Word[] =>
  wordsOf(watched).filter(({ online, isBelieved, message }) => !online && isBelieved && bornAt(message))

const leaving: Assertion[] = [
  ...asked(
    'edge',
    [
      'message-flow-edge-node-birth-publish-phid-offline',
      'operational-behavior-edge-node-termination-host-offline',
    ],
    'when its host goes, the node publishes NDEATH and disconnects',
    watched =>
      every(departures(watched), ({ message, index }) => {
        const after = message.link.said.filter(said => said.index > index).map(({ type }) => type)
        if (after.join() !== 'NDEATH') return `${after.join(', ') || 'nothing'} instead of NDEATH`
        return message.link.disconnectAt === undefined && 'no DISCONNECT'
      }),
  ),
  ...asked(
    'edge',
    ['operational-behavior-edge-node-termination-host-offline-timestamp'],
    'a word that is older than the newest does not send the node away',
    watched =>
      every(
        wordsOf(watched).filter(
          ({ online, isBelieved, message }) => !online && !isBelieved && bornAt(message),
        ),
        ({ message, index }) =>
          message.link.said.find(said => said.index > index)?.type === 'NDEATH' && 'died on a stale word',
      ),
  ),
  ...asked(
    'edge',
    ['operational-behavior-edge-node-termination-host-offline-reconnect'],
    'after it has left, the node connects again',
    watched =>
      every(
        departures(watched),
        ({ index }) =>
          !watched.links.some(({ connect }) => connect !== undefined && connect.index > index) &&
          'no further CONNECT',
      ),
  ),
  ...asked(
    'edge',
    ['operational-behavior-primary-application-state-with-multiple-servers-walk'],
    'where the host is offline the node goes on to the next broker',
    watched => {
      const brokers = new Set(watched.links.map(({ broker }) => broker))
      return every(brokers.size > 1 ? departures(watched) : [], ({ message, index }) => {
        const next = watched.links.find(({ connect }) => connect !== undefined && connect.index > index)
        return next?.broker === message.link.broker && `back at ${next.broker}`
      })
    },
  ),
  ...asked(
    'edge',
    ['operational-behavior-primary-application-state-with-multiple-servers-single-server'],
    'the node is at one broker at a time',
    watched => {
      const brokers = new Set(watched.links.map(({ broker }) => broker))
      return every(
        brokers.size > 1
          ? watched.links.flatMap(link => (link.connect ? [{ index: link.connect.index, link }] : []))
          : [],
        ({ index, link }) => {
          const other = watched.links.find(
            one =>
              one !== link &&
              one.connect !== undefined &&
              one.connect.index < index &&
              Math.min(one.closedAt, one.disconnectAt ?? Number.POSITIVE_INFINITY) > index,
          )
          return other && `CONNECT while still connected to ${other.broker}`
        },
      )
    },
  ),
]

/** Requests that were delivered to a born node. */
const requests = ({ heard }: Watched): Message[] =>
  heard.filter(
    message =>
      message.type === 'NCMD' &&
      !message.said.retain &&
      bornAt(message) &&
      message.said.payload?.metrics.some(
        ({ name, values }) =>
          name === 'Node Control/Rebirth' && values[0]?.field === 14 && values[0].value === 1,
      ),
  )

const rebirth: Assertion[] = [
  ...asked(
    'edge',
    ['operational-behavior-data-commands-rebirth-action-1'],
    'asked for a rebirth, the node sends no more data before it',
    watched =>
      every(requests(watched), ({ link, index }) => {
        const next = link.said.find(said => said.index > index)
        return next?.type !== 'NBIRTH' && `${next?.type} follows the request`
      }),
  ),
  ...asked(
    'edge',
    ['operational-behavior-data-commands-rebirth-action-2'],
    'then come NBIRTH and the DBIRTH of each device',
    watched =>
      every(requests(watched), ({ link, index }) => {
        const count = watched.cast.devices.length + 1
        const next = link.said.filter(said => said.index > index).slice(0, count)
        const born = next
          .slice(1)
          .flatMap(({ type, device }) => (type === 'DBIRTH' && device ? [device] : []))
        return (
          (next[0]?.type !== 'NBIRTH' || watched.cast.devices.some(device => !born.includes(device))) &&
          `${next.map(({ type }) => type).join(', ')} follow the request`
        )
      }),
  ),
  ...asked(
    'edge',
    ['operational-behavior-data-commands-rebirth-action-3'],
    "the rebirth has the bdSeq of the connection's Will",
    watched =>
      every(requests(watched), ({ link, index }) => {
        const birth = link.said.find(({ type, index: at }) => type === 'NBIRTH' && at > index)
        const bdSeq = bdSeqIn(birth?.said.payload?.metrics)
        const own = bdSeqIn(link.connect?.packet.will?.payload?.metrics)
        return (bdSeq === undefined || bdSeq !== own) && `bdSeq ${bdSeq} instead of ${own}`
      }),
  ),
]

export const edgeHostAssertions: readonly Assertion[] = [...waiting, ...leaving, ...rebirth]
