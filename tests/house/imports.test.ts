import { describe, expect, test } from 'vitest'
import { importsOf, ownTarget, sourceFiles, textOf } from '#tests/house/sourceFiles.ts'

/** Who may import whom. What a folder is not allowed, it does not get. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  contract: ['contract'],
  agent: ['agent', 'contract'],
  models: ['models', 'contract'],
  hub: ['hub', 'contract', 'models'],
  simulators: ['simulators', 'contract', 'models/physics'],
  dashboards: [
    'dashboards',
    'contract/points.ts',
    'contract/units.ts',
    'contract/reading.ts',
    'contract/api.ts',
    'contract/site',
    'contract/query',
    'contract/messages',
  ],
  commands: ['commands', 'contract', 'models', 'simulators', 'dashboards/grafana', 'dashboards/panels'],
  tests: ['tests', 'contract', 'agent', 'models', 'hub', 'simulators', 'dashboards', 'commands'],
}
/** No folder of decisions touches the world. */
const forbiddenPackages: Readonly<Record<string, readonly string[]>> = {
  contract: [
    'node:fs',
    'node:net',
    'node:http',
    'node:child_process',
    'mqtt',
    'fastify',
    'undici',
    'aedes',
    'node:sqlite',
  ],
  models: [
    'node:net',
    'node:http',
    'mqtt',
    'fastify',
    'undici',
    'aedes',
    'node:sqlite',
    '@duckdb/node-api',
    'influx',
  ],
}
/**
 * Reports share the store's adapter when no hub runs; a backtest stands plant and planner side by side, the one place in
 * simulators/ that knows both (DESIGN 1). The chaos run has an agent's outbox and uplink in a process of its own, to be killed.
 */
const agreed: readonly string[] = [
  'commands/report.ts -> hub/',
  'commands/report/ -> hub/',
  'commands/chaos/edge.ts -> agent/',
  'simulators/backtest/ -> models/',
]

const files = sourceFiles()
const isWithin = (target: string, place: string) => target === place || target.startsWith(`${place}/`)

function broken(file: string, text: string): string[] {
  const folder = file.split('/')[0] as string
  const mayReach = allowed[folder]
  if (!mayReach) return []
  return importsOf(text).flatMap(imported => {
    const target = ownTarget(file, imported)
    if (target === undefined)
      return forbiddenPackages[folder]?.includes(imported) ? [`${file} imports ${imported}`] : []
    const fits =
      mayReach.some(place => isWithin(target, place)) ||
      agreed.some(
        pair =>
          file.startsWith(pair.split(' -> ')[0] as string) &&
          target.startsWith(pair.split(' -> ')[1] as string),
      )
    return fits ? [] : [`${file} imports ${imported}`]
  })
}

describe('import directions', () => {
  test('every folder imports only what it may', () => {
    expect(files.flatMap(file => broken(file, textOf(file)))).toEqual([])
  })

  test('the check read every folder and their imports', () => {
    for (const folder of Object.keys(allowed)) {
      const own = files.filter(file => file.startsWith(`${folder}/`))
      expect(own.length, folder).toBeGreaterThan(0)
      expect(own.flatMap(file => importsOf(textOf(file))).length, folder).toBeGreaterThan(0)
    }
  })

  test('the check finds a wrong import in each form', () => {
    const hubInAgent = [
      "import { x } from '#hub/app.ts'",
      "export * from '../../hub/app.ts'",
      "const x = await import('#hub/app.ts')",
      "import '#hub/app.ts'",
      "import type {\n  A,\n} from '#hub/app.ts'",
    ]
    for (const text of hubInAgent) expect(broken('agent/loop/cycle.ts', text), text).toHaveLength(1)
    expect(broken('contract/clock.ts', "import { readFileSync } from 'node:fs'")).toHaveLength(1)
    expect(broken('simulators/plant/x.ts', "import { y } from '#models/plant/y.ts'")).toHaveLength(1)
    expect(broken('simulators/plant/x.ts', "import { y } from '#models/physics/y.ts'")).toHaveLength(0)
  })
})
