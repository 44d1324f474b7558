import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { modeCommand, releaseCommand } from '#contract/messages/command.ts'
import { type Lease, leaseSigningText, type SignedLease } from '#contract/messages/lease.ts'
import type { Mode } from '#contract/points.ts'
import type { PlanningOptions } from '#hub/planning/options.ts'
import { reportedMode } from '#hub/planning/present.ts'

export type SigningKey = { readonly keyId: string; readonly key: KeyObject }

/** The agent takes nothing that this hub has not signed. */
export const signed = (lease: Lease, { keyId, key }: SigningKey): SignedLease => ({
  ...lease,
  keyId,
  signature: sign(null, Buffer.from(leaseSigningText(lease)), key).toString('base64'),
})

export const signingKey = ({ keyId, privateKeyPem }: PlanningOptions['key']): SigningKey => ({
  keyId,
  key: createPrivateKey(privateKeyPem),
})

/** What the hub asks of agents beside leases: a CDU's mode, and that a group ends. */
export type Commands = {
  sendMode(agent: string, equipment: string, mode: Mode): Promise<void>
  release(agent: string, group: Parameters<typeof releaseCommand>[0]): Promise<void>
}

export function createCommands(
  options: Pick<PlanningOptions, 'host' | 'state' | 'key' | 'clock' | 'live'>,
): Commands {
  const { host, state, clock, live } = options
  const key = signingKey(options.key)
  const issue = (reason: string) => ({
    author: 'hub',
    reason,
    version: state.nextVersion(),
    now: clock.siteNow(),
  })
  return {
    sendMode: (agent, equipment, mode) => {
      const before = reportedMode(live, equipment) ?? mode
      const wanted = { equipment, mode, before, speed: clock.speed }
      return host.sendLeases(agent, [signed(modeCommand(wanted, issue(`${equipment} to ${mode}`)), key)])
    },
    release: (agent, group) =>
      host.sendLeases(agent, [signed(releaseCommand(group, issue('its issuer takes it back')), key)]),
  }
}
