import { createServer, type Server, type Socket } from 'node:net'
import { Aedes } from 'aedes'
import { freePort } from '#tests/support/freePort.ts'
import { mosquittoFound, startMosquitto } from '#tests/support/mosquitto.ts'

/** A broker on one port that can be killed and started again there: Mosquitto where it is found, else aedes. */
export type TestBroker = {
  readonly url: string
  readonly port: number
  readonly name: 'mosquitto' | 'aedes'
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

export async function testBroker(): Promise<TestBroker> {
  if (mosquittoFound) {
    const { close, ...mosquitto } = await startMosquitto()
    return { ...mosquitto, name: 'mosquitto', stop: close }
  }
  return startAedes()
}

/** A broker in this process. */
export async function startAedes(): Promise<TestBroker> {
  const broker = aedesBroker(await freePort())
  await broker.start()
  return broker
}

function aedesBroker(port: number): TestBroker {
  let server: Server | undefined
  let aedes: Aedes | undefined
  const sockets = new Set<Socket>()
  const kill = async () => {
    for (const socket of sockets) socket.destroy()
    const closing = server
    const ending = aedes
    if (ending) await new Promise<void>(resolve => ending.close(() => resolve()))
    if (closing) await new Promise(resolve => closing.close(resolve))
  }
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    name: 'aedes',
    kill,
    async start() {
      const running = await Aedes.createBroker()
      aedes = running
      server = createServer(socket => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
        running.handle(socket)
      })
      await new Promise<void>(resolve => server?.listen(port, '127.0.0.1', resolve))
    },
    stop: kill,
  }
}
