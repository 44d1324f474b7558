import type { Sample } from '#contract/reading.ts'
import type { Equipment, Site } from '#contract/site/site.ts'
import type { Millis } from '#contract/units.ts'
import { type AlarmRule, alarmRules, type Look, type Verdict } from '#hub/alarms/rules.ts'

export type Change = {
  readonly rule: AlarmRule
  readonly equipment: Equipment
  readonly active: boolean
  readonly at: Millis
}

/**
 * Judges fresh samples against the rules with dead band and delays. Pure in time: `now` is site time. Memory is one entry
 * per rule and equipment that was ever judged, bounded by the site.
 */
export type Judge = {
  judge(samples: readonly Sample[], now: Millis): readonly Change[]
  /** Delays that have run out since. */
  tick(now: Millis): readonly Change[]
  /** Tells the judge what already stands, after a restart. */
  assume(code: string, equipment: string): void
}

type Memory = {
  readonly rule: AlarmRule
  readonly equipment: Equipment
  readonly look: Look
  active: boolean
  pending: { readonly to: boolean; readonly since: Millis } | undefined
  /** Rules look at the newest readings, so within one call a second look would say the same. */
  judgedInCall: number
}

export function createJudge(options: {
  site: Site
  look: (equipment: string) => Look
  rules?: readonly AlarmRule[]
}): Judge {
  const { site, look } = options
  const equipmentById = new Map(site.equipment.map(item => [item.id, item]))
  /** What a new reading makes judge again, by equipment and point: found without building a key for each of a million values. */
  const byEquipment = new Map<string, Map<string, Memory[]>>()
  const waiting = new Set<Memory>()
  let calls = 0

  for (const rule of options.rules ?? alarmRules)
    for (const equipment of equipmentById.values()) {
      if (rule.kind !== equipment.kind) continue
      const entry: Memory = {
        rule,
        equipment,
        look: look(equipment.id),
        active: false,
        pending: undefined,
        judgedInCall: 0,
      }
      let byPoint = byEquipment.get(equipment.id)
      if (!byPoint) byEquipment.set(equipment.id, (byPoint = new Map()))
      for (const point of rule.points) byPoint.set(point, [...(byPoint.get(point) ?? []), entry])
    }
  const settle = (entry: Memory, now: Millis): Change | undefined => {
    const { pending, rule } = entry
    if (!pending || now - pending.since < (pending.to ? rule.onDelayMs : rule.offDelayMs)) return undefined
    entry.active = pending.to
    entry.pending = undefined
    waiting.delete(entry)
    return { rule, equipment: entry.equipment, active: entry.active, at: now }
  }
  const consider = (entry: Memory, verdict: Verdict, now: Millis): Change | undefined => {
    if (verdict === 'unknown' || verdict === 'between') {
      // The condition did not hold without a break: a delay starts anew.
      if (verdict === 'between' && entry.pending?.to) {
        entry.pending = undefined
        waiting.delete(entry)
      }
      return undefined
    }
    const wanted = verdict === 'alarm'
    if (wanted === entry.active) {
      entry.pending = undefined
      waiting.delete(entry)
      return undefined
    }
    if (entry.pending?.to !== wanted) {
      entry.pending = { to: wanted, since: now }
      waiting.add(entry)
    }
    return settle(entry, now)
  }
  return {
    judge: (samples, now) => {
      const changes: Change[] = []
      calls += 1
      let equipment: string | undefined
      let byPoint: Map<string, Memory[]> | undefined
      for (const sample of samples) {
        if (sample.equipment !== equipment) {
          equipment = sample.equipment
          byPoint = byEquipment.get(equipment)
        }
        const entries = byPoint?.get(sample.point)
        if (entries === undefined) continue
        for (const entry of entries) {
          if (entry.judgedInCall === calls) continue
          entry.judgedInCall = calls
          const change = consider(entry, entry.rule.judge(entry.look, site), now)
          if (change) changes.push(change)
        }
      }
      return changes
    },
    tick: now => [...waiting].map(entry => settle(entry, now)).filter(change => change !== undefined),
    assume: (code, equipmentId) => {
      for (const entries of byEquipment.get(equipmentId)?.values() ?? [])
        for (const entry of entries) if (entry.rule.code === code) entry.active = true
    },
  }
}
