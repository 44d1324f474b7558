import {
  type ClientSession,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  setDebugLogger,
  setErrorLogger,
  setWarningLogger,
  UserTokenType,
} from 'node-opcua-client'
import type { OpcuaIdentity } from '#agent/sources/opcuaPki.ts'
import { within } from '#agent/sources/within.ts'
import type { DurationMs } from '#contract/units.ts'

export const opcuaPolicies = ['Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss'] as const
export type OpcuaPolicy = (typeof opcuaPolicies)[number]

export type OpcuaAddress = {
  readonly endpoint: string
  readonly securityMode: 'SignAndEncrypt' | 'None'
  readonly policy: OpcuaPolicy
  readonly sessionTimeoutMs: DurationMs
  readonly user?: { readonly name: string; readonly password: string }
}

export type OpcuaLink = {
  readonly session: ClientSession
  onLost(listener: (sentence: string) => void): void
  close(): Promise<void>
}

/** Each step of connecting: a server on a slow controller answers in a second or two, a dead one never. */
const stepMs = 8_000
/** Saying goodbye to a server that is gone must not hold up the next try. */
const closeMs = 2_000

/** Bytes of a chunk; the library takes this much memory for every message it sends, however short. */
const chunkBytes = 16 * 1_024
/** 16 MB in all: a server of 20,000 points read at once stays below 2 MB. */
const chunksMax = 1_024

/** What we offer in the handshake; the server may take less of it, down to 8 kB a chunk (Part 6, 7.1.2.3). */
const smallChunks = {
  receiveBufferSize: chunkBytes,
  sendBufferSize: chunkBytes,
  maxMessageSize: chunkBytes * chunksMax,
  maxChunkCount: chunksMax,
} as const

/** What the library has to say goes where `listen` puts it: left alone it writes to standard output, which is not ours to fill. */
export function hearLibrary(listen: (sentence: string) => void): void {
  for (const setLogger of [setDebugLogger, setWarningLogger, setErrorLogger])
    setLogger((...parts: readonly unknown[]) => listen(parts.map(String).join(' ')))
}

/**
 * One channel and session. The library's own reconnection is off (`maxRetry: 0`): a lost link is closed and the source
 * opens a new one, so that a replaced certificate, a restarted server or a link cut halfway through all take one road.
 */
export async function connectOpcua(address: OpcuaAddress, identity: OpcuaIdentity): Promise<OpcuaLink> {
  const client = OPCUAClient.create({
    applicationName: 'coldloop agent',
    applicationUri: identity.applicationUri,
    clientName: 'coldloop',
    endpointMustExist: false,
    keepSessionAlive: false,
    connectionStrategy: { maxRetry: 0, initialDelay: 500, maxDelay: 5_000 },
    requestedSessionTimeout: address.sessionTimeoutMs,
    transportTimeout: stepMs,
    transportSettings: smallChunks,
    defaultTransactionTimeout: stepMs,
    securityMode:
      address.securityMode === 'None' ? MessageSecurityMode.None : MessageSecurityMode.SignAndEncrypt,
    securityPolicy: address.securityMode === 'None' ? SecurityPolicy.None : SecurityPolicy[address.policy],
    clientCertificateManager: identity.manager,
    certificateFile: identity.certificateFile,
    privateKeyFile: identity.privateKeyFile,
  })
  try {
    await within(stepMs, `connecting to ${address.endpoint}`, client.connect(address.endpoint))
    const session = await within(
      stepMs,
      `a session with ${address.endpoint}`,
      client.createSession(
        address.user
          ? { type: UserTokenType.UserName, userName: address.user.name, password: address.user.password }
          : { type: UserTokenType.Anonymous },
      ),
    )
    let closing: Promise<void> | undefined
    return {
      session,
      onLost: listener => {
        client.on('connection_lost', () => listener(`the connection to ${address.endpoint} broke`))
        client.on('close', () => listener(`the connection to ${address.endpoint} was closed`))
      },
      close: () => {
        closing ??= closeQuietly(client, session)
        return closing
      },
    }
  } catch (error) {
    await closeQuietly(client)
    throw error
  }
}

/** The link is given up whatever the server says to it, so what the server says is of no use to anyone. */
async function closeQuietly(client: OPCUAClient, session?: ClientSession): Promise<void> {
  const goodbye = async () => {
    if (session) await session.close(true)
    await client.disconnect()
  }
  await Promise.race([
    goodbye().then(nothing, () => client.disconnect().then(nothing, nothing)),
    new Promise<void>(resolve => setTimeout(resolve, closeMs).unref()),
  ])
}

const nothing = (): void => undefined
