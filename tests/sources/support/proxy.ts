import { connect, createServer, type Socket } from 'node:net'

/** A wire between agent and device that can be cut, or frozen: open, but nothing passes. */
export type Wire = {
  readonly port: number
  freeze(): void
  thaw(): void
  cut(): void
  close(): Promise<void>
}

export async function wireTo(devicePort: number): Promise<Wire> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let isFrozen = false
  const server = createServer(near => {
    const far = connect(devicePort, '127.0.0.1')
    const pair = [near, far] as const
    pairs.add(pair)
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('data', chunk => {
        if (!isFrozen) to.write(chunk)
      })
      from.on('error', () => to.destroy())
      from.on('close', () => {
        to.destroy()
        pairs.delete(pair)
      })
    }
  })
  const cut = () => {
    for (const [near] of pairs) near.destroy()
  }
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    freeze: () => {
      isFrozen = true
    },
    thaw: () => {
      isFrozen = false
    },
    cut,
    close: async () => {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      cut()
      await closed
    },
  }
}
