import { Gauge, type Registry } from 'prom-client'
import type { Services } from '#hub/services.ts'

/** Prometheus figures of the hub, read when they are scraped. */
export function registerHubMetrics(register: Registry, { host, alarms, planning }: Services): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `coldloop_hub_${name}`,
      help,
      registers: [register],
      collect() {
        this.set(read())
      },
    })
  gauge('values_received', 'Metric values received from agents', () => host.counters().received)
  gauge('values_stored', 'Metric values committed to the store', () => host.counters().stored)
  gauge(
    'values_repeated',
    'Metric values received again and left out',
    () => host.counters().duplicatesOnWire,
  )
  gauge('messages_rejected', 'Messages rejected, all reasons', () => host.counters().rejected)
  gauge('values_quarantined', 'Values set aside', () => host.counters().quarantined)
  gauge('rebirths_requested', 'Births asked for again', () => host.counters().rebirthsRequested)
  gauge('agents_online', 'Agents that are online', () => host.agents().filter(agent => agent.online).length)
  gauge('alarms_active', 'Alarms whose cause stands', () => alarms.counts().active)
  gauge('plans_made', 'Plans made', () => planning.counts().made)
}
