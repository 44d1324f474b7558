import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { request } from 'undici'
import { flagsOf } from '#commands/flags.ts'
import { Failure, failureCodes, isFailure, sentenceOf } from '#contract/failure.ts'
import { second } from '#contract/units.ts'
import { readHubConfig } from '#hub/config/config.ts'
import { createReport, type ReportFormat, reportFormats } from '#hub/reports/report.ts'
import { openStore } from '#hub/store/open.ts'

const usage = `Usage: npm run -s report -- --from ISO --to ISO [--baseline ISO] [--format html|csv|json] [--data DIR] [--hub URL] [--token T] [--out FILE]

The PUE and savings report of a span: the level of the claim, kWh, water where it is metered, and money and carbon where the
site's file names a tariff and the carbon of its grid. Asks the hub that runs (its address is in DATA/run.json, or --hub);
when none does, opens the data folder's own store, which knows of no switchback.

  --from, --to ISO   2025-07-01 or 2025-07-01T06:00Z; times without a zone are UTC. The end is not included.
  --baseline ISO     judge the span by an adjusted baseline fitted from here to its start; a year of it sees every season
  --format F         html (default), csv or json
  --data DIR         data folder of a run (default ./data)
  --hub URL          address of a running hub, such as http://127.0.0.1:8080
  --token T          access token, where the hub asks for one
  --out FILE         write there instead of standard output
`

type Asked = {
  readonly fromAt: number
  readonly toAt: number
  readonly baselineFromAt?: number
  readonly format: ReportFormat
  readonly data: string
  readonly hub?: string
  readonly token?: string
  readonly out?: string
}

/** A report of a year of seconds takes the hub a minute; beyond that something is wrong. */
const hubAnswerMs = 120 * second

async function main(): Promise<void> {
  const asked = readArguments()
  if (asked === 'help') {
    process.stdout.write(usage)
    return
  }
  const body = await bodyOf(asked)
  if (asked.out === undefined) process.stdout.write(body)
  else writeFileSync(asked.out, body)
}

function readArguments(): Asked | 'help' {
  const { values } = parsed()
  if (values.help) return 'help'
  const fromAt = instantOf('--from', values.from)
  const toAt = instantOf('--to', values.to)
  if (fromAt >= toAt)
    throw new Failure('CONFIG_INVALID', `--from ${values.from} must lie before --to ${values.to}`)
  const baselineFromAt = values.baseline === undefined ? undefined : instantOf('--baseline', values.baseline)
  if (baselineFromAt !== undefined && baselineFromAt >= fromAt)
    throw new Failure('CONFIG_INVALID', `--baseline ${values.baseline} must lie before --from ${values.from}`)
  const format = reportFormats.find(name => name === values.format)
  if (!format)
    throw new Failure('CONFIG_INVALID', `--format ${values.format} is not one of ${reportFormats.join(', ')}`)
  if (values.hub !== undefined && !URL.canParse(values.hub))
    throw new Failure('CONFIG_INVALID', `--hub ${values.hub} is not an address such as http://127.0.0.1:8080`)
  return {
    fromAt,
    toAt,
    ...(baselineFromAt === undefined ? {} : { baselineFromAt }),
    format,
    data: resolve(values.data ?? 'data'),
    ...(values.hub === undefined ? {} : { hub: values.hub }),
    ...(values.token === undefined ? {} : { token: values.token }),
    ...(values.out === undefined ? {} : { out: resolve(values.out) }),
  }
}

function parsed() {
  const options = {
    from: { type: 'string' },
    to: { type: 'string' },
    baseline: { type: 'string' },
    format: { type: 'string', default: 'html' },
    data: { type: 'string' },
    hub: { type: 'string' },
    token: { type: 'string' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  } as const
  return flagsOf({ options })
}

function instantOf(name: string, text: string | undefined): number {
  const zoned = text !== undefined && /T/.test(text) && !/(Z|[+-]\d\d:?\d\d)$/i.test(text) ? `${text}Z` : text
  const at = zoned !== undefined && /^\d{4}-\d\d-\d\d/.test(zoned) ? Date.parse(zoned) : Number.NaN
  if (Number.isNaN(at))
    throw new Failure(
      'CONFIG_INVALID',
      `${name} ${text ?? 'is missing: it'} must be a date such as 2025-07-01 or 2025-07-01T06:00Z`,
    )
  return at
}

/** From the hub that runs; a data folder whose hub is gone is opened itself. */
async function bodyOf(asked: Asked): Promise<string> {
  if (asked.hub !== undefined) return fromHub(asked.hub, asked)
  const runFile = join(asked.data, 'run.json')
  if (!existsSync(runFile))
    throw new Failure(
      'CONFIG_INVALID',
      `${asked.data} holds no run.json: --data must name the data folder of a run, or --hub a running hub`,
    )
  const { console: hub } = JSON.parse(readFileSync(runFile, 'utf8')) as { console?: string }
  if (hub !== undefined) {
    try {
      return await fromHub(hub, asked)
    } catch (error) {
      if (!isFailure(error) || error.code !== 'STORE_UNREACHABLE') throw error
    }
  }
  return fromFolder(asked)
}

async function fromHub(hub: string, asked: Asked): Promise<string> {
  const address = new URL(
    `api/v1/report?from=${asked.fromAt}&to=${asked.toAt}&format=${asked.format}${asked.baselineFromAt === undefined ? '' : `&baselineFrom=${asked.baselineFromAt}`}`,
    hub.endsWith('/') ? hub : `${hub}/`,
  )
  const headers = asked.token === undefined ? {} : { authorization: `Bearer ${asked.token}` }
  const response = await request(address, {
    headers,
    headersTimeout: hubAnswerMs,
    bodyTimeout: hubAnswerMs,
  }).catch(cause => {
    throw new Failure('STORE_UNREACHABLE', `no hub answers at ${hub}: ${sentenceOf(cause)}`, { cause })
  })
  const body = await response.body.text()
  if (response.statusCode !== 200)
    throw new Failure(
      'CONFIG_INVALID',
      `the hub at ${hub} answered ${response.statusCode}: ${sentenceIn(body)}`,
    )
  return body
}

function sentenceIn(body: string): string {
  try {
    return String((JSON.parse(body) as { sentence?: unknown }).sentence ?? body)
  } catch {
    // Not ours: whatever answered there, its first words must do.
    return body.slice(0, 200)
  }
}

async function fromFolder(asked: Asked): Promise<string> {
  const config = readHubConfig(join(asked.data, 'hub.json'))
  const warn = (what: unknown) => process.stderr.write(`${JSON.stringify(what)}\n`)
  const store = await openStore({
    config: config.store,
    site: config.site,
    dataDir: config.dataDir,
    log: { warn },
  })
  try {
    const report = await createReport({
      site: config.site,
      ask: store.ask,
      plans: null,
      fromAt: asked.fromAt,
      toAt: asked.toAt,
      format: asked.format,
      baselineFromAt: asked.baselineFromAt,
    })
    return report.body
  } finally {
    await store.close()
  }
}

main().catch(error => {
  process.stderr.write(`${isFailure(error) ? error.message : (error as Error).stack}\n`)
  process.exitCode = isFailure(error) ? failureCodes[error.code].exit : 1
})
