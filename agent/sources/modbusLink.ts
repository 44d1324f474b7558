import { connect, type Socket } from 'node:net'
import type modbusSerial from 'modbus-serial'
import type { RegisterKind } from '#agent/mapping/modbusAddress.ts'
import type { ModbusFunction } from '#agent/mapping/modbusMap.ts'
import { frameWatch } from '#agent/sources/modbusFrames.ts'
import { isPrivateAddress } from '#agent/sources/privateAddress.ts'
import { within } from '#agent/sources/within.ts'
import { Failure, sentenceOf } from '#contract/failure.ts'
import type { DurationMs } from '#contract/units.ts'

export type ModbusLinkAddress = {
  readonly host: string
  readonly port: number
  readonly timeoutMs: DurationMs
  readonly allowPublic: boolean
}

export type ModbusRead = {
  readonly unitId: number
  readonly register: RegisterKind
  readonly start: number
  readonly count: number
}
export type ModbusWriteRequest = {
  readonly unitId: number
  readonly functionCode: ModbusFunction
  readonly start: number
  /** Registers, or bits as 0 and 1. */
  readonly words: readonly number[]
}

/** `silent`: no answer in time; `ended`: the connection is over. */
export type ModbusAnswer =
  | { readonly kind: 'data'; readonly words: readonly number[] }
  | { readonly kind: 'exception'; readonly code: number }
  | { readonly kind: 'silent' }
  | { readonly kind: 'ended' }

/** Why a connection is over. `renewed`: by ourselves, the device has done nothing wrong enough to be called lost. */
export type LinkEnd = { readonly sentence: string; readonly renewed: boolean }

/** One connection to one device. Its owner asks one thing at a time: many controllers answer only one. */
export type ModbusLink = {
  readonly ended: Promise<LinkEnd>
  readonly isEnded: () => boolean
  read(request: ModbusRead): Promise<ModbusAnswer>
  write(request: ModbusWriteRequest): Promise<ModbusAnswer>
  end(sentence: string): void
}

const connectMs = 5_000
const keepAliveMs = 10_000
/**
 * The library numbers requests from 1 to 255 and round again. An answer that is still owed from before must not meet its
 * number a second time, so after an unanswered request the connection is renewed before the numbers come round.
 */
const requestsAfterSilence = 200

/** Connects, within 5 s; fails with a sentence. */
export async function openModbusLink(address: ModbusLinkAddress): Promise<ModbusLink> {
  // The library brings a driver for serial lines along (18 MB): an agent without Modbus does not load it.
  const { default: modbus } = await import('modbus-serial')
  const socket = await connectedSocket(address)
  const client = new modbus.default()
  let finish: (end: LinkEnd) => void = () => undefined
  const ended = new Promise<LinkEnd>(resolve => {
    finish = resolve
  })
  let isEnded = false
  let abort: (answer: ModbusAnswer) => void = () => undefined
  const finishWith = (end: LinkEnd) => {
    if (isEnded) return
    isEnded = true
    abort({ kind: 'ended' })
    // Ends its timers too.
    client.destroy(() => finish(end))
    socket.destroy()
  }
  const end = (sentence: string) => finishWith({ sentence, renewed: false })
  const watch = frameWatch()
  socket.on('data', chunk => {
    const broken = watch(chunk)
    if (broken !== undefined) end(broken)
  })
  socket.on('error', error => end(sentenceOf(error)))
  socket.on('end', () => end('the device closed the connection'))
  socket.on('close', () => end('the connection was closed'))
  client.on('error', error => end(sentenceOf(error)))
  await client.linkTCP(socket, { port: address.port })
  client.setTimeout(address.timeoutMs)

  let leftAfterSilence: number | undefined
  const ask = (unitId: number, call: () => Promise<readonly number[]>): Promise<ModbusAnswer> => {
    if (isEnded) return Promise.resolve({ kind: 'ended' })
    client.setID(unitId)
    if (leftAfterSilence !== undefined) leftAfterSilence--
    return new Promise(resolve => {
      abort = resolve
      answered(call).then(answer => {
        if (answer.kind === 'unfit') {
          end(`an answer does not fit its request: ${answer.sentence}`)
          return
        }
        if (answer.kind === 'silent') leftAfterSilence ??= requestsAfterSilence
        resolve(answer)
        if (leftAfterSilence !== undefined && leftAfterSilence <= 0)
          finishWith({ sentence: 'renewed after an unanswered request', renewed: true })
      })
    })
  }
  return {
    ended,
    isEnded: () => isEnded,
    read: request => ask(request.unitId, () => readCall(client, request)),
    write: request => ask(request.unitId, () => writeCall(client, request)),
    end,
  }
}

type Client = InstanceType<typeof modbusSerial.default>

/** The library rejects with plain objects; what they mean is told by their marks. */
async function answered(
  call: () => Promise<readonly number[]>,
): Promise<ModbusAnswer | { readonly kind: 'unfit'; readonly sentence: string }> {
  try {
    return { kind: 'data', words: await call() }
  } catch (error) {
    const { modbusCode, errno } = error as { modbusCode?: number; errno?: string }
    if (modbusCode !== undefined) return { kind: 'exception', code: modbusCode }
    if (errno === 'ETIMEDOUT') return { kind: 'silent' }
    return { kind: 'unfit', sentence: (error as { message?: string }).message ?? sentenceOf(error) }
  }
}

async function readCall(client: Client, { register, start, count }: ModbusRead): Promise<readonly number[]> {
  if (register === 'holding') return (await client.readHoldingRegisters(start, count)).data
  if (register === 'input') return (await client.readInputRegisters(start, count)).data
  const { data } =
    register === 'coil' ? await client.readCoils(start, count) : await client.readDiscreteInputs(start, count)
  // Bits come in whole bytes; what is beyond the count is filling.
  return data.slice(0, count).map(Number)
}

async function writeCall(
  client: Client,
  { functionCode, start, words }: ModbusWriteRequest,
): Promise<readonly number[]> {
  const [first = 0] = words
  if (functionCode === 5) await client.writeCoil(start, first !== 0)
  else if (functionCode === 6) await client.writeRegister(start, first)
  else if (functionCode === 15)
    await client.writeCoils(
      start,
      words.map(word => word !== 0),
    )
  else await client.writeRegisters(start, [...words])
  return words
}

async function connectedSocket({ host, port, allowPublic }: ModbusLinkAddress): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs })
  try {
    await within(
      connectMs,
      `${host}:${port}`,
      new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve)
        socket.on('error', reject)
      }),
    )
  } catch (error) {
    socket.destroy()
    throw error
  }
  const { remoteAddress } = socket
  if (allowPublic || (remoteAddress !== undefined && isPrivateAddress(remoteAddress))) return socket
  socket.destroy()
  throw new Failure(
    'SOURCE_REFUSED',
    `${host} is ${remoteAddress ?? 'gone'}, outside private networks, where anyone may write to it; allowed: private addresses, or "allowPublic": true`,
    { retry: true },
  )
}
