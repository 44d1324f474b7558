import { minute, second } from '#contract/units.ts'
import { seededRandom } from '#models/plant/random.ts'

/** One misfortune: when it begins, in ms since the first sample, and how long it lasts. */
export type Fault = { readonly atMs: number; readonly forMs: number } & Misfortune

export type Misfortune =
  | { readonly kind: 'kill' | 'freeze'; readonly target: Target }
  /** All connections of a wire end without a word. */
  | { readonly kind: 'cut'; readonly wire: WireName }
  /** Connections stand and carry nothing. */
  | { readonly kind: 'stall'; readonly wire: WireName }
  | { readonly kind: 'slow'; readonly wire: WireName; readonly delayMs: number }
  /** Half of the next packet goes through, then the connection is gone. */
  | { readonly kind: 'tear'; readonly wire: WireName; readonly toBroker: boolean }
  | { readonly kind: 'fillDisk' }
  | { readonly kind: 'stepClock'; readonly byMs: number }
  /** The agent's wire stands for that long, so that something is queued; then the agent is killed and its file spoilt. */
  | { readonly kind: 'corrupt'; readonly file: OutboxFileName; readonly how: Corruption }

export const targets = ['agent', 'hub', 'broker'] as const
export type Target = (typeof targets)[number]
export const wireNames = ['agent', 'hub'] as const
export type WireName = (typeof wireNames)[number]
export const outboxFileNames = ['outbox.sqlite', 'outbox.sqlite-wal', 'outbox.totals'] as const
export type OutboxFileName = (typeof outboxFileNames)[number]

/** Places are fractions of the file's length, which is known only then. */
export type Corruption =
  | { readonly kind: 'truncate'; readonly keep: number }
  | { readonly kind: 'flip'; readonly places: readonly number[] }

export type FaultKind = Fault['kind']
export const faultKinds = [
  'kill',
  'freeze',
  'cut',
  'stall',
  'slow',
  'tear',
  'fillDisk',
  'stepClock',
  'corrupt',
] as const satisfies readonly FaultKind[]

/** The first second is for births, the last sixth (5 s at least) for what the faults left behind while samples still come. */
const firstFaultMs = 1_000
const quietShare = 1 / 6
const quietMsLeast = 5_000
/** From one beginning to the next: shorter than most faults last, so that they meet. */
const gapMs = [300, 2_500] as const
/** REQUIREMENTS SF-24, and back to 1970. */
const clockStepsMs = [-60, 60, -1_440, 1_440, 525_600].map(minutes => minutes * minute)
const to1970Ms = -55 * 525_600 * minute

type Draw = {
  between(lowest: number, highest: number): number
  oneOf<T>(list: readonly T[]): T
}

/** What befalls a run: a pure function of seed and length. Kinds come in shuffled rounds, so that a short run meets most of them. */
export function nemesisPlan(seed: number, minutes: number): readonly Fault[] {
  const random = seededRandom(seed)
  const draw: Draw = {
    between: (lowest, highest) => Math.round(lowest + random() * (highest - lowest)),
    oneOf: list => list[Math.floor(random() * list.length)] as (typeof list)[number],
  }
  const lengthMs = minutes * minute
  const untilMs = lengthMs - Math.max(quietMsLeast, lengthMs * quietShare)
  const plan: Fault[] = []
  let round: Array<() => { misfortune: Misfortune; forMs: number }> = []
  for (let atMs = firstFaultMs; atMs < untilMs; atMs += draw.between(...gapMs)) {
    if (round.length === 0) round = shuffled(oneRound(draw), random)
    const next = round.pop()
    if (next === undefined) break
    const { misfortune, forMs } = next()
    plan.push({ atMs, forMs: Math.min(forMs, untilMs + 1_000 - atMs), ...misfortune })
  }
  return plan
}

/** Each process dies and freezes, each wire suffers in each way, once a round; outbox, disk and clock as often as a process dies. */
function oneRound(draw: Draw): Array<() => { misfortune: Misfortune; forMs: number }> {
  const lasting = (lowest: number, highest: number, misfortune: Misfortune) => () => ({
    misfortune,
    forMs: draw.between(lowest, highest),
  })
  return [
    ...targets.flatMap(target => [
      lasting(0, 2_000, { kind: 'kill', target }),
      lasting(500, 5_000, { kind: 'freeze', target }),
    ]),
    ...wireNames.flatMap(wire => [
      lasting(0, 0, { kind: 'cut', wire }),
      lasting(500, 6_000, { kind: 'stall', wire }),
      lasting(1_000, 4_000, { kind: 'slow', wire, delayMs: draw.between(20, 300) }),
      lasting(0, 0, { kind: 'tear', wire, toBroker: draw.oneOf([true, false]) }),
    ]),
    lasting(1_000, 6_000, { kind: 'fillDisk' }),
    lasting(0, 0, { kind: 'stepClock', byMs: draw.oneOf([...clockStepsMs, to1970Ms]) }),
    ...outboxFileNames.map(file => lasting(500, 3_000, { kind: 'corrupt', file, how: corruption(draw) })),
  ]
}

function corruption(draw: Draw): Corruption {
  const isTruncated = draw.between(0, 1) === 0
  return isTruncated
    ? { kind: 'truncate', keep: draw.oneOf([0, draw.between(1, 99) / 100]) }
    : {
        kind: 'flip',
        places: Array.from({ length: draw.between(1, 8) }, () => draw.between(0, 999_999) / 1_000_000),
      }
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map(item => ({ item, key: random() }))
    .sort((one, other) => one.key - other.key)
    .map(({ item }) => item)
}

/** One line for the record of a run. */
export function faultText(fault: Fault): string {
  const { atMs, forMs, kind, ...rest } = fault
  const details = Object.values(rest)
    .map(value => (typeof value === 'object' ? JSON.stringify(value) : String(value)))
    .join(' ')
  return `${(atMs / second).toFixed(1)} s ${kind} ${details}${forMs > 0 ? ` for ${(forMs / second).toFixed(1)} s` : ''}`
}
