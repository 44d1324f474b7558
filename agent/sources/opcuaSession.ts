import { AttributeIds, type ClientSession } from 'node-opcua-client'
import type { DataValue } from 'node-opcua-data-value'
import { DataType } from 'node-opcua-variant'
import type { PointBinding } from '#agent/mapping/pointMap.ts'
import { connectOpcua, type OpcuaAddress, type OpcuaLink } from '#agent/sources/opcuaClient.ts'
import type { OpcuaIdentity } from '#agent/sources/opcuaPki.ts'
import { severityOf } from '#agent/sources/opcuaStatus.ts'
import { type Pace, type Watch, type WatchedNode, watchNodes } from '#agent/sources/opcuaSubscription.ts'
import type { WriteResult } from '#agent/sources/source.ts'
import { within } from '#agent/sources/within.ts'
import { Failure, sentenceOf } from '#contract/failure.ts'
import type { DurationMs } from '#contract/units.ts'

export type OpcuaSessionOptions = {
  readonly address: OpcuaAddress
  readonly identity: OpcuaIdentity
  readonly namespaceUri: string
  readonly bindings: readonly PointBinding[]
  readonly telemetryPace: Pace
  readonly fastPace: Pace
  readonly machineNow: () => DurationMs
  readonly listener: OpcuaSessionListener
}

export type OpcuaSessionListener = {
  value(binding: PointBinding, dataValue: DataValue): void
  missing(binding: PointBinding, statusCode: number): void
  heard(): void
  /** The server says that it runs (ServerStatus.State 0), or that it does not. */
  serverRuns(runs: boolean): void
}

/** A live session with everything watched. It ends once, with a sentence, and is then closed by its owner. */
export type OpcuaSession = {
  readonly ended: Promise<string>
  readonly missing: () => number
  write(
    writes: ReadonlyArray<{ readonly binding: PointBinding; readonly value: number }>,
  ): Promise<readonly WriteResult[]>
  close(): Promise<void>
}

/** A write is answered within this, or counts as not taken. */
const writeMs = 2_000
/** Nodes in one Read call. */
const nodesPerRead = 500
const watchdogMs = 1_000
/** A node that the server does not know is asked for again each minute: it may be there after a download. */
const retryMissingMs = 60_000
const serverStateNode = 'ns=0;i=2259'
const namespaceArrayNode = 'ns=0;i=2255'

/** Connects, reads every point once, and then subscribes: what follows is pushed, never polled. */
export async function openOpcuaSession(options: OpcuaSessionOptions): Promise<OpcuaSession> {
  const link = await connectOpcua(options.address, options.identity)
  try {
    return await watchEverything(link, options)
  } catch (error) {
    await link.close()
    throw error
  }
}

async function watchEverything(link: OpcuaLink, options: OpcuaSessionOptions): Promise<OpcuaSession> {
  const { session } = link
  const { bindings, listener } = options
  const nodeIds = await resolvedNodeIds(session, bindings, options.namespaceUri)
  const types = new Map<PointBinding, DataType>()
  const end = onceOnly()
  session.on('session_closed', () => end.say('the server closed the session'))
  link.onLost(end.say)

  const take = (binding: PointBinding, dataValue: DataValue) => {
    const type = dataValue.value?.dataType
    if (type) types.set(binding, type)
    listener.value(binding, dataValue)
  }
  await readAll(session, bindings, { nodeIds, take })
  listener.heard()

  const lastHeard = { fast: options.machineNow(), telemetry: options.machineNow() }
  const watch = (which: 'fast' | 'telemetry', nodes: readonly WatchedNode[]) =>
    watchNodes(session, {
      nodes,
      pace: which === 'fast' ? options.fastPace : options.telemetryPace,
      listener: {
        value: (index, dataValue) => {
          const binding = bindings[index]
          if (binding) take(binding, dataValue)
          else listener.serverRuns(dataValue.value?.value === 0)
        },
        missing: (index, statusCode) => {
          const binding = bindings[index]
          if (binding) listener.missing(binding, statusCode)
        },
        heard: () => {
          lastHeard[which] = options.machineNow()
          listener.heard()
        },
        ended: end.say,
      },
    })
  const nodesOf = (isFast: boolean): WatchedNode[] =>
    bindings.flatMap((binding, index) =>
      binding.spec.fast === isFast ? [{ nodeId: nodeIds[index] ?? '', index }] : [],
    )
  const watches: Record<'fast' | 'telemetry', Watch> = {
    fast: await watch('fast', nodesOf(true)),
    telemetry: await watch('telemetry', [
      ...nodesOf(false),
      { nodeId: serverStateNode, index: bindings.length },
    ]),
  }
  const timers = [
    watchSilence(watches, lastHeard, options.machineNow, end.say),
    setInterval(() => {
      for (const one of Object.values(watches)) one.retryMissing().catch(error => end.say(sentenceOf(error)))
    }, retryMissingMs).unref(),
  ]
  return {
    ended: end.said,
    missing: () => watches.fast.missing.size + watches.telemetry.missing.size,
    write: writes => writeNodes(session, writes, { bindings, nodeIds, types }),
    close: () => {
      timers.forEach(timer => {
        clearInterval(timer)
      })
      end.say('closed')
      return link.close()
    },
  }
}

/**
 * Ends the session when either subscription has been silent for too long, which also finds a frozen server behind an
 * open socket. A tick that comes late shows that we were busy ourselves: what was sent meanwhile is still unread, so
 * that tick does not judge.
 */
function watchSilence(
  watches: Record<'fast' | 'telemetry', Watch>,
  lastHeard: Record<'fast' | 'telemetry', DurationMs>,
  machineNow: () => DurationMs,
  end: (sentence: string) => void,
): NodeJS.Timeout {
  let lastTick = machineNow()
  return setInterval(() => {
    const now = machineNow()
    const wasBusy = now - lastTick > watchdogMs * 2
    lastTick = now
    if (wasBusy) return
    for (const which of ['fast', 'telemetry'] as const) {
      const silentMs = now - lastHeard[which]
      if (silentMs > watches[which].silenceMs)
        end(`nothing heard from the server for ${Math.round(silentMs)} ms`)
    }
  }, watchdogMs).unref()
}

/** `s=…` and `i=…` stand in the source's namespace; `nsu=URI;s=…` names its own; `ns=2;…` is taken as it is. */
async function resolvedNodeIds(
  session: ClientSession,
  bindings: readonly PointBinding[],
  namespaceUri: string,
): Promise<readonly string[]> {
  const answer = await session.read({ nodeId: namespaceArrayNode, attributeId: AttributeIds.Value })
  const namespaces: readonly string[] = Array.isArray(answer.value.value) ? answer.value.value : []
  const indexOf = (uri: string): number => {
    const index = namespaces.indexOf(uri)
    if (index < 0)
      throw new Failure(
        'SOURCE_REFUSED',
        `the server has no namespace "${uri}"; it has ${namespaces.join(', ') || 'none'}`,
        { retry: true },
      )
    return index
  }
  return bindings.map(({ address }) => {
    if (address.startsWith('ns=')) return address
    const own = /^nsu=([^;]+);(.+)$/.exec(address)
    return own ? `ns=${indexOf(own[1] ?? '')};${own[2]}` : `ns=${indexOf(namespaceUri)};${address}`
  })
}

async function readAll(
  session: ClientSession,
  bindings: readonly PointBinding[],
  ways: {
    readonly nodeIds: readonly string[]
    readonly take: (binding: PointBinding, dataValue: DataValue) => void
  },
): Promise<void> {
  for (let start = 0; start < bindings.length; start += nodesPerRead) {
    const part = bindings.slice(start, start + nodesPerRead)
    const values = await session.read(
      part.map((_, place) => ({
        nodeId: ways.nodeIds[start + place] ?? '',
        attributeId: AttributeIds.Value,
      })),
    )
    part.forEach((binding, place) => {
      const dataValue = values[place]
      if (dataValue) ways.take(binding, dataValue)
    })
  }
}

/** In the order asked, each with the server's own answer. */
async function writeNodes(
  session: ClientSession,
  writes: ReadonlyArray<{ readonly binding: PointBinding; readonly value: number }>,
  known: {
    readonly bindings: readonly PointBinding[]
    readonly nodeIds: readonly string[]
    readonly types: ReadonlyMap<PointBinding, DataType>
  },
): Promise<readonly WriteResult[]> {
  const requests = writes.map(({ binding, value }) => ({
    nodeId: known.nodeIds[known.bindings.indexOf(binding)] ?? '',
    attributeId: AttributeIds.Value,
    value: { value: deviceVariant(binding, value, known.types.get(binding)) },
  }))
  try {
    const codes = await within(writeMs, 'the write', session.write(requests))
    return writes.map((_, place) => {
      const code = codes[place]
      if (!code) return { taken: false, because: 'the server gave no answer for it' }
      return severityOf(code.value) === 'good' ? { taken: true } : { taken: false, because: code.toString() }
    })
  } catch (error) {
    return writes.map(() => ({ taken: false, because: sentenceOf(error) }))
  }
}

const wholeTypes: ReadonlySet<DataType> = new Set([
  DataType.SByte,
  DataType.Byte,
  DataType.Int16,
  DataType.UInt16,
  DataType.Int32,
  DataType.UInt32,
])

/** The value in the type that the node was read in; unread, states are Int32 and the rest Double. */
function deviceVariant(
  binding: PointBinding,
  pointValue: number,
  read: DataType | undefined,
): { dataType: DataType; value: number | boolean } {
  const value = binding.toDevice(pointValue)
  const isState = binding.spec.unit === 'state' || binding.spec.unit === 'bool'
  const dataType = read ?? (isState ? DataType.Int32 : DataType.Double)
  if (dataType === DataType.Boolean) return { dataType, value: value !== 0 }
  return { dataType, value: wholeTypes.has(dataType) ? Math.round(value) : value }
}

function onceOnly(): { readonly said: Promise<string>; say(sentence: string): void } {
  let say: (sentence: string) => void = () => undefined
  const said = new Promise<string>(resolve => {
    say = resolve
  })
  return { said, say: sentence => say(sentence) }
}
