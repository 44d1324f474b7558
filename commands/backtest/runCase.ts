import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BacktestJson } from '#commands/backtest.ts'
import { Failure } from '#contract/failure.ts'

/** A backtest in a process of its own, told by the command's options; its JSON. */
export function runCase(options: Readonly<Record<string, string>>): Promise<BacktestJson> {
  const args = [
    join(import.meta.dirname, '..', 'run.mjs'),
    'backtest',
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
  ]
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      said += part
    })
    child.on('error', reject)
    child.on('close', code =>
      code === 0
        ? resolve(JSON.parse(text) as BacktestJson)
        : reject(new Failure(code === 2 ? 'CONFIG_INVALID' : 'CHILD_FAILED', said.trim())),
    )
  })
}

/** A file whose name has every word of the city's, or the built-in year of that name. */
export function weatherOf(city: string, folder: string | undefined): string {
  if (folder === undefined) return `builtin:${city}`
  const words = city.toLowerCase().split('-')
  const file = readdirSync(folder)
    .filter(name => /\.epw(\.gz)?$/i.test(name))
    .find(name => words.every(word => name.toLowerCase().includes(word)))
  return file === undefined ? `builtin:${city}` : join(folder, file)
}

/** Calls `work` for each item, `jobs` at a time, in order of start. */
export async function inParallel<T>(
  items: readonly T[],
  jobs: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++
      await work(items[index] as T, index)
    }
  }
  await Promise.all(Array.from({ length: Math.min(jobs, items.length) }, worker))
}

/** A row of a Markdown table. */
export const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
