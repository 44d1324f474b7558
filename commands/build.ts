import { join, resolve } from 'node:path'
import { writeDeployables } from '#commands/build/deployables.ts'
import { flagsOf } from '#commands/flags.ts'
import { isFailure, sentenceOf } from '#contract/failure.ts'

const usage = `Usage: npm run build [-- --out DIR]

Deployable files of the agent: one file without node_modules, its licences, a systemd unit and a container file.

  --out DIR     folder to write into; it is made where it is not there (default dist)
`

const root = join(import.meta.dirname, '..')

async function main(): Promise<void> {
  const { values } = flagsOf({ options: { out: { type: 'string' }, help: { type: 'boolean' } } })
  if (values.help) return void process.stdout.write(usage)
  const folder = values.out === undefined ? join(root, 'dist') : resolve(values.out)
  for (const { path, bytes } of await writeDeployables(root, folder))
    process.stdout.write(`${path} ${bytes} bytes\n`)
}

main().catch(error => {
  process.stderr.write(`${isFailure(error) ? sentenceOf(error) : (error as Error).stack}\n`)
  process.exitCode = isFailure(error) ? 2 : 1
})
