import type { Chain } from '#commands/chaos/chain.ts'
import { corruptFile } from '#commands/chaos/corrupt.ts'
import type { Fault, FaultKind, Target } from '#commands/chaos/plan.ts'

/** Carries out the faults of a plan. Kills and freezes of one process wait for each other; others overlap. */
export type Nemesis = {
  begin(fault: Fault): void
  /** Resolves when everything stands again; rejects when something did not come back. */
  rest(): Promise<void>
  /** Faults that took effect, by kind. */
  readonly done: Partial<Record<FaultKind, number>>
  /** Planned and without effect: no file to spoil, no disk to fill. */
  readonly vain: Partial<Record<FaultKind, number>>
}

export function createNemesis(chain: Chain): Nemesis {
  const done: Partial<Record<FaultKind, number>> = {}
  const vain: Partial<Record<FaultKind, number>> = {}
  const underway = new Set<Promise<void>>()
  const turns = new Map<Target, Promise<void>>()
  let wallOffsetMs = 0
  /** A process that did not come back, or a defect of ours. */
  let trouble: unknown

  const count = (kind: FaultKind, took: boolean) => {
    const counts = took ? done : vain
    counts[kind] = (counts[kind] ?? 0) + 1
  }

  async function kill(target: Target, downMs: number): Promise<boolean> {
    const process = chain.processes[target]
    await process.kill()
    await waited(downMs)
    await process.start()
    return true
  }

  async function corrupt(fault: Extract<Fault, { kind: 'corrupt' }>): Promise<boolean> {
    const { agent } = chain.processes
    chain.wires.agent.stall(true)
    await waited(fault.forMs)
    await agent.kill()
    const isSpoilt = corruptFile(chain.agentFolder, fault.file, fault.how)
    await agent.start()
    chain.wires.agent.stall(false)
    return isSpoilt
  }

  async function freeze(target: Target, forMs: number): Promise<boolean> {
    const process = chain.processes[target]
    process.freeze()
    await waited(forMs)
    process.thaw()
    return true
  }

  async function fillDisk(forMs: number): Promise<boolean> {
    if (chain.disk.megabytes === undefined) return false
    chain.disk.fill()
    await waited(forMs)
    chain.disk.empty()
    return true
  }

  async function disturb(fault: Extract<Fault, { wire: unknown }>): Promise<boolean> {
    const wire = chain.wires[fault.wire]
    switch (fault.kind) {
      case 'cut':
        wire.cut()
        return true
      case 'tear':
        wire.tear(fault.toBroker)
        return true
      case 'stall':
        wire.stall(true)
        await waited(fault.forMs)
        wire.stall(false)
        return true
      case 'slow':
        wire.slow(fault.delayMs)
        await waited(fault.forMs)
        wire.slow(0)
        return true
    }
  }

  async function carryOut(fault: Fault): Promise<boolean> {
    switch (fault.kind) {
      case 'kill':
        return inTurn(fault.target, () => kill(fault.target, fault.forMs))
      case 'freeze':
        return inTurn(fault.target, () => freeze(fault.target, fault.forMs))
      case 'corrupt':
        return inTurn('agent', () => corrupt(fault))
      case 'fillDisk':
        return fillDisk(fault.forMs)
      case 'stepClock':
        wallOffsetMs += fault.byMs
        chain.order({ wallOffsetMs })
        return true
      default:
        return disturb(fault)
    }
  }

  async function inTurn(target: Target, work: () => Promise<boolean>): Promise<boolean> {
    const mine = (turns.get(target) ?? Promise.resolve()).then(work)
    turns.set(
      target,
      mine.then(
        () => undefined,
        () => undefined,
      ),
    )
    return mine
  }

  return {
    done,
    vain,
    begin(fault) {
      const work = carryOut(fault)
        .then(
          took => count(fault.kind, took),
          cause => {
            trouble ??= cause
          },
        )
        .finally(() => underway.delete(work))
      underway.add(work)
    },
    async rest() {
      await Promise.all(underway)
      if (trouble !== undefined) throw trouble
    },
  }
}

export const waited = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
