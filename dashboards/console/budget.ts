import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/** 120 kB of script for the first page: 2 s on a phone at 4G, half a second on a desk beside the hub. */
export const scriptBudgetBytes = 120_000

const assets = fileURLToPath(new URL('./dist/assets', import.meta.url))

/** Script of the built console as it travels, gzip, bytes. */
export function scriptBytes(folder = assets): number {
  return readdirSync(folder)
    .filter(name => name.endsWith('.js'))
    .reduce((sum, name) => sum + gzipSync(readFileSync(`${folder}/${name}`)).length, 0)
}

if (import.meta.main) {
  const bytes = scriptBytes()
  process.stdout.write(
    `console script: ${(bytes / 1_000).toFixed(1)} of ${scriptBudgetBytes / 1_000} kB gzip\n`,
  )
  if (bytes > scriptBudgetBytes) process.exitCode = 1
}
