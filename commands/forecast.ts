import { writeFileSync } from 'node:fs'
import { readOptions, usage } from '#commands/forecast/options.ts'
import { readSeries } from '#commands/forecast/readSeries.ts'
import { forecastReport } from '#commands/forecast/report.ts'
import { tableOf } from '#commands/forecast/table.ts'
import { Failure, failureCodes, isFailure, sentenceOf } from '#contract/failure.ts'

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === undefined) {
    process.stdout.write(usage)
    return
  }
  const report = await forecastReport(readSeries(options.series, options.column), {
    path: options.series,
    horizons: options.horizons,
    seed: options.seed,
  })
  const text = `${JSON.stringify(report, null, 2)}\n`
  if (options.json === undefined) process.stdout.write(text)
  else {
    write(options.json, text)
    process.stdout.write(tableOf(report))
  }
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `--json ${path}: cannot be written (${sentenceOf(cause)})`, { cause })
  }
}

main().catch(error => {
  process.stderr.write(`${isFailure(error) ? error.message : (error as Error).stack}\n`)
  process.exitCode = isFailure(error) ? failureCodes[error.code].exit : 1
})
