import { createServer, type Socket } from 'node:net'
import { Aedes } from 'aedes'
import { Failure, sentenceOf } from '#contract/failure.ts'

export type EmbeddedBroker = {
  readonly url: string
  readonly port: number
  /** Calls back when a client subscribes to something. */
  onSubscribe(hear: (clientId: string) => void): void
  close(): Promise<void>
}

/**
 * An MQTT 3.1.1 broker on loopback: the field broker of a simulated site, and the uplink broker of a run that is given
 * none. Everything it keeps (retained messages, sessions) is in memory and gone with the process.
 */
export async function startEmbeddedBroker(options: { port: number; name: string }): Promise<EmbeddedBroker> {
  const broker = await Aedes.createBroker({
    id: options.name,
    // A subscriber that stops reading holds everybody up until it is dropped: 1 s is half of the 2 s that others may wait.
    drainTimeout: 1_000,
    // Packets that may wait for a client still connecting; agents subscribe first and publish after.
    queueLimit: 100,
    maxClientsIdLength: 100,
  })
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    gatherWrites(socket)
    broker.handle(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: Error) =>
      reject(
        new Failure(
          'PORT_IN_USE',
          `the ${options.name} broker cannot listen on 127.0.0.1:${options.port}: ${listenTrouble(cause)}`,
          { cause },
        ),
      ),
    )
    server.listen(options.port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : options.port
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    onSubscribe: hear => broker.on('subscribe', (_, client) => hear(client.id)),
    close: async () => {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      await new Promise<void>(resolve => broker.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Why a port cannot be had, in words. */
export const listenTrouble = (cause: unknown): string =>
  sentenceOf(cause).includes('EADDRINUSE') ? 'another process listens there' : sentenceOf(cause)

/**
 * Messages of one turn of the event loop leave in one system call: a thousand values to five agents would otherwise be
 * five thousand calls. The turn ends before anything else is read, so nothing waits longer than it would have.
 */
function gatherWrites(socket: Socket): void {
  const write = socket.write
  let isGathering = false
  const send = () => {
    isGathering = false
    socket.uncork()
  }
  socket.write = function gathered(this: Socket, ...chunk: Parameters<typeof write>) {
    if (!isGathering) {
      isGathering = true
      socket.cork()
      setImmediate(send)
    }
    return write.apply(this, chunk)
  } as typeof write
}
