import type { Packet, Said } from './mqttWire.ts'
import type { SeenMetric } from './sparkplugWire.ts'
import type { Seen, Trace } from './trace.ts'
import type { Side } from './verdict.ts'

/**
 * What a wrong edge or host would have done, written into a copy of what was seen: every assertion named by `breaks`
 * must then fail. A check that no wrong trace fails is no check.
 */
export type Breakage = {
  readonly name: string
  readonly side: Side
  readonly breaks: RegExp
  readonly change: (trace: Trace) => void
}

type Published = Seen & { kind: 'packet'; packet: Packet & { type: 'publish' } }
type Connected = Seen & { kind: 'packet'; packet: Packet & { type: 'connect' } }

const isPublished = (seen: Seen, from: 'client' | 'broker', types: readonly string[]): seen is Published =>
  seen.kind === 'packet' &&
  seen.from === from &&
  seen.packet.type === 'publish' &&
  (types.length === 0 || types.includes(typeOf(seen.packet.said)))
const typeOf = ({ topic }: Said): string => {
  const [, group, type] = topic.split('/')
  return group === 'STATE' ? 'STATE' : (type ?? '')
}

const said =
  (types: readonly string[], change: (said: Said, seen: Published) => void) =>
  (trace: Trace): void => {
    for (const seen of trace.seen) if (isPublished(seen, 'client', types)) change(seen.packet.said, seen)
  }
const heard =
  (types: readonly string[], change: (said: Said) => void) =>
  (trace: Trace): void => {
    for (const seen of trace.seen) if (isPublished(seen, 'broker', types)) change(seen.packet.said)
  }
const connects = (change: (connect: Connected['packet']) => void) => (trace: Trace) => {
  for (const seen of trace.seen)
    if (seen.kind === 'packet' && seen.packet.type === 'connect') change(seen.packet)
}
const wills = (change: (will: Said) => void) =>
  connects(({ will }) => {
    if (will) change(will)
  })
const metrics = (types: readonly string[], change: (metric: SeenMetric, at: number) => void) =>
  said(types, ({ payload }) => payload?.metrics.forEach(change))
const without = (isGone: (seen: Seen) => boolean) => (trace: Trace) => {
  const rest = trace.seen.filter(seen => !isGone(seen))
  trace.seen.splice(0, trace.seen.length, ...rest)
}
const withoutSaid = (...types: string[]) => without(seen => isPublished(seen, 'client', types))
const after = (isHere: (seen: Seen) => boolean, insert: (seen: Seen) => Seen[]) => (trace: Trace) => {
  const more = trace.seen.flatMap(seen => (isHere(seen) ? [seen, ...insert(seen)] : [seen]))
  trace.seen.splice(0, trace.seen.length, ...more)
}
const both =
  (...changes: Array<(trace: Trace) => void>) =>
  (trace: Trace): void => {
    for (const change of changes) change(trace)
  }
const part = (at: number, change: (token: string) => string) => (one: Said) => {
  one.topic = one.topic
    .split('/')
    .map((token, index) => (index === at ? change(token) : token))
    .join('/')
}
const state = (one: Said): { online: unknown; timestamp: number } =>
  one.state as { online: unknown; timestamp: number }
const set =
  <K extends keyof SeenMetric>(key: K, value: SeenMetric[K] | undefined) =>
  (metric: SeenMetric): void => {
    if (value === undefined) delete metric[key]
    else metric[key] = value
  }

const births = ['NBIRTH', 'DBIRTH']
const data = ['NDATA', 'DDATA']
const edgeTypes = [...births, ...data, 'DDEATH']
const all = [...edgeTypes, 'NDEATH']
const anHour = 3_600_000
const ends = without(
  seen => seen.kind === 'closed' || (seen.kind === 'packet' && seen.packet.type === 'disconnect'),
)
const publishedAs = (topic: string, like: Seen): Seen => ({
  kind: 'packet',
  broker: like.kind === 'told' ? '' : like.broker,
  link: like.kind === 'told' ? 0 : like.link,
  from: 'client',
  wallAt: 0,
  packet: { type: 'publish', said: { topic, qos: 0, retain: false, payload: { metrics: [] } } },
})

const edge = (name: string, breaks: RegExp, change: Breakage['change']): Breakage => ({
  name,
  side: 'edge',
  breaks,
  change,
})
const host = (name: string, breaks: RegExp, change: Breakage['change']): Breakage => ({
  name,
  side: 'host',
  breaks,
  change,
})

const topics: Breakage[] = [
  ...(['edge', 'host'] as const).map(side => ({
    name: 'another namespace',
    side,
    breaks: /^topic-structure(-namespace-a)?$/,
    change: said(
      [],
      part(0, () => 'spAv1.0'),
    ),
  })),
  edge(
    'no device in the topic',
    /device-id-associated/,
    said(
      ['DDATA'],
      part(4, () => ''),
    ),
  ),
  host(
    'no device in the topic',
    /device-id-associated/,
    said(
      ['DCMD'],
      part(4, () => ''),
    ),
  ),
  edge(
    'a device in the topic of a node',
    /device-id-non-associated/,
    said(['NDATA'], one => (one.topic += '/x')),
  ),
  host(
    'a device in the topic of a node',
    /device-id-non-associated/,
    said(['NCMD'], one => (one.topic += '/x')),
  ),
  edge(
    'a + in the group',
    /(intro|valid)-group-id(-chars)?$/,
    said(
      all,
      part(1, id => `${id}+`),
    ),
  ),
  edge(
    'a # in the node',
    /(intro|valid)-edge-node-id(-chars)?$/,
    said(
      all,
      part(3, id => `${id}#`),
    ),
  ),
  edge(
    'a + in the device',
    /(intro|valid)-device-id(-chars)?$/,
    said(
      ['DDATA', 'DBIRTH'],
      part(4, id => `${id}+`),
    ),
  ),
  edge(
    'no UTF-8 in the group',
    /intro-group-id-string/,
    said(
      all,
      part(1, () => '\uFFFD'),
    ),
  ),
  edge(
    'no UTF-8 in the node',
    /intro-edge-node-id-string/,
    said(
      all,
      part(3, () => '\uFFFD'),
    ),
  ),
  edge(
    'no UTF-8 in the device',
    /intro-device-id-string/,
    said(
      all,
      part(4, () => '\uFFFD'),
    ),
  ),
  edge(
    'connections that never end',
    /id-uniqueness|unique-edge-node|edge-node-descriptor|single-server/,
    ends,
  ),
  edge(
    'a device in other letters',
    /case-sensitivity-sparkplug-ids/,
    said(
      ['DDATA'],
      part(4, id => id.toUpperCase()),
    ),
  ),
  edge(
    'a metric in other letters',
    /case-sensitivity-metric-names/,
    said(['NBIRTH'], ({ payload }) => payload?.metrics.push({ name: 'BDSEQ', values: [] })),
  ),
  edge(
    'another node',
    /-(nbirth|dbirth|ndata|ddata|ddeath|ndeath)-topic$|will-message-topic/,
    both(
      said(
        all,
        part(3, () => 'agent-9'),
      ),
      wills(part(3, () => 'agent-9')),
    ),
  ),
  edge(
    'births of devices of another node',
    /match-edge-node-topic/,
    said(
      ['DBIRTH'],
      part(3, () => 'agent-9'),
    ),
  ),
]

const sessions: Breakage[] = [
  ...(['edge', 'host'] as const).flatMap(side => [
    {
      name: 'no clean session',
      side,
      breaks: /clean-session-311/,
      change: connects(connect => {
        connect.cleanSession = false
      }),
    },
    {
      name: 'no Will',
      side,
      breaks: /(publish|ndeath|state)-will-message$|connect-will$|death-required/,
      change: connects(connect => {
        delete connect.will
      }),
    },
    {
      name: 'a Will of QoS 0',
      side,
      breaks: /will-message-qos|connect-will-qos|phid-death-qos/,
      change: wills(will => {
        will.qos = 0
      }),
    },
    {
      name: 'a Will that is retained where it must not be, and the other way round',
      side,
      breaks: /will-message-(will-retained|retain)$|connect-will-retained|phid-death-retain/,
      change: wills(will => {
        will.retain = !will.retain
      }),
    },
  ]),
  edge(
    'a Will of text',
    /will-message-payload$/,
    wills(will => delete will.payload),
  ),
  edge(
    'a death number that stands still',
    /bdSeq$|bdseq-(increment|matching|repeat)|ndeath-bdseq|rebirth-action-3/,
    wills(({ payload }) => payload?.metrics.forEach(set('values', [{ field: 11, value: 77 }]))),
  ),
  edge(
    'births without bdSeq',
    /bdseq-included|nbirth-bdseq$/,
    metrics(['NBIRTH'], metric => {
      if (metric.name === 'bdSeq') metric.name = 'BdSeq'
    }),
  ),
  edge(
    'a death with a running number',
    /ndeath-seq$/,
    wills(({ payload }) => {
      if (payload) payload.seq = 3
    }),
  ),
  edge(
    'a death with more metrics',
    /topics-ndeath-payload/,
    wills(({ payload }) => payload?.metrics.push({ name: 'x', values: [] })),
  ),
  edge(
    'nothing subscribed',
    /ncmd-subscribe|dcmd-subscribe|state-subs/,
    without(seen => seen.kind === 'packet' && seen.packet.type === 'subscribe'),
  ),
  edge(
    'born before the broker accepts',
    /birth-publish-connect/,
    without(seen => seen.kind === 'packet' && seen.packet.type === 'connack'),
  ),
  edge(
    'data first',
    /birth-certificates-order/,
    said(
      ['NBIRTH'],
      part(2, () => 'NDATA'),
    ),
  ),
  edge(
    'births that are no payloads',
    /-(nbirth|dbirth)-payload$/,
    said(births, one => delete one.payload),
  ),
  edge('no node births', /nbirth-wait|payloads-(dbirth|ndata|ddata)-order$/, (trace: Trace) => {
    withoutSaid('NBIRTH')(trace)
  }),
  edge(
    'each device born twice',
    /unique-device-id/,
    after(
      seen => isPublished(seen, 'client', ['DBIRTH']),
      seen => [seen],
    ),
  ),
  edge('no deaths of devices', /device-ddeath/, withoutSaid('DDEATH')),
  edge(
    'no death of the node',
    /disconnect-ndeath|publisher(-disconnect-mqtt311)?$|phid-offline|termination-host-offline$/,
    withoutSaid('NDEATH'),
  ),
  edge('no DISCONNECT', /disconnect-packet/, ends),
]

const payloads: Breakage[] = [
  edge(
    'QoS 1',
    /-(nbirth|dbirth|ndata|ddata|ddeath)-(qos|mqtt)$/,
    said(edgeTypes, one => (one.qos = 1)),
  ),
  edge(
    'retained',
    /-(nbirth|dbirth|ndata|ddata|ddeath)-(retain|retained|mqtt)$/,
    said(edgeTypes, one => (one.retain = true)),
  ),
  edge(
    'no time',
    /(topics|payloads)-(nbirth|dbirth|ndata|ddata|ddeath)-timestamp$/,
    said(edgeTypes, ({ payload }) => delete payload?.timestamp),
  ),
  edge(
    'times in seconds',
    /payloads-timestamp-in-UTC/,
    said(edgeTypes, ({ payload }) => {
      if (payload) payload.timestamp = Math.round((payload.timestamp ?? 0) / 1_000)
    }),
  ),
  edge(
    'metric times in seconds',
    /metric-timestamp-in-UTC/,
    metrics(edgeTypes, metric => {
      metric.timestamp = Math.round((metric.timestamp ?? 0) / 1_000)
    }),
  ),
  edge(
    'metrics without time',
    /name-birth-data-requirement/,
    metrics(edgeTypes, set('timestamp', undefined)),
  ),
  edge(
    'a first number of 300',
    /nbirth-seq-num|nbirth-payload-seq|payloads-nbirth-seq|req-nbirth/,
    said(['NBIRTH'], ({ payload }) => {
      if (payload) payload.seq = 300
    }),
  ),
  edge(
    'no running numbers',
    /always-included|payloads-(dbirth|ddeath|ndata|ddata)-seq$/,
    said(edgeTypes, ({ payload }) => delete payload?.seq),
  ),
  edge(
    'running numbers that stand still',
    /num-incrementing|-seq-inc$|topics-(dbirth-seq|(ndata|ddata|ddeath)-seq-num)$|dbirth-payload-seq|ddeath-seq-number/,
    said(edgeTypes, ({ payload }) => {
      if (payload) payload.seq = 7
    }),
  ),
  edge(
    'a wrap at 254',
    /num-incrementing/,
    said(data, ({ payload }) => {
      if (payload?.seq === 255) payload.seq = 0
    }),
  ),
  edge(
    'aliases of nobody',
    /metric-reqs|data-publish-(nbirth|dbirth)$|payloads-name-requirement/,
    metrics(data, set('alias', 9_999)),
  ),
  edge(
    'births without types',
    /topics-(nbirth|dbirth)-metrics|datatype-req/,
    metrics(births, set('datatype', undefined)),
  ),
  edge(
    'births without values',
    /publish-(nbirth|dbirth)-values|topics-(nbirth|dbirth)-metrics/,
    metrics(births, metric => {
      metric.values = []
      delete metric.isNull
    }),
  ),
  edge(
    'no Node Control/Rebirth',
    /rebirth-metric|rebirth-req|commands-rebirth-name$/,
    metrics(['NBIRTH'], metric => {
      if (metric.name === 'Node Control/Rebirth') metric.name = 'node control/rebirth'
    }),
  ),
  edge(
    'a rebirth metric that is true, of another type and with an alias',
    /commands-rebirth-(datatype|value|name-aliases)/,
    metrics(['NBIRTH'], metric => {
      if (metric.name === 'Node Control/Rebirth')
        Object.assign(metric, { datatype: 12, alias: 4, values: [{ field: 14, value: 1 }] })
    }),
  ),
  edge(
    'newest first',
    /publish-(nbirth|dbirth)-order/,
    metrics(births, (metric, at) => {
      if (at === 0) metric.timestamp = (metric.timestamp ?? 0) + anHour
    }),
  ),
  edge(
    'the same value again and again',
    /-change$|(ndata|ddata)-payload$|rbe-recommended/,
    metrics(data, metric => {
      metric.values = [{ field: 13, value: 1 }]
      delete metric.properties
      delete metric.isNull
      delete metric.isHistorical
    }),
  ),
  edge(
    'one alias for two',
    /alias-uniqueness/,
    metrics(births, metric => {
      if (metric.alias !== undefined) metric.alias = 101
    }),
  ),
  edge(
    'aliases without names',
    /alias-birth-requirement|payloads-name-requirement/,
    metrics(births, set('name', undefined)),
  ),
  edge('names beside aliases', /alias-data-cmd/, metrics(data, set('name', 'flow'))),
  edge('a type beyond 32 bits', /datatype-value(-type)?$/, metrics(births, set('datatype', 2 ** 33))),
  edge('types in data', /datatype-not-req/, metrics(data, set('datatype', 10))),
  edge(
    'a key without value',
    /propertyset-(keys|values)-array-size/,
    metrics(births, ({ properties }) => properties?.keys.push('more')),
  ),
  edge(
    'property types beyond 32 bits',
    /propertyvalue-type-(type|value)/,
    metrics(births, ({ properties }) => {
      for (const value of properties?.values ?? []) value.type = 2 ** 33
    }),
  ),
  edge(
    'properties without type',
    /propertyvalue-type-req/,
    metrics(births, ({ properties }) => {
      for (const value of properties?.values ?? []) delete value.type
    }),
  ),
  edge(
    'a Quality that is a double of 64',
    /quality-value-(type|value)/,
    metrics(births, ({ properties }) => {
      for (const value of properties?.values ?? [])
        Object.assign(value, { type: 10, values: [{ field: 6, value: 64 }] })
    }),
  ),
]

const hostWords: Breakage[] = [
  edge(
    'births although the host is away',
    /phid-wait$|phid-wait-online|birth-sequence-wait/,
    heard(['STATE'], one => {
      state(one).online = false
    }),
  ),
  edge(
    'births on the word of another host',
    /phid-wait-id/,
    heard(
      ['STATE'],
      part(2, () => 'another'),
    ),
  ),
  edge(
    'a birth on each word of being online',
    /phid-wait-timestamp/,
    after(
      seen => isPublished(seen, 'broker', ['STATE']) && state(seen.packet.said).online === true,
      seen => [publishedAs('spBv1.0/hall/NBIRTH/agent-1', seen)],
    ),
  ),
  edge(
    'a death on each word',
    /host-offline-timestamp/,
    after(
      seen => isPublished(seen, 'broker', ['STATE']),
      seen => [publishedAs('spBv1.0/hall/NDEATH/agent-1', seen)],
    ),
  ),
  edge('never back', /host-offline-reconnect/, (trace: Trace) => {
    let count = 0
    without(seen => seen.kind === 'packet' && seen.packet.type === 'connect' && ++count > 1)(trace)
  }),
  edge('back at the same broker', /servers-walk/, (trace: Trace) => {
    const last = Math.max(...trace.seen.map(seen => (seen.kind === 'told' ? 0 : seen.link)))
    for (const seen of trace.seen)
      if (seen.kind !== 'told') seen.broker = seen.link === last ? 'second' : 'first'
  }),
  edge('no rebirth', /rebirth-action-[12]/, (trace: Trace) => {
    const born = new Set<number>()
    said(['NBIRTH'], (one, { link }) => {
      if (born.has(link)) one.topic = one.topic.replace('NBIRTH', 'NDATA')
      born.add(link)
    })(trace)
  }),
]

const ofHost: Breakage[] = [
  host('a Will of another host', /will-topic|phid-death-topic/, wills(part(2, () => 'another'))),
  host(
    'a Will that says online',
    /will-payload|phid-death-payload$|state-will-message-payload/,
    wills(one => {
      state(one).online = true
    }),
  ),
  host(
    'a Will of an hour ago',
    /death-payload-timestamp-connect|payload-timestamp$|multi-server-timestamp|state-message-delivered/,
    wills(one => {
      state(one).timestamp -= anHour
    }),
  ),
  host(
    'no word of being online',
    /host-state|ph-state|conformance-primary|birth-required|connect-birth$|state-publish$|payloads-state-birth$|birth-message|servers-state$|application-termination/,
    withoutSaid('STATE'),
  ),
  host(
    'words of another host',
    /phid-birth-topic|connect-birth-topic|application-death-topic/,
    said(
      ['STATE'],
      part(2, () => 'another'),
    ),
  ),
  host(
    'a word that is a number',
    /birth-payload$|publish-payload$|application-death-payload/,
    said(['STATE'], one => {
      state(one).online = 1
    }),
  ),
  host(
    'words of QoS 0',
    /phid-birth-qos|connect-birth-qos|application-death-qos/,
    said(['STATE'], one => {
      one.qos = 0
    }),
  ),
  host(
    'words that are not retained',
    /phid-birth-retain|connect-birth-retained|application-death-retained/,
    said(['STATE'], one => {
      one.retain = false
    }),
  ),
  host(
    'nothing subscribed',
    /birth-sub-required|sparkplug-subscription|state-subscribe/,
    without(seen => seen.kind === 'packet' && seen.packet.type === 'subscribe'),
  ),
  host('connections that never end', /host-application-host-id/, ends),
  host(
    'a farewell of an hour ago',
    /timestamp-disconnect-clean/,
    said(['STATE'], one => {
      if (state(one).online === false) state(one).timestamp -= anHour
    }),
  ),
]

const commands = ['NCMD', 'DCMD']
const ofCommands: Breakage[] = [
  host(
    'commands to another group',
    /topics-(ncmd|dcmd)-topic/,
    said(
      commands,
      part(1, () => 'another'),
    ),
  ),
  host(
    'commands of QoS 1',
    /(ncmd|dcmd)-(qos|mqtt)$/,
    said(commands, one => (one.qos = 1)),
  ),
  host(
    'retained commands',
    /(ncmd|dcmd)-(retain|mqtt)$/,
    said(commands, one => (one.retain = true)),
  ),
  host(
    'commands without time',
    /(ncmd|dcmd)-timestamp/,
    said(commands, ({ payload }) => delete payload?.timestamp),
  ),
  host(
    'commands with a running number',
    /(ncmd|dcmd)-seq/,
    said(commands, ({ payload }) => {
      if (payload) payload.seq = 1
    }),
  ),
  host(
    'empty commands',
    /topics-(ncmd|dcmd)-payload/,
    said(commands, ({ payload }) => {
      if (payload) payload.metrics = []
    }),
  ),
  host(
    'commands to what nobody announced',
    /cmd-metric-name/,
    metrics(commands, metric => {
      metric.name = 'colour'
      delete metric.alias
    }),
  ),
  host(
    'texts for numbers',
    /cmd-metric-value/,
    metrics(commands, set('values', [{ field: 16, value: 'x' }])),
  ),
  host(
    'commands sent as data',
    /commands-(ncmd|dcmd)-verb|rebirth-verb/,
    said(commands, one => {
      one.topic = one.topic.replace('CMD', 'DATA')
    }),
  ),
  host('another word for rebirth', /ncmd-rebirth-name/, metrics(commands, set('name', 'rebirth'))),
  host(
    'a rebirth of false',
    /ncmd-rebirth-value/,
    metrics(commands, set('values', [{ field: 14, value: 0 }])),
  ),
  host(
    'command times in seconds',
    /timestamp-in-UTC/,
    said(commands, ({ payload }) => {
      if (payload) payload.timestamp = 1_700_000_000
    }),
  ),
  host('names beside aliases', /alias-data-cmd/, metrics(['DCMD'], set('name', 'mode'))),
  host('types in commands', /datatype-not-req/, metrics(commands, set('datatype', 10))),
]

const reactions: Breakage[] = [
  host(
    'deaths without consequence',
    /host-action-(?!ndeath-node-tags)/,
    without(seen => seen.kind === 'told' && (seen.told.what === 'offline' || seen.told.what === 'stale')),
  ),
  host('stale as of an hour ago', /host-action-(?!ndeath-node-tags)/, (trace: Trace) => {
    for (const seen of trace.seen) if (seen.kind === 'told') seen.told.at -= anHour
  }),
  host(
    'values of the dead',
    /ndeath-node-tags-stale/,
    after(
      seen => isPublished(seen, 'broker', ['NDEATH']),
      () => [shownOf('plc-a', 1, 0)],
    ),
  ),
  host(
    'any death takes the node away',
    /SP-05/,
    after(
      seen => isPublished(seen, 'broker', ['NDEATH']),
      () => [{ kind: 'told', wallAt: 0, told: { what: 'offline', node: 'plc-a', at: 0 } }],
    ),
  ),
  host('births asked for at once', /reordering-(param|start)/, (trace: Trace) => {
    for (const seen of trace.seen) if (isPublished(seen, 'client', ['NCMD'])) seen.wallAt -= anHour
  }),
  host('births never asked for', /reordering-(param|start|rebirth)|SP-06/, withoutSaid('NCMD')),
  host(
    'what waited is lost',
    /reordering-success|duplicate-device-id/,
    without(seen => seen.kind === 'told' && seen.told.what === 'shown'),
  ),
  host(
    'asked twice',
    /SP-04/,
    after(
      seen => isPublished(seen, 'client', ['NCMD']),
      seen => [seen],
    ),
  ),
  host(
    'what nobody announced is shown',
    /SP-06/,
    after(
      seen => isPublished(seen, 'broker', ['DDATA']),
      () => [shownOf('plc-f', 666, 0)],
    ),
  ),
  host('back-fill is shown', /SP-07/, (trace: Trace) => {
    const past = trace.seen.flatMap(seen =>
      isPublished(seen, 'broker', ['DDATA'])
        ? (seen.packet.said.payload?.metrics ?? []).flatMap(({ isHistorical, timestamp }) =>
            isHistorical && timestamp !== undefined ? [timestamp] : [],
          )
        : [],
    )
    for (const at of past) trace.seen.push(shownOf('plc-a', 12, at))
  }),
]

const shownOf = (node: string, value: number, at: number): Seen => ({
  kind: 'told',
  wallAt: 0,
  told: { what: 'shown', node, equipment: 'cdu-1', point: 'flow', value, at },
})

export const breakages: readonly Breakage[] = [
  ...topics,
  ...sessions,
  ...payloads,
  ...hostWords,
  ...ofHost,
  ...ofCommands,
  ...reactions,
]
