import type { Readable } from 'node:stream'

/**
 * The life of a process that a parent started: standard output carries the one ready line and nothing else, and the end
 * of standard input, the parent's death included, is the end of the child.
 */
export function livesWithParent(options: { isChild: boolean; input: Readable; end(): void }): void {
  for (const name of ['log', 'info', 'debug', 'warn'] as const)
    console[name] = (...words: unknown[]) => console.error(...words)
  if (!options.isChild) return
  options.input.on('end', options.end)
  options.input.on('error', options.end)
  options.input.resume()
}
