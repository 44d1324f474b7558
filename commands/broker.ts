import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import Type from 'typebox'
import { checked } from '#contract/check.ts'
import { Failure, failureCodes, isFailure, sentenceOf } from '#contract/failure.ts'
import { livesWithParent } from '#simulators/wire/childLife.ts'
import { type EmbeddedBroker, startEmbeddedBroker } from '#simulators/wire/fieldBroker.ts'

/** The uplink broker of a run that brings none of its own: in memory, on loopback, without identities. Not for a site. */
const BrokerConfig = Type.Object(
  {
    port: Type.Integer({ minimum: 0, maximum: 65_535, default: 0, description: '0 takes a free port' }),
    name: Type.String({ default: 'uplink', pattern: '^[A-Za-z0-9-]{1,40}$' }),
    logLevel: Type.Optional(
      Type.String({
        description: 'taken for the sake of one form for all processes; a broker has little to say',
      }),
    ),
  },
  { additionalProperties: false },
)

async function main(): Promise<void> {
  const { config, child } = readFlags()
  const { port, name } = checked(BrokerConfig, jsonAt(config), config)
  let broker: EmbeddedBroker | undefined
  const end = () => {
    const closed = broker ? broker.close() : Promise.resolve()
    closed.then(() => process.exit(0), refuse)
  }
  livesWithParent({ isChild: child, input: process.stdin, end })
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  broker = await startEmbeddedBroker({ port, name })
  process.stdout.write(`${JSON.stringify({ ready: true, url: broker.url, port: broker.port })}\n`)
}

function readFlags(): { config: string; child: boolean } {
  const { values } = parseArgs({ options: { config: { type: 'string' }, child: { type: 'boolean' } } })
  if (values.config === undefined) throw new Failure('CONFIG_INVALID', 'the broker needs --config FILE')
  return { config: values.config, child: values.child === true }
}

function jsonAt(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `${path}: cannot be read as JSON: ${sentenceOf(cause)}`, { cause })
  }
}

function refuse(error: unknown): never {
  process.stderr.write(`${sentenceOf(error)}\n${isFailure(error) ? '' : `${(error as Error).stack}\n`}`)
  process.exit(isFailure(error) ? failureCodes[error.code].exit : 1)
}

main().catch(refuse)
