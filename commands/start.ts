import { rmSync } from 'node:fs'
import { readOptions, usage } from '#commands/start/options.ts'
import { runSite } from '#commands/start/runSite.ts'
import { failureCodes, isFailure, sentenceOf } from '#contract/failure.ts'

/** `npm start`: a whole site on one machine. */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(usage)
    return
  }
  try {
    await runSite(options)
  } finally {
    if (options.dataIsTemporary) rmSync(options.dataDir, { recursive: true, force: true })
  }
}

main().then(
  () => process.exit(0),
  error => {
    process.stderr.write(`${sentenceOf(error)}\n${isFailure(error) ? '' : `${(error as Error).stack}\n`}`)
    process.exit(isFailure(error) ? failureCodes[error.code].exit : 1)
  },
)
