import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parse } from 'yaml'
import { checkReport } from '#agent/config/check.ts'
import { type AgentConfig, readAgentConfig } from '#agent/config/config.ts'
import { certificateFilesIn, certificatesOf } from '#agent/diagnose/certificates.ts'
import { auditIn, controlIn, filesIn, latchesIn, outboxIn } from '#agent/diagnose/dataFolder.ts'
import { clockNow, diskOf, machineNow } from '#agent/diagnose/machine.ts'
import { part } from '#agent/diagnose/part.ts'
import { scrub } from '#agent/diagnose/scrub.ts'
import { shownConfig } from '#agent/diagnose/shownConfig.ts'
import { systemClock } from '#contract/clock.ts'
import { proveFallback } from '#contract/control/chip.ts'
import { Failure, isFailure, sentenceOf } from '#contract/failure.ts'
import type { Site } from '#contract/site/site.ts'
import type { Millis } from '#contract/units.ts'

/** On loopback an agent answers in milliseconds; one that does not answer within two seconds is part of the trouble. */
const healthMsMax = 2_000
/** Health is some kB; whoever else listens there may say anything. */
const healthLengthMax = 1_000_000

/** Writes the bundle to a new file, or to standard output. The agent may run or not; nothing of it is changed. */
export async function diagnose(configPath: string, out: string | undefined): Promise<void> {
  const text = `${JSON.stringify(await bundleOf(configPath, systemClock().wallNow()), undefined, 2)}\n`
  if (out === undefined) return void process.stdout.write(text)
  try {
    // Never over a file that is there; and what is left after hiding is still nobody else's business.
    writeFileSync(out, out.endsWith('.gz') ? gzipSync(text) : text, { flag: 'wx', mode: 0o600 })
    process.stdout.write(`${out}\n`)
  } catch (cause) {
    throw new Failure(
      'CONFIG_INVALID',
      `--out ${out} cannot be written as a new file: ${sentenceOf(cause)}`,
      {
        cause,
      },
    )
  }
}

/** Everything support asks for first, without a secret. */
export async function bundleOf(configPath: string, wallNow: Millis): Promise<unknown> {
  const { raw, config, refusal } = readConfig(configPath)
  const { shown, hidden } = shownConfig(raw)
  const dataDir = config?.dataDir ?? dataDirOf(raw, configPath)
  const inFolder = (read: (folder: string) => unknown) =>
    part(() => {
      if (dataDir === undefined) throw new Error('the configuration names no data folder')
      return read(dataDir)
    })
  const bundle = {
    takenAt: new Date(wallNow).toISOString(),
    machine: await part(machineNow),
    clock: await part(() => clockNow(wallNow)),
    config: shown,
    site: config ? siteInBrief(config.site) : null,
    check: refusal === undefined ? await part(() => checked(config)) : { refusal },
    health: await part(() => healthOf(config?.health.port)),
    disk: await inFolder(diskOf),
    files: await inFolder(filesIn),
    outbox: await inFolder(outboxIn),
    control: await inFolder(controlIn),
    latches: await inFolder(latchesIn),
    audit: await inFolder(auditIn),
    certificates: await part(() =>
      certificateFiles(config, dataDir).flatMap(path => certificatesOf(path, wallNow)),
    ),
  }
  return scrub(bundle, [...hidden, ...passwordsOf(config)])
}

type ReadConfig = {
  readonly raw?: unknown
  readonly config?: AgentConfig
  readonly refusal?: string
}

function readConfig(path: string): ReadConfig {
  let raw: unknown
  try {
    raw = parse(readFileSync(path, 'utf8'))
  } catch (error) {
    // The parser quotes the line that it does not understand, which may be the one with the password.
    const place = /at line \d+, column \d+/.exec(sentenceOf(error))?.[0]
    return {
      refusal: `${path} ${place ? `is neither YAML nor JSON ${place}` : 'cannot be read as YAML or JSON'}`,
    }
  }
  try {
    return { raw, config: readAgentConfig(path) }
  } catch (error) {
    // An error of another kind may quote anything: it is a bug worth a report, and the rest of the bundle is that report.
    return { raw, refusal: isFailure(error) ? sentenceOf(error) : `${path} makes the check itself fail` }
  }
}

function dataDirOf(raw: unknown, configPath: string): string | undefined {
  const named = raw !== null && typeof raw === 'object' ? (raw as { dataDir?: unknown }).dataDir : undefined
  return typeof named === 'string' ? resolve(dirname(configPath), named) : undefined
}

const checked = (config: AgentConfig | undefined) =>
  config && { complaints: checkReport(config), fallback: proveFallback(config.site).sentence }

function siteInBrief(site: Site) {
  const kinds: Record<string, number> = {}
  for (const { kind } of site.equipment) kinds[kind] = (kinds[kind] ?? 0) + 1
  return {
    name: site.name,
    cooling: site.cooling,
    agents: site.agents.map(agent => agent.id),
    equipment: kinds,
  }
}

async function healthOf(port: number | undefined): Promise<unknown> {
  if (!port) return { missing: 'health.port is not fixed: a running agent cannot be found' }
  const answer = await fetch(`http://127.0.0.1:${port}/health`, {
    signal: AbortSignal.timeout(healthMsMax),
    redirect: 'error',
  })
  let text = ''
  for await (const chunk of (answer.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    text += chunk
    if (text.length > healthLengthMax) throw new Error(`port ${port} said more than an agent would`)
  }
  return JSON.parse(text)
}

function certificateFiles(config: AgentConfig | undefined, dataDir: string | undefined): readonly string[] {
  const named = [...textsAt(config?.uplink, certificateKeys), ...textsAt(config?.sources, certificateKeys)]
  const own = dataDir !== undefined && existsSync(dataDir) ? certificateFilesIn(dataDir) : []
  return [...new Set([...named, ...own])]
}
const certificateKeys = ['caFile', 'certificateFile']

/** What was read from password files; a password in place is hidden already. */
const passwordsOf = (config: AgentConfig | undefined): readonly string[] => [
  ...textsAt(config?.uplink, ['password']),
  ...textsAt(config?.sources, ['password']),
]

/** Texts under these keys, at any depth. */
function textsAt(value: unknown, keys: readonly string[]): readonly string[] {
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'string' ? (keys.includes(key) ? [inner] : []) : textsAt(inner, keys),
  )
}
