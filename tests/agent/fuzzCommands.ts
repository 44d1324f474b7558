import { parseArgs } from 'node:util'
import { runFuzz } from '#tests/agent/fuzz/run.ts'

/** `node tests/agent/fuzzCommands.ts --count 1000000 --seed 1`: exit 1 when a command got where it must not. */
const { values } = parseArgs({
  options: { count: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
})
const [count, seed] = [Number(values.count), Number(values.seed)]
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write(
    `--count ${values.count} --seed ${values.seed}: both must be whole numbers, count from 1\n`,
  )
  process.exit(2)
}
const startedMs = performance.now()
const result = runFuzz({ count, seed })
const seconds = (performance.now() - startedMs) / 1_000
for (const [kind, n] of Object.entries(result.byKind))
  process.stdout.write(`${String(n).padStart(9)}  ${kind}\n`)
process.stdout.write(
  `${result.commands} commands in ${seconds.toFixed(1)} s, ${result.cycles} cycles, ${result.writes} writes; ${result.accepted} leases and ${result.modes} modes taken, ${result.held} times applied\n`,
)
for (const violation of result.violations) process.stdout.write(`VIOLATION ${violation}\n`)
process.stdout.write(
  result.violations.length === 0
    ? 'nothing outside bounds, ramp, rate or trust reached a device\n'
    : `replay: node tests/agent/fuzzCommands.ts --count ${count} --seed ${seed}\n`,
)
process.exitCode = result.violations.length === 0 ? 0 : 1
