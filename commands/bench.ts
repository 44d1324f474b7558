import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { benchIngest } from '#commands/bench/ingest.ts'
import { benchLeak } from '#commands/bench/leak.ts'
import { benchPlan } from '#commands/bench/plan.ts'
import { benchPlant } from '#commands/bench/plant.ts'
import { Failure, failureCodes, isFailure, sentenceOf } from '#contract/failure.ts'

const usage = `Usage: npm run -s bench -- NAME [OPTIONS]
  ingest        MQTT → store, Sparkplug messages of 100 metrics, acknowledged after commit; both stores where found
  leak          leak input → isolation command beyond the debounce, over MQTT and OPC UA, idle and with every core busy
  plan          what a plan of 25 CDUs takes in the hub while samples come in, 15 s for each hour of the site
  plant         warm-water at 5 s steps, × real time in one process; a year of it under fixed at 60 s steps
  --seconds N   ingest, plan, plant: how long each figure is measured (default 10)
  --trips N     leak: trays wetted in each half of the run (default 60)
  --json FILE   write the figures there too
`

const benches: Readonly<Record<string, (options: { seconds: number; trips: number }) => Promise<unknown>>> = {
  ingest: benchIngest,
  leak: benchLeak,
  plan: benchPlan,
  plant: benchPlant,
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: {
      seconds: { type: 'string' },
      trips: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return
  }
  const name = positionals[0] ?? ''
  const bench = benches[name]
  if (!bench)
    throw new Failure('CONFIG_INVALID', `no benchmark "${name}"; known: ${Object.keys(benches).join(', ')}`)
  const seconds = Number(values.seconds ?? 10)
  if (!(seconds >= 1 && seconds <= 600))
    throw new Failure('CONFIG_INVALID', `--seconds ${values.seconds}: allowed is a number from 1 to 600`)
  const result = JSON.stringify(await bench({ seconds, trips: Number(values.trips ?? 60) }), null, 2)
  if (values.json) writeFileSync(values.json, `${result}\n`)
  process.stdout.write(`${result}\n`)
}

main().then(
  () => process.exit(0),
  error => {
    process.stderr.write(`${sentenceOf(error)}\n${isFailure(error) ? '' : `${(error as Error).stack}\n`}`)
    process.exit(isFailure(error) ? failureCodes[error.code].exit : 1)
  },
)
