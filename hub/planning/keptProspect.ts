import { day, type Millis } from '#contract/units.ts'
import type { PlanRepository } from '#hub/planning/journal.ts'
import { hourOf } from '#hub/planning/views.ts'
import type { Decision } from '#models/planning/planHour.ts'
import { asideSentence, noProspect, type Prospect, prospectAfter } from '#models/planning/prospect.ts'

const keptAs = 'planning.prospect'
type Kept = { readonly prospect: Prospect; readonly hourAt: Millis }

/** What the plans of the last day promised, across restarts of the hub. */
export type KeptProspect = {
  /** Once an hour: why `reset` drives although the plan may; empty: plans of the last day promise a saving. */
  hour(decision: Pick<Decision, 'againstResetKw' | 'againstHold'>, now: Millis): string
}

export function createProspect(state: Pick<PlanRepository, 'keep' | 'kept'>): KeptProspect {
  const text = state.kept(keptAs)
  let memory: Kept = text === undefined ? { prospect: noProspect, hourAt: 0 } : JSON.parse(text)
  return {
    hour(decision, now) {
      const hourAt = hourOf(now)
      // A day without decisions says nothing of the loads of today.
      if (Math.abs(hourAt - memory.hourAt) > day) memory = { prospect: noProspect, hourAt: 0 }
      // Within its hour a person may ask for another decision; it counts once.
      if (hourAt !== memory.hourAt) {
        memory = { prospect: prospectAfter(memory.prospect, decision), hourAt }
        state.keep(keptAs, JSON.stringify(memory))
      }
      return memory.prospect.isAside ? asideSentence(memory.prospect) : ''
    },
  }
}
