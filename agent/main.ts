import { parseArgs } from 'node:util'
import { verifyAudit } from '#agent/audit/verify.ts'
import { browse } from '#agent/browse/browse.ts'
import { checkReport, checkText, refuseContradictions } from '#agent/config/check.ts'
import { type AgentConfig, readAgentConfig } from '#agent/config/config.ts'
import { diagnose } from '#agent/diagnose/diagnose.ts'
import { run } from '#agent/run.ts'
import { stampText } from '#agent/stamp.ts'
import { verdictExit, verdictText } from '#contract/auditChain.ts'
import { systemClock } from '#contract/clock.ts'
import { proveFallback } from '#contract/control/chip.ts'
import { type FailureCode, failureCodes, isFailure, sentenceOf } from '#contract/failure.ts'

const help = `npm run agent -- --config FILE    run the agent that FILE (YAML or JSON) describes
  --check         say what is wrong in FILE, and whether reset is safe at nameplate load; exit 0 or 2
  --browse URL    list the variables of an OPC UA server and propose a map
  --diagnose      a bundle for support: machine, FILE without its secrets, data folder, health; changes nothing
  --out FILE      where --diagnose writes it (.json or .json.gz, a new file); without it, to stdout
  --verify-audit FILE
                  say whether an audit log (a file, or the folder of one) is as it was written; exit 0, 1 or 2
  --version       version, commit and the Node it wants
  --child         end when stdin ends, and say on stdout when ready (for a parent process)
  --help          this text`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: 'string' },
      check: { type: 'boolean' },
      browse: { type: 'string' },
      diagnose: { type: 'boolean' },
      out: { type: 'string' },
      'verify-audit': { type: 'string' },
      version: { type: 'boolean' },
      child: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return void process.stdout.write(`${help}\n`)
  if (values.version) return void process.stdout.write(`${stampText()}\n`)
  if (values['verify-audit'] !== undefined) return verify(values['verify-audit'])
  if (values.browse !== undefined && values.config === undefined)
    return void process.stdout.write(`${await browse(values.browse, { wallNow: systemClock().wallNow() })}\n`)
  if (values.config === undefined) throw new TypeError('missing --config FILE; --help lists what is allowed')
  if (values.diagnose) return diagnose(values.config, values.out)
  const config = readAgentConfig(values.config)
  if (values.browse !== undefined)
    return void process.stdout.write(
      `${await browse(values.browse, { wallNow: systemClock().wallNow(), equipment: config.site.equipment })}\n`,
    )
  if (values.check) return check(config)
  refuseContradictions(config, values.config)
  await run(config, values.child ?? false)
}

async function verify(path: string): Promise<void> {
  const verdict = await verifyAudit(path)
  process.stdout.write(`${verdictText(verdict)}\n`)
  process.exitCode = verdictExit(verdict)
}

function check(config: AgentConfig): void {
  const proof = proveFallback(config.site)
  process.stdout.write(`${checkText(config)}\n${proof.sentence}\n`)
  if (checkReport(config).length > 0 || !proof.safe) process.exitCode = 2
}

/** Expected trouble is one sentence and its exit code; anything else is a bug and keeps its stack. */
function end(error: unknown): never {
  const isArgument = error instanceof TypeError
  process.stderr.write(
    `${isFailure(error) || isArgument ? sentenceOf(error) : error instanceof Error ? error.stack : String(error)}\n`,
  )
  const code: FailureCode | undefined = isFailure(error) ? error.code : undefined
  process.exit(code ? failureCodes[code].exit : isArgument ? 2 : 1)
}

main().catch(end)
