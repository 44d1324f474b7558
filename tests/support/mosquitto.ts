import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '#tests/support/freePort.ts'

/** Where a real Mosquitto stands on this machine: tests of it are skipped by name where none does. */
export const mosquittoFound = [
  '/usr/sbin/mosquitto',
  '/usr/bin/mosquitto',
  '/usr/local/sbin/mosquitto',
  '/opt/homebrew/sbin/mosquitto',
].find(path => existsSync(path))

export type RealMosquitto = {
  readonly url: string
  readonly port: number
  kill(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

/** A real Mosquitto on a free port, with a configuration of its own; `extra` are further lines of it. */
export async function startMosquitto(
  options: { readonly port?: number; readonly extra?: string } = {},
): Promise<RealMosquitto> {
  if (mosquittoFound === undefined) throw new Error('no mosquitto on this machine')
  const binary = mosquittoFound
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-mosquitto-'))
  const port = options.port ?? (await freePort())
  const config = join(folder, 'mosquitto.conf')
  writeFileSync(
    config,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\n${options.extra ?? ''}`,
  )
  let child: ChildProcess | undefined
  const start = async () => {
    child = spawn(binary, ['-c', config], { stdio: 'ignore' })
    await untilListening(port, child)
  }
  const kill = async () => {
    const running = child
    child = undefined
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const gone = new Promise(resolve => running.once('exit', resolve))
    running.kill('SIGKILL')
    await gone
  }
  const killWithParent = () => child?.kill('SIGKILL')
  process.on('exit', killWithParent)
  await start()
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    start,
    kill,
    close: async () => {
      await kill()
      process.off('exit', killWithParent)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Mosquitto says nothing when it is ready: its port does. 10 s: a cold start on two busy cores takes up to one. */
async function untilListening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}`)
    const isUp = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
    if (isUp) return
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  throw new Error(`mosquitto does not listen on ${port}`)
}
