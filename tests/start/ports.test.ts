import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { freePorts, portIsFree } from '#commands/start/ports.ts'

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Another run that has chosen its ports and binds none of them yet. */
function anotherRun(count: number): Promise<readonly number[]> {
  const module = JSON.stringify(join(import.meta.dirname, '../../commands/start/ports.ts'))
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { freePorts } = await import(${module}); console.log(JSON.stringify(await freePorts(${count}))); setInterval(() => {}, 1000)`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  children.push(child)
  return new Promise((resolve, reject) => {
    child.once('exit', code => reject(new Error(`the other run ended with ${code}`)))
    child.stdout?.once('data', line => resolve(JSON.parse(String(line)) as number[]))
  })
}

describe('ports of a run', () => {
  test('runs that start at the same time choose different ports, also before any of them is bound', async () => {
    const chosen = (
      await Promise.all([anotherRun(30), anotherRun(30), anotherRun(120), freePorts(60)])
    ).flat()
    expect(chosen).toHaveLength(240)
    expect(new Set(chosen).size).toBe(240)
  })

  test('a port that a stranger took inside a block is passed over', async () => {
    const [first] = (await freePorts(1)) as [number]
    const stranger = createServer()
    await new Promise<void>(resolve => stranger.listen(first, '127.0.0.1', resolve))
    expect(await portIsFree(first)).toBe(false)
    await new Promise<void>(resolve => stranger.close(() => resolve()))
    expect(await portIsFree(first)).toBe(true)
  })

  test('more ports than there are is refused', async () => {
    await expect(freePorts(20_000)).rejects.toThrow(/20000 ports were asked for; a run takes at most 11760/)
  })
})
