import type { SeenMetric } from '../sparkplugWire.ts'
import type { Message } from '../trace.ts'
import { type Assertion, asked, every, type Watched } from '../verdict.ts'

/** What the host commands: form, names and values. */

type Kind = 'NCMD' | 'DCMD'
const commands = ({ said }: Watched, ...kinds: Kind[]): Message[] =>
  said.filter(({ type }) => kinds.includes(type as Kind))

/** The metrics of the newest birth of a node, or of its device, that the host heard before. */
function birthOf(watched: Watched, { node, device, index }: Message): readonly SeenMetric[] | undefined {
  return watched.heard.findLast(
    message =>
      message.index < index &&
      message.node === node &&
      message.device === device &&
      message.type === (device === undefined ? 'NBIRTH' : 'DBIRTH'),
  )?.said.payload?.metrics
}

/** Each metric of commands to those whose birth is known, with what the birth says of it. */
function* told(watched: Watched, ...kinds: Kind[]) {
  for (const message of commands(watched, ...kinds)) {
    const birth = birthOf(watched, message)
    if (birth === undefined) continue
    for (const metric of message.said.payload?.metrics ?? [])
      yield {
        index: message.index,
        metric,
        born: birth.find(({ name, alias }) =>
          metric.alias === undefined ? name === metric.name : alias === metric.alias,
        ),
      }
  }
}
const label = ({ name, alias }: SeenMetric): string => name ?? `alias ${alias}`
const fieldOf: Readonly<Record<number, number>> = {
  3: 10,
  4: 11,
  7: 10,
  8: 11,
  9: 12,
  10: 13,
  11: 14,
  12: 15,
}

const forms: Assertion[] = (['NCMD', 'DCMD'] as const).flatMap(kind => {
  const name = kind.toLowerCase()
  const parts = kind === 'NCMD' ? 4 : 5
  const isOwn = (message: Message, { cast }: Watched): boolean => {
    const tokens = message.said.topic.split('/')
    return (
      tokens.length === parts && tokens[0] === 'spBv1.0' && tokens[1] === cast.group && !tokens.includes('')
    )
  }
  return [
    ...asked('host', [`topics-${name}-topic`], `${kind} is on the topic of whom it is for`, watched =>
      every(commands(watched, kind), message => !isOwn(message, watched) && `on ${message.said.topic}`),
    ),
    ...asked('host', [`topics-${name}-mqtt`], `${kind} has QoS 0 and is not retained`, watched =>
      every(
        commands(watched, kind),
        ({ said }) => (said.qos !== 0 || said.retain) && `QoS ${said.qos}, retain ${said.retain}`,
      ),
    ),
    ...asked('host', [`payloads-${name}-qos`], `${kind} has QoS 0`, watched =>
      every(commands(watched, kind), ({ said }) => said.qos !== 0 && `QoS ${said.qos}`),
    ),
    ...asked('host', [`payloads-${name}-retain`], `${kind} is not retained`, watched =>
      every(commands(watched, kind), ({ said }) => said.retain && 'retained'),
    ),
    ...asked(
      'host',
      [`topics-${name}-timestamp`, `payloads-${name}-timestamp`],
      `${kind} says when it was sent`,
      watched =>
        every(commands(watched, kind), ({ said }) => said.payload?.timestamp === undefined && 'no timestamp'),
    ),
    ...asked('host', [`payloads-${name}-seq`], `${kind} has no running number`, watched =>
      every(
        commands(watched, kind),
        ({ said }) => said.payload?.seq !== undefined && `running number ${said.payload.seq}`,
      ),
    ),
    ...asked('host', [`topics-${name}-payload`], `${kind} holds what is to be written`, watched =>
      every(
        commands(watched, kind),
        ({ said }) =>
          !(
            said.payload?.metrics.length && said.payload.metrics.every(({ values }) => values.length === 1)
          ) && 'nothing to write',
      ),
    ),
    ...asked(
      'host',
      [`operational-behavior-data-commands-${name}-metric-name`],
      `${kind} names what the birth named`,
      watched =>
        every(
          told(watched, kind),
          ({ metric, born }) => !born && `${label(metric)}, which no birth announced`,
        ),
    ),
    ...asked(
      'host',
      [`operational-behavior-data-commands-${name}-metric-value`],
      `${kind} has a value of the type that the birth gave`,
      watched =>
        every(
          told(watched, kind),
          ({ metric, born }) =>
            metric.values[0]?.field !== fieldOf[born?.datatype ?? 0] &&
            `${label(metric)}: field ${metric.values[0]?.field}`,
        ),
    ),
  ]
})

const isNodeControl = ({ said }: Message): boolean =>
  said.payload?.metrics.some(({ name }) => name?.startsWith('Node Control/')) ?? false

const verbs: Assertion[] = [
  ...asked(
    'host',
    ['operational-behavior-data-commands-ncmd-verb'],
    'a command to a node is an NCMD',
    watched => every(watched.said.filter(isNodeControl), ({ type }) => type !== 'NCMD' && `${type}`),
  ),
  ...asked(
    'host',
    ['operational-behavior-data-commands-dcmd-verb'],
    'a command to a device is a DCMD',
    watched =>
      every(
        watched.said.filter(message => message.device !== undefined && message.type !== 'STATE'),
        ({ type }) => type !== 'DCMD' && `${type}`,
      ),
  ),
]

/** The first data of each node that the host has no birth of. */
const unbornWords = (watched: Watched): Message[] =>
  watched.heard.filter(
    (message, at) =>
      watched.heard.findIndex(({ node, said }) => node === message.node && said.payload !== undefined) ===
        at &&
      message.said.topic.split('/')[1] === watched.cast.group &&
      (message.type === 'NDATA' || message.type === 'DDATA') &&
      !message.said.retain &&
      message.said.payload !== undefined &&
      !watched.heard.some(
        ({ type, node, index }) => type === 'NBIRTH' && node === message.node && index < message.index,
      ),
  )
const requestAfter = (watched: Watched, { node, index }: Message): Message | undefined =>
  watched.said.find(message => message.index > index && message.node === node)
const rebirthIn = (message: Message | undefined): SeenMetric | undefined =>
  message?.said.payload?.metrics.find(({ name }) => name === 'Node Control/Rebirth')

const rebirth: Assertion[] = [
  ...asked(
    'host',
    ['operational-behavior-data-commands-ncmd-rebirth-verb'],
    'births are asked for with an NCMD',
    watched =>
      every(unbornWords(watched), message => requestAfter(watched, message)?.type !== 'NCMD' && 'no NCMD'),
  ),
  ...asked(
    'host',
    ['operational-behavior-data-commands-ncmd-rebirth-name'],
    'births are asked for by Node Control/Rebirth',
    watched =>
      every(
        unbornWords(watched),
        message => !rebirthIn(requestAfter(watched, message)) && 'no Node Control/Rebirth',
      ),
  ),
  ...asked(
    'host',
    ['operational-behavior-data-commands-ncmd-rebirth-value'],
    'births are asked for with true',
    watched =>
      every(unbornWords(watched), message => {
        const value = rebirthIn(requestAfter(watched, message))?.values[0]
        return !(value?.field === 14 && value.value === 1) && `the value ${value?.value}`
      }),
  ),
]

const shared: Assertion[] = [
  ...asked('host', ['payloads-timestamp-in-UTC'], 'times of commands are UTC in milliseconds', watched =>
    every(
      commands(watched, 'NCMD', 'DCMD'),
      ({ said, wallAt }) =>
        !(Math.abs((said.payload?.timestamp ?? 0) - wallAt) <= 5 * 60_000) && `${said.payload?.timestamp}`,
    ),
  ),
  ...asked(
    'host',
    ['payloads-alias-data-cmd-requirement'],
    'commands name by alias alone where the birth gave one',
    watched =>
      every(
        told(watched, 'NCMD', 'DCMD'),
        ({ metric, born }) =>
          metric.name !== undefined &&
          (metric.alias ?? born?.alias) !== undefined &&
          `${metric.name} by name`,
      ),
  ),
  ...asked(
    'host',
    ['payloads-metric-datatype-not-req'],
    'commands leave out the types that the birth gave',
    watched =>
      every(
        told(watched, 'NCMD', 'DCMD'),
        ({ metric }) => metric.datatype !== undefined && `${label(metric)} with data type`,
      ),
  ),
]

export const hostCommandAssertions: readonly Assertion[] = [...forms, ...verbs, ...rebirth, ...shared]
