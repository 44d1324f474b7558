import { createServer, type Socket } from 'node:net'
import { ModbusTCPResponse, ModbusTCPServer, responses } from 'jsmodbus'

/** A Modbus device of another maker (jsmodbus), whose tables a test holds in its hands. */
export type ModbusDevice = {
  readonly port: number
  /** Reads as they came: `holding 0+12`. */
  readonly reads: string[]
  /** Register writes as they came: `6 100 = 0020`, one for each request. */
  readonly writes: string[]
  /** Registers as bytes, the way a table of a maker gives them: `bytes('holding', 4, '01 2C')`. */
  bytes(table: 'holding' | 'input', address: number, hex: string): void
  bit(table: 'coils' | 'discrete', address: number, value: boolean): void
  coil(address: number): boolean
  registers(address: number, count: number): string
  /** Reads of holding registers that hold this address are answered with the exception, so many times. */
  refuse(address: number, code: number, times?: number): void
  accept(address: number): void
  /** What is written to this register is cut to at most this. */
  clamp(address: number, highest: number): void
  connections(): number
  /** Ends as a process that is killed: its sockets are gone. */
  close(): Promise<void>
}

type ReadRequest = { readonly body: { readonly start: number; readonly count: number; readonly fc: number } }

export async function startModbusDevice(port = 0): Promise<ModbusDevice> {
  const tables = {
    coils: Buffer.alloc(256),
    discrete: Buffer.alloc(256),
    input: Buffer.alloc(4_096),
    holding: Buffer.alloc(4_096),
  }
  const reads: string[] = []
  const writes: string[] = []
  const refused = new Map<number, { code: number; left: number }>()
  const clamped = new Map<number, number>()
  const sockets = new Set<Socket>()
  let connections = 0
  const listener = createServer(socket => {
    connections++
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  })
  // Without a table of its own the library asks for each read of holding registers, which is where exceptions come from.
  const server = new ModbusTCPServer(listener, {
    coils: tables.coils,
    discrete: tables.discrete,
    input: tables.input,
    holding: undefined,
  } as never)
  const on = server.on.bind(server) as (event: string, heard: (...given: never[]) => void) => unknown
  on('readHoldingRegisters', (request: ReadRequest, answer: (payload: Buffer) => void) => {
    const { start, count, fc } = request.body
    reads.push(`holding ${start}+${count}`)
    const hit = [...refused].find(
      ([address, { left }]) => left > 0 && address >= start && address < start + count,
    )
    if (hit) hit[1].left--
    const body = hit
      ? new responses.ExceptionResponseBody(fc as never, hit[1].code as never)
      : responses.ReadHoldingRegistersResponseBody.fromRequest(request.body as never, tables.holding)
    answer(ModbusTCPResponse.fromRequest(request as never, body as never).createPayload())
  })
  on('preReadInputRegisters', ({ body }: ReadRequest) => reads.push(`input ${body.start}+${body.count}`))
  on('preReadCoils', ({ body }: ReadRequest) => reads.push(`coil ${body.start}+${body.count}`))
  on('preReadDiscreteInputs', ({ body }: ReadRequest) => reads.push(`discrete ${body.start}+${body.count}`))
  type WriteRequest = {
    readonly body: {
      readonly fc: number
      readonly address: number
      readonly value: number
      readonly valuesAsBuffer: Buffer
    }
  }
  const store = (request: WriteRequest, bytes: Buffer, body: unknown, answer: (payload: Buffer) => void) => {
    const { fc, address } = request.body
    writes.push(`${fc} ${address} = ${bytes.toString('hex')}`)
    const highest = clamped.get(address)
    if (highest !== undefined && bytes.readUInt16BE() > highest) bytes.writeUInt16BE(highest)
    bytes.copy(tables.holding, address * 2)
    answer(ModbusTCPResponse.fromRequest(request as never, body as never).createPayload())
  }
  on('writeSingleRegister', (request: WriteRequest, answer: (payload: Buffer) => void) => {
    const bytes = Buffer.alloc(2)
    bytes.writeUInt16BE(request.body.value)
    store(
      request,
      bytes,
      responses.WriteSingleRegisterResponseBody.fromRequest(request.body as never),
      answer,
    )
  })
  on('writeMultipleRegisters', (request: WriteRequest, answer: (payload: Buffer) => void) => {
    const { body } = request
    store(
      request,
      body.valuesAsBuffer,
      responses.WriteMultipleRegistersResponseBody.fromRequest(body as never),
      answer,
    )
  })
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(port, '127.0.0.1', resolve)
  })
  const address = listener.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    reads,
    writes,
    bytes: (table, place, hex) => {
      Buffer.from(hex.replaceAll(' ', ''), 'hex').copy(tables[table], place * 2)
    },
    bit: (table, place, value) => {
      const byte = Math.floor(place / 8)
      const mask = 1 << (place % 8)
      const held = tables[table][byte] ?? 0
      tables[table][byte] = value ? held | mask : held & ~mask
    },
    coil: place => (((tables.coils[Math.floor(place / 8)] ?? 0) >> (place % 8)) & 1) === 1,
    registers: (place, count) => tables.holding.subarray(place * 2, (place + count) * 2).toString('hex'),
    refuse: (place, code, times = Number.POSITIVE_INFINITY) => {
      refused.set(place, { code, left: times })
    },
    accept: place => {
      refused.delete(place)
    },
    clamp: (place, highest) => {
      clamped.set(place, highest)
    },
    connections: () => connections,
    close: async () => {
      const closed = new Promise<void>(resolve => listener.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** One request of the agent as its bytes say it. */
export type RawRequest = { readonly id: number; readonly unitId: number; readonly pdu: Buffer }
export type RawDevice = {
  readonly port: number
  connections(): number
  close(): Promise<void>
}

/** A device on bare TCP, for what no library would send: late, foreign, broken. */
export async function startRawDevice(
  answers: (request: RawRequest, socket: Socket) => void,
): Promise<RawDevice> {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer(socket => {
    connections++
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    let left = Buffer.alloc(0)
    socket.on('data', chunk => {
      left = Buffer.concat([left, chunk])
      while (left.length >= 6 && left.length >= 6 + left.readUInt16BE(4)) {
        const end = 6 + left.readUInt16BE(4)
        const frame = left.subarray(0, end)
        left = left.subarray(end)
        answers({ id: frame.readUInt16BE(0), unitId: frame[6] ?? 0, pdu: frame.subarray(7) }, socket)
      }
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    connections: () => connections,
    close: async () => {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** The frame of an answer to a read of registers. */
export function registersFrame(
  id: number,
  unitId: number,
  functionCode: number,
  words: readonly number[],
): Buffer {
  const frame = Buffer.alloc(9 + words.length * 2)
  frame.writeUInt16BE(id, 0)
  frame.writeUInt16BE(3 + words.length * 2, 4)
  frame[6] = unitId
  frame[7] = functionCode
  frame[8] = words.length * 2
  words.forEach((word, place) => {
    frame.writeUInt16BE(word, 9 + place * 2)
  })
  return frame
}
