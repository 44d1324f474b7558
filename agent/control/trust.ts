import { createPublicKey, verify } from 'node:crypto'
import { type Lease, leaseSigningText } from '#contract/messages/lease.ts'

/** Checks Ed25519 signatures against the keys of the configuration; without keys nothing is trusted. */
export function leaseVerifier(
  publicKeys: ReadonlyArray<{ readonly keyId: string; readonly pem: string }>,
): (lease: Lease & { readonly keyId: string; readonly signature: string }) => boolean {
  const keys = new Map(publicKeys.map(({ keyId, pem }) => [keyId, createPublicKey(pem)]))
  return lease => {
    const key = keys.get(lease.keyId)
    if (!key) return false
    const signature = Buffer.from(lease.signature, 'base64')
    // Ed25519 signatures are 64 bytes; anything else is not one.
    return signature.length === 64 && verify(null, Buffer.from(leaseSigningText(lease)), key, signature)
  }
}
