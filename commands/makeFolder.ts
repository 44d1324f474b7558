import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder and whatever is missing above it, one after the other. Node's own recursive way never returns below a
 * place such as /proc, where a folder is refused with "no such file or directory" although its parent is there.
 */
export function makeFolder(folder: string): void {
  const missing: string[] = []
  let path = resolve(folder)
  for (; !existsSync(path); path = dirname(path)) missing.push(path)
  if (!statSync(path).isDirectory()) throw new Error(`${path} is not a folder`)
  for (const one of missing.reverse()) mkdirSync(one)
}
