import type { Driven } from '#agent/control/drive.ts'
import { type Output, stretched } from '#agent/control/outputs.ts'
import type { Turn } from '#agent/control/turn.ts'
import { heldMember, type Settlement, settle } from '#contract/control/leaseGroup.ts'
import { slots } from '#contract/control/priority.ts'
import type { Lease } from '#contract/messages/lease.ts'

/** What the device made of the lease that holds this output. */
export function settleLease(turn: Turn, output: Output, driven: Driven): void {
  const held = heldMember(turn.memory.book, output.key)
  const outcome = held && outcomeOf(held.member.lease, driven)
  if (!outcome) return
  turn.step(
    settle(turn.memory.book, {
      ...outcome,
      key: output.key,
      now: turn.image.siteAt,
      limitMs: stated => stretched(turn.station, stated),
    }),
  )
}

type Outcome = Pick<Settlement, 'state' | 'check' | 'why' | 'floor'>

/** Undefined: nothing new is known yet. */
function outcomeOf(lease: Lease, driven: Driven): Outcome | undefined {
  const { answer, holder, readback } = driven
  const own = lease.priority === 'plan' ? slots.plan : slots.remoteOperator
  if (readback === 'failed') return { state: 'failed', check: 'readback', why: 'the device does not take it' }
  if (holder.asked.priority < own)
    return { state: 'clipped', check: 'priority', why: `priority ${holder.asked.priority} holds the output` }
  if (!answer || readback !== 'confirmed' || holder.asked.priority !== own) return undefined
  const { check, why, aim } = answer
  if (holder.priority < own) {
    // On the way up nothing is told, and nothing where the lease asks for more and only waits for protection's faster ramp.
    if (check === 'guard.ramp' || holder.value <= lease.value) return undefined
    const sentence = `protection (${holder.by}) holds it above the ${Math.round(lease.value)} kPa asked for`
    return { state: 'clipped', check: 'protection', why: sentence, floor: holder.value }
  }
  const isClipped = check !== '' && check !== 'guard.ramp' && Math.abs(aim - lease.value) > 0.1
  return {
    state: isClipped ? 'clipped' : 'applied',
    check: check === 'guard.ramp' || isClipped ? check : '',
    why,
  }
}
