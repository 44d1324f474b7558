import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { AgentView, SiteView } from '#contract/api.ts'
import type { Clock } from '#contract/clock.ts'
import type { SiteGraph } from '#contract/site/graph.ts'
import type { Access } from '#hub/access/access.ts'
import type { Alarms } from '#hub/alarms/alarms.ts'
import type { SparkplugHost } from '#hub/ingest/host.ts'
import type { Live } from '#hub/live.ts'
import type { Planning } from '#hub/planning/planning.ts'
import type { SensorWatch } from '#hub/sanity/sensorWatch.ts'
import type { SavingsExperiment } from '#hub/savings/experiment.ts'
import type { State } from '#hub/state/state.ts'
import type { Store } from '#hub/store/store.ts'

/** What routes may use; wired once in main.ts. */
export type Services = {
  readonly graph: SiteGraph
  readonly siteView: () => SiteView
  readonly agents: () => readonly AgentView[]
  readonly clock: Clock
  readonly store: Store
  readonly state: State
  readonly live: Live
  readonly alarms: Alarms
  readonly planning: Planning
  readonly sensors: Pick<SensorWatch, 'record'>
  readonly savings: SavingsExperiment
  readonly host: SparkplugHost
  readonly access: Access
  readonly metrics: Registry
  readonly consoleDir: string
  readonly version: string
  readonly log: Logger
}
