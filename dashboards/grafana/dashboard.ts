import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import * as sdk from '@grafana/grafana-foundation-sdk/dashboard'
import * as stat from '@grafana/grafana-foundation-sdk/stat'
import * as states from '@grafana/grafana-foundation-sdk/statetimeline'
import * as curve from '@grafana/grafana-foundation-sdk/timeseries'
import type { Site } from '#contract/site/site.ts'
import type { UnitName } from '#contract/units.ts'
import { built, dataSource, influxTarget } from '#dashboards/grafana/target.ts'
import { type Dashboard, type Panel, questionsOf } from '#dashboards/panels/panel.ts'

/** Grafana's names of our units. */
const grafanaUnit: Readonly<Record<UnitName | '1', string>> = {
  C: 'celsius',
  K: 'kelvin',
  'L/min': 'lpm',
  kPa: 'pressurekpa',
  kW: 'kwatt',
  kWh: 'kwatth',
  '%': 'percent',
  'µS/cm': 'µS/cm',
  L: 'litre',
  s: 's',
  state: 'none',
  bool: 'none',
  '1': 'none',
}

/** What a dashboard shows when it is opened, in Grafana's words or as ISO instants. */
export type ShownRange = { readonly from: string; readonly to: string }
export const lastHours: ShownRange = { from: 'now-6h', to: 'now' }

/** Grafana's grid is 24 wide: curves three in a row, numbers and states two. */
const widthOf: Readonly<Record<Panel['kind'], number>> = { curve: 8, number: 12, states: 12 }
const heightOf: Readonly<Record<Panel['kind'], number>> = { curve: 8, number: 6, states: 6 }

type AnyPanelBuilder = curve.PanelBuilder | stat.PanelBuilder | states.PanelBuilder

/** One of our dashboards for Grafana. The site's meters are named in the queries, everything else is asked by kind. */
export function grafanaDashboard(
  dashboard: Dashboard,
  site: Pick<Site, 'name' | 'meters'>,
  range: ShownRange,
): sdk.Dashboard {
  const builder = new sdk.DashboardBuilder(`Coldloop: ${dashboard.title}`)
    .uid(dashboard.id)
    .tags(['coldloop'])
    .refresh('10s')
    .time(range)
    .timezone('browser')
    .tooltip(sdk.DashboardCursorSync.Crosshair)
    .withVariable(siteVariable(site.name))
  for (const row of dashboard.rows) {
    builder.withRow(new sdk.RowBuilder(row.title))
    for (const panel of row.panels) builder.withPanel(panelBuilder(panel, site))
  }
  return builder.build()
}

function siteVariable(site: string): Builder<sdk.VariableModel> {
  return new sdk.QueryVariableBuilder('site')
    .label('Site')
    .datasource(dataSource)
    .query('SHOW TAG VALUES WITH KEY = "site"')
    .current({ text: site, value: site })
    .refresh(sdk.VariableRefresh.OnDashboardLoad)
    .sort(sdk.VariableSort.AlphabeticalAsc)
}

function panelBuilder(panel: Panel, site: Pick<Site, 'meters'>): Builder<sdk.Panel> {
  const builder = ofKind(panel)
    .title(panel.title)
    .description(panel.text)
    .datasource(dataSource)
    .unit(grafanaUnit[panel.unit])
    .span(widthOf[panel.kind])
    .height(heightOf[panel.kind])
    // A missing reading is a gap and never a 0.
    .noValue('–')
    .thresholds(thresholdsOf(panel))
    .colorScheme(
      new sdk.FieldColorBuilder().mode(
        panel.kind === 'curve' ? sdk.FieldColorModeId.PaletteClassicByName : sdk.FieldColorModeId.Thresholds,
      ),
    )
  if (panel.words) builder.mappings([wordsOf(panel.words)])
  if (panel.ratio) for (const step of ratioSteps(panel, site)) builder.withTransformation(step)
  // Grafana fills in the range; a question's own range would be a second truth.
  questionsOf(panel, { site, fromAt: 0, toAt: 1 }).forEach((question, index) => {
    builder.withTarget(
      built(influxTarget(String.fromCharCode(65 + index), question, panel.questions[index]?.legend ?? '')),
    )
  })
  return builder
}

function ofKind(panel: Panel): AnyPanelBuilder {
  switch (panel.kind) {
    case 'curve':
      return new curve.PanelBuilder()
    case 'number':
      return new stat.PanelBuilder()
    case 'states':
      return new states.PanelBuilder()
    default:
      return panel.kind satisfies never
  }
}

/** Grey while normal; colour means that somebody should look. */
function thresholdsOf({ thresholds }: Panel): Builder<sdk.ThresholdsConfig> {
  const [grey, yellow, red] = ['#808a94', '#c98a00', '#c4162a']
  const above = thresholds && [
    { value: null, color: grey },
    { value: thresholds.warning, color: yellow },
    { value: thresholds.alarm, color: red },
  ]
  const below = thresholds && [
    { value: null, color: red },
    { value: thresholds.alarm, color: yellow },
    { value: thresholds.warning, color: grey },
  ]
  const steps = (thresholds?.when === 'below' ? below : above) ?? [{ value: null, color: grey }]
  return new sdk.ThresholdsConfigBuilder().mode(sdk.ThresholdsMode.Absolute).steps(steps)
}

function wordsOf(words: Readonly<Record<number, string>>): sdk.ValueMap {
  return {
    type: sdk.MappingType.ValueToText,
    options: Object.fromEntries(
      Object.entries(words).map(([value, text], index) => [value, { text, index }]),
    ),
  }
}

/** Sum of the first question's meters over the sum of the second's, moment by moment. */
function ratioSteps(panel: Panel, site: Pick<Site, 'meters'>): sdk.DataTransformerConfig[] {
  const [above, below] = questionsOf(panel, { site, fromAt: 0, toAt: 1 }).map((question, index) => ({
    name: index === 0 ? 'all of A' : 'all of B',
    fields: (question.equipment ?? []).map(id => `${id} ${panel.questions[index]?.legend}`),
  }))
  if (!above || !below) throw new Error(`${panel.id}: a ratio has two questions`)
  const sum = ({ name, fields }: { name: string; fields: string[] }) => ({
    id: 'calculateField',
    options: { mode: 'reduceRow', reduce: { reducer: 'sum', include: fields }, alias: name },
  })
  return [
    { id: 'joinByField', options: { byField: 'Time', mode: 'outer' } },
    sum(above),
    sum(below),
    {
      id: 'calculateField',
      options: {
        mode: 'binary',
        binary: { left: above.name, operator: '/', right: below.name },
        alias: panel.title,
        replaceFields: true,
      },
    },
  ]
}
