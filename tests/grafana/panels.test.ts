import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { equipmentKinds, pointsOf } from '#contract/points.ts'
import type { Sample } from '#contract/reading.ts'
import { hour, minute } from '#contract/units.ts'
import { grafanaFiles } from '#dashboards/grafana/files.ts'
import { dashboards } from '#dashboards/panels/dashboards.ts'
import { questionsOf, unitsAsked } from '#dashboards/panels/panel.ts'
import { openDuckdbStore } from '#hub/store/duckdb.ts'
import { openInfluxStore } from '#hub/store/influx.ts'
import type { Store } from '#hub/store/store.ts'
import { readSiteFile } from '#simulators/sites/sites.ts'
import { good, noon, record } from '#tests/store/smallHall.ts'
import { influxdFound, type RealInflux, startInflux } from '#tests/support/influx.ts'

const { meters } = readSiteFile('small')
/** One of each kind, and every meter of the default site. */
const site = {
  name: 'small',
  meters,
  equipment: [
    ...equipmentKinds
      .filter(kind => kind !== 'powerMeter')
      .map(kind => ({ id: `${kind}-1`, kind, name: kind, agent: 'a', via: 'dsx' as const })),
    ...meters.map(({ id }) => ({
      id,
      kind: 'powerMeter' as const,
      name: id,
      agent: 'a',
      via: 'dsx' as const,
    })),
  ],
}
const panels = dashboards.flatMap(dashboard => dashboard.rows.flatMap(row => row.panels))

/** A bit of every kind: two hours, every five minutes, each point in the middle of its range and moving. */
function everyKind() {
  const samples: Sample[] = []
  for (let at = noon; at < noon + 2 * hour; at += 5 * minute)
    for (const { id, kind } of site.equipment)
      for (const [point, { range }] of pointsOf(kind))
        samples.push(good(id, point, at, range[0] + (range[1] - range[0]) * ((at - noon) / (4 * hour))))
  return [record(1, samples)]
}

describe('panels', () => {
  test('every panel has one unit, that of its points', () => {
    for (const panel of panels) {
      const units = new Set(unitsAsked(panel))
      expect(units.size, panel.id).toBe(1)
      expect(units.has(undefined), panel.id).toBe(false)
      if (!panel.ratio) expect([...units][0], panel.id).toBe(panel.unit)
    }
    expect(new Set(panels.map(panel => panel.id)).size).toBe(panels.length)
  })

  test('every panel is answered by the embedded store', async () => {
    const store = await openDuckdbStore({ path: ':memory:', site })
    await store.append(everyKind())
    for (const panel of panels) {
      for (const question of questionsOf(panel, {
        site,
        fromAt: noon,
        toAt: noon + 2 * hour,
        everyMs: 10 * minute,
      })) {
        expect((await store.ask(question)).series.length, `${panel.id} ${question.kind}`).toBeGreaterThan(0)
      }
    }
    await store.close()
  })
})

type Target = { refId: string; query: string; alias: string; rawQuery: boolean; datasource: { uid: string } }
type GrafanaPanel = { type: string; title: string; targets?: Target[]; panels?: GrafanaPanel[] }
const files = grafanaFiles(site)
const grafanaPanels = [...files]
  .filter(([name]) => name.endsWith('.json'))
  .flatMap(([name, text]) =>
    (JSON.parse(text) as { panels: GrafanaPanel[] }).panels
      .flatMap(panel => [panel, ...(panel.panels ?? [])])
      .map(panel => ({ name, ...panel })),
  )
  .filter(panel => panel.type !== 'row')

describe('Grafana', () => {
  test('gets three dashboards, their provisioning and the data source that every target names', () => {
    expect([...files.keys()]).toEqual([
      'dashboards/coldloop-site.json',
      'dashboards/coldloop-cdus.json',
      'dashboards/coldloop-energy.json',
      'provisioning/datasources/coldloop.yaml',
      'provisioning/dashboards/coldloop.yaml',
    ])
    expect(grafanaPanels).toHaveLength(panels.length)
    for (const panel of grafanaPanels) {
      expect(panel.targets?.length, panel.title).toBeGreaterThan(0)
      for (const target of panel.targets ?? []) {
        expect(target).toMatchObject({ rawQuery: true, datasource: { uid: 'coldloop-influx' } })
        expect(target.query).toMatch(/\$timeFilter/)
        expect(target.query).toMatch(/"site" =~ \/\^\$site\$\//)
      }
    }
    expect(files.get('provisioning/datasources/coldloop.yaml')).toContain('uid: coldloop-influx')
  })
})

describe.skipIf(!influxdFound)('every Grafana panel, against a real InfluxDB', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-grafana-'))
  let influx: RealInflux
  let store: Store
  beforeAll(async () => {
    influx = await startInflux()
    store = await openInfluxStore({
      url: influx.url,
      database: 'coldloop',
      site,
      delivery: join(folder, 'delivered.sqlite'),
    })
    await store.append(everyKind())
  }, 30_000)
  afterAll(async () => {
    await store?.close()
    await influx?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** What Grafana itself puts in before it asks. */
  const filledIn = (query: string) =>
    query
      .replaceAll('$timeFilter', `time >= ${noon}ms and time <= ${noon + 2 * hour}ms`)
      .replaceAll('$__interval', '10m')
      .replaceAll('$site', 'small')

  test.each(
    grafanaPanels.flatMap(panel =>
      (panel.targets ?? []).map(target => [`${panel.title} ${target.refId}`, target] as const),
    ),
  )('%s returns rows', async (_title, target) => {
    const body = new URLSearchParams({ db: 'coldloop', epoch: 'ms', q: filledIn(target.query) }).toString()
    const response = await request(`${influx.url}/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    })
    const answer = (await response.body.json()) as {
      results: Array<{ error?: string; series?: Array<{ values: unknown[][] }> }>
    }
    expect(answer.results[0]?.error).toBeUndefined()
    expect(answer.results[0]?.series?.[0]?.values.length).toBeGreaterThan(0)
  })
})
