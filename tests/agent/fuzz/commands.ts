import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { Output } from '#agent/control/outputs.ts'
import { modeCommand, releaseCommand } from '#contract/messages/command.ts'
import { releaseGroupMetric } from '#contract/messages/delivery.ts'
import { type Lease, leaseSigningText, type SignedLease } from '#contract/messages/lease.ts'
import { modeNames } from '#contract/points.ts'
import { seriesKey } from '#contract/reading.ts'
import type { BirthPlan } from '#contract/sparkplug/birth.ts'
import { dataTypes } from '#contract/sparkplug/dataTypes.ts'
import { metricOfLease } from '#contract/sparkplug/leaseMetric.ts'
import { encodePayload, type Metric } from '#contract/sparkplug/payload.ts'
import { hour, minute, second } from '#contract/units.ts'

/** As it stands on the wire. `device` undefined: to the node. */
export type Message = {
  readonly device: string | undefined
  readonly bytes: Buffer
  readonly retained: boolean
}

/** What the hub has really asked for, by id: nothing else may have an effect. */
export type Asked = {
  readonly leases: Map<string, Pick<Lease, 'issuedAt' | 'expiresAt' | 'priority'>>
  readonly modes: Map<string, number>
  readonly released: Set<string>
}

type World = {
  readonly plan: BirthPlan
  readonly outputs: readonly Output[]
  readonly cdus: readonly string[]
  readonly random: () => number
  readonly now: () => number
  readonly held: (output: Output) => number
}

const strange: readonly number[] = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -0,
  0,
  1e308,
  -1e308,
  Number.MIN_VALUE,
  Number.MAX_SAFE_INTEGER,
  -273.15,
  2 ** 31,
]
const disruptive: ReadonlySet<string> = new Set(['release', 'release storm', 'mode flapping'])
/** Recorded and held-back messages, as a rogue broker would keep them. */
const keptMax = 2_000

/** The hub's own commands and what a rogue broker, a rogue hub or a stranger makes of them, by kind. */
export function commandMaker(world: World) {
  const { plan, outputs, cdus, random, now } = world
  const hub = generateKeyPairSync('ed25519')
  const stranger = generateKeyPairSync('ed25519')
  const asked: Asked = { leases: new Map(), modes: new Map(), released: new Set() }
  const recorded: Message[] = []
  const heldBack: Message[] = []
  const groups: Lease[] = []
  let version = 0

  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const seal = (lease: Lease, key: KeyObject = hub.privateKey): SignedLease => ({
    ...lease,
    keyId: 'hub-1',
    signature: sign(null, Buffer.from(leaseSigningText(lease)), key).toString('base64'),
  })
  const sent = (lease: SignedLease, change: (metric: Metric) => Metric = metric => metric): Message => {
    const known = plan.byKey.get(seriesKey(lease.equipment, lease.point))
    const place = known && random() < 0.5 ? { alias: known.alias } : { name: lease.point }
    const metric = metricOfLease(place, lease, known?.datatype ?? dataTypes.Double)
    return {
      device: known?.device ?? lease.equipment,
      bytes: encodePayload({ timestamp: Math.max(0, Math.round(now())), metrics: [change(metric)] }),
      retained: false,
    }
  }
  const keep = (message: Message): Message => {
    recorded.push(message)
    if (recorded.length > keptMax) recorded.shift()
    return message
  }
  const wanted = (output: Output): number => {
    const { lowest, highest } = output.bounds
    if (random() < 0.3) return lowest + random() * (highest - lowest)
    const reach = 0.1 * (highest - lowest)
    return Math.min(highest, Math.max(lowest, world.held(output) + (random() * 2 - 1) * reach))
  }
  const lease = (output: Output, change: Partial<Lease> = {}): Lease => {
    version += 1
    const issuedAt = Math.round(now())
    return {
      id: `lease-${version}`,
      groupId: `group-${version}`,
      groupSize: 1,
      equipment: output.equipment,
      point: output.point,
      value: wanted(output),
      expected: world.held(output),
      reason: 'less pumping carries this load',
      author: 'hub',
      priority: random() < 0.9 ? 'plan' : 'remoteOperator',
      version,
      issuedAt,
      notBeforeAt: issuedAt,
      expiresAt: issuedAt + Math.round((1 + random() * 89) * minute),
      ...change,
    }
  }
  const own = (one: Lease): Lease => {
    asked.leases.set(one.id, { issuedAt: one.issuedAt, expiresAt: one.expiresAt, priority: one.priority })
    return one
  }
  const mode = (change: Partial<Lease> = {}): Lease => {
    version += 1
    const rank = random() < 0.85 ? 3 : Math.floor(random() * 4)
    const command = modeCommand(
      { equipment: pick(cdus), mode: modeNames[rank] ?? 'auto', before: 'auto', speed: 1 },
      { author: 'hub', reason: 'asked for', version, now: now() },
    )
    return { ...command, ...change }
  }
  const release = (): Lease | undefined => {
    const one = groups.at(-1 - Math.floor(random() * Math.min(5, groups.length)))
    if (!one) return undefined
    version += 1
    return releaseCommand(
      { groupId: one.groupId, groupSize: one.groupSize, place: one },
      { author: 'hub', reason: 'taken back', version, now: now() },
    )
  }
  const aged = (one: Lease, byMs: number): Lease => ({
    ...one,
    issuedAt: Math.max(0, Math.round(one.issuedAt - byMs)),
    notBeforeAt: Math.max(0, Math.round(one.notBeforeAt - byMs)),
    expiresAt: Math.max(0, Math.round(one.expiresAt - byMs)),
  })
  const group = (): Message[] => {
    const members = outputs.filter(() => random() < 0.6)
    const groupId = `group-${version + 1}`
    const leases = members.map(output =>
      own(lease(output, { groupId, groupSize: members.length, priority: 'plan' })),
    )
    if (leases[0]) groups.push(leases[0])
    if (groups.length > 50) groups.shift()
    return leases.map(one => keep(sent(seal(one))))
  }
  const ownMode = (): Message => {
    const command = mode()
    asked.modes.set(command.id, command.issuedAt)
    return keep(sent(seal(command)))
  }
  const ownRelease = (): Message[] => {
    const command = release()
    if (!command) return []
    asked.released.add(command.groupId)
    return [keep(sent(seal(command)))]
  }
  const flipped = (): Message[] => {
    const message = recorded.at(-1 - Math.floor(random() * Math.min(20, recorded.length)))
    if (!message) return []
    const bytes = Buffer.from(message.bytes)
    const at = Math.floor(random() * bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
    return [{ ...message, bytes }]
  }
  const property =
    (key: string, value: string): ((metric: Metric) => Metric) =>
    metric => ({
      ...metric,
      properties: [
        ...(metric.properties ?? []).filter(one => one.key !== key),
        { key, type: dataTypes.String, value },
      ],
    })

  const kinds: Readonly<Record<string, () => Message[]>> = {
    plan: group,
    mode: () => [ownMode()],
    release: ownRelease,
    'release storm': () => Array.from({ length: 5 }, ownRelease).flat(),
    'mode flapping': () => Array.from({ length: 6 }, ownMode),
    'chain of valid steps': () => {
      const output = pick(outputs)
      return [1, 2, 3].map(step =>
        keep(
          sent(
            seal(own(lease(output, { value: Math.min(output.bounds.highest, world.held(output) + step) }))),
          ),
        ),
      )
    },
    'outside bounds': () => {
      const output = pick(outputs)
      const { lowest, highest } = output.bounds
      const value = random() < 0.5 ? highest + 10 ** (random() * 8 - 4) : lowest - 10 ** (random() * 8 - 4)
      return [sent(seal(own(lease(output, { value }))))]
    },
    'strange number': () => {
      const one = own(lease(pick(outputs), { value: pick(strange) }))
      return [sent(seal(one), metric => ({ ...metric, kind: 'double', value: one.value }))]
    },
    'strange field': () => {
      const key = pick(['expected', 'version', 'issuedAt', 'notBeforeAt', 'expiresAt', 'groupSize'] as const)
      // A version that high, once taken, would end the hub's own plans for ever, and the fuzz with them.
      const odd = pick(key === 'version' ? [-1, 0, 1.5, 2 ** 63] : [-1, 0, 1.5, 1e15, 2 ** 53 - 1])
      try {
        return [sent(seal(own(lease(pick(outputs), { [key]: odd }))))]
      } catch {
        // The encoder refuses what has no form on the wire.
        return []
      }
    },
    string: () => {
      const text = pick(['31', '', 'NaN', '1e9', '__proto__', '\u0000', '🧊', '-Infinity'])
      return [
        sent(seal(own(lease(pick(outputs)))), metric => ({
          ...metric,
          datatype: dataTypes.String,
          kind: 'string',
          value: text,
        })),
      ]
    },
    stale: () => [sent(seal(own(aged(lease(pick(outputs)), (2 + random() * 48) * hour))))],
    'stale mode': () => {
      const command = aged(mode(), (2 + random() * 60) * minute)
      return [sent(seal({ ...command, expiresAt: Math.round(now()) + hour }))]
    },
    future: () => [sent(seal(own(aged(lease(pick(outputs)), -(6 * second + random() * hour)))))],
    replayed: () => (recorded.length > 0 ? [pick(random() < 0.5 ? recorded : recorded.slice(-20))] : []),
    reordered: () => {
      heldBack.push(...group(), ownMode())
      heldBack.splice(0, Math.max(0, heldBack.length - 200))
      return heldBack.splice(Math.floor(random() * heldBack.length), 1 + Math.floor(random() * 3)).reverse()
    },
    retained: () => (recorded.length > 0 ? [{ ...pick(recorded), retained: true }] : []),
    unsigned: () => [
      sent(seal(lease(pick(outputs))), metric => ({
        ...metric,
        properties: (metric.properties ?? []).filter(({ key }) => key !== 'signature'),
      })),
    ],
    'wrong key': () => [
      sent(seal(pick([lease(pick(outputs)), mode(), release() ?? mode()]), stranger.privateKey)),
    ],
    'changed after signing': () => {
      const one = seal(lease(pick(outputs)))
      return [sent(one, metric => ({ ...metric, value: one.value + 1 }))]
    },
    'no signature at all': () => [
      sent(seal(lease(pick(outputs))), property('signature', pick(['', 'AAAA', 'x'.repeat(88)]))),
    ],
    'unknown key': () => [sent({ ...seal(mode()), keyId: `hub-${Math.floor(random() * 9) + 2}` })],
    'for others': () => {
      const one = lease(pick(outputs), { equipment: pick(['cdu-9', 'hall', 'weather', 'A1']) })
      return [sent(seal(own(one)))]
    },
    'for a point nobody steers': () => [
      sent(
        seal(
          own(lease(pick(outputs), { point: pick(['flow', 'pumpRun', 'authority', 'watchdog', 'nothing']) })),
        ),
      ),
    ],
    'former mode': () => [
      {
        device: pick(cdus),
        retained: false,
        bytes: encodePayload({
          timestamp: 1,
          metrics: [
            { name: 'mode', datatype: dataTypes.Int32, kind: 'int', value: Math.floor(random() * 5) - 1 },
          ],
        }),
      },
    ],
    'former release': () => [
      {
        device: undefined,
        retained: false,
        bytes: encodePayload({
          timestamp: 1,
          metrics: [{ name: releaseGroupMetric, kind: 'string', value: groups.at(-1)?.groupId ?? 'group-1' }],
        }),
      },
    ],
    'flipped bit': flipped,
    'other bytes': () => [
      {
        device: pick([...cdus, undefined]),
        retained: false,
        bytes: Buffer.from(
          Array.from({ length: Math.floor(random() * 80) }, () => Math.floor(random() * 256)),
        ),
      },
    ],
    'hostile size': () => {
      const text = 'x'.repeat(1_000 + Math.floor(random() * 40_000))
      const key = pick(['reason', 'id', 'author', 'signature', 'keyId', 'groupId', 'other'])
      return [sent(seal(own(lease(pick(outputs)))), property(key, text))]
    },
  }
  const names = Object.keys(kinds)
  return {
    asked,
    publicKeys: [
      { keyId: 'hub-1', pem: hub.publicKey.export({ type: 'spki', format: 'pem' }).toString() },
    ] as const,
    names,
    next(): { readonly kind: string; readonly messages: readonly Message[] } {
      const drawn = pick(names)
      // Storms come seldom enough that plans are held in between.
      const kind = disruptive.has(drawn) && random() < 0.85 ? 'plan' : drawn
      return { kind, messages: kinds[kind]?.() ?? [] }
    },
  }
}
