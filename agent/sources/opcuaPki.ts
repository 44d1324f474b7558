import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { OPCUACertificateManager } from 'node-opcua-certificate-manager'

/** The agent's own key, certificate and trust list for OPC UA, all under its data folder. */
export type OpcuaIdentity = {
  readonly manager: OPCUACertificateManager
  readonly certificateFile: string
  readonly privateKeyFile: string
  readonly applicationUri: string
}

/** Ten years: an agent runs unattended for years, and an expired certificate of its own would blind it. */
const validityDays = 3650

/**
 * Opens the folder and makes key and certificate where there are none. With `acceptUnknown` (simulated servers on
 * loopback only) every server's certificate is taken; otherwise a person moves it from rejected/ to trusted/certs/.
 */
export async function openIdentity(options: {
  readonly folder: string
  readonly agentId: string
  readonly acceptUnknown: boolean
  readonly wallNow: number
}): Promise<OpcuaIdentity> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 })
  const manager = new OPCUACertificateManager({
    rootFolder: options.folder,
    automaticallyAcceptUnknownCertificate: options.acceptUnknown,
    keySize: 2048,
    // A certificate that a person trusts is seen at the next try to connect without watching folders.
    disableFileWatchers: options.acceptUnknown,
  })
  await manager.initialize()
  const certificateFile = join(options.folder, 'own', 'certs', 'agent.pem')
  const privateKeyFile = manager.privateKey
  const applicationUri = `urn:coldloop:agent:${options.agentId}`
  if (!existsSync(certificateFile))
    await manager.createSelfSignedCertificate({
      applicationUri,
      subject: `/CN=coldloop ${options.agentId}/O=Coldloop`,
      dns: [hostname()],
      ip: [],
      // A day back: the device's clock may run behind ours, and would refuse a certificate from its future.
      startDate: new Date(options.wallNow - 86_400_000),
      validity: validityDays,
      outputFile: certificateFile,
    })
  chmodSync(privateKeyFile, 0o600)
  return { manager, certificateFile, privateKeyFile, applicationUri }
}
