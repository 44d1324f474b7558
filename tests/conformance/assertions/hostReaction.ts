import { bdSeqIn } from '../history.ts'
import type { Link, Message, Told } from '../trace.ts'
import { type Assertion, asked, every, type Watched } from '../verdict.ts'

/** How the host answers deaths, gaps and what it cannot know. */

const ownGroup = new WeakMap<Watched, Message[]>()
/** What the host heard of its own group; asked for so often that it is kept. */
function ofGroup(watched: Watched): Message[] {
  const kept = ownGroup.get(watched)
  if (kept) return kept
  const found = watched.heard.filter(
    ({ said }) => said.topic.split('/')[1] === watched.cast.group && !said.retain,
  )
  ownGroup.set(watched, found)
  return found
}
const toldAfter = (
  watched: Watched,
  index: number,
  isIt: (told: Told) => boolean,
  until = Number.POSITIVE_INFINITY,
) => watched.told.find(word => word.index > index && word.index < until && isIt(word.told))

const lastBirth = (watched: Watched, { node, index }: Message): Message | undefined =>
  ofGroup(watched).findLast(
    message => message.type === 'NBIRTH' && message.node === node && message.index < index,
  )
const nextBirth = (watched: Watched, { node, index }: Message): Message | undefined =>
  ofGroup(watched).find(
    message => message.type === 'NBIRTH' && message.node === node && message.index > index,
  )

const isOfSession = (death: Message, birth: Message): boolean =>
  death.type === 'NDEATH' &&
  death.node === birth.node &&
  bdSeqIn(death.said.payload?.metrics) === bdSeqIn(birth.said.payload?.metrics)

/** Deaths of nodes that were born: of the session that lives (each once), or of another. */
const nodeDeaths = (watched: Watched, isOwn: boolean): Message[] =>
  ofGroup(watched).filter(message => {
    const birth = message.type === 'NDEATH' ? lastBirth(watched, message) : undefined
    if (birth === undefined || isOfSession(message, birth) !== isOwn) return false
    const hasDied = ofGroup(watched).some(
      other => other.index > birth.index && other.index < message.index && isOfSession(other, birth),
    )
    return !(isOwn && hasDied)
  })
/** Devices that were born since the node was. */
const devicesOf = (watched: Watched, death: Message): string[] => {
  const birth = lastBirth(watched, death)
  return ofGroup(watched).flatMap(({ type, node, device, index }) =>
    type === 'DBIRTH' && node === death.node && device && index > (birth?.index ?? 0) && index < death.index
      ? [device]
      : [],
  )
}
/** Points of a device that its birth announced, by the equipment they belong to. */
const equipmentOf = (watched: Watched, { node, index }: Message, device: string): string[] => {
  const birth = ofGroup(watched).findLast(
    message =>
      message.type === 'DBIRTH' &&
      message.node === node &&
      message.device === device &&
      message.index < index,
  )
  return [
    ...new Set(
      (birth?.said.payload?.metrics ?? []).map(({ name }) =>
        name?.includes('/') ? name.slice(0, name.indexOf('/')) : device,
      ),
    ),
  ]
}
const isNow = (at: number, wallAt: number): boolean => Math.abs(at - wallAt) <= 60_000

function notStale(
  watched: Watched,
  death: Message,
  equipment: string,
  at?: number,
): string | undefined | false {
  const word = toldAfter(
    watched,
    death.index,
    told => told.what === 'stale' && told.node === death.node && told.equipment === equipment,
  )
  if (word?.told.what !== 'stale') return `${equipment} is not stale`
  const isTimely = at === undefined ? isNow(word.told.at, word.wallAt) : word.told.at === at
  return !isTimely && `${equipment} is stale as of ${word.told.at}`
}
const firstOf = <T>(
  items: readonly T[],
  complaint: (item: T) => string | undefined | false,
): string | undefined => {
  for (const item of items) {
    const because = complaint(item)
    if (because) return because
  }
  return undefined
}

const action = (what: string): string[] => [`operational-behavior-edge-node-termination-host-action-${what}`]
const deviceDeaths = (watched: Watched): Message[] =>
  ofGroup(watched).filter(
    message => message.type === 'DDEATH' && devicesOf(watched, message).includes(message.device ?? ''),
  )

const deaths: Assertion[] = [
  ...asked(
    'host',
    action('ndeath-node-offline'),
    "on NDEATH the node is offline, by the host's clock",
    watched =>
      every(nodeDeaths(watched, true), death => {
        const word = toldAfter(
          watched,
          death.index,
          told => told.what === 'offline' && told.node === death.node,
        )
        return !(word && isNow(word.told.at, word.wallAt)) && `${death.node} is not offline`
      }),
  ),
  ...asked(
    'host',
    action('ndeath-node-tags-stale'),
    'on NDEATH nothing of the node is shown until it is born again',
    watched =>
      every(
        nodeDeaths(watched, true),
        death =>
          toldAfter(
            watched,
            death.index,
            told => told.what === 'shown' && told.node === death.node,
            nextBirth(watched, death)?.index,
          ) && `a value of ${death.node} is shown after its death`,
      ),
  ),
  ...asked('host', action('ndeath-devices-offline'), 'on NDEATH each device of the node is lost', watched =>
    every(nodeDeaths(watched, true), death =>
      firstOf(devicesOf(watched, death), device => notStale(watched, death, device)),
    ),
  ),
  ...asked(
    'host',
    action('ndeath-devices-tags-stale'),
    "on NDEATH every point of the node's devices is stale",
    watched =>
      every(nodeDeaths(watched, true), death =>
        firstOf(
          devicesOf(watched, death).flatMap(device => equipmentOf(watched, death, device)),
          equipment => notStale(watched, death, equipment),
        ),
      ),
  ),
  ...asked(
    'host',
    action('ddeath-devices-offline'),
    'on DDEATH the device is lost as of the time in it',
    watched =>
      every(deviceDeaths(watched), death =>
        notStale(watched, death, death.device ?? '', death.said.payload?.timestamp),
      ),
  ),
  ...asked(
    'host',
    action('ddeath-devices-tags-stale'),
    'on DDEATH every point of the device is stale as of the time in it',
    watched =>
      every(deviceDeaths(watched), death =>
        firstOf(equipmentOf(watched, death, death.device ?? ''), equipment =>
          notStale(watched, death, equipment, death.said.payload?.timestamp),
        ),
      ),
  ),
  ...asked('host', ['SP-05'], 'a death of an earlier session takes nobody away', watched =>
    every(nodeDeaths(watched, false), death => {
      const own = nodeDeaths(watched, true).find(
        ({ node, index }) => node === death.node && index > death.index,
      )
      // The end of the connection on which the node was born takes it away as well.
      const until = Math.min(own?.index ?? Number.POSITIVE_INFINITY, endOf(lastBirth(watched, death)?.link))
      return (
        toldAfter(watched, death.index, told => told.what === 'offline' && told.node === death.node, until) &&
        `${death.node} is offline`
      )
    }),
  ),
]

const endOf = (link: Link | undefined): number =>
  Math.min(link?.disconnectAt ?? Number.POSITIVE_INFINITY, link?.closedAt ?? Number.POSITIVE_INFINITY)

type Gap = {
  readonly index: number
  readonly message: Message
  readonly isFilled: boolean
  readonly until: number
}

/** Messages that came before their turn, and whether what was missing came before the next birth. */
function gapsOf(watched: Watched): Gap[] {
  const gaps: Gap[] = []
  for (const node of new Set(ofGroup(watched).flatMap(({ node }) => node ?? []))) {
    const numbered = ofGroup(watched).filter(
      message => message.node === node && message.said.payload?.seq !== undefined,
    )
    let expected = -1
    for (const message of numbered) {
      const seq = message.said.payload?.seq ?? 0
      if (message.type === 'NBIRTH') expected = (seq + 1) % 256
      else if (seq === expected) expected = (expected + 1) % 256
      else if (expected >= 0 && (seq - expected + 256) % 256 < 128) {
        const until = nextBirth(watched, message)?.index ?? Number.POSITIVE_INFINITY
        const missing = expected
        const isFilled = numbered.some(
          later => later.index > message.index && later.index < until && later.said.payload?.seq === missing,
        )
        gaps.push({ index: message.index, message, isFilled, until })
        expected = (seq + 1) % 256
      }
    }
  }
  return gaps
}
const requestIn = (watched: Watched, { message, until }: Gap): Message | undefined =>
  watched.said.find(
    ({ type, node, index, said }) =>
      type === 'NCMD' &&
      node === message.node &&
      index > message.index &&
      index < until &&
      said.payload?.metrics.some(({ name }) => name === 'Node Control/Rebirth'),
  )
const open = (watched: Watched) => gapsOf(watched).filter(({ isFilled }) => !isFilled)

const reordering: Assertion[] = [
  ...asked(
    'host',
    ['operational-behavior-host-reordering-param', 'operational-behavior-host-reordering-start'],
    'after a gap births are not asked for before the configured time',
    watched =>
      every(open(watched), gap => {
        const request = requestIn(watched, gap)
        // Timers may be a millisecond early, and the wire is watched from outside.
        return (
          !(request && request.wallAt - gap.message.wallAt >= watched.cast.reorderMs - 5) &&
          `asked after ${request && request.wallAt - gap.message.wallAt} ms`
        )
      }),
  ),
  ...asked(
    'host',
    ['operational-behavior-host-reordering-rebirth'],
    'when the missing message has not come, births are asked for',
    watched => every(open(watched), gap => !requestIn(watched, gap) && 'no request'),
  ),
  ...asked(
    'host',
    ['operational-behavior-host-reordering-success'],
    'when it has come in time, all goes on',
    watched =>
      every(
        gapsOf(watched).filter(({ isFilled }) => isFilled),
        gap => {
          if (requestIn(watched, gap)) return 'births are asked for all the same'
          const last = gap.message.said.payload?.metrics[0]
          return (
            !toldAfter(
              watched,
              gap.index,
              told =>
                told.what === 'shown' &&
                told.node === gap.message.node &&
                told.value === last?.values[0]?.value,
            ) && 'what waited is not shown'
          )
        },
      ),
  ),
]

const requests = (watched: Watched): Message[] =>
  watched.said.filter(({ said }) => said.payload?.metrics.some(({ name }) => name === 'Node Control/Rebirth'))

const care: Assertion[] = [
  ...asked(
    'host',
    ['topic-structure-namespace-duplicate-device-id-across-edge-node'],
    'a device of the same name at two nodes is two devices',
    watched => {
      const births = ofGroup(watched).filter(({ type }) => type === 'DBIRTH')
      return every(
        births.filter(({ device, node }) =>
          births.some(other => other.device === device && other.node !== node),
        ),
        ({ node, index }) =>
          !toldAfter(watched, index, told => told.what === 'shown' && told.node === node) &&
          `${node} is not shown`,
      )
    },
  ),
  // The wire is watched from outside, where a busy machine shifts things: a second of the ten is left to it.
  ...asked('host', ['SP-04'], 'one node is asked for births at most every 10 s', watched =>
    every(requests(watched), ({ node, index, wallAt }) => {
      const before = requests(watched).findLast(one => one.node === node && one.index < index)
      return before && wallAt - before.wallAt < 9_000 && `again after ${wallAt - before.wallAt} ms`
    }),
  ),
  ...asked(
    'host',
    ['SP-06'],
    'an alias that no birth announced is never shown, and births are asked for',
    watched =>
      every(
        ofGroup(watched).filter(message => {
          const birth = ofGroup(watched).findLast(
            one =>
              one.type === 'DBIRTH' &&
              one.node === message.node &&
              one.device === message.device &&
              one.index < message.index,
          )
          const known = birth?.said.payload?.metrics.map(({ alias }) => alias) ?? []
          return (
            message.type === 'DDATA' &&
            birth !== undefined &&
            message.said.payload?.metrics.some(({ alias }) => alias !== undefined && !known.includes(alias))
          )
        }),
        message => {
          const value = message.said.payload?.metrics[0]?.values[0]?.value
          if (
            toldAfter(
              watched,
              message.index,
              told => told.what === 'shown' && told.node === message.node && told.value === value,
            )
          )
            return 'shown'
          return !requests(watched).some(one => one.node === message.node) && 'no request'
        },
      ),
  ),
  ...asked('host', ['SP-07'], 'back-fill never becomes the value that is shown', watched =>
    every(
      ofGroup(watched).flatMap(({ index, node, said }) =>
        (said.payload?.metrics ?? [])
          .filter(({ isHistorical }) => isHistorical)
          .map(metric => ({ index, node, metric })),
      ),
      ({ index, node, metric }) =>
        toldAfter(
          watched,
          index,
          told => told.what === 'shown' && told.node === node && told.at === metric.timestamp,
        ) && `the value of ${metric.timestamp} is shown`,
    ),
  ),
]

export const hostReactionAssertions: readonly Assertion[] = [...deaths, ...reordering, ...care]
