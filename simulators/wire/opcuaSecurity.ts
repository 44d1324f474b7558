import { join } from 'node:path'
import { OPCUACertificateManager } from 'node-opcua-certificate-manager'

/**
 * One key, one certificate and one trust folder for all servers of a simulated site: they share one application URI, and
 * making a 2048-bit key for each would cost a third of a second apiece.
 */
export type OpcuaSecurity = {
  readonly servers: OPCUACertificateManager
  readonly users: OPCUACertificateManager
  close(): Promise<void>
}

/** Any client is trusted: these servers listen on loopback and stand for hardware that does not exist. */
export async function openOpcuaSecurity(dataDir: string): Promise<OpcuaSecurity> {
  const open = async (name: string) => {
    const certificates = new OPCUACertificateManager({
      rootFolder: join(dataDir, 'opcua', name),
      automaticallyAcceptUnknownCertificate: true,
      keySize: 2048,
      disableFileWatchers: true,
    })
    await certificates.initialize()
    return certificates
  }
  const [servers, users] = await Promise.all([open('servers'), open('users')])
  return {
    servers,
    users,
    close: async () => {
      await Promise.all([servers.dispose(), users.dispose()])
    },
  }
}
