import type { Dashboard, Panel } from '#dashboards/panels/panel.ts'

const cduCurve = (id: string, title: string, text: string, unit: Panel['unit'], points: string[]): Panel => ({
  id: `cdu-${id}`,
  title,
  text,
  unit,
  kind: 'curve',
  questions: [{ kind: 'cdu', points, aggregate: 'mean', legend: '' }],
})
const rackCurve = (
  id: string,
  title: string,
  text: string,
  unit: Panel['unit'],
  points: string[],
): Panel => ({
  id: `rack-${id}`,
  title,
  text,
  unit,
  kind: 'curve',
  questions: [{ kind: 'rack', points, aggregate: 'mean', legend: '' }],
})

export const cdusAndRacks: Dashboard = {
  id: 'coldloop-cdus',
  title: 'CDUs and racks',
  rows: [
    {
      title: 'CDUs',
      panels: [
        cduCurve(
          'temperatures',
          'Supply and return',
          'Secondary side, with the setpoint that the device holds.',
          'C',
          ['supplyTemperature', 'supplyTemperatureSp', 'returnTemperature'],
        ),
        cduCurve('pressure', 'Rack pressure difference', 'At the manifold, with its setpoint.', 'kPa', [
          'differentialPressure',
          'differentialPressureSp',
        ]),
        cduCurve('flow', 'Secondary flow', 'Through all racks of a CDU.', 'L/min', ['flow']),
        {
          ...cduCurve(
            'valve',
            'Primary valve',
            'Above 95 % the facility side has nothing left to give.',
            '%',
            ['valvePosition'],
          ),
          thresholds: { when: 'above', warning: 90, alarm: 95 },
        },
        cduCurve('pumps', 'Pump speed', 'Secondary pumps.', '%', ['pumpSpeed']),
        cduCurve(
          'power',
          'Pump power and heat',
          'Electrical power of the pumps, and heat that the secondary flow carries.',
          'kW',
          ['power', 'heat'],
        ),
        {
          ...cduCurve(
            'reservoir',
            'Reservoir',
            'A level that falls at constant temperature is water lost.',
            '%',
            ['reservoirLevel'],
          ),
          thresholds: { when: 'below', warning: 40, alarm: 25 },
        },
        cduCurve(
          'makeup',
          'Make-up',
          'Water that the loop takes in by itself: a tight loop takes none.',
          'L/min',
          ['makeupFlow'],
        ),
        {
          id: 'cdu-mode',
          title: 'Who moves the setpoints',
          text: 'Kept by the agent; any fault goes down, never up by itself.',
          unit: 'state',
          kind: 'states',
          questions: [{ kind: 'cdu', points: ['mode'], aggregate: 'last', legend: 'mode' }],
          words: { 0: 'off', 1: 'monitor', 2: 'advise', 3: 'auto' },
        },
      ],
    },
    {
      title: 'Racks',
      panels: [
        rackCurve('temperatures', 'Coolant in and out', 'Of each rack.', 'C', [
          'liquidSupplyTemperature',
          'liquidReturnTemperature',
        ]),
        rackCurve('flow', 'Coolant flow', 'Never below half of design.', 'L/min', ['liquidFlow']),
        rackCurve('power', 'Rack power', 'Electrical.', 'kW', ['power']),
        {
          id: 'rack-chips',
          title: 'Hottest chips',
          text: 'Highest of each tray; limit 85 °C.',
          unit: 'C',
          kind: 'curve',
          questions: [{ kind: 'tray', points: ['chipTemperature'], aggregate: 'max', legend: 'chip' }],
          thresholds: { when: 'above', warning: 80, alarm: 83.5 },
        },
        {
          id: 'rack-isolation',
          title: 'Isolation',
          text: 'What the liquid and the electrical side of each rack read.',
          unit: 'state',
          kind: 'states',
          questions: [
            {
              kind: 'rack',
              points: ['liquidIsolationStatus', 'electricalIsolationStatus'],
              aggregate: 'last',
              legend: '',
            },
          ],
          words: { [-1]: 'unknown', 0: 'open', 1: 'isolated' },
        },
      ],
    },
  ],
}
