import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the bundle says of itself. The version and the Node it wants stand in package.json alone. */
export type Stamp = { readonly version: string; readonly node: string; readonly commit: string }

export function stampOf(root: string): Stamp {
  const { version, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string
    engines: { node: string }
  }
  return { version, node: engines.node, commit: commitOf(root) }
}

/** The commit, with `+` where something was changed since; `unknown` where there is no git or no repository. */
function commitOf(root: string): string {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', root, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  try {
    const commit = git('rev-parse', '--short=12', 'HEAD')
    return git('status', '--porcelain', '--', 'agent', 'contract', 'package.json') === ''
      ? commit
      : `${commit}+`
  } catch {
    return 'unknown'
  }
}
