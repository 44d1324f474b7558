import { readFileSync } from 'node:fs'

/** What this program is. The version and the Node it wants stand in package.json; the build puts all three into the bundle. */
export type Stamp = { readonly version: string; readonly node: string; readonly commit: string }

declare const coldloopStamp: Stamp | undefined

export const stamp: Stamp = typeof coldloopStamp === 'undefined' ? stampOfSources() : coldloopStamp

export const stampText = (): string =>
  `coldloop agent ${stamp.version}, commit ${stamp.commit}, wants Node ${stamp.node}, runs on ${process.version}`

/** Run from the sources: whoever runs it has the repository, and asks git for the commit. */
function stampOfSources(): Stamp {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
    engines: { node: string }
  }
  return { version: manifest.version, node: manifest.engines.node, commit: 'unknown' }
}
