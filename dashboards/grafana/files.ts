import type { Site } from '#contract/site/site.ts'
import { grafanaDashboard, lastHours, type ShownRange } from '#dashboards/grafana/dashboard.ts'
import { dashboardsFile, dataSourceFile } from '#dashboards/grafana/provisioning.ts'
import { dashboards } from '#dashboards/panels/dashboards.ts'

/** Everything that Grafana needs, by path below the folder that is asked for. */
export function grafanaFiles(
  site: Pick<Site, 'name' | 'meters'>,
  range: ShownRange = lastHours,
): ReadonlyMap<string, string> {
  return new Map([
    ...dashboards.map(
      dashboard =>
        [
          `dashboards/${dashboard.id}.json`,
          `${JSON.stringify(grafanaDashboard(dashboard, site, range), null, 2)}\n`,
        ] as const,
    ),
    ['provisioning/datasources/coldloop.yaml', dataSourceFile],
    ['provisioning/dashboards/coldloop.yaml', dashboardsFile],
  ])
}
