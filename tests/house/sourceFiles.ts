import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

export const root = join(import.meta.dirname, '../..')
const left = new Set(['node_modules', 'dist', '.git', 'data', 'golden'])

/** Every TypeScript file of the project below a folder, as paths from the root. */
export function sourceFiles(folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    if (left.has(entry.name)) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sourceFiles(path)
    return /\.(ts|tsx|mts)$/.test(entry.name) ? [path] : []
  })
}

export const textOf = (path: string): string => readFileSync(join(root, path), 'utf8')

/** What a file imports, as it is written. Dynamic imports and re-exports count. */
export function importsOf(text: string): string[] {
  const found = [
    ...text.matchAll(/(?:^|[\s;}])(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]/g),
    ...text.matchAll(/(?:^|[\s;(=])import\s*\(?\s*['"]([^'"]+)['"]/g),
  ]
  return found.map(match => match[1] as string)
}

/** An import of ours as a path from the root: `#hub/app.ts` and `../x.ts` alike; undefined for packages. */
export function ownTarget(file: string, imported: string): string | undefined {
  if (imported.startsWith('#')) return imported.slice(1)
  if (imported.startsWith('.')) return relative(root, join(root, file, '..', imported))
  return undefined
}
