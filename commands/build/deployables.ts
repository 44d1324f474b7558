import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleAgent } from '#commands/build/bundleAgent.ts'
import { licencesText } from '#commands/build/licences.ts'
import { sbomText } from '#commands/build/sbom.ts'
import { stampOf } from '#commands/build/stamp.ts'
import { refused } from '#commands/flags.ts'
import { makeFolder } from '#commands/makeFolder.ts'
import { sentenceOf } from '#contract/failure.ts'

export type Written = { readonly path: string; readonly bytes: number }

/** Writes what a controller needs into `folder`: the bundle, its map, what stands in it and under which licences, and the texts of deploy/. */
export async function writeDeployables(root: string, folder: string): Promise<readonly Written[]> {
  const stamp = stampOf(root)
  const bundle = await bundleAgent(root, stamp)
  const deploy = join(root, 'deploy')
  const files: ReadonlyArray<readonly [name: string, text: string]> = [
    ['agent.mjs', bundle.code],
    ['agent.mjs.map', bundle.map],
    ['LICENSES.txt', licencesText(bundle.packages)],
    ['agent.cdx.json', sbomText(stamp.version, bundle.packages)],
    ...readdirSync(deploy).map(name => [name, readFileSync(join(deploy, name), 'utf8')] as const),
  ]
  try {
    makeFolder(folder)
    return files.map(([name, text]) => {
      const path = join(folder, name)
      // The agent is started by its name too, without naming node.
      writeFileSync(path, text, { mode: name === 'agent.mjs' ? 0o755 : 0o644 })
      return { path, bytes: Buffer.byteLength(text) }
    })
  } catch (cause) {
    throw refused(`--out ${folder} cannot be written: ${sentenceOf(cause)}`, cause)
  }
}
