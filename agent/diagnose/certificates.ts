import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { day, type Millis } from '#contract/units.ts'

export type CertificateView = {
  readonly file: string
  readonly subject: string
  readonly issuer: string
  readonly from: string
  readonly to: string
  readonly daysLeft: number
  readonly sha256: string
}

/** A trust list holds some dozen certificates of some kB. */
const filesMax = 200
const fileBytesMax = 256 * 1024

/** Certificate files below a folder: the OPC UA identities and their trust lists. Keys have a folder of their own, which is not entered. */
export function certificateFilesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.(pem|crt|cer|der)$/i.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => !/[\\/]private[\\/]/.test(path.slice(folder.length)))
    .slice(0, filesMax)
}

/** Each certificate of a file, or why it cannot be read. A private key in the same file is passed over. */
export function certificatesOf(path: string, wallNow: Millis): ReadonlyArray<CertificateView | object> {
  try {
    if (statSync(path).size > fileBytesMax) return [{ file: path, missing: 'too long for a certificate' }]
    const bytes = readFileSync(path)
    const text = bytes.toString('latin1')
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)
    if (blocks === null && text.includes('-----BEGIN')) return []
    return (blocks ?? [bytes]).map(block => viewOf(path, new X509Certificate(block), wallNow))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return [{ file: path, missing: `no certificate can be read from it (${code ?? 'unknown'})` }]
  }
}

function viewOf(file: string, certificate: X509Certificate, wallNow: Millis): CertificateView {
  const { subject, issuer, validFromDate, validToDate, fingerprint256 } = certificate
  const oneLine = (name: string | undefined) => (name ?? '').replaceAll('\n', ', ')
  return {
    file,
    subject: oneLine(subject),
    issuer: oneLine(issuer),
    from: validFromDate.toISOString(),
    to: validToDate.toISOString(),
    daysLeft: Math.floor((validToDate.getTime() - wallNow) / day),
    sha256: fingerprint256,
  }
}
