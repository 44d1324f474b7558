import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hour } from '#contract/units.ts'
import { influxdFound, type RealInflux, startInflux } from '#tests/support/influx.ts'
import { mosquittoFound, type RealMosquitto, startMosquitto } from '#tests/support/mosquitto.ts'
import { type Started, start } from '#tests/support/started.ts'

type Target = { readonly refId: string; readonly query: string }
type GrafanaPanel = {
  readonly type: string
  readonly title: string
  readonly targets?: readonly Target[]
  readonly panels?: readonly GrafanaPanel[]
}

const runHours = 4
const isHere = influxdFound !== undefined && mosquittoFound !== undefined

describe.skipIf(!isHere)(
  'a site on Mosquitto and InfluxDB, as in production (needs mosquitto and influxd)',
  () => {
    let mosquitto: RealMosquitto
    let influx: RealInflux
    let run: Started
    let startAt: number

    beforeAll(async () => {
      mosquitto = await startMosquitto()
      influx = await startInflux()
      run = start(
        ...['--site', 'small', '--hours', String(runHours), '--speed', '600', '--seed', '3', '--port', '0'],
        ...['--broker', mosquitto.url, '--store', 'influx', '--influx', influx.url],
      )
      expect(await run.exit, run.said()).toBe(0)
      startAt = (
        JSON.parse(readFileSync(join(run.folder, 'data', 'clock.json'), 'utf8')) as { startAt: number }
      ).startAt
    })
    afterAll(async () => {
      await run?.stop()
      await influx?.close()
      await mosquitto?.close()
    })

    async function ask(influxql: string) {
      const response = await fetch(`${influx.url}/query`, {
        method: 'POST',
        body: new URLSearchParams({ db: 'coldloop', epoch: 'ms', q: influxql }),
      })
      const answer = (await response.json()) as {
        results: Array<{ error?: string; series?: Array<{ columns: string[]; values: unknown[][] }> }>
      }
      expect(answer.results[0]?.error, influxql).toBeUndefined()
      return answer.results[0]?.series ?? []
    }

    test('everything accepted is stored once, and the meters agree with the plant', () => {
      const { samples, energy } = run.summary()
      expect(samples.accepted).toBeGreaterThan(10_000)
      expect(samples.stored).toBe(samples.accepted)
      expect(samples.duplicates).toBe(0)
      for (const key of ['itKwh', 'facilityKwh', 'coolingKwh', 'pue'] as const)
        expect(Math.abs(energy[key] / energy.truth[key] - 1), key).toBeLessThan(0.01)
    })

    test('InfluxDB itself counts what the summary says, by fields', async () => {
      let values = 0
      const [measurements] = await ask('SHOW MEASUREMENTS')
      for (const [measurement] of measurements?.values ?? []) {
        const [counted] = await ask(
          `SELECT count(*) FROM "${measurement}" WHERE time >= ${startAt - hour}ms AND time < ${startAt + 24 * hour}ms`,
        )
        counted?.columns.forEach((column, index) => {
          if (index > 0 && !column.endsWith('_uncertain')) values += Number(counted.values[0]?.[index] ?? 0)
        })
      }
      expect(values).toBe(run.summary().samples.stored)
    })

    test('the dashboards for this very site are written, and every panel of them returns rows', async () => {
      const out = join(run.folder, 'grafana')
      const written = spawnSync(
        process.execPath,
        ['commands/run.mjs', 'dashboards', '--out', out, '--data', join(run.folder, 'data')],
        { encoding: 'utf8', timeout: 60_000 },
      )
      expect(written.status, written.stderr).toBe(0)
      const files = written.stdout.trim().split('\n')
      expect(files.filter(file => file.endsWith('.yaml'))).toHaveLength(2)
      const panels = files
        .filter(file => file.endsWith('.json'))
        .flatMap(file => (JSON.parse(readFileSync(file, 'utf8')) as { panels: GrafanaPanel[] }).panels)
        .flatMap(panel => [panel, ...(panel.panels ?? [])])
        .filter(panel => panel.type !== 'row')
      expect(panels.length).toBeGreaterThan(10)
      const empty: string[] = []
      for (const panel of panels)
        for (const { refId, query } of panel.targets ?? []) {
          const series = await ask(filledIn(query, startAt))
          if (!series.some(found => found.values.length > 0)) empty.push(`${panel.title} ${refId}: ${query}`)
        }
      expect(empty).toEqual([])
    })
  },
)

/** What Grafana itself puts in before it asks. */
const filledIn = (query: string, startAt: number): string =>
  query
    .replaceAll('$timeFilter', `time >= ${startAt}ms and time <= ${startAt + runHours * hour}ms`)
    .replaceAll('$__interval', '10m')
    .replaceAll('$site', 'small')
