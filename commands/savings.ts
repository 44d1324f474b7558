import { writeFileSync } from 'node:fs'
import { historySummary, judgeHistory } from '#commands/savings/history.ts'
import { readOptions, usage } from '#commands/savings/options.ts'
import { placeboSummary, runPlacebo } from '#commands/savings/placebo.ts'
import { failureCodes, isFailure } from '#contract/failure.ts'

async function main(): Promise<void> {
  const asked = readOptions(process.argv.slice(2))
  switch (asked.what) {
    case 'help':
      process.stdout.write(usage)
      return
    case 'placebo': {
      const json = await runPlacebo(asked.placebo)
      print(json, asked.placebo.json, placeboSummary(json))
      return
    }
    case 'history': {
      const json = judgeHistory(asked.history)
      print(json, asked.history.json, historySummary(json))
      return
    }
    default:
      asked satisfies never
  }
}

function print(json: object, path: string | undefined, summary: string): void {
  const text = `${JSON.stringify(json, null, 2)}\n`
  if (path === undefined) process.stdout.write(text)
  else {
    writeFileSync(path, text)
    process.stdout.write(summary)
  }
}

main().catch(error => {
  process.stderr.write(`${isFailure(error) ? error.message : (error as Error).stack}\n`)
  process.exitCode = isFailure(error) ? failureCodes[error.code].exit : 1
})
