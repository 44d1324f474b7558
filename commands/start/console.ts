import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const consoleDir = join(root, 'dashboards/console')

/** Newest change below a folder, leaving out what was built. */
function newestChangeMs(folder: string): number {
  return Math.max(
    0,
    ...readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.name !== 'dist' && entry.name !== 'node_modules')
      .map(entry =>
        entry.isDirectory()
          ? newestChangeMs(join(folder, entry.name))
          : statSync(join(folder, entry.name)).mtimeMs,
      ),
  )
}

/** Builds the console when its sources are newer than what was built; about a second, once. */
export async function buildConsole(): Promise<undefined> {
  const page = join(consoleDir, 'dist/index.html')
  const sources = Math.max(
    newestChangeMs(consoleDir),
    newestChangeMs(join(root, 'contract')),
    newestChangeMs(join(root, 'dashboards/panels')),
  )
  if (existsSync(page) && statSync(page).mtimeMs > sources) return
  const { build } = await import('vite')
  await build({ root: consoleDir, configFile: join(consoleDir, 'vite.config.ts'), logLevel: 'error' })
}
