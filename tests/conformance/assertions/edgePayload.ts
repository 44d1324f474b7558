import { allSteps, nameOf, type Step } from '../history.ts'
import type { SeenMetric, SeenProperty } from '../sparkplugWire.ts'
import type { Message } from '../trace.ts'
import { type Assertion, asked, every, type Verdict, type Watched } from '../verdict.ts'
import { ofType, topicOf } from './edgeSession.ts'

/** What stands in the edge's payloads: flags, running numbers, times, metrics, properties. */

/** A time may be off by so much, as the wire, this machine's load and its clock want it. */
const utcMsMax = 5 * 60_000

const flags =
  (...types: string[]) =>
  (complaint: (message: Message) => string | undefined | false) =>
  (watched: Watched): Verdict =>
    every(ofType(watched, ...types), complaint)
const wrongQos = ({ said }: Message) => said.qos !== 0 && `QoS ${said.qos}`
const isRetained = ({ said }: Message) => said.retain && 'retained'
const untimed = ({ said }: Message) => said.payload?.timestamp === undefined && 'no timestamp'

const transport: Assertion[] = (['NBIRTH', 'DBIRTH', 'NDATA', 'DDATA', 'DDEATH'] as const).flatMap(type => {
  const name = type.toLowerCase()
  const flow = {
    NBIRTH: 'message-flow-edge-node-birth-publish-nbirth',
    DBIRTH: 'message-flow-device-birth-publish-dbirth',
  }[type as string]
  const paid = type === 'DDEATH' ? [] : [`payloads-${name}`]
  const each = flags(type)
  return [
    ...asked(
      'edge',
      [`topics-${name}-mqtt`],
      `${type} has QoS 0 and is not retained`,
      each(message => wrongQos(message) || isRetained(message)),
    ),
    ...asked(
      'edge',
      [...paid.map(id => `${id}-qos`), ...(flow ? [`${flow}-qos`] : [])],
      `${type} has QoS 0`,
      each(wrongQos),
    ),
    ...asked(
      'edge',
      [...paid.map(id => `${id}-retain`), ...(flow ? [`${flow}-retained`] : [])],
      `${type} is not retained`,
      each(isRetained),
    ),
    ...asked(
      'edge',
      [...(type === 'DDEATH' ? [] : [`topics-${name}-timestamp`]), `payloads-${name}-timestamp`],
      `${type} says when it was sent`,
      each(untimed),
    ),
  ]
})

const topics: Assertion[] = (['NDATA', 'DDATA', 'DDEATH'] as const).flatMap(type =>
  asked('edge', [`topics-${type.toLowerCase()}-topic`], `${type} is on the own topic`, watched =>
    every(
      ofType(watched, type),
      ({ said, device }) =>
        said.topic !== topicOf(watched, type, type === 'NDATA' ? undefined : (device ?? '')) &&
        `${type} on ${said.topic}`,
    ),
  ),
)

const numbered = ['DBIRTH', 'DDEATH', 'NDATA', 'DDATA']

function outOfTurn({ message, known }: Step): string | undefined | false {
  const seq = message.said.payload?.seq
  const expected = known.seq === undefined ? undefined : (known.seq + 1) % 256
  return seq !== expected && `running number ${seq} instead of ${expected}`
}
const outOfRange = ({ said }: Message): string | undefined | false => {
  const seq = said.payload?.seq
  return !(seq !== undefined && seq >= 0 && seq <= 255) && `running number ${seq}`
}

const numbers: Assertion[] = [
  ...asked(
    'edge',
    ['topics-nbirth-seq-num'],
    'NBIRTH has the running number 0',
    flags('NBIRTH')(({ said }) => said.payload?.seq !== 0 && `running number ${said.payload?.seq}`),
  ),
  ...asked(
    'edge',
    [
      'message-flow-edge-node-birth-publish-nbirth-payload-seq',
      'payloads-nbirth-seq',
      'payloads-sequence-num-req-nbirth',
    ],
    'NBIRTH has a running number of 0 to 255',
    flags('NBIRTH')(outOfRange),
  ),
  ...asked(
    'edge',
    ['payloads-sequence-num-always-included'],
    'every message but NDEATH has a running number',
    flags('NBIRTH', ...numbered)(outOfRange),
  ),
  ...asked(
    'edge',
    ['payloads-sequence-num-incrementing'],
    'running numbers rise by one over all messages of the node, 0 after 255',
    watched => every(allSteps(watched, ...numbered), outOfTurn),
  ),
  ...numbered.flatMap(type => {
    const name = type.toLowerCase()
    const number = type === 'DBIRTH' ? ['topics-dbirth-seq'] : [`topics-${name}-seq-num`]
    const more = type === 'DBIRTH' ? ['message-flow-device-birth-publish-dbirth-payload-seq'] : []
    const twice = type === 'DDEATH' ? ['payloads-ddeath-seq-number'] : []
    return [
      ...asked('edge', [`payloads-${name}-seq`], `${type} has a running number`, flags(type)(outOfRange)),
      ...asked(
        'edge',
        [...number, `payloads-${name}-seq-inc`, ...more, ...twice],
        `${type} has the running number after that of the message before`,
        watched => every(allSteps(watched, type), outOfTurn),
      ),
    ]
  }),
]

/** Each metric of the messages of these types. */
function* metricsOf(watched: Watched, ...types: string[]): Generator<Step & { readonly metric: SeenMetric }> {
  for (const step of allSteps(watched, ...types))
    for (const metric of step.message.said.payload?.metrics ?? []) yield { ...step, metric }
}
const place = ({ message }: Step): string => message.device ?? ''
const label = (metric: SeenMetric): string => metric.name ?? `alias ${metric.alias}`

const valueFields: Readonly<Record<number, number>> = {
  1: 10,
  2: 10,
  3: 10,
  4: 11,
  5: 10,
  6: 10,
  7: 10,
  8: 11,
  9: 12,
  10: 13,
  11: 14,
  12: 15,
  13: 11,
  14: 15,
  15: 15,
}
const hasValueOrNull = ({ isNull, values }: SeenMetric): boolean =>
  isNull === true ? values.length === 0 : values.length === 1

function incomplete({ metric }: { metric: SeenMetric }): string | undefined | false {
  const { name, datatype } = metric
  if (!name) return `a metric without name, ${label(metric)}`
  if (datatype === undefined) return `${name} without data type`
  if (!hasValueOrNull(metric)) return `${name} with neither a value nor null`
  const field = valueFields[datatype]
  return (
    metric.values[0] !== undefined && metric.values[0].field !== field && `${name}: a value of another type`
  )
}

const unborn = (step: Step & { metric: SeenMetric }): string | undefined | false =>
  nameOf(step.known, place(step), step.metric) === undefined &&
  `${label(step.metric)}, which no birth announced`

const births: Assertion[] = [
  ...asked('edge', ['topics-nbirth-metrics'], 'each metric of NBIRTH has name, type and value', watched =>
    every(metricsOf(watched, 'NBIRTH'), incomplete),
  ),
  ...asked('edge', ['topics-dbirth-metrics'], 'each metric of DBIRTH has name, type and value', watched =>
    every(metricsOf(watched, 'DBIRTH'), incomplete),
  ),
  ...(['NBIRTH', 'DBIRTH'] as const).flatMap(type =>
    asked(
      'edge',
      [`operational-behavior-data-publish-${type.toLowerCase()}-values`],
      `each metric of ${type} has its present value, or is null without one`,
      watched =>
        every(
          metricsOf(watched, type),
          ({ metric }) => !hasValueOrNull(metric) && `${label(metric)} without value or null`,
        ),
    ),
  ),
  ...asked(
    'edge',
    ['topics-nbirth-metric-reqs', 'operational-behavior-data-publish-nbirth'],
    'NDATA holds metrics of the NBIRTH only',
    watched => every(metricsOf(watched, 'NDATA'), unborn),
  ),
  ...asked(
    'edge',
    ['topics-dbirth-metric-reqs', 'operational-behavior-data-publish-dbirth'],
    "DDATA holds metrics of its device's DBIRTH only",
    watched => every(metricsOf(watched, 'DDATA'), unborn),
  ),
  ...rebirthMetric(
    [
      'topics-nbirth-rebirth-metric',
      'payloads-nbirth-rebirth-req',
      'operational-behavior-data-commands-rebirth-name',
    ],
    'NBIRTH holds Node Control/Rebirth',
    metric => !metric && 'no Node Control/Rebirth',
  ),
  ...rebirthMetric(
    ['operational-behavior-data-commands-rebirth-datatype'],
    'Node Control/Rebirth is a Boolean',
    metric => metric?.datatype !== 11 && `the data type ${metric?.datatype}`,
  ),
  ...rebirthMetric(
    ['operational-behavior-data-commands-rebirth-value'],
    'Node Control/Rebirth is false',
    metric => !(metric?.values[0]?.field === 14 && metric.values[0].value === 0) && 'not false',
  ),
  ...rebirthMetric(
    ['operational-behavior-data-commands-rebirth-name-aliases'],
    'Node Control/Rebirth has no alias',
    metric => metric?.alias !== undefined && `the alias ${metric.alias}`,
  ),
]

function rebirthMetric(
  ids: readonly string[],
  asks: string,
  complaint: (metric: SeenMetric | undefined) => string | undefined | false,
): Assertion[] {
  return asked('edge', ids, asks, watched =>
    every(ofType(watched, 'NBIRTH'), ({ said }) =>
      complaint(said.payload?.metrics.find(({ name }) => name === 'Node Control/Rebirth')),
    ),
  )
}

/** Data before everything that was announced in the cast is born. */
const early = (watched: Watched, type: string): Verdict =>
  every(
    allSteps(watched, type),
    ({ known }) =>
      (!known.isBorn || watched.cast.devices.some(device => !known.born.has(device))) &&
      `${type} before all births`,
  )

function disordered({ message }: Step): string | undefined | false {
  const times = (message.said.payload?.metrics ?? [])
    .filter(({ isHistorical }) => !isHistorical)
    .map(({ timestamp }) => timestamp ?? 0)
  return (
    times.some((time, index) => index > 0 && time < (times[index - 1] ?? 0)) &&
    'an older value after a newer one'
  )
}

const order: Assertion[] = [
  ...asked('edge', ['payloads-dbirth-order'], 'every DBIRTH comes before any data', watched => {
    const data = [...allSteps(watched, 'NDATA', 'DDATA')]
    return data.length === 0
      ? { kind: 'notExercised' }
      : worse(early(watched, 'NDATA'), early(watched, 'DDATA'))
  }),
  ...asked('edge', ['payloads-ndata-order'], 'NDATA comes after all births', watched =>
    early(watched, 'NDATA'),
  ),
  ...asked('edge', ['payloads-ddata-order'], 'DDATA comes after all births', watched =>
    early(watched, 'DDATA'),
  ),
  ...asked(
    'edge',
    ['operational-behavior-data-publish-nbirth-order'],
    'live values of one NBIRTH or NDATA stand in the order of their times',
    watched => every(allSteps(watched, 'NBIRTH', 'NDATA'), disordered),
  ),
  ...asked(
    'edge',
    ['operational-behavior-data-publish-dbirth-order'],
    'live values of one DBIRTH or DDATA stand in the order of their times',
    watched => every(allSteps(watched, 'DBIRTH', 'DDATA'), disordered),
  ),
]

function worse(one: Verdict, other: Verdict): Verdict {
  return one.kind === 'fail' || other.kind === 'notExercised' ? one : other
}

/** Values that were said before by the same kind of message, with another time and nothing else new. */
function unchanged(watched: Watched, ...types: string[]): Verdict {
  const last = new Map<string, { readonly text: string; readonly timestamp: number | undefined }>()
  return every(metricsOf(watched, ...types), step => {
    const { metric, message } = step
    if (metric.isHistorical) return undefined
    const key = `${message.link.id} ${place(step)} ${nameOf(step.known, place(step), metric)}`
    const text = JSON.stringify([metric.values, metric.isNull, metric.properties])
    const before = last.get(key)
    last.set(key, { text, timestamp: metric.timestamp })
    // The same time is the same value once more: sent again because nobody acknowledged it.
    return (
      before?.text === text && before.timestamp !== metric.timestamp && `${label(metric)} has not changed`
    )
  })
}

const change: Assertion[] = [
  ...asked(
    'edge',
    ['operational-behavior-data-publish-nbirth-change', 'topics-ndata-payload'],
    'NDATA holds what has changed',
    watched => unchanged(watched, 'NDATA'),
  ),
  ...asked(
    'edge',
    ['operational-behavior-data-publish-dbirth-change', 'topics-ddata-payload'],
    'DDATA holds what has changed',
    watched => unchanged(watched, 'DDATA'),
  ),
  ...asked('edge', ['principles-rbe-recommended'], 'data is sent on change', watched =>
    unchanged(watched, 'NDATA', 'DDATA'),
  ),
]

const born = ['NBIRTH', 'DBIRTH']
const data = ['NDATA', 'DDATA']

const metrics: Assertion[] = [
  ...asked('edge', ['payloads-timestamp-in-UTC'], 'payload times are UTC in milliseconds', watched =>
    every(ofType(watched, ...born, ...data, 'DDEATH'), ({ said, wallAt }) => {
      const time = said.payload?.timestamp ?? Number.NaN
      return !(Math.abs(time - wallAt) <= utcMsMax) && `the time ${time}`
    }),
  ),
  ...asked('edge', ['payloads-metric-timestamp-in-UTC'], 'metric times are UTC in milliseconds', watched =>
    every(metricsOf(watched, ...born, ...data), ({ metric, message }) => {
      const time = metric.timestamp ?? Number.NaN
      return !(time > Date.UTC(2001) && time <= message.wallAt + utcMsMax) && `${label(metric)} at ${time}`
    }),
  ),
  ...asked(
    'edge',
    ['payloads-name-birth-data-requirement'],
    'every metric of births and data has a time',
    watched =>
      every(
        metricsOf(watched, ...born, ...data),
        ({ metric }) => metric.timestamp === undefined && `${label(metric)} without a time`,
      ),
  ),
  ...asked('edge', ['payloads-name-requirement'], 'a metric has a name, or the alias of one', watched =>
    every(
      metricsOf(watched, ...born, ...data),
      step =>
        !step.metric.name &&
        (born.includes(step.message.type ?? '') ||
          nameOf(step.known, place(step), step.metric) === undefined) &&
        `${label(step.metric)} stands for no name`,
    ),
  ),
  ...asked(
    'edge',
    ['payloads-alias-uniqueness'],
    'an alias stands for one metric of the whole node',
    watched => {
      const twice = (step: Step): string | undefined | false => {
        const own = new Set<number>()
        for (const { alias, name } of step.message.said.payload?.metrics ?? []) {
          if (alias === undefined) continue
          const other = step.message.type === 'NBIRTH' ? undefined : step.known.aliases.get(alias)
          if (own.has(alias) || (other && other.place !== place(step)))
            return `${name} has alias ${alias} of another`
          own.add(alias)
        }
        return undefined
      }
      return every(allSteps(watched, ...born), twice)
    },
  ),
  ...asked('edge', ['payloads-alias-birth-requirement'], 'births give name and alias together', watched =>
    every(
      metricsOf(watched, ...born),
      ({ metric }) => metric.alias !== undefined && !metric.name && `${label(metric)} has no name`,
    ),
  ),
  ...asked(
    'edge',
    ['payloads-alias-data-cmd-requirement'],
    'data names by alias alone where the birth gave one',
    watched =>
      every(metricsOf(watched, ...data), step => {
        const { metric, known } = step
        const birth = known.names.get(place(step))?.get(metric.name ?? '')
        return (
          metric.name !== undefined &&
          (metric.alias ?? birth?.alias) !== undefined &&
          `${metric.name} by name`
        )
      }),
  ),
  ...asked(
    'edge',
    ['payloads-metric-datatype-value-type'],
    'a data type is an unsigned number of 32 bits',
    watched =>
      every(
        typed(watched, ...born, ...data),
        ({ metric }) =>
          !(Number.isInteger(metric.datatype) && (metric.datatype ?? -1) < 2 ** 32) && `${metric.datatype}`,
      ),
  ),
  ...asked('edge', ['payloads-metric-datatype-value'], 'a data type is one of the table', watched =>
    every(
      typed(watched, ...born, ...data),
      ({ metric }) =>
        !((metric.datatype ?? 0) >= 1 && (metric.datatype ?? 99) <= 34) && `data type ${metric.datatype}`,
    ),
  ),
  ...asked('edge', ['payloads-metric-datatype-req'], 'births give every data type', watched =>
    every(
      metricsOf(watched, ...born),
      ({ metric }) => metric.datatype === undefined && `${label(metric)} without data type`,
    ),
  ),
  ...asked('edge', ['payloads-metric-datatype-not-req'], 'data leaves data types out', watched =>
    every(
      metricsOf(watched, ...data),
      ({ metric }) => metric.datatype !== undefined && `${label(metric)} with data type`,
    ),
  ),
  ...asked(
    'edge',
    ['case-sensitivity-metric-names'],
    'no two names of one birth differ in upper and lower case only',
    watched =>
      every(ofType(watched, ...born), ({ said }) => {
        const names = (said.payload?.metrics ?? []).map(({ name }) => name?.toLowerCase())
        return new Set(names).size !== names.length && 'two names that are nearly the same'
      }),
  ),
]

function typed(watched: Watched, ...types: string[]) {
  return [...metricsOf(watched, ...types)].filter(({ metric }) => metric.datatype !== undefined)
}

function* propertiesOf(watched: Watched): Generator<{
  readonly index: number
  readonly type: string | undefined
  readonly key: string
  readonly property: SeenProperty
}> {
  for (const { metric, index, message } of metricsOf(watched, ...born, ...data))
    for (const [at, property] of (metric.properties?.values ?? []).entries())
      yield { index, type: message.type, key: metric.properties?.keys[at] ?? '', property }
}
const quality = (watched: Watched) => [...propertiesOf(watched)].filter(({ key }) => key === 'Quality')
/** The basic types, property set and list of them. */
const isPropertyType = (type: number | undefined): boolean =>
  type !== undefined && ((type >= 1 && type <= 14) || type === 20 || type === 21)

const properties: Assertion[] = [
  ...asked(
    'edge',
    ['payloads-propertyset-keys-array-size', 'payloads-propertyset-values-array-size'],
    'a property set has as many keys as values',
    watched =>
      every(
        [...metricsOf(watched, ...born, ...data)].filter(({ metric }) => metric.properties !== undefined),
        ({ metric }) =>
          metric.properties?.keys.length !== metric.properties?.values.length &&
          `${label(metric)}: keys without values`,
      ),
  ),
  ...asked(
    'edge',
    ['payloads-metric-propertyvalue-type-type'],
    "a property's type is an unsigned number of 32 bits",
    watched =>
      every(
        [...propertiesOf(watched)].filter(({ property }) => property.type !== undefined),
        ({ key, property }) =>
          !(Number.isInteger(property.type) && (property.type ?? -1) < 2 ** 32) && `${key}: ${property.type}`,
      ),
  ),
  ...asked(
    'edge',
    ['payloads-metric-propertyvalue-type-value'],
    "a property's type is one of the table",
    watched =>
      every(
        [...propertiesOf(watched)].filter(({ property }) => property.type !== undefined),
        ({ key, property }) => !isPropertyType(property.type) && `${key}: type ${property.type}`,
      ),
  ),
  ...asked(
    'edge',
    ['payloads-metric-propertyvalue-type-req'],
    'births give the type of every property',
    watched =>
      every(
        [...propertiesOf(watched)].filter(({ type }) => born.includes(type ?? '')),
        ({ key, property }) => property.type === undefined && `${key} without type`,
      ),
  ),
  ...asked('edge', ['payloads-propertyset-quality-value-type'], 'Quality is an Int32', watched =>
    every(quality(watched), ({ property }) => property.type !== 3 && `type ${property.type}`),
  ),
  ...asked('edge', ['payloads-propertyset-quality-value-value'], 'Quality is 0, 192 or 500', watched =>
    every(quality(watched), ({ property }) => {
      const value = property.values[0]
      return !(value?.field === 3 && [0, 192, 500].includes(Number(value.value))) && `Quality ${value?.value}`
    }),
  ),
]

export const edgePayloadAssertions: readonly Assertion[] = [
  ...transport,
  ...topics,
  ...numbers,
  ...births,
  ...order,
  ...change,
  ...metrics,
  ...properties,
]
