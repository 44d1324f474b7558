import { computed, signal } from '@preact/signals'
import type { AgentView, AlarmView, EnergyView, MeView, PlanView, SiteView } from '#contract/api.ts'
import { type SiteGraph, siteGraph } from '#contract/site/graph.ts'

/** What the console holds of the site beside live values. */
export const siteView = signal<SiteView | null>(null)
export const siteProblem = signal<string | null>(null)
export const graph = computed<SiteGraph | null>(() =>
  siteView.value ? siteGraph(siteView.value.site) : null,
)
export const zone = computed(() => siteView.value?.site.timeZone ?? 'UTC')

export const alarms = signal<ReadonlyMap<string, AlarmView>>(new Map())
/** Newest first, at most 24: two of the 12-hour rows. */
export const plans = signal<readonly PlanView[]>([])
export const agents = signal<readonly AgentView[]>([])
export const energyDay = signal<EnergyView | null>(null)
export const me = signal<MeView>({ name: '', role: 'viewer' })
export const currentPlan = computed<PlanView | null>(() => plans.value[0] ?? null)
export const mayWrite = computed(() => me.value.role !== 'viewer')

export const nameOf = (equipment: string): string => graph.value?.equipment(equipment)?.name ?? equipment

/** Normal alarms leave the list; everything else stays counted. */
export function takeAlarm(alarm: AlarmView): void {
  const next = new Map(alarms.peek())
  if (alarm.state === 'normal') next.delete(alarm.id)
  else next.set(alarm.id, alarm)
  alarms.value = next
}

export function takeAlarms(list: readonly AlarmView[]): void {
  alarms.value = new Map(list.filter(alarm => alarm.state !== 'normal').map(alarm => [alarm.id, alarm]))
}

const plansKept = 24

export function takePlan(plan: PlanView): void {
  const others = plans.peek().filter(other => other.id !== plan.id)
  plans.value = [plan, ...others].sort((a, b) => b.madeAt - a.madeAt).slice(0, plansKept)
}
