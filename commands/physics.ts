import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { answerLine, listed } from '#commands/physics/answerLine.ts'
import { failureCodes } from '#contract/failure.ts'

const usage = `Usage: npm run -s physics < questions.jsonl

Any equation of models/physics, for checking against a data sheet. One JSON object per line in, {"fn": NAME, …arguments}; one
JSON object per line out, in the same order, each as soon as it is known. What cannot be answered is answered on its own line
with {"error": "…"}; blank lines are passed over. Ends with the input, exit 0.

  echo '{"fn":"wetBulb","dryBulbC":30,"relativeHumidity":0.5,"pressurePa":101325}' | npm run -s physics

relativeHumidity is a fraction, 0 to 1: 1 is saturated air, and 45 is refused instead of being taken for 45 %.
Arguments with a question mark may be left out; where two forms are named ("or" in an error), exactly one is given.

`

async function main(): Promise<void> {
  const [word] = process.argv.slice(2)
  if (word === '--help' || word === '-h') {
    process.stdout.write(`${usage}${listed()}\n`)
    return
  }
  if (word !== undefined) {
    process.stderr.write(`unknown argument "${word}"; allowed is --help, questions come on standard input\n`)
    process.exitCode = failureCodes.CONFIG_INVALID.exit
    return
  }
  // A reader that leaves early, such as head, ends the command and is no error.
  process.stdout.on('error', error => {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0)
    throw error
  })
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    const answer = answerLine(line)
    if (answer !== undefined && !process.stdout.write(`${answer}\n`)) await once(process.stdout, 'drain')
  }
}

await main()
