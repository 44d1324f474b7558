import { coolingRoles, type MeterRole } from '#contract/site/site.ts'
import { hour } from '#contract/units.ts'
import type { Dashboard, Panel } from '#dashboards/panels/panel.ts'

const meterPower = (roles: readonly MeterRole[], legend: string) =>
  ({ kind: 'powerMeter', equipment: { roles }, points: ['activePower'], aggregate: 'mean', legend }) as const
const asPanelQuestion = (question: ReturnType<typeof meterPower>): Panel['questions'][number] => ({
  ...question,
  points: [...question.points],
})

const energyOfHour = (id: string, title: string, text: string, roles: readonly MeterRole[]): Panel => ({
  id: `energy-${id}`,
  title,
  text,
  unit: 'kWh',
  kind: 'curve',
  questions: [
    {
      kind: 'powerMeter',
      equipment: { roles },
      points: ['activeEnergyKwh'],
      aggregate: 'spread',
      everyMs: hour,
      legend: '',
    },
  ],
})

export const pueAndEnergy: Dashboard = {
  id: 'coldloop-energy',
  title: 'PUE and energy',
  rows: [
    {
      title: 'PUE',
      panels: [
        {
          id: 'energy-pue',
          title: 'Facility over IT power',
          text: 'A glance, not the figure: the PUE of record comes from registers, with category, coverage and uncertainty, in the report.',
          unit: '1',
          kind: 'curve',
          ratio: true,
          questions: [
            asPanelQuestion(meterPower(['facility'], 'facility')),
            asPanelQuestion(meterPower(['it'], 'IT')),
          ],
        },
        {
          id: 'energy-power',
          title: 'Facility and IT power',
          text: 'Incomer, UPS output and IT feeds.',
          unit: 'kW',
          kind: 'curve',
          questions: [asPanelQuestion(meterPower(['facility', 'upsInput', 'upsOutput', 'it'], ''))],
        },
        {
          id: 'energy-cooling-power',
          title: 'Cooling power by meter',
          text: 'What plans work on.',
          unit: 'kW',
          kind: 'curve',
          questions: [asPanelQuestion(meterPower(coolingRoles, ''))],
        },
      ],
    },
    {
      title: 'Energy of each hour, from registers',
      panels: [
        energyOfHour('it-hours', 'IT', 'Movement of each register inside the hour.', ['it']),
        energyOfHour('cooling-hours', 'Cooling', 'Movement of each register inside the hour.', coolingRoles),
        energyOfHour('facility-hours', 'Facility', 'Movement of the register inside the hour.', ['facility']),
        {
          id: 'energy-registers',
          title: 'Registers',
          text: 'As read: they never fall but for a rollover or an exchanged meter.',
          unit: 'kWh',
          kind: 'number',
          questions: [{ kind: 'powerMeter', points: ['activeEnergyKwh'], aggregate: 'last', legend: '' }],
        },
      ],
    },
  ],
}
