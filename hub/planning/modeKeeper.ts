import type { Clock } from '#contract/clock.ts'
import { type Mode, modeNames } from '#contract/points.ts'
import type { Site } from '#contract/site/site.ts'
import type { SparkplugHost } from '#hub/ingest/host.ts'
import type { PlanRepository } from '#hub/planning/journal.ts'
import { type LiveLookup, reportedMode } from '#hub/planning/present.ts'

/** Modes of the CDUs: what was asked for, what the agent reports. A CDU that falls by itself is not raised again by us. */
export type ModeKeeper = {
  send(cdu: string, mode: Mode): Promise<void>
  /** Asked for auto, and the agent does not say otherwise. */
  isAuto(cdu: string, now: number): boolean
  anyAuto(): boolean
  highest(): Mode
  all(): Readonly<Record<string, Mode>>
  /** Asked for auto, yet reported lower. */
  fallen(): readonly string[]
  /** Auto was given by the hub itself once; kept across restarts. */
  wasGranted(): boolean
  grant(): void
  block(cdu: string, untilAt: number): Promise<void>
  /** CDUs whose hand-back has ended go back to auto; true when there was one. */
  unblock(now: number): Promise<boolean>
}

/** An agent answers a mode within a cycle and a publish; until then its old mode means nothing. */
const graceMachineMs = 15_000

type Kept = { readonly wanted: Readonly<Record<string, Mode>>; readonly granted: boolean }

export function createModeKeeper(options: {
  readonly site: Site
  readonly clock: Clock
  readonly live: LiveLookup
  readonly host: Pick<SparkplugHost, 'sendMode'>
  readonly state: PlanRepository
  readonly cdus: readonly string[]
}): ModeKeeper {
  const kept = JSON.parse(options.state.kept('planning.modes') ?? '{"wanted":{},"granted":false}') as Kept
  const wanted: Record<string, Mode> = { ...kept.wanted }
  let granted = kept.granted
  const sentAtMs = new Map<string, number>()
  const blocked = new Map<string, number>()
  const keep = () => options.state.keep('planning.modes', JSON.stringify({ wanted, granted } satisfies Kept))
  const agentOf = (cdu: string) => options.site.equipment.find(item => item.id === cdu)?.agent ?? ''
  const inGrace = (cdu: string) =>
    options.clock.machineNow() - (sentAtMs.get(cdu) ?? Number.NEGATIVE_INFINITY) < graceMachineMs
  const isAuto = (cdu: string): boolean => {
    if (wanted[cdu] !== 'auto') return false
    const reported = reportedMode(options.live, cdu)
    return reported === undefined || reported === 'auto' || inGrace(cdu)
  }
  const modeOf = (cdu: string): Mode => {
    const reported = reportedMode(options.live, cdu)
    return inGrace(cdu) ? (wanted[cdu] ?? reported ?? 'advise') : (reported ?? wanted[cdu] ?? 'advise')
  }
  const send = async (cdu: string, mode: Mode): Promise<void> => {
    await options.host.sendMode(agentOf(cdu), cdu, mode)
    wanted[cdu] = mode
    sentAtMs.set(cdu, options.clock.machineNow())
    keep()
  }
  return {
    send,
    isAuto: cdu => isAuto(cdu),
    anyAuto: () => options.cdus.some(isAuto),
    highest: () =>
      options.cdus
        .map(modeOf)
        .reduce<Mode>((a, b) => (modeNames.indexOf(a) >= modeNames.indexOf(b) ? a : b), 'off'),
    all: () => Object.fromEntries(options.cdus.map(cdu => [cdu, modeOf(cdu)])),
    fallen: () => options.cdus.filter(cdu => wanted[cdu] === 'auto' && !isAuto(cdu)),
    wasGranted: () => granted,
    grant: () => {
      granted = true
      keep()
    },
    async block(cdu, untilAt) {
      blocked.set(cdu, untilAt)
      await send(cdu, 'advise')
    },
    async unblock(now) {
      const due = [...blocked].filter(([, untilAt]) => now >= untilAt).map(([cdu]) => cdu)
      for (const cdu of due) {
        await send(cdu, 'auto')
        blocked.delete(cdu)
      }
      return due.length > 0
    },
  }
}
