import type { Message } from '../trace.ts'
import { type Assertion, asked, every, type Side, type Watched } from '../verdict.ts'

/** Topics and the ids in them: the same for everyone who publishes. */
const nodeTypes = ['NBIRTH', 'NDEATH', 'NDATA', 'NCMD']
const deviceTypes = ['DBIRTH', 'DDEATH', 'DDATA', 'DCMD']

const tokens = (message: Message): string[] => message.said.topic.split('/')

function malformed(message: Message): string | undefined {
  const [space, group, type, , ...rest] = tokens(message)
  const count = tokens(message).length
  if (space !== 'spBv1.0') return `the topic ${message.said.topic} is not in spBv1.0`
  if (group === 'STATE') return count === 3 ? undefined : `a STATE topic of ${count} parts`
  if (nodeTypes.includes(type ?? '')) return count === 4 ? undefined : `${type} with ${count} parts`
  if (deviceTypes.includes(type ?? ''))
    return count === 5 && rest[0] ? undefined : `${type} with ${count} parts`
  return `the message type ${type}`
}

const structure = (side: Side): Assertion[] =>
  asked(
    side,
    ['topic-structure'],
    'every topic is namespace/group/type/node, with a device for D messages, or STATE/host',
    ({ said }) => every(said, malformed),
  )

const namespace = (side: Side): Assertion[] =>
  asked(side, ['topic-structure-namespace-a'], 'every topic begins with spBv1.0', ({ said }) =>
    every(said, message => tokens(message)[0] !== 'spBv1.0' && `the topic ${message.said.topic}`),
  )

const withDevice = (side: Side): Assertion[] =>
  asked(
    side,
    ['topic-structure-namespace-device-id-associated-message-types'],
    'messages of a device name it',
    ({ said }) =>
      every(
        said.filter(({ type }) => deviceTypes.includes(type ?? '')),
        message => !message.device && `${message.type} without a device`,
      ),
  )

const withoutDevice = (side: Side): Assertion[] =>
  asked(
    side,
    ['topic-structure-namespace-device-id-non-associated-message-types'],
    'messages of a node and STATE name no device',
    ({ said }) =>
      every(
        said.filter(({ type }) => nodeTypes.includes(type ?? '') || type === 'STATE'),
        message =>
          tokens(message).length > (message.type === 'STATE' ? 3 : 4) &&
          `${message.said.topic} names a device`,
      ),
  )

/** The ids that an edge chose, each with the message that shows it. */
const idsOf = (watched: Watched, part: 'group' | 'node' | 'device') =>
  watched.said.flatMap(message => {
    const [, group, , node, device] = tokens(message)
    const id = { group, node, device }[part]
    return id === undefined || message.type === 'STATE' ? [] : [{ index: message.index, id }]
  })

const idAssertions = (part: 'group' | 'node' | 'device'): Assertion[] => {
  const inIds = part === 'node' ? 'edge-node' : part
  return [
    ...asked('edge', [`intro-${inIds}-id-string`], `the ${part}'s id is text in UTF-8`, watched =>
      every(
        idsOf(watched, part),
        ({ id }) => (id === '' || id.includes('\uFFFD')) && `the ${part} id "${id}"`,
      ),
    ),
    ...asked(
      'edge',
      [`intro-${inIds}-id-chars`, `topic-structure-namespace-valid-${inIds}-id`],
      `the ${part}'s id holds none of + / #`,
      watched => every(idsOf(watched, part), ({ id }) => /[+#]|^$/.test(id) && `the ${part} id "${id}"`),
    ),
  ]
}

const unique: Assertion[] = [
  ...asked(
    'edge',
    [
      'intro-edge-node-id-uniqueness',
      'topic-structure-namespace-unique-edge-node-descriptor',
      'payloads-nbirth-edge-node-descriptor',
    ],
    'at no time is one pair of group and node born on two connections',
    watched =>
      every(
        watched.said.filter(({ type }) => type === 'NBIRTH'),
        birth => {
          const other = watched.links.find(
            link =>
              link !== birth.link &&
              link.openedAt < birth.index &&
              link.closedAt > birth.index &&
              link.said.some(
                message =>
                  message.type === 'NBIRTH' &&
                  message.index < birth.index &&
                  message.said.topic === birth.said.topic,
              ),
          )
          return other && `${birth.said.topic} is already born on connection ${other.id}`
        },
      ),
  ),
  ...asked(
    'edge',
    ['case-sensitivity-sparkplug-ids'],
    'no two ids differ in upper and lower case only',
    watched => {
      const spelt = new Map<string, string>()
      return every(
        (['group', 'node', 'device'] as const).flatMap(part =>
          idsOf(watched, part).map(found => ({ ...found, key: `${part} ${found.id.toLowerCase()}` })),
        ),
        ({ id, key }) => {
          const before = spelt.get(key) ?? id
          spelt.set(key, before)
          return before !== id && `${id} beside ${before}`
        },
      )
    },
  ),
]

export const identityAssertions: readonly Assertion[] = [
  ...structure('edge'),
  ...structure('host'),
  ...namespace('edge'),
  ...namespace('host'),
  ...withDevice('edge'),
  ...withDevice('host'),
  ...withoutDevice('edge'),
  ...withoutDevice('host'),
  ...idAssertions('group'),
  ...idAssertions('node'),
  ...idAssertions('device'),
  ...unique,
]
