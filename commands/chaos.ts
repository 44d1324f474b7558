import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { differencesMax } from '#commands/chaos/ledger.ts'
import { readOptions, usage } from '#commands/chaos/options.ts'
import { type ChaosResult, torment } from '#commands/chaos/torment.ts'
import { refused } from '#commands/flags.ts'
import { failureCodes, isFailure, sentenceOf } from '#contract/failure.ts'

/** `npm run chaos`: nothing lost, nothing invented, nothing twice, nothing altered, whatever dies. */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(usage)
    return
  }
  const { seed, minutes, without, json } = options
  // Before the run: a place that cannot be written is not found out after it.
  if (json !== undefined) written(json, '')
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-chaos-'))
  // Each time: a second signal must not end us while the disk is being taken down.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))
  const replay = `logs, outbox and store: ${folder}\nreplay: npm run -s chaos -- --minutes ${minutes} --seed ${seed}${without.map(kind => ` --without ${kind}`).join('')}\n`
  let result: ChaosResult
  try {
    result = await torment({
      folder,
      seed,
      minutes,
      without,
      tell: line => process.stderr.write(`${line}\n`),
    })
  } catch (error) {
    process.stderr.write(`${isFailure(error) ? sentenceOf(error) : (error as Error).stack}\n${replay}`)
    process.exit(1)
  }
  const text = `${JSON.stringify(result, null, 2)}\n`
  if (json !== undefined) written(json, text)
  process.stdout.write(text)
  process.stderr.write(`${result.exact ? 'exact' : 'not exact'}: ${figures(result)}\n`)
  if (!result.exact) {
    process.exitCode = 1
    process.stderr.write(`${result.differences.slice(0, differencesMax).join('\n')}\n${replay}`)
  } else if (options.keeps) process.stderr.write(`logs, outbox and store: ${folder}\n`)
  else rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

const figures = ({ accepted, stored, lost, phantom, duplicate, altered, counterMismatches }: ChaosResult) =>
  `${accepted} accepted, ${stored} stored, ${lost} lost, ${phantom} phantom, ${duplicate} duplicate, ${altered} altered, ${counterMismatches} counters wrong`

function written(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (cause) {
    throw refused(`--json ${path}: cannot be written: ${sentenceOf(cause)}`, cause)
  }
}

main().catch(error => {
  process.stderr.write(`${isFailure(error) ? error.message : (error as Error).stack}\n`)
  process.exit(isFailure(error) ? failureCodes[error.code].exit : 1)
})
