import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { readHistory } from '#commands/audit/history.ts'
import { auditHtml } from '#commands/audit/html.ts'
import { readOptions, usage } from '#commands/audit/options.ts'
import { type AuditFacts, auditJson } from '#commands/audit/result.ts'
import { readSiteMap } from '#commands/audit/siteMap.ts'
import { auditText } from '#commands/audit/text.ts'
import { Failure, failureCodes, isFailure, sentenceOf } from '#contract/failure.ts'
import { auditHistory } from '#models/audit/audit.ts'
import { openTensors } from '#models/plant/tensor.ts'

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(usage)
    return
  }
  const map = readSiteMap(options.map)
  const history = readHistory(map, options)
  await openTensors()
  const audit = auditHistory({ ...history, target: map.target.column, seed: options.seed })
  const facts: AuditFacts = {
    title: map.title ?? basename(options.history[0]!),
    target: map.target.column,
    files: { history: options.history, test: options.test, join: options.join },
    history,
    audit,
    seed: options.seed,
  }
  if (options.json !== undefined) written(options.json, `${JSON.stringify(auditJson(facts), null, 2)}\n`)
  if (options.html !== undefined) written(options.html, auditHtml(facts))
  process.stdout.write(auditText(facts))
}

function written(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `${path}: cannot be written (${sentenceOf(cause)})`, { cause })
  }
}

main().catch(error => {
  process.stderr.write(`${isFailure(error) ? error.message : (error as Error).stack}\n`)
  process.exitCode = isFailure(error) ? failureCodes[error.code].exit : 1
})
