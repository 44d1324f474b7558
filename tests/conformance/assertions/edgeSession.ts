import { allSteps, bdSeqIn } from '../history.ts'
import type { Link, Message } from '../trace.ts'
import { type Assertion, asked, every, type Watched } from '../verdict.ts'

/** CONNECT, Will, subscriptions, and how a session of the edge ends. */

const connects = ({ links }: Watched) =>
  links.flatMap(link =>
    link.connect ? [{ index: link.connect.index, link, connect: link.connect.packet }] : [],
  )
const wills = (watched: Watched) =>
  connects(watched).flatMap(({ index, link, connect }) =>
    connect.will ? [{ index, link, will: connect.will }] : [],
  )
export const ofType = ({ said }: Watched, ...types: string[]): readonly Message[] =>
  said.filter(({ type }) => types.includes(type ?? ''))
export const topicOf = ({ cast }: Watched, type: string, device?: string): string =>
  ['spBv1.0', cast.group, type, cast.node, ...(device === undefined ? [] : [device])].join('/')
const willBdSeq = (link: Link): number | undefined => bdSeqIn(link.connect?.packet.will?.payload?.metrics)

const connectAssertions: Assertion[] = [
  ...asked(
    'edge',
    ['principles-persistence-clean-session-311'],
    'CONNECT of MQTT 3.1.1 asks for a clean session',
    watched =>
      every(
        connects(watched).filter(({ connect }) => connect.level === 4),
        ({ connect }) => !connect.cleanSession && 'clean session is not set',
      ),
  ),
  ...asked(
    'edge',
    ['message-flow-edge-node-birth-publish-will-message', 'payloads-ndeath-will-message'],
    'CONNECT carries a Will, the NDEATH',
    watched => every(connects(watched), ({ connect }) => !connect.will && 'CONNECT without a Will'),
  ),
  ...asked(
    'edge',
    ['message-flow-edge-node-birth-publish-will-message-topic'],
    'the Will is on the own NDEATH topic',
    watched =>
      every(
        wills(watched),
        ({ will }) => will.topic !== topicOf(watched, 'NDEATH') && `the Will is on ${will.topic}`,
      ),
  ),
  ...asked(
    'edge',
    ['message-flow-edge-node-birth-publish-will-message-payload'],
    'the Will is a Sparkplug payload',
    watched => every(wills(watched), ({ will }) => !will.payload && 'the Will is no Sparkplug payload'),
  ),
  ...asked(
    'edge',
    ['message-flow-edge-node-birth-publish-will-message-payload-bdSeq', 'topics-nbirth-bdseq-increment'],
    'the Will holds bdSeq as Int64, one more than in the CONNECT before, 0 after 255',
    watched => {
      let expected = watched.cast.firstBdSeq
      return every(wills(watched), ({ link }) => {
        const bdSeq = willBdSeq(link)
        const because = bdSeq !== expected && `bdSeq ${bdSeq} in the Will instead of ${expected}`
        expected = ((bdSeq ?? expected) + 1) % 256
        return because
      })
    },
  ),
  ...asked(
    'edge',
    ['message-flow-edge-node-birth-publish-will-message-qos', 'payloads-ndeath-will-message-qos'],
    'the Will has QoS 1',
    watched => every(wills(watched), ({ will }) => will.qos !== 1 && `the Will has QoS ${will.qos}`),
  ),
  ...asked(
    'edge',
    [
      'message-flow-edge-node-birth-publish-will-message-will-retained',
      'payloads-ndeath-will-message-retain',
    ],
    'the Will is not retained',
    watched => every(wills(watched), ({ will }) => will.retain && 'the Will is retained'),
  ),
]

const isGranted = (link: Link, before: number, topic: string): boolean =>
  link.subscribes.some(
    ({ index, filters }) =>
      index < before &&
      filters.some(({ filter, qos }) => qos === 1 && (filter === topic || matches(filter, topic))),
  )
const matches = (filter: string, topic: string): boolean => {
  const wanted = filter.split('/')
  const parts = topic.split('/')
  return (
    wanted.length === parts.length && wanted.every((part, index) => part === '+' || part === parts[index])
  )
}

const firstBirths = (watched: Watched): Message[] =>
  watched.links.flatMap(link => link.said.find(({ type }) => type === 'NBIRTH') ?? [])

const openingAssertions: Assertion[] = [
  ...asked(
    'edge',
    ['message-flow-edge-node-ncmd-subscribe'],
    'the own NCMD topic is subscribed at QoS 1 before the birth',
    watched =>
      every(
        firstBirths(watched),
        ({ link, index }) =>
          !isGranted(link, index, topicOf(watched, 'NCMD')) && 'born without NCMD subscribed at QoS 1',
      ),
  ),
  ...asked(
    'edge',
    ['message-flow-device-dcmd-subscribe'],
    'DCMD of each device is subscribed at QoS 1 before its birth',
    watched =>
      every(
        ofType(watched, 'DBIRTH'),
        ({ link, index, device }) =>
          !isGranted(link, index, topicOf(watched, 'DCMD', device)) &&
          `${device} is born without DCMD subscribed at QoS 1`,
      ),
  ),
  ...asked(
    'edge',
    ['operational-behavior-primary-application-state-with-multiple-servers-state-subs'],
    "the host's STATE is subscribed on each connection before the birth",
    watched =>
      every(
        firstBirths(watched),
        ({ link, index }) =>
          !isGranted(link, index, `spBv1.0/STATE/${watched.cast.hostId}`) && 'born without STATE subscribed',
      ),
  ),
  ...asked(
    'edge',
    ['message-flow-edge-node-birth-publish-connect'],
    'births follow an accepted CONNECT',
    watched =>
      every(
        ofType(watched, 'NBIRTH', 'DBIRTH'),
        ({ link, index }) =>
          !(link.acceptedAt !== undefined && link.acceptedAt < index) &&
          'a birth before the broker has accepted',
      ),
  ),
  ...asked(
    'edge',
    ['principles-birth-certificates-order'],
    'the first that is published on a connection is NBIRTH',
    watched =>
      every(
        watched.links.flatMap(({ said }) => said[0] ?? []),
        ({ type }) => type !== 'NBIRTH' && `${type} is the first message`,
      ),
  ),
]

const deaths = (watched: Watched) => [
  ...wills(watched).map(({ index, link, will }) => ({ index, link, said: will })),
  ...ofType(watched, 'NDEATH'),
]
/** Connections that the edge itself ended with DISCONNECT after it was born there. */
const farewells = (watched: Watched) =>
  watched.links.flatMap(link => {
    const isBorn = link.said.some(({ type }) => type === 'NBIRTH')
    return isBorn && link.disconnectAt !== undefined ? [{ index: link.disconnectAt, link }] : []
  })

const endAssertions: Assertion[] = [
  ...asked('edge', ['topics-ndeath-topic'], "NDEATH is on the node's own topic", watched =>
    every(
      deaths(watched),
      ({ said }) => said.topic !== topicOf(watched, 'NDEATH') && `a death on ${said.topic}`,
    ),
  ),
  ...asked('edge', ['topics-ndeath-payload'], 'NDEATH holds bdSeq and no other metric', watched =>
    every(deaths(watched), ({ said }) => {
      const metrics = said.payload?.metrics
      return (
        (metrics?.length !== 1 || metrics[0]?.name !== 'bdSeq') && `a death with ${metrics?.length} metrics`
      )
    }),
  ),
  ...asked('edge', ['topics-ndeath-seq', 'payloads-ndeath-seq'], 'NDEATH has no running number', watched =>
    every(deaths(watched), ({ said }) => said.payload?.seq !== undefined && 'a death with a running number'),
  ),
  ...asked('edge', ['payloads-ndeath-bdseq'], "NDEATH holds the bdSeq of its connection's Will", watched =>
    every(ofType(watched, 'NDEATH'), ({ said, link }) => {
      const bdSeq = bdSeqIn(said.payload?.metrics)
      return (
        (bdSeq === undefined || bdSeq !== willBdSeq(link)) && `bdSeq ${bdSeq} instead of ${willBdSeq(link)}`
      )
    }),
  ),
  ...asked(
    'edge',
    [
      'operational-behavior-edge-node-intentional-disconnect-ndeath',
      'payloads-ndeath-will-message-publisher',
      'payloads-ndeath-will-message-publisher-disconnect-mqtt311',
    ],
    'before DISCONNECT the node publishes its NDEATH, and nothing after it',
    watched =>
      every(
        farewells(watched),
        ({ link }) => link.said.at(-1)?.type !== 'NDEATH' && `DISCONNECT after ${link.said.at(-1)?.type}`,
      ),
  ),
  ...asked(
    'edge',
    ['operational-behavior-edge-node-intentional-disconnect-packet'],
    'DISCONNECT follows the NDEATH',
    watched =>
      every(
        ofType(watched, 'NDEATH'),
        ({ link, index }) =>
          !(link.disconnectAt !== undefined && link.disconnectAt > index) && 'no DISCONNECT follows',
      ),
  ),
]

/** A birth as its own connection sees it. */
const birthAssertions: Assertion[] = [
  ...asked(
    'edge',
    ['message-flow-edge-node-birth-publish-nbirth-topic', 'topics-nbirth-topic'],
    "NBIRTH is on the node's own topic",
    watched =>
      every(
        ofType(watched, 'NBIRTH'),
        ({ said }) => said.topic !== topicOf(watched, 'NBIRTH') && `a birth on ${said.topic}`,
      ),
  ),
  ...asked(
    'edge',
    ['message-flow-edge-node-birth-publish-nbirth-payload'],
    'NBIRTH is a Sparkplug payload',
    watched => every(ofType(watched, 'NBIRTH'), ({ said }) => !said.payload && 'no Sparkplug payload'),
  ),
  ...asked(
    'edge',
    ['topics-nbirth-bdseq-included', 'payloads-nbirth-bdseq'],
    'NBIRTH holds bdSeq as Int64',
    watched =>
      every(
        ofType(watched, 'NBIRTH'),
        ({ said }) => bdSeqIn(said.payload?.metrics) === undefined && 'no bdSeq',
      ),
  ),
  ...asked(
    'edge',
    [
      'message-flow-edge-node-birth-publish-nbirth-payload-bdSeq',
      'topics-nbirth-bdseq-matching',
      'payloads-nbirth-bdseq-repeat',
    ],
    "NBIRTH's bdSeq is that of its connection's Will",
    watched =>
      every(ofType(watched, 'NBIRTH'), ({ said, link }) => {
        const bdSeq = bdSeqIn(said.payload?.metrics)
        return (
          (bdSeq === undefined || bdSeq !== willBdSeq(link)) && `bdSeq ${bdSeq} instead of ${willBdSeq(link)}`
        )
      }),
  ),
  ...asked(
    'edge',
    ['message-flow-device-birth-publish-nbirth-wait'],
    'DBIRTH follows an NBIRTH of the same connection that has not died',
    watched =>
      every(allSteps(watched, 'DBIRTH'), ({ known }) => !known.isBorn && 'a device born before its node'),
  ),
  ...asked(
    'edge',
    ['message-flow-device-birth-publish-dbirth-topic', 'topics-dbirth-topic'],
    'DBIRTH is on the topic of node and device',
    watched =>
      every(
        ofType(watched, 'DBIRTH'),
        ({ said, device }) =>
          (!watched.cast.devices.includes(device ?? '') ||
            said.topic !== topicOf(watched, 'DBIRTH', device)) &&
          `a birth on ${said.topic}`,
      ),
  ),
  ...asked(
    'edge',
    ['message-flow-device-birth-publish-dbirth-match-edge-node-topic'],
    "DBIRTH has group and node of the connection's NBIRTH",
    watched =>
      every(ofType(watched, 'DBIRTH'), ({ said, link, index }) => {
        const birth = link.said.findLast(one => one.type === 'NBIRTH' && one.index < index)
        const own = said.topic.split('/')
        const its = birth?.said.topic.split('/')
        return (own[1] !== its?.[1] || own[3] !== its?.[3]) && `${said.topic} after ${birth?.said.topic}`
      }),
  ),
  ...asked(
    'edge',
    ['message-flow-device-birth-publish-dbirth-payload'],
    'DBIRTH is a Sparkplug payload',
    watched => every(ofType(watched, 'DBIRTH'), ({ said }) => !said.payload && 'no Sparkplug payload'),
  ),
  ...asked(
    'edge',
    ['topic-structure-namespace-unique-device-id'],
    'no device is born while it is alive, but by a new birth of the node',
    watched =>
      every(
        allSteps(watched, 'DBIRTH'),
        ({ known, message }) => known.alive.has(message.device ?? '') && `${message.device} is born twice`,
      ),
  ),
  ...asked(
    'edge',
    ['operational-behavior-device-ddeath'],
    'a device whose path is lost gets its DDEATH',
    watched =>
      every(
        watched.told.filter(({ told }) => told.what === 'deviceLost'),
        ({ index, told }) => {
          const device = told.what === 'deviceLost' ? told.device : undefined
          const back = watched.told.find(
            later => later.index > index && later.told.what === 'deviceBack' && later.told.device === device,
          )
          const death = ofType(watched, 'DDEATH').find(
            message =>
              message.device === device && message.index > index && !(back && message.index > back.index),
          )
          return !death && `no DDEATH of ${device}`
        },
      ),
  ),
]

export const edgeSessionAssertions: readonly Assertion[] = [
  ...connectAssertions,
  ...openingAssertions,
  ...birthAssertions,
  ...endAssertions,
]
