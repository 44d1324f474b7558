import { copyFileSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeDeployables } from '#commands/build/deployables.ts'
import { healthWhen, isLive, isReady, openHall, startAgent } from '#tests/build/support/hall.ts'
import { root } from '#tests/house/sourceFiles.ts'
import { eventually } from '#tests/support/eventually.ts'

/** `node tests/build/measure.ts [RUNS]`: the bundle against the sources, by turns: start, and memory after 20 s beside a small hall. JSON out. */
const runs = Number(process.argv[2] ?? 5)
const idleMs = 20_000

const hall = await openHall()
const empty = join(hall.folder, 'empty')
await writeDeployables(root, join(hall.folder, 'built'))
mkdirSync(empty)
const bundle = join(empty, 'agent.mjs')
copyFileSync(join(hall.folder, 'built', 'agent.mjs'), bundle)
const bytes = statSync(bundle).size
const config = hall.writeConfig('agent.json', { cycleMs: 1_000 })

const inMb = (pid: number, name: string): number => {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(found?.[1]) / 1_024
}

async function once(file: string, cwd: string) {
  const at = performance.now()
  const run = startAgent(file, { config, cwd })
  await eventually('ready', () => isReady(run))
  const readyMs = performance.now() - at
  await healthWhen(hall, run, 'live', isLive)
  const liveMs = performance.now() - at
  await new Promise(resolve => setTimeout(resolve, idleMs))
  const pid = run.child.pid as number
  const memory = { rssMb: inMb(pid, 'VmRSS'), anonymousMb: inMb(pid, 'RssAnon') }
  run.child.kill('SIGTERM')
  await run.ended
  return { readyMs, liveMs, ...memory }
}

const median = (values: readonly number[]): number =>
  Math.round([...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] as number)
const medians = (all: ReadonlyArray<Awaited<ReturnType<typeof once>>>) => ({
  readyMs: median(all.map(one => one.readyMs)),
  liveMs: median(all.map(one => one.liveMs)),
  rssMb: median(all.map(one => one.rssMb)),
  anonymousMb: median(all.map(one => one.anonymousMb)),
})

// The first start makes keys, and is not counted.
await once(bundle, empty)
const ofBundle = []
const ofSources = []
for (let run = 0; run < runs; run++) {
  ofBundle.push(await once(bundle, empty))
  ofSources.push(await once(join(root, 'agent/main.ts'), root))
}
await hall.close()
process.stdout.write(
  `${JSON.stringify({ runs, bytes, bundle: medians(ofBundle), sources: medians(ofSources) }, undefined, 2)}\n`,
)
process.exit(0)
