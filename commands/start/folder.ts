import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '#commands/makeFolder.ts'
import { fromAtDefault, type StartOptions } from '#commands/start/options.ts'
import { Failure, sentenceOf } from '#contract/failure.ts'
import type { Site } from '#contract/site/site.ts'
import type { Millis } from '#contract/units.ts'

/** What a data folder remembers of the run before: site time never runs backwards in it. */
type Last = { readonly site: string; readonly siteAt: Millis }

const lastPath = (dataDir: string) => join(dataDir, 'last.json')

/** Written whole or not at all: a reader never sees half a file. */
export function writeJson(path: string, value: unknown): void {
  writeFileSync(`${path}.new`, JSON.stringify(value, null, 2))
  renameSync(`${path}.new`, path)
}

/** Where site time starts: at --from, or where the folder's last run stopped. */
export function startOf(options: StartOptions, site: Site): Millis {
  try {
    makeFolder(options.dataDir)
  } catch (cause) {
    throw new Failure(
      'CONFIG_INVALID',
      `--data ${options.dataDir}: the folder cannot be made: ${sentenceOf(cause)}`,
      { cause },
    )
  }
  const path = lastPath(options.dataDir)
  if (!existsSync(path)) return options.fromAt ?? fromAtDefault
  const last = JSON.parse(readFileSync(path, 'utf8')) as Last
  if (last.site !== site.name)
    throw new Failure(
      'CONFIG_INVALID',
      `${options.dataDir} holds the site "${last.site}", not "${site.name}": choose another folder with --data`,
    )
  if (options.fromAt !== undefined && options.fromAt < last.siteAt)
    throw new Failure(
      'CONFIG_INVALID',
      `--from ${new Date(options.fromAt).toISOString()}: ${options.dataDir} already holds data up to ${new Date(last.siteAt).toISOString()}; start later, or choose another folder with --data`,
    )
  return options.fromAt ?? last.siteAt
}

export function rememberSiteTime(dataDir: string, site: string, siteAt: Millis): void {
  writeJson(lastPath(dataDir), { site, siteAt: Math.ceil(siteAt) } satisfies Last)
}

/** The key pair that signs leases: the hub gets the private half, agents the public one. Made once per folder. */
export function leaseKeys(dataDir: string): { keyId: string; privateKeyPath: string; publicKeyPem: string } {
  const privateKeyPath = join(dataDir, 'lease-key.pem')
  const publicKeyPath = join(dataDir, 'lease-key.pub.pem')
  if (!existsSync(privateKeyPath)) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    writeFileSync(publicKeyPath, publicKey.export({ type: 'spki', format: 'pem' }))
    writeFileSync(privateKeyPath, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  }
  return { keyId: 'hub-1', privateKeyPath, publicKeyPem: readFileSync(publicKeyPath, 'utf8') }
}
