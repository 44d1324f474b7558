import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** What a test of systemd's socket needs and Node has not: Python for a unix datagram socket, and systemd's own speaker. */
export const missingForNotify = ['python3', 'systemd-notify'].filter(
  name => !(process.env.PATH ?? '').split(':').some(folder => existsSync(join(folder, name))),
)

export type NotifySocket = {
  readonly path: string
  /** Every datagram so far, lines of `KEY=value`. */
  readonly heard: readonly string[]
  close(): void
}

const listener = `
import socket, sys, json
ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ear.bind(sys.argv[1])
print(json.dumps('listening'), flush=True)
while True:
    print(json.dumps(ear.recv(4096).decode()), flush=True)
`

/** Listens where systemd would. */
export async function notifySocket(folder: string): Promise<NotifySocket> {
  const path = join(folder, 'notify')
  const child = spawn('python3', ['-c', listener, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const killWithParent = () => child.kill('SIGKILL')
  process.once('exit', killWithParent)
  const heard: string[] = []
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`the listener ended with ${code}`)))
    createInterface({ input: child.stdout }).on('line', line => {
      const word = JSON.parse(line) as string
      if (word === 'listening') resolve()
      else heard.push(word)
    })
  })
  return {
    path,
    heard,
    close: () => {
      process.off('exit', killWithParent)
      child.kill('SIGKILL')
    },
  }
}
