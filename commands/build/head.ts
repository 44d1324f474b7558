/** Lowest Node that package.json's `engines` names, as major and minor. */
export function lowestNode(engines: string): readonly [major: number, minor: number] {
  const found = /^>=(\d+)\.(\d+)\./.exec(engines)
  if (!found) throw new Error(`package.json: engines.node = "${engines}"; allowed: ">=MAJOR.MINOR.PATCH …"`)
  return [Number(found[1]), Number(found[2])]
}

/**
 * First lines of the bundle. They run before anything that an old Node lacks, because the rest of the file asks for
 * Node's own modules with `require` when its turn comes, and not with imports, which are linked before the first line.
 */
export function headOf(engines: string): string {
  const [major, minor] = lowestNode(engines)
  return `#!/usr/bin/env node
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
{
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < ${major} || (major === ${major} && minor < ${minor})) {
    process.stderr.write('the Coldloop agent needs Node ${major}.${minor} or later and this is ' + process.version + ': install it, or name its path where the agent is started\\n')
    process.exit(2)
  }
}
const require = createRequire(import.meta.url)
const __filename = fileURLToPath(import.meta.url)
const __dirname = fileURLToPath(new URL('.', import.meta.url))
`
}
