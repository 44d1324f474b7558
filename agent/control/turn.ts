import type { Memory } from '#agent/control/memory.ts'
import type { Station } from '#agent/control/outputs.ts'
import type { Image } from '#agent/image/image.ts'
import type { PointWrite } from '#agent/sources/source.ts'
import type { BookStep, LeaseNote } from '#contract/control/leaseGroup.ts'
import type { AgentAlarmCode, AgentEvent } from '#contract/messages/event.ts'
import type { Mode } from '#contract/points.ts'
import { seriesKey } from '#contract/reading.ts'

/** One decision in the making: starts from a copy of the memory and collects what follows from it. */
export class Turn {
  readonly station: Station
  readonly image: Image
  memory: Memory
  readonly writes: PointWrite[] = []
  readonly events: AgentEvent[] = []
  /** What became of leases before outputs were driven; told with what outputs hold then. */
  readonly notes: LeaseNote[] = []

  constructor(station: Station, image: Image, memory: Memory) {
    this.station = station
    this.image = image
    this.memory = memory
  }

  /** Takes over what happened in the lease book; points that were let go begin to walk home. */
  step(step: BookStep): void {
    this.notes.push(...step.notes)
    this.memory = { ...this.memory, book: step.book }
    if (step.ended.length === 0) return
    const outputs = { ...this.memory.outputs }
    for (const key of step.ended) {
      const output = outputs[key]
      if (output) outputs[key] = { ...output, walkingSince: this.image.siteAt }
    }
    this.memory = { ...this.memory, outputs }
    const last = step.notes.at(-1)
    if (last && last.state !== 'replaced') {
      const code: AgentAlarmCode = last.state === 'expired' ? 'leaseExpired' : 'groupReturned'
      this.events.push({
        type: 'alarm',
        at: this.image.siteAt,
        agent: this.station.agent,
        code,
        active: true,
        sentence: `${last.lease.groupId}: ${last.why}`,
      })
      this.events.push({
        type: 'alarm',
        at: this.image.siteAt,
        agent: this.station.agent,
        code,
        active: false,
        sentence: `${last.lease.groupId}: handed back to reset`,
      })
    }
  }

  /** Raises or clears an alarm, once per change. */
  alarm(code: AgentAlarmCode, equipment: string, active: boolean, sentence: string): void {
    const key = `${code}|${equipment}`
    if ((this.memory.alarms[key] === true) === active) return
    const { [key]: _, ...others } = this.memory.alarms
    this.memory = { ...this.memory, alarms: active ? { ...others, [key]: true } : others }
    this.events.push({
      type: 'alarm',
      at: this.image.siteAt,
      agent: this.station.agent,
      code,
      active,
      equipment,
      sentence,
    })
  }

  mode(equipment: string, to: Mode, sentence: string): void {
    const from = this.memory.modes[equipment]
    if (from === undefined || from === to) return
    this.memory = { ...this.memory, modes: { ...this.memory.modes, [equipment]: to } }
    this.events.push({
      type: 'mode',
      at: this.image.siteAt,
      agent: this.station.agent,
      equipment,
      from,
      to,
      sentence,
    })
  }

  /** Lease reports, with what the output was allowed and holds. */
  report(notes: readonly LeaseNote[], allowedOf: (key: string) => number | undefined): void {
    for (const { lease, state, check, why } of notes) {
      const applied = this.image.good(lease.equipment, lease.point)
      this.events.push({
        type: 'lease',
        at: this.image.siteAt,
        agent: this.station.agent,
        leaseId: lease.id,
        groupId: lease.groupId,
        equipment: lease.equipment,
        point: lease.point,
        state,
        requested: lease.value,
        allowed: state === 'refused' ? null : (allowedOf(seriesKey(lease.equipment, lease.point)) ?? null),
        applied: applied ?? null,
        check,
        why: why === '' ? lease.reason : why,
      })
    }
  }
}
