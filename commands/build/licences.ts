import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Folders of the packages that these modules come from, sorted. */
export function packageFoldersOf(root: string, modules: readonly string[]): readonly string[] {
  const folders = modules
    .filter(path => path.startsWith(join(root, 'node_modules')))
    .map(path => packageFolder(dirname(path)))
  return [...new Set(folders)].sort()
}

/** The nearest folder above whose package.json has a name and a version: some packages keep nameless ones below. */
function packageFolder(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) {
    const { name, version }: Partial<Manifest> = manifestOf(folder)
    if (name !== undefined && version !== undefined) return folder
  }
  if (dirname(folder) === folder) throw new Error('a module in node_modules belongs to no package')
  return packageFolder(dirname(folder))
}

export type Manifest = {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly repository?: string | { readonly url?: string }
}

export const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

/** Name, version, licence and the licence's text of each package, as its author gives them along. */
export function licencesText(folders: readonly string[]): string {
  const entries = folders.map(folder => {
    const { name, version, license, repository } = manifestOf(folder)
    const address = typeof repository === 'string' ? repository : repository?.url
    const texts = readdirSync(folder)
      .filter(file => /^(licen[cs]e|copying|notice)(\..+)?$/i.test(file))
      .sort()
      .map(file => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim())
    const head = [
      `${name} ${version}`,
      `licence: ${license ?? 'see its text'}`,
      ...(address ? [address] : []),
    ]
    return [head.join('\n'), ...texts].join('\n\n')
  })
  return `The Coldloop agent (agent.mjs) holds parts of these ${folders.length} packages.\n\n${entries.join(`\n\n${'-'.repeat(78)}\n\n`)}\n`
}
