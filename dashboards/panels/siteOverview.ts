import { coolingRoles } from '#contract/site/site.ts'
import type { Dashboard } from '#dashboards/panels/panel.ts'

export const siteOverview: Dashboard = {
  id: 'coldloop-site',
  title: 'Site overview',
  rows: [
    {
      title: 'Now',
      panels: [
        {
          id: 'site-facility-power',
          title: 'Facility power',
          text: 'Everything the site draws, at its incomer.',
          unit: 'kW',
          kind: 'number',
          questions: [
            {
              kind: 'powerMeter',
              equipment: { roles: ['facility'] },
              points: ['activePower'],
              aggregate: 'last',
              legend: 'facility',
            },
          ],
        },
        {
          id: 'site-hottest-chip',
          title: 'Hottest chip of each tray',
          text: 'Limit 85 °C; plans keep 1.5 K below it.',
          unit: 'C',
          kind: 'number',
          questions: [{ kind: 'tray', points: ['chipTemperature'], aggregate: 'max', legend: 'chip' }],
          thresholds: { when: 'above', warning: 80, alarm: 83.5 },
        },
        {
          id: 'site-water-racks',
          title: 'Water in racks',
          text: 'Rope of each rack; a gap is unknown, not dry.',
          unit: 'bool',
          kind: 'states',
          questions: [{ kind: 'rack', points: ['leak'], aggregate: 'max', legend: 'rope' }],
          thresholds: { when: 'above', warning: 0.5, alarm: 0.5 },
          words: { 0: 'dry', 1: 'water' },
        },
        {
          id: 'site-water-elsewhere',
          title: 'Water at CDUs, manifolds and on the floor',
          text: 'Drip pans, manifold and floor ropes; a gap is unknown, not dry.',
          unit: 'bool',
          kind: 'states',
          questions: [
            { kind: 'cdu', points: ['leak'], aggregate: 'max', legend: 'drip pan' },
            { kind: 'manifold', points: ['leak'], aggregate: 'max', legend: 'rope' },
            { kind: 'leakSensor', points: ['leak'], aggregate: 'max', legend: 'rope' },
          ],
          thresholds: { when: 'above', warning: 0.5, alarm: 0.5 },
          words: { 0: 'dry', 1: 'water' },
        },
      ],
    },
    {
      title: 'From the sky to the racks',
      panels: [
        {
          id: 'site-tower',
          title: 'Tower and outdoor air',
          text: 'Water can come no closer to the wet bulb than the tower allows.',
          unit: 'C',
          kind: 'curve',
          questions: [
            {
              kind: 'coolingTower',
              points: ['leavingTemperature', 'leavingTemperatureSp', 'enteringTemperature'],
              aggregate: 'mean',
              legend: '',
            },
            { kind: 'weatherStation', points: ['wetBulb', 'dryBulb'], aggregate: 'mean', legend: '' },
          ],
        },
        {
          id: 'site-facility-water',
          title: 'Facility water',
          text: 'Supply to the CDUs with its setpoint, and return.',
          unit: 'C',
          kind: 'curve',
          questions: [
            {
              kind: 'facilityLoop',
              points: ['supplyTemperature', 'supplyTemperatureSp', 'returnTemperature'],
              aggregate: 'mean',
              legend: '',
            },
          ],
        },
        {
          id: 'site-facility-pressure',
          title: 'Facility pressure difference',
          text: 'Across the CDUs, with its setpoint.',
          unit: 'kPa',
          kind: 'curve',
          questions: [
            {
              kind: 'facilityLoop',
              points: ['differentialPressure', 'differentialPressureSp'],
              aggregate: 'mean',
              legend: '',
            },
          ],
        },
        {
          id: 'site-cdu-supply',
          title: 'Supply to the racks',
          text: 'Secondary supply of each CDU.',
          unit: 'C',
          kind: 'curve',
          questions: [{ kind: 'cdu', points: ['supplyTemperature'], aggregate: 'mean', legend: 'supply' }],
        },
      ],
    },
    {
      title: 'Power and air',
      panels: [
        {
          id: 'site-cooling-power',
          title: 'Cooling power',
          text: 'Pumps, fans and chillers, by meter.',
          unit: 'kW',
          kind: 'curve',
          questions: [
            {
              kind: 'powerMeter',
              equipment: { roles: coolingRoles },
              points: ['activePower'],
              aggregate: 'mean',
              legend: '',
            },
          ],
        },
        {
          id: 'site-dew-point',
          title: 'Dew point of the hall',
          text: 'No pipe without insulation may be colder than this plus 2 K.',
          unit: 'C',
          kind: 'curve',
          questions: [{ kind: 'room', points: ['dewPoint', 'airTemperature'], aggregate: 'max', legend: '' }],
        },
      ],
    },
  ],
}
