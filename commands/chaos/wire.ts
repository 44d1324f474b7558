import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'

/** A wire between a client and the broker, with somebody at it. */
export type Wire = {
  readonly url: string
  cut(): void
  /** Half of the next bytes in that direction go through, then the connection ends. */
  tear(toBroker: boolean): void
  stall(isStalled: boolean): void
  /** Each piece waits so long before it goes on; 0: no more. */
  slow(delayMs: number): void
  close(): Promise<void>
}

type State = { isStalled: boolean; delayMs: number; tears: 'toBroker' | 'fromBroker' | undefined }

export async function openWire(brokerPort: number): Promise<Wire> {
  const sockets = new Set<Socket>()
  const state: State = { isStalled: false, delayMs: 0, tears: undefined }
  const server = createServer({ noDelay: true }, near => {
    const far = dial({ port: brokerPort, host: '127.0.0.1', noDelay: true })
    const end = () => {
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', end)
      socket.on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    carry({ from: near, to: far, direction: 'toBroker', state, end })
    carry({ from: far, to: near, direction: 'fromBroker', state, end })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    tear: toBroker => {
      state.tears = toBroker ? 'toBroker' : 'fromBroker'
    },
    stall(isStalled) {
      state.isStalled = isStalled
      for (const socket of sockets) {
        if (isStalled) socket.pause()
        else socket.resume()
      }
    },
    slow: delayMs => {
      state.delayMs = delayMs
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        cut()
      }),
  }
}

/** One piece at a time, in order: the next is read when the last one is gone. */
function carry(way: {
  from: Socket
  to: Socket
  direction: 'toBroker' | 'fromBroker'
  state: State
  end: () => void
}): void {
  const { from, to, direction, state, end } = way
  const goOn = () => {
    if (!state.isStalled) from.resume()
  }
  const pass = (piece: Buffer) => {
    if (to.destroyed || to.write(piece)) goOn()
    else to.once('drain', goOn)
  }
  from.on('data', piece => {
    if (state.tears === direction && piece.length > 1) {
      state.tears = undefined
      to.write(piece.subarray(0, piece.length >> 1), end)
      return
    }
    from.pause()
    if (state.delayMs > 0) setTimeout(() => pass(piece), state.delayMs)
    else pass(piece)
  })
  if (state.isStalled) from.pause()
}
