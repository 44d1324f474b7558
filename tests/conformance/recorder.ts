import { createServer, connect as dial, type Server, type Socket } from 'node:net'
import { packetReader } from './mqttWire.ts'
import type { Cast, Told, Trace } from './trace.ts'

/** Writes down what goes over the wires of a story. */
export type Recorder = {
  readonly trace: Trace
  wire(broker: string, port: number): Promise<Wire>
  told(told: Told): void
}

/** The way from one side under test to one broker, watched, and to be cut. */
export type Wire = {
  readonly url: string
  /** All connections at once, with what is on them and without a word. */
  cut(): void
  /** Nobody answers here any more, and again. */
  shut(): Promise<void>
  open(): Promise<void>
}

export function recorder(story: string, cast: Cast): Recorder & { close(): Promise<void> } {
  const trace: Trace = { story, cast, seen: [] }
  const wires: Wire[] = []
  let links = 0

  function join(near: Socket, broker: string, port: number, sockets: Set<Socket>): void {
    const link = ++links
    const far = dial(port, '127.0.0.1')
    trace.seen.push({ kind: 'opened', broker, link })
    for (const [one, other, from] of [
      [near, far, 'client'],
      [far, near, 'broker'],
    ] as const) {
      sockets.add(one)
      const read = packetReader(packet => {
        trace.seen.push({ kind: 'packet', broker, link, from, packet, wallAt: Date.now() })
      })
      one.setNoDelay(true)
      one.on('error', () => other.destroy())
      one.on('data', chunk => {
        read(chunk)
        other.write(chunk)
      })
      one.on('end', () => other.end())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
    near.once('close', () => trace.seen.push({ kind: 'closed', broker, link }))
  }

  return {
    trace,
    told: told => {
      trace.seen.push({ kind: 'told', told, wallAt: Date.now() })
    },
    async wire(broker, port) {
      const sockets = new Set<Socket>()
      let server: Server | undefined
      let ownPort = 0
      const cut = () => {
        for (const socket of sockets) socket.destroy()
      }
      const open = async () => {
        const opened = createServer(near => join(near, broker, port, sockets))
        server = opened
        await new Promise<void>(resolve => opened.listen(ownPort, '127.0.0.1', resolve))
        ownPort = (opened.address() as { port: number }).port
      }
      await open()
      const wire: Wire = {
        url: `mqtt://127.0.0.1:${ownPort}`,
        cut,
        open,
        shut: () =>
          new Promise(resolve => {
            server?.close(() => resolve())
            cut()
          }),
      }
      wires.push(wire)
      return wire
    },
    close: async () => {
      await Promise.all(wires.map(wire => wire.shut()))
    },
  }
}
