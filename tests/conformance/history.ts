import type { SeenMetric } from './sparkplugWire.ts'
import type { Link, Message } from './trace.ts'
import type { Watched } from './verdict.ts'

/** What a listener on one connection knew before a message: births since the last NBIRTH, and who is alive. */
export type Known = {
  isBorn: boolean
  seq: number | undefined
  readonly alive: Set<string>
  /** Devices with a birth since the node's. */
  readonly born: Set<string>
  /** Metrics by place ('' is the node) and name. */
  readonly names: Map<string, Map<string, SeenMetric>>
  readonly aliases: Map<number, { readonly place: string; readonly name: string }>
}

export type Step = { readonly index: number; readonly message: Message; readonly known: Known }

/** The node's messages with what was known before each. `known` changes with the next step. */
export function* stepsOf(link: Link): Generator<Step> {
  const known: Known = {
    isBorn: false,
    seq: undefined,
    alive: new Set(),
    born: new Set(),
    names: new Map(),
    aliases: new Map(),
  }
  for (const message of link.said) {
    yield { index: message.index, message, known }
    learn(known, message)
  }
}

export function* allSteps(watched: Watched, ...types: string[]): Generator<Step> {
  for (const link of watched.links)
    for (const step of stepsOf(link))
      if (types.length === 0 || types.includes(step.message.type ?? '')) yield step
}

function learn(known: Known, { type, device, said }: Message): void {
  const metrics = said.payload?.metrics ?? []
  if (said.payload?.seq !== undefined) known.seq = said.payload.seq
  if (type === 'NBIRTH') {
    known.isBorn = true
    known.alive.clear()
    known.born.clear()
    known.names.clear()
    known.aliases.clear()
    enter(known, '', metrics)
  } else if (type === 'NDEATH') {
    known.isBorn = false
    known.alive.clear()
  } else if (type === 'DBIRTH' && device !== undefined) {
    known.alive.add(device)
    known.born.add(device)
    enter(known, device, metrics)
  } else if (type === 'DDEATH' && device !== undefined) known.alive.delete(device)
}

function enter(known: Known, place: string, metrics: readonly SeenMetric[]): void {
  const names = new Map<string, SeenMetric>()
  known.names.set(place, names)
  for (const metric of metrics) {
    if (metric.name === undefined) continue
    names.set(metric.name, metric)
    if (metric.alias !== undefined) known.aliases.set(metric.alias, { place, name: metric.name })
  }
}

/** The name that a data metric stands for in its place; undefined: no birth said so. */
export function nameOf(known: Known, place: string, metric: SeenMetric): string | undefined {
  if (metric.alias !== undefined) {
    const meant = known.aliases.get(metric.alias)
    return meant?.place === place ? meant.name : undefined
  }
  return metric.name !== undefined && known.names.get(place)?.has(metric.name) ? metric.name : undefined
}

export const bdSeqIn = (metrics: readonly SeenMetric[] | undefined): number | undefined => {
  const metric = metrics?.find(({ name }) => name === 'bdSeq')
  const value = metric?.values[0]
  return metric?.datatype === 4 && value?.field === 11 && typeof value.value === 'number'
    ? value.value
    : undefined
}
