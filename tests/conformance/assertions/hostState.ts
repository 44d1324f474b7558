import { type Link, type Message, stateIn } from '../trace.ts'
import { type Assertion, asked, every, type Watched } from '../verdict.ts'

/** The host's own CONNECT, Will and STATE. */

const topic = ({ cast }: Watched): string => `spBv1.0/STATE/${cast.hostId}`
const connects = ({ links }: Watched) =>
  links.flatMap(link => (link.connect ? [{ index: link.connect.index, link, connect: link.connect }] : []))
const wills = (watched: Watched) =>
  connects(watched).flatMap(({ index, link, connect }) =>
    connect.packet.will ? [{ index, link, connect, will: connect.packet.will }] : [],
  )
const willState = (link: Link) => {
  const will = link.connect?.packet.will
  return will && stateIn(will)
}
const words = ({ said }: Watched): Message[] => said.filter(({ type }) => type === 'STATE')
/** The first word on each connection that was accepted. */
const births = (watched: Watched): Message[] =>
  watched.links.flatMap(({ said }) => said.find(({ type }) => type === 'STATE') ?? [])
/** The last word before a DISCONNECT of the host's own. */
const farewells = (watched: Watched) =>
  watched.links.flatMap(link =>
    link.disconnectAt === undefined ? [] : [{ index: link.disconnectAt, link, last: link.said.at(-1) }],
  )

const isState = (online: boolean, state: ReturnType<typeof stateIn>): boolean => state?.online === online
/** CONNECT waits for the way to the broker; a clock that is wrong is wrong by more. */
const isNow = (time: number | undefined, wallAt: number): boolean => Math.abs((time ?? 0) - wallAt) <= 60_000

const connecting: Assertion[] = [
  ...asked(
    'host',
    ['message-flow-phid-sparkplug-clean-session-311'],
    'CONNECT of MQTT 3.1.1 asks for a clean session',
    watched =>
      every(
        connects(watched).filter(({ connect }) => connect.packet.level === 4),
        ({ connect }) => !connect.packet.cleanSession && 'clean session is not set',
      ),
  ),
  ...asked(
    'host',
    [
      'operational-behavior-host-application-connect-will',
      'host-topic-phid-death-required',
      'payloads-state-will-message',
    ],
    'CONNECT carries a Will',
    watched => every(connects(watched), ({ connect }) => !connect.packet.will && 'CONNECT without a Will'),
  ),
  ...asked(
    'host',
    ['operational-behavior-host-application-connect-will-topic', 'host-topic-phid-death-topic'],
    "the Will is on the host's STATE topic",
    watched =>
      every(wills(watched), ({ will }) => will.topic !== topic(watched) && `the Will is on ${will.topic}`),
  ),
  ...asked(
    'host',
    [
      'operational-behavior-host-application-connect-will-payload',
      'host-topic-phid-death-payload',
      'payloads-state-will-message-payload',
    ],
    'the Will says offline, with a whole number of milliseconds',
    watched =>
      every(
        wills(watched),
        ({ will }) => !isState(false, stateIn(will)) && `the Will says ${JSON.stringify(will.state)}`,
      ),
  ),
  ...asked(
    'host',
    [
      'operational-behavior-host-application-connect-will-qos',
      'host-topic-phid-death-qos',
      'payloads-state-will-message-qos',
    ],
    'the Will has QoS 1',
    watched => every(wills(watched), ({ will }) => will.qos !== 1 && `QoS ${will.qos}`),
  ),
  ...asked(
    'host',
    [
      'operational-behavior-host-application-connect-will-retained',
      'host-topic-phid-death-retain',
      'payloads-state-will-message-retain',
    ],
    'the Will is retained',
    watched => every(wills(watched), ({ will }) => !will.retain && 'the Will is not retained'),
  ),
  ...asked(
    'host',
    ['host-topic-phid-death-payload-timestamp-connect'],
    "the Will's time is that of the CONNECT",
    watched =>
      every(
        wills(watched),
        ({ will, connect }) => !isNow(stateIn(will)?.timestamp, connect.wallAt) && 'another time',
      ),
  ),
]

const isAsked = (link: Link, filter: string, before: number): boolean =>
  link.subscribes.some(({ index, filters }) => index < before && filters.some(one => one.filter === filter))

const announcing: Assertion[] = [
  ...asked(
    'host',
    [
      'host-topic-phid-birth-sub-required',
      'message-flow-phid-sparkplug-subscription',
      'payloads-state-subscribe',
    ],
    'the own STATE and the namespace are subscribed before the first word',
    watched =>
      every(
        births(watched),
        ({ link, index }) =>
          !(isAsked(link, topic(watched), index) && isAsked(link, 'spBv1.0/#', index)) &&
          'online before it listens',
      ),
  ),
  ...asked(
    'host',
    [
      'intro-sparkplug-host-state',
      'components-ph-state',
      'conformance-primary-host',
      'host-topic-phid-birth-required',
      'operational-behavior-host-application-connect-birth',
      'message-flow-phid-sparkplug-state-publish',
      'payloads-state-birth',
    ],
    'on every connection the host says that it is online',
    watched =>
      every(
        watched.links.flatMap(link =>
          link.acceptedAt === undefined ? [] : [{ index: link.acceptedAt, link }],
        ),
        ({ link }) => !link.said.some(message => isState(true, stateIn(message.said))) && 'never said',
      ),
  ),
  ...asked(
    'host',
    [
      'host-topic-phid-birth-message',
      'operational-behavior-primary-application-state-with-multiple-servers-state',
    ],
    'it is the first that the host publishes on a connection',
    watched =>
      every(
        watched.links.flatMap(({ said }) => said[0] ?? []),
        ({ type, said }) => (type !== 'STATE' || !isState(true, stateIn(said))) && `first was ${type}`,
      ),
  ),
  ...asked(
    'host',
    ['host-topic-phid-birth-topic', 'operational-behavior-host-application-connect-birth-topic'],
    "it is on the host's STATE topic",
    watched => every(births(watched), ({ said }) => said.topic !== topic(watched) && `on ${said.topic}`),
  ),
  ...asked(
    'host',
    [
      'host-topic-phid-birth-payload',
      'operational-behavior-host-application-connect-birth-payload',
      'message-flow-phid-sparkplug-state-publish-payload',
      'payloads-state-birth-payload',
    ],
    'it says online, with a whole number of milliseconds',
    watched =>
      every(births(watched), ({ said }) => !isState(true, stateIn(said)) && JSON.stringify(said.state)),
  ),
  ...asked(
    'host',
    ['host-topic-phid-birth-qos', 'operational-behavior-host-application-connect-birth-qos'],
    'it has QoS 1',
    watched => every(births(watched), ({ said }) => said.qos !== 1 && `QoS ${said.qos}`),
  ),
  ...asked(
    'host',
    ['host-topic-phid-birth-retain', 'operational-behavior-host-application-connect-birth-retained'],
    'it is retained',
    watched => every(births(watched), ({ said }) => !said.retain && 'not retained'),
  ),
  ...asked(
    'host',
    [
      'host-topic-phid-birth-payload-timestamp',
      'message-flow-phid-sparkplug-state-publish-payload-timestamp',
    ],
    "its time is that of the connection's Will",
    watched =>
      every(births(watched), ({ said, link }) => {
        const own = stateIn(said)?.timestamp
        return (own === undefined || own !== willState(link)?.timestamp) && `${own} instead of the Will's`
      }),
  ),
  ...asked(
    'host',
    ['operational-behavior-host-application-multi-server-timestamp'],
    'at each of several brokers the host counts by the Will given there',
    watched => {
      const brokers = new Set(watched.links.map(({ broker }) => broker))
      return every(
        brokers.size > 1 ? words(watched).filter(({ said }) => stateIn(said)?.online) : [],
        ({ said, link }) =>
          stateIn(said)?.timestamp !== willState(link)?.timestamp && 'the time of another connection',
      )
    },
  ),
  ...asked(
    'host',
    ['message-flow-hid-sparkplug-state-message-delivered'],
    'told that it is offline, the host says at once that it is not',
    watched =>
      every(
        watched.heard.filter(
          ({ said, link, index }) =>
            said.topic === topic(watched) &&
            !said.retain &&
            isState(false, stateIn(said)) &&
            link.said.some(message => message.index < index) &&
            !link.said.some(one => one.index < index && stateIn(one.said)?.online === false),
        ),
        ({ link, index }) => {
          const next = link.said.find(message => message.index > index)
          const state = next && stateIn(next.said)
          return (
            !(
              isState(true, state) &&
              next?.said.qos === 1 &&
              next.said.retain &&
              state?.timestamp === willState(link)?.timestamp
            ) && 'not denied'
          )
        },
      ),
  ),
  ...asked(
    'host',
    ['operational-behavior-host-application-host-id'],
    'at no time is one host id online on two connections to a broker',
    watched =>
      every(births(watched), ({ link, index }) => {
        const other = watched.links.find(
          one =>
            one !== link &&
            one.broker === link.broker &&
            one.said.some(message => message.type === 'STATE' && message.index < index) &&
            Math.min(one.closedAt, one.disconnectAt ?? Number.POSITIVE_INFINITY) > index,
        )
        return other && `still online on connection ${other.id}`
      }),
  ),
]

const ending: Assertion[] = [
  ...asked(
    'host',
    ['operational-behavior-host-application-termination'],
    'before DISCONNECT the host says that it is offline',
    watched =>
      every(
        farewells(watched),
        ({ last }) =>
          !(last?.type === 'STATE' && isState(false, stateIn(last.said))) &&
          `the last word was ${last?.type}`,
      ),
  ),
  ...asked(
    'host',
    ['operational-behavior-host-application-death-topic'],
    "the farewell is on the host's STATE topic",
    watched =>
      every(
        farewells(watched),
        ({ last }) => last?.said.topic !== topic(watched) && `on ${last?.said.topic}`,
      ),
  ),
  ...asked(
    'host',
    ['operational-behavior-host-application-death-payload'],
    'the farewell says offline, with a whole number of milliseconds',
    watched =>
      every(farewells(watched), ({ last }) => !(last && isState(false, stateIn(last.said))) && 'it does not'),
  ),
  ...asked('host', ['operational-behavior-host-application-death-qos'], 'the farewell has QoS 1', watched =>
    every(farewells(watched), ({ last }) => last?.said.qos !== 1 && `QoS ${last?.said.qos}`),
  ),
  ...asked(
    'host',
    ['operational-behavior-host-application-death-retained'],
    'the farewell is retained',
    watched => every(farewells(watched), ({ last }) => !last?.said.retain && 'not retained'),
  ),
  ...asked(
    'host',
    ['host-topic-phid-death-payload-timestamp-disconnect-clean'],
    "the farewell's time is that of the end",
    watched =>
      every(
        farewells(watched),
        ({ last }) => !(last && isNow(stateIn(last.said)?.timestamp, last.wallAt)) && 'another time',
      ),
  ),
]

export const hostStateAssertions: readonly Assertion[] = [...connecting, ...announcing, ...ending]
