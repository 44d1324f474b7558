import { randomInt } from 'node:crypto'
import { createServer, type Server } from 'node:net'

const host = '127.0.0.1'
/** Below every system's range for outgoing connections (Linux begins at 32768, others at 49152), so that none of those takes a port between its choice and its use. */
const firstPort = 20_000
const lastPort = 31_999
/** The block's first port is its guard. */
const portsPerBlock = 50
const blockCount = Math.floor((lastPort - firstPort + 1) / portsPerBlock)

/**
 * Ports on loopback on which nobody listens, all different.
 *
 * They are not bound here: each role binds its own, again after each restart. Between choice and use they are held by a
 * guard: this process listens on the first port of their block until it ends, and another run that finds the guard taken
 * goes to another block. The system lets go of it when the process dies, however it dies. Throws when no block is left.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const most = blockCount * (portsPerBlock - 1)
  if (count > most) throw new Error(`${count} ports were asked for; a run takes at most ${most}`)
  const start = randomInt(blockCount)
  const ports: number[] = []
  for (let tried = 0; tried < blockCount && ports.length < count; tried++) {
    const base = firstPort + ((start + tried) % blockCount) * portsPerBlock
    const guard = await listening(base)
    if (!guard) continue
    guard.unref()
    for (let port = base + 1; port < base + portsPerBlock && ports.length < count; port++)
      if (await portIsFree(port)) ports.push(port)
  }
  if (ports.length < count)
    throw new Error(
      `${count} free ports were asked for between ${firstPort} and ${lastPort} on ${host}; ${ports.length} are left`,
    )
  return ports
}

/** Whether nobody listens there yet. */
export async function portIsFree(port: number): Promise<boolean> {
  const server = await listening(port)
  if (!server) return false
  await new Promise<void>(resolve => server.close(() => resolve()))
  return true
}

function listening(port: number): Promise<Server | undefined> {
  const server = createServer(socket => socket.destroy())
  return new Promise(resolve => {
    server.once('error', () => resolve(undefined))
    server.listen(port, host, () => resolve(server))
  })
}
