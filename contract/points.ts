import type { UnitName } from '#contract/units.ts'

/**
 * The catalogue: the single truth for every point of every kind of equipment. Names follow NVIDIA DSX Exchange BMS
 * where it has a word; `dsx` says which object and point type that is, and `processArea` tells equal types apart.
 */

export const equipmentKinds = [
  'room',
  'rack',
  'tray',
  'cdu',
  'manifold',
  'immersionTank',
  'facilityLoop',
  'coolingTower',
  'dryCooler',
  'heatExchanger',
  'chiller',
  'pump',
  'valve',
  'fan',
  'crah',
  'tank',
  'powerMeter',
  'ups',
  'pdu',
  'transformer',
  'leakSensor',
  'weatherStation',
] as const
export type EquipmentKind = (typeof equipmentKinds)[number]

export const quantities = [
  'temperature',
  'temperatureDifference',
  'flow',
  'pressure',
  'power',
  'energy',
  'speed',
  'opening',
  'level',
  'humidity',
  'conductivity',
  'leak',
  'status',
  'command',
] as const
export type Quantity = (typeof quantities)[number]

export type DsxPoint = {
  readonly objectType: string
  readonly pointType: string
  readonly processArea?: string
  /** Who publishes it on the DSX bus: the building system, or an IT integration (us). */
  readonly publishedBy: 'bms' | 'integration'
}

export type PointSpec = {
  readonly quantity: Quantity
  readonly unit: UnitName
  /** The instrument's range: beyond it the value is not believed. */
  readonly range: readonly [lowest: number, highest: number]
  /** Least change worth reporting, in the point's unit; 0: every change. */
  readonly deadBand: number
  readonly writable: boolean
  /** Leak inputs and states that protection depends on: sampled fastest, never dropped before telemetry. */
  readonly fast: boolean
  readonly text: string
  readonly dsx?: DsxPoint
}

type Extra = { writable?: true; fast?: true; dsx?: DsxPoint; deadBand?: number }

const point =
  (quantity: Quantity, unit: UnitName, deadBand: number) =>
  (lowest: number, highest: number, text: string, extra: Extra = {}): PointSpec => ({
    quantity,
    unit,
    range: [lowest, highest],
    deadBand: extra.deadBand ?? deadBand,
    writable: extra.writable ?? false,
    fast: extra.fast ?? false,
    text,
    ...(extra.dsx ? { dsx: extra.dsx } : {}),
  })

const temperature = point('temperature', 'C', 0.05)
const flow = point('flow', 'L/min', 0.5)
const pressure = point('pressure', 'kPa', 0.2)
const power = point('power', 'kW', 0.01)
const energy = point('energy', 'kWh', 0)
const speed = point('speed', '%', 0.2)
const opening = point('opening', '%', 0.2)
const level = point('level', '%', 0.05)
const humidity = point('humidity', '%', 0.2)
const conductivity = point('conductivity', 'µS/cm', 5)
const leak = (text: string, dsx?: DsxPoint) =>
  point('leak', 'bool', 0)(0, 1, text, { fast: true, ...(dsx ? { dsx } : {}) })
const status = point('status', 'state', 0)
const command = (lowest: number, highest: number, text: string, dsx?: DsxPoint) =>
  point('command', 'state', 0)(lowest, highest, text, { writable: true, fast: true, ...(dsx ? { dsx } : {}) })

const bms = (objectType: string, pointType: string, processArea?: string): { dsx: DsxPoint } => ({
  dsx: { objectType, pointType, publishedBy: 'bms', ...(processArea ? { processArea } : {}) },
})
const integration = (objectType: string, pointType: string): DsxPoint => ({
  objectType,
  pointType,
  publishedBy: 'integration',
})

/** Meaning of `mode` on a CDU, kept by the agent: who may move its setpoints. Any fault goes down, never up by itself. */
export const modeNames = ['off', 'monitor', 'advise', 'auto'] as const
export type Mode = (typeof modeNames)[number]

/** Meaning of `authority`: who may write to a device. The agent writes only when it is 2. */
export const authorityNames = ['local', 'bms', 'coldloop'] as const

/** Meaning of pump and fan `status`. */
export const runStatusNames = ['stopped', 'running', 'tripped'] as const

const permissions = {
  remoteEnable: status(0, 1, 'The key at the device: 1 allows writes from outside.', { fast: true }),
  authority: status(0, 2, 'Who may write: 0 local, 1 BMS, 2 Coldloop.', { fast: true }),
  maintenance: status(
    0,
    1,
    '1 while the equipment is keyed or tagged out: nothing is written, nothing started.',
    { fast: true },
  ),
} satisfies Record<string, PointSpec>

const leakPair = (objectType: string) => ({
  leak: leak('Water seen by the rope or spot sensor.', bms(objectType, 'LeakDetect').dsx),
  leakSensorFault: status(0, 1, '1 when the leak sensor cannot say: unknown, not dry.', {
    fast: true,
    ...bms(objectType, 'Status', 'Leak sensor fault'),
  }),
})

export const pointCatalogue = {
  room: {
    airTemperature: temperature(-10, 60, 'Air in the white space.', bms('Sensor', 'AirTemperature')),
    relativeHumidity: humidity(0, 100, 'Humidity in the white space.', bms('Sensor', 'AirRelativeHumidity')),
    dewPoint: temperature(
      -30,
      40,
      'Highest dew point in the white space.',
      bms('Sensor', 'GenericPoint', 'Dew point'),
    ),
  },
  weatherStation: {
    dryBulb: temperature(-50, 60, 'Outdoor air.', bms('Sensor', 'AirTemperature')),
    relativeHumidity: humidity(0, 100, 'Outdoor humidity.', bms('Sensor', 'AirRelativeHumidity')),
    wetBulb: temperature(
      -50,
      40,
      'Outdoor wet bulb: the coldest that a tower could reach.',
      bms('Sensor', 'GenericPoint', 'Wet bulb'),
    ),
    pressure: pressure(50, 110, 'Barometric pressure.', { ...bms('Sensor', 'AirPressure'), deadBand: 0.05 }),
  },
  rack: {
    liquidSupplyTemperature: temperature(
      0,
      90,
      'Coolant into the rack.',
      bms('Rack', 'RackLiquidSupplyTemperature'),
    ),
    liquidReturnTemperature: temperature(
      0,
      100,
      'Coolant out of the rack.',
      bms('Rack', 'RackLiquidReturnTemperature'),
    ),
    liquidFlow: flow(0, 1_000, 'Coolant through the rack.', bms('Rack', 'RackLiquidFlow')),
    liquidDifferentialPressure: pressure(
      0,
      400,
      'Pressure difference across the rack.',
      bms('Rack', 'RackLiquidDifferentialPressure'),
    ),
    controlValvePosition: opening(0, 100, 'Rack control valve.', bms('Rack', 'RackControlValvePosition')),
    power: power(0, 1_000, 'Electrical power of the rack.', bms('Rack', 'RackPower')),
    leak: leak('Water seen by the rack rope.', bms('Rack', 'RackLeakDetect').dsx),
    leakSensorFault: status(0, 1, '1 when the rack rope cannot say: unknown, not dry.', {
      fast: true,
      ...bms('Rack', 'RackLeakSensorFault'),
    }),
    liquidIsolationStatus: status(-1, 1, '1 when the liquid side reads isolated, 0 open, -1 unknown.', {
      fast: true,
      ...bms('Rack', 'RackLiquidIsolationStatus'),
    }),
    electricalIsolationStatus: status(
      -1,
      1,
      '1 when the electrical side reads isolated, 0 closed, -1 unknown.',
      { fast: true, ...bms('Rack', 'RackElectricalIsolationStatus') },
    ),
    leakDetectTray: command(
      -1,
      1,
      'Ours to the building system: water in a tray of this rack.',
      integration('Rack', 'RackLeakDetectTray'),
    ),
    liquidIsolationRequest: command(
      -1,
      1,
      'Ours to the building system: close the liquid to this rack.',
      integration('Rack', 'RackLiquidIsolationRequest'),
    ),
    electricalIsolationRequest: command(
      -1,
      1,
      'Ours to the building system: open the feed to this rack.',
      integration('Rack', 'RackElectricalIsolationRequest'),
    ),
  },
  tray: {
    chipTemperature: temperature(0, 130, 'Hottest chip in the tray.', { deadBand: 0.2 }),
    leak: leak('Water seen inside the tray.'),
    powerStatus: status(0, 1, '1 while the tray draws power.', { fast: true }),
    powerRequest: command(0, 1, 'Ours to the cluster manager: 0 asks for the tray to be switched off.'),
  },
  cdu: {
    supplyTemperature: temperature(
      0,
      80,
      'Secondary supply to the racks.',
      bms('CDU', 'LiquidTemperature', 'Secondary Supply'),
    ),
    returnTemperature: temperature(
      0,
      100,
      'Secondary return from the racks.',
      bms('CDU', 'LiquidTemperature', 'Secondary Return'),
    ),
    flow: flow(0, 5_000, 'Secondary flow.', bms('CDU', 'LiquidFlow', 'Secondary Supply')),
    differentialPressure: pressure(
      0,
      500,
      'Secondary supply over return, at the rack manifold.',
      bms('CDU', 'LiquidDifferentialPressure', 'Secondary Supply'),
    ),
    staticPressure: pressure(
      0,
      600,
      'Static pressure of the secondary loop.',
      bms('CDU', 'LiquidPressure', 'Secondary Return'),
    ),
    reservoirLevel: level(
      0,
      100,
      'Reservoir of the secondary loop.',
      bms('CDU', 'GenericPoint', 'Reservoir level'),
    ),
    makeupFlow: flow(0, 50, 'Automatic make-up into the secondary loop.', {
      ...bms('CDU', 'LiquidFlow', 'Make-up'),
      deadBand: 0.02,
    }),
    conductivity: conductivity(
      0,
      5_000,
      'Conductivity of the secondary coolant.',
      bms('CDU', 'GenericPoint', 'Conductivity'),
    ),
    filterDifferentialPressure: pressure(
      0,
      200,
      'Pressure drop of the filter.',
      bms('CDU', 'LiquidDifferentialPressure', 'Filter'),
    ),
    primarySupplyTemperature: temperature(
      0,
      80,
      'Facility water into the CDU.',
      bms('CDU', 'LiquidTemperature', 'Primary Inlet'),
    ),
    primaryReturnTemperature: temperature(
      0,
      100,
      'Facility water out of the CDU.',
      bms('CDU', 'LiquidTemperature', 'Primary Outlet'),
    ),
    primaryFlow: flow(0, 5_000, 'Facility water through the CDU.', bms('CDU', 'LiquidFlow', 'Primary Inlet')),
    valvePosition: opening(0, 100, 'Primary control valve.', bms('CDU', 'ValvePosition', 'Primary Outlet')),
    heat: power(0, 5_000, 'Heat carried by the secondary flow, as the device computes it.', {
      ...bms('CDU', 'GenericPoint', 'Heat'),
      deadBand: 0.5,
    }),
    power: power(0, 500, 'Electrical power of the secondary pumps.', {
      ...bms('CDU', 'GenericPoint', 'Pump power'),
      deadBand: 0.02,
    }),
    pumpSpeed: speed(0, 100, 'Speed of the secondary pumps.', bms('CDU', 'PumpSpeed')),
    leak: leak('Water in the drip pan.', bms('CDU', 'LeakDetect').dsx),
    leakSensorFault: status(0, 1, '1 when the drip-pan sensor cannot say: unknown, not dry.', {
      fast: true,
      ...bms('CDU', 'Status', 'Leak sensor fault'),
    }),
    isolationValvePosition: opening(0, 100, 'Supply isolation valve, as it reads.', {
      fast: true,
      ...bms('CDU', 'ValvePosition', 'Secondary Supply'),
    }),
    returnValvePosition: opening(0, 100, 'Return isolation valve, as it reads.', {
      fast: true,
      ...bms('CDU', 'ValvePosition', 'Secondary Return'),
    }),
    bypassValvePosition: opening(0, 100, 'Bypass valve, as it reads.', {
      fast: true,
      ...bms('CDU', 'ValvePosition', 'Bypass'),
    }),
    ...permissions,
    mode: status(0, 3, 'Kept by the agent: 0 off, 1 monitor, 2 advise, 3 auto.', {
      writable: true,
      fast: true,
    }),
    supplyTemperatureSp: temperature(15, 60, 'Setpoint of the secondary supply.', {
      writable: true,
      ...bms('CDU', 'LiquidTemperature', 'Secondary Supply setpoint'),
    }),
    differentialPressureSp: pressure(0, 300, 'Setpoint of the rack pressure difference.', {
      writable: true,
      ...bms('CDU', 'LiquidDifferentialPressure', 'Secondary Supply setpoint'),
    }),
    pumpRun: command(0, 1, '0 stops the secondary pumps.'),
    isolationValveOpen: command(0, 1, '0 closes the supply isolation valve.'),
    returnValveOpen: command(0, 1, '0 closes the return isolation valve.'),
    bypassValveOpen: command(0, 1, '1 opens the bypass.'),
    makeupEnable: command(0, 1, '0 stops automatic make-up.'),
    watchdog: point('command', 'state', 0)(
      0,
      1,
      'Toggled by the agent each second; the device falls back when it stops.',
      { writable: true },
    ),
    watchdogHealthy: status(0, 1, '1 while the device sees the watchdog toggle.'),
  },
  manifold: leakPair('Sensor'),
  facilityLoop: {
    supplyTemperature: temperature(
      0,
      80,
      'Facility water to the CDUs.',
      bms('System', 'LiquidTemperature', 'Facility Supply'),
    ),
    returnTemperature: temperature(
      0,
      100,
      'Facility water from the CDUs.',
      bms('System', 'LiquidTemperature', 'Facility Return'),
    ),
    flow: flow(0, 200_000, 'Facility water.', {
      ...bms('System', 'LiquidFlow', 'Facility Supply'),
      deadBand: 2,
    }),
    differentialPressure: pressure(
      0,
      600,
      'Facility pressure difference across the CDUs.',
      bms('System', 'LiquidDifferentialPressure', 'Facility Supply'),
    ),
    staticPressure: pressure(
      0,
      800,
      'Static pressure of the facility loop.',
      bms('System', 'LiquidPressure', 'Facility Return'),
    ),
    power: power(0, 5_000, 'Electrical power of the facility pumps.', {
      ...bms('System', 'GenericPoint', 'Pump power'),
      deadBand: 0.02,
    }),
    pumpSpeed: speed(0, 100, 'Speed of the facility pumps.', bms('System', 'PumpSpeed')),
    pumpsRunning: status(0, 20, 'Facility pumps that run.', bms('System', 'Status', 'Pumps running')),
    heat: power(0, 100_000, 'Heat carried by the facility loop, as the plant computes it.', {
      ...bms('System', 'GenericPoint', 'Heat'),
      deadBand: 1,
    }),
    ...permissions,
    supplyTemperatureSp: temperature(10, 60, 'Setpoint of the facility supply.', {
      writable: true,
      ...bms('System', 'LiquidTemperature', 'Facility Supply setpoint'),
    }),
    differentialPressureSp: pressure(0, 600, 'Setpoint of the facility pressure difference.', {
      writable: true,
      ...bms('System', 'LiquidDifferentialPressure', 'Facility Supply setpoint'),
    }),
    watchdog: point('command', 'state', 0)(
      0,
      1,
      'Toggled by the agent each second; the plant falls back when it stops.',
      { writable: true },
    ),
    watchdogHealthy: status(0, 1, '1 while the plant sees the watchdog toggle.'),
  },
  heatExchanger: {
    hotInletTemperature: temperature(
      0,
      100,
      'Facility return into the exchanger.',
      bms('HX', 'LiquidTemperature', 'Hot Inlet'),
    ),
    hotOutletTemperature: temperature(
      0,
      100,
      'Facility supply out of the exchanger.',
      bms('HX', 'LiquidTemperature', 'Hot Outlet'),
    ),
    coldInletTemperature: temperature(
      0,
      100,
      'Tower water into the exchanger.',
      bms('HX', 'LiquidTemperature', 'Cold Inlet'),
    ),
    coldOutletTemperature: temperature(
      0,
      100,
      'Tower water out of the exchanger.',
      bms('HX', 'LiquidTemperature', 'Cold Outlet'),
    ),
    valvePosition: opening(0, 100, 'Tower-side bypass or control valve.', bms('HX', 'ValvePosition')),
  },
  coolingTower: {
    leavingTemperature: temperature(
      0,
      80,
      'Water from the tower basin.',
      bms('CoolingTower', 'LiquidTemperature', 'Supply'),
    ),
    enteringTemperature: temperature(
      0,
      100,
      'Water to the tower.',
      bms('CoolingTower', 'LiquidTemperature', 'Return'),
    ),
    waterFlow: flow(0, 200_000, 'Water over the tower.', {
      ...bms('CoolingTower', 'LiquidFlow'),
      deadBand: 2,
    }),
    fanSpeed: speed(0, 100, 'Speed of the fans of open cells.', bms('CoolingTower', 'FanSpeed')),
    fanPower: power(0, 5_000, 'Electrical power of the fans.', {
      ...bms('CoolingTower', 'GenericPoint', 'Fan power'),
      deadBand: 0.02,
    }),
    pumpPower: power(0, 5_000, 'Electrical power of the tower pumps.', {
      ...bms('CoolingTower', 'GenericPoint', 'Pump power'),
      deadBand: 0.02,
    }),
    pumpsRunning: status(0, 20, 'Tower pumps that run.', bms('CoolingTower', 'Status', 'Pumps running')),
    cellsOpen: status(0, 60, 'Tower cells with water.', bms('CoolingTower', 'Status', 'Cells open')),
    basinLevel: level(0, 100, 'Basin.', bms('CoolingTower', 'GenericPoint', 'Basin level')),
    makeupFlow: flow(0, 5_000, 'Make-up water.', bms('CoolingTower', 'LiquidFlow', 'Make-up')),
    conductivity: conductivity(
      0,
      10_000,
      'Conductivity of the tower water.',
      bms('CoolingTower', 'GenericPoint', 'Conductivity'),
    ),
    ...permissions,
    leavingTemperatureSp: temperature(5, 50, 'Setpoint of the water leaving the tower.', {
      writable: true,
      ...bms('CoolingTower', 'LiquidTemperature', 'Supply setpoint'),
    }),
    waterFlowSp: point('flow', '%', 0.5)(0, 120, 'Setpoint of the tower water, per cent of design flow.', {
      writable: true,
      ...bms('CoolingTower', 'GenericPoint', 'Water flow setpoint'),
    }),
    watchdog: point('command', 'state', 0)(
      0,
      1,
      'Toggled by the agent each second; the plant falls back when it stops.',
      { writable: true },
    ),
    watchdogHealthy: status(0, 1, '1 while the plant sees the watchdog toggle.'),
  },
  dryCooler: {
    leavingTemperature: temperature(
      -20,
      80,
      'Water from the cooler.',
      bms('HX', 'LiquidTemperature', 'Supply'),
    ),
    enteringTemperature: temperature(
      -20,
      100,
      'Water to the cooler.',
      bms('HX', 'LiquidTemperature', 'Return'),
    ),
    fanSpeed: speed(0, 100, 'Speed of the fans.', bms('HX', 'FanSpeed')),
    fanPower: power(0, 5_000, 'Electrical power of the fans.', bms('HX', 'GenericPoint', 'Fan power')),
    padsOn: status(0, 1, '1 while the adiabatic pads are wet.', bms('HX', 'Status', 'Pads')),
    airEnteringTemperature: temperature(
      -50,
      60,
      'Air onto the coils, after the pads.',
      bms('HX', 'AirTemperature', 'Inlet'),
    ),
    coolantFlow: flow(0, 200_000, 'Coolant to the cooler, bypass included.', {
      ...bms('HX', 'LiquidFlow', 'Return'),
      deadBand: 2,
    }),
    bypassPosition: opening(0, 100, 'Share that passes beside the coils.', bms('HX', 'ValvePosition')),
    padPumpPower: power(0, 500, 'Electrical power of the pad pumps.', {
      ...bms('HX', 'GenericPoint', 'Pad pump power'),
    }),
    makeupFlow: flow(0, 5_000, 'Make-up water of the pads.', {
      ...bms('HX', 'LiquidFlow', 'Make-up'),
      deadBand: 0.05,
    }),
    ...permissions,
    leavingTemperatureSp: temperature(5, 60, 'Setpoint of the water leaving the cooler.', {
      writable: true,
      ...bms('HX', 'LiquidTemperature', 'Supply setpoint'),
    }),
    padsAboveSp: temperature(5, 60, 'Outdoor temperature above which the pads run.', {
      writable: true,
      ...bms('HX', 'AirTemperature', 'Pads setpoint'),
    }),
    watchdog: point('command', 'state', 0)(
      0,
      1,
      'Toggled by the agent each second; the cooler falls back when it stops.',
      { writable: true },
    ),
    watchdogHealthy: status(0, 1, '1 while the cooler sees the watchdog toggle.'),
  },
  immersionTank: {
    tankTemperature: temperature(
      0,
      100,
      'Dielectric in the tank, on its way to the exchanger.',
      bms('Tank', 'LiquidTemperature'),
    ),
    supplyTemperature: temperature(
      0,
      100,
      'Dielectric into the tank.',
      bms('Tank', 'LiquidTemperature', 'Supply'),
    ),
    chipTemperature: temperature(0, 130, 'Hottest chip in the tank.', {
      ...bms('Tank', 'GenericPoint', 'Chip temperature'),
      deadBand: 0.2,
    }),
    power: power(0, 1_000, 'Electrical power of the tank.', bms('Tank', 'GenericPoint', 'Power')),
    flow: flow(0, 5_000, 'Dielectric that circulates.', bms('Tank', 'LiquidFlow')),
    differentialPressure: pressure(
      0,
      500,
      'Pressure difference across the tank.',
      bms('Tank', 'LiquidDifferentialPressure'),
    ),
    level: level(0, 100, 'Dielectric in the tank.', bms('Tank', 'GenericPoint', 'Level')),
    valvePosition: opening(0, 100, 'Facility-side control valve.', bms('Tank', 'ValvePosition')),
    primaryFlow: flow(
      0,
      5_000,
      'Facility coolant through the exchanger.',
      bms('Tank', 'LiquidFlow', 'Primary Inlet'),
    ),
    primaryReturnTemperature: temperature(
      0,
      100,
      'Facility coolant out of the exchanger.',
      bms('Tank', 'LiquidTemperature', 'Primary Outlet'),
    ),
    heat: power(0, 1_000, 'Heat carried to the facility loop, as the device computes it.', {
      ...bms('Tank', 'GenericPoint', 'Heat'),
      deadBand: 0.1,
    }),
    pumpPower: power(0, 100, 'Electrical power of the circulation pumps.', {
      ...bms('Tank', 'GenericPoint', 'Pump power'),
    }),
    pumpSpeed: speed(0, 100, 'Speed of the circulation pumps.', bms('Tank', 'PumpSpeed')),
    ...leakPair('Tank'),
    ...permissions,
    supplyTemperatureSp: temperature(25, 60, 'Setpoint of the tank supply.', {
      writable: true,
      ...bms('Tank', 'LiquidTemperature', 'Setpoint'),
    }),
    differentialPressureSp: pressure(0, 300, 'Setpoint of the pressure difference across the tank.', {
      writable: true,
      ...bms('Tank', 'LiquidDifferentialPressure', 'Setpoint'),
    }),
    pumpRun: command(0, 1, '0 stops the circulation pumps.'),
    watchdog: point('command', 'state', 0)(
      0,
      1,
      'Toggled by the agent each second; the device falls back when it stops.',
      { writable: true },
    ),
    watchdogHealthy: status(0, 1, '1 while the device sees the watchdog toggle.'),
  },
  chiller: {
    leavingTemperature: temperature(
      0,
      40,
      'Chilled water leaving.',
      bms('Chiller', 'LiquidTemperature', 'Supply'),
    ),
    condenserEnteringTemperature: temperature(
      0,
      60,
      'Condenser water entering.',
      bms('Chiller', 'LiquidTemperature', 'Condenser Inlet'),
    ),
    condenserLeavingTemperature: temperature(
      0,
      80,
      'Condenser water leaving.',
      bms('Chiller', 'LiquidTemperature', 'Condenser Outlet'),
    ),
    evaporatorFlow: flow(0, 50_000, 'Chilled water through the evaporator.', {
      ...bms('Chiller', 'LiquidFlow', 'Evaporator'),
      deadBand: 2,
    }),
    cooling: power(0, 20_000, 'Heat taken from the chilled water.', {
      ...bms('Chiller', 'GenericPoint', 'Cooling'),
      deadBand: 1,
    }),
    partLoad: point('speed', '%', 0.2)(
      0,
      110,
      'Load, per cent of what it could cool at these temperatures.',
      bms('Chiller', 'GenericPoint', 'Part load'),
    ),
    power: power(0, 5_000, 'Electrical power.', bms('Chiller', 'GenericPoint', 'Power')),
    status: status(0, 2, '0 stopped, 1 running, 2 tripped.', bms('Chiller', 'Status')),
    economiserEngaged: status(
      0,
      1,
      '1 while the water-side economiser ahead of the chillers may cool.',
      bms('Chiller', 'Status', 'Economiser engaged'),
    ),
    ...permissions,
    leavingTemperatureSp: temperature(4, 30, 'Setpoint of the chilled water.', {
      writable: true,
      ...bms('Chiller', 'LiquidTemperature', 'Setpoint'),
    }),
    economiserMode: status(
      0,
      2,
      'Water-side economiser ahead of the chillers, one for all: 0 off, 1 only when it carries all, 2 integrated.',
      { writable: true, ...bms('Chiller', 'Status', 'Economiser mode') },
    ),
    watchdog: point('command', 'state', 0)(
      0,
      1,
      'Toggled by the agent each second; the chiller falls back when it stops.',
      { writable: true },
    ),
    watchdogHealthy: status(0, 1, '1 while the chiller sees the watchdog toggle.'),
  },
  pump: {
    speed: speed(0, 100, 'Speed.', bms('Pump', 'PumpSpeed')),
    power: power(0, 2_000, 'Electrical power.', bms('Pump', 'GenericPoint', 'Power')),
    status: status(0, 2, '0 stopped, 1 running, 2 tripped.', { fast: true, ...bms('Pump', 'Status') }),
  },
  valve: { position: opening(0, 100, 'Position.', bms('Valve', 'ValvePosition')) },
  fan: {
    speed: speed(0, 100, 'Speed.', bms('Fan', 'FanSpeed')),
    status: status(0, 2, '0 stopped, 1 running, 2 tripped.', bms('Fan', 'Status')),
  },
  crah: {
    supplyAirTemperature: temperature(0, 60, 'Air from the unit.', bms('CRAH', 'AirTemperature', 'Supply')),
    returnAirTemperature: temperature(0, 80, 'Air to the unit.', bms('CRAH', 'AirTemperature', 'Return')),
    fanSpeed: speed(0, 120, 'Fan speed.', bms('CRAH', 'FanSpeed')),
    power: power(0, 500, 'Electrical power of the fans.', bms('CRAH', 'GenericPoint', 'Power')),
    valvePosition: opening(0, 100, 'Chilled-water valve of the coil.', bms('CRAH', 'ValvePosition')),
    ...permissions,
    supplyAirTemperatureSp: temperature(15, 35, 'Setpoint of the supply air.', {
      writable: true,
      ...bms('CRAH', 'AirTemperature', 'Supply setpoint'),
    }),
    airFlowSp: point('flow', '%', 0.5)(
      0,
      130,
      'Setpoint of the air, per cent of design; the unit gives more when the room returns too warm.',
      { writable: true, ...bms('CRAH', 'GenericPoint', 'Air flow setpoint') },
    ),
    watchdog: point('command', 'state', 0)(
      0,
      1,
      'Toggled by the agent each second; the unit falls back when it stops.',
      { writable: true },
    ),
    watchdogHealthy: status(0, 1, '1 while the unit sees the watchdog toggle.'),
  },
  tank: { level: level(0, 100, 'Level.', bms('Tank', 'GenericPoint', 'Level')) },
  powerMeter: {
    activePower: power(0, 200_000, 'Active power.', bms('PowerMeter', 'ActivePower')),
    activeEnergyKwh: energy(0, 1e12, 'Energy register: never runs backwards but for a rollover or a swap.', {
      ...bms('PowerMeter', 'GenericPoint', 'Active energy'),
      deadBand: 0.001,
    }),
  },
  ups: {
    inputPower: power(0, 200_000, 'Power in.', bms('UPS', 'GenericPoint', 'Input power')),
    outputPower: power(0, 200_000, 'Power out.', bms('UPS', 'GenericPoint', 'Output power')),
    status: status(0, 2, '0 on battery, 1 normal, 2 bypass.', bms('UPS', 'Status')),
  },
  pdu: {
    inputPower: power(0, 200_000, 'Power in.', bms('GenericObject', 'GenericPoint', 'Input power')),
    outputPower: power(0, 200_000, 'Power out.', bms('GenericObject', 'GenericPoint', 'Output power')),
  },
  transformer: {
    outputPower: power(0, 200_000, 'Power out.', bms('GenericObject', 'GenericPoint', 'Output power')),
  },
  leakSensor: leakPair('Sensor'),
} as const satisfies Readonly<Record<EquipmentKind, Readonly<Record<string, PointSpec>>>>

/** The specification of a point, or undefined where that kind has no such point. */
export function pointSpec(kind: EquipmentKind, pointName: string): PointSpec | undefined {
  const points: Readonly<Record<string, PointSpec>> = pointCatalogue[kind]
  return Object.hasOwn(points, pointName) ? points[pointName] : undefined
}

/** All points of a kind, in the catalogue's order. */
export function pointsOf(kind: EquipmentKind): ReadonlyArray<readonly [name: string, spec: PointSpec]> {
  return Object.entries(pointCatalogue[kind])
}
