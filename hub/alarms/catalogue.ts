import type { AlarmPriority } from '#contract/api.ts'

/** Every alarm the hub can raise: how urgent, what follows if nobody acts, what to do. Rationalised once, here. */
export type AlarmText = {
  readonly priority: AlarmPriority
  /** `{name}` is the equipment's name on the door, `{point}` the point in words, `{detail}` what was said. */
  readonly title: string
  readonly consequence: string
  readonly response: string
  /** Never shelved, never folded under another alarm. */
  readonly leak?: true
}

export const alarmCatalogue = {
  leak: {
    priority: 1,
    leak: true,
    title: 'Water in {name}',
    consequence: 'Water reaches live electronics within minutes.',
    response:
      'Go there. Check that the isolation reads closed and off; follow the lock-out before touching anything.',
  },
  interlock: {
    priority: 1,
    leak: true,
    title: 'Leak interlock acted at {name}',
    consequence: 'Racks behind it may be without power or coolant.',
    response: 'Check what reads isolated, find the water, reset at the site when dry for a minute.',
  },
  isolationUnconfirmed: {
    priority: 1,
    leak: true,
    title: 'Isolation of {name} is not confirmed',
    consequence: 'A rack may be powered and wet, or powered without flow.',
    response: 'Open the feed by hand now.',
  },
  poweredWithoutFlow: {
    priority: 1,
    title: '{name} draws power without coolant flow',
    consequence: 'Chips reach their limit in seconds.',
    response: 'Open the feed or restore flow now.',
  },
  chipOverLimit: {
    priority: 1,
    title: 'Chip over its limit in {name}',
    consequence: 'Chips throttle, then switch off.',
    response: 'Raise flow, lower supply temperature, or shed load.',
  },
  cduFlowLost: {
    priority: 1,
    title: '{name}: secondary flow lost',
    consequence: 'Chips at load have seconds to a minute.',
    response: 'Check pumps and valves of this CDU; shed its load if flow does not return.',
  },
  rackFlowLost: {
    priority: 1,
    title: 'Rack {name}: flow lost under load',
    consequence: 'Chips at load have seconds to a minute.',
    response: 'Check the rack valve; shed its load if flow does not return.',
  },
  cduSupplyHighHigh: {
    priority: 1,
    title: '{name}: supply far too warm',
    consequence: 'Chips reach their limit.',
    response: 'Check the primary valve, facility supply and pumps.',
  },
  pumpTripped: {
    priority: 2,
    title: 'Pump {name} tripped',
    consequence: 'No standby left in this group.',
    response: 'Check drive and overload; restart or isolate the pump.',
  },
  chipMarginLow: {
    priority: 2,
    title: 'Little chip margin in {name}',
    consequence: 'The next load step may pass the limit; the agent raises flow by itself.',
    response: 'See what limits this CDU: flow, supply temperature or load.',
  },
  cduDpLow: {
    priority: 2,
    title: '{name}: rack pressure difference low',
    consequence: 'Far racks get too little flow.',
    response: 'Check pumps, filter and valves.',
  },
  cduDpUnderSet: {
    priority: 3,
    title: '{name}: pumps do not reach the pressure set',
    consequence: 'Less flow than asked for; the next load step finds no reserve.',
    response: 'Check filter, pump speed and bypass.',
  },
  reservoirLow: {
    priority: 2,
    title: '{name}: reservoir low',
    consequence: 'The pumps draw air when it is empty; a leak may feed it.',
    response: 'Look for water, then refill.',
  },
  suspectedLeak: {
    priority: 2,
    title: '{name}: leak suspected',
    consequence: 'Coolant is going somewhere that no rope sees.',
    response: 'Look along this loop; compare reservoir and make-up.',
  },
  agentOffline: {
    priority: 2,
    title: 'Agent {name} is silent',
    consequence: 'Its equipment cannot be seen or steered from here; protection at the site goes on.',
    response: 'Check the controller, its network and the uplink broker.',
  },
  sourceLost: {
    priority: 2,
    title: '{name}: field connection lost',
    consequence: 'What is behind it is unknown, leaks included.',
    response: 'Check the device and the field network.',
  },
  storeUnreachable: {
    priority: 2,
    title: 'The database takes no values',
    consequence:
      'Nothing is lost: agents keep their samples on disk. Trends and plans stand still until it is back.',
    response: 'Check the database, its disk and the network to it.',
  },
  writeFailed: {
    priority: 3,
    title: '{name} does not take its setpoint',
    consequence: 'The plan for it is handed back.',
    response: 'Check remote enable and the device.',
  },
  facilitySupplyHigh: {
    priority: 3,
    title: '{name}: supply warmer than set',
    consequence: 'CDUs lose margin.',
    response: 'Check tower, exchanger and pumps.',
  },
  cduSupplyHigh: {
    priority: 3,
    title: '{name}: supply warmer than set',
    consequence: 'Chip margin shrinks.',
    response: 'Check the primary valve and facility supply.',
  },
  supplyNearDewPoint: {
    priority: 2,
    title: '{name}: supply close to the dew point',
    consequence: 'Water condenses on cold pipes.',
    response: 'Raise the supply temperature or dry the room air.',
  },
  meterBackwards: {
    priority: 3,
    title: 'Meter {name} counts backwards',
    consequence: 'Its energy is not used; PUE leans on its power instead.',
    response: 'Check for a swap or rollover and enter it.',
  },
  handedBack: {
    priority: 3,
    title: '{name}: setpoints handed back to the local rules',
    consequence: 'The plan no longer saves here.',
    response: 'See the plan page for what was refused and why.',
  },
  leakSensorFault: {
    priority: 4,
    title: '{name}: leak sensor cannot say',
    consequence: 'Unknown is not dry; another sensor must cover the place.',
    response: 'Repair the sensor; walk past meanwhile.',
  },
  equipmentStale: {
    priority: 3,
    title: '{name}: no fresh values',
    consequence: 'What is shown of it is old.',
    response: 'Check its connection.',
  },
  planningFailed: {
    priority: 4,
    title: 'No plan this hour',
    consequence: 'One hour without optimisation.',
    response: 'See the plan page for the reason.',
  },
  planInputsMissing: {
    priority: 4,
    title: '{name}: the plan does not see what it needs',
    consequence: 'No new setpoint is sent; leases run to their end, then the local rules steer.',
    response: 'Check what is named here.',
  },
  modelDrift: {
    priority: 3,
    title: 'The model no longer foretells the plant',
    consequence: 'Setpoints are back with the local rules until it does.',
    response: 'Look for a fouled exchanger, a stuck valve or a meter that is off; see the plan page.',
  },
  planUnfamiliar: {
    priority: 4,
    title: 'Weather or load unlike any that the model has seen',
    consequence: 'Setpoints are back with the local rules until it has learned from them.',
    response: 'None needed; the plan comes back by itself.',
  },
  autoLost: {
    priority: 3,
    title: '{name} went down from auto',
    consequence: 'Local rules steer it; the plan does not come back by itself.',
    response: 'Clear the cause, then set auto again.',
  },
  sensorDoubtful: {
    priority: 4,
    title: '{name}: {point} cannot be believed',
    consequence:
      'Its values are kept out of learning and planning. Where the plan needs it, setpoints go back to the local rules.',
    response: 'Check the sensor, its wiring and what reads it.',
  },
  dataQuarantined: {
    priority: 4,
    title: '{name}: values set aside',
    consequence: 'They have no place in the catalogue or are no numbers.',
    response: 'Check the mapping.',
  },
  agentAlarm: {
    priority: 3,
    title: '{name}: {detail}',
    consequence: 'The agent has met trouble.',
    response: 'See the agents page.',
  },
} as const satisfies Readonly<Record<string, AlarmText>>

/** A point's name in words: `wetBulb` is the wet bulb. */
export const pointWords = (point: string): string =>
  point.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)

export type AlarmCode = keyof typeof alarmCatalogue

/** What one cause brings with it: these fold under it when they come downstream of it and in its time. */
export const consequencesOf: Partial<Readonly<Record<AlarmCode, readonly AlarmCode[]>>> = {
  pumpTripped: [
    'cduFlowLost',
    'cduDpLow',
    'cduDpUnderSet',
    'rackFlowLost',
    'chipMarginLow',
    'chipOverLimit',
    'cduSupplyHigh',
    'cduSupplyHighHigh',
    'facilitySupplyHigh',
    'handedBack',
    'writeFailed',
    'sensorDoubtful',
    'autoLost',
    'agentAlarm',
  ],
  cduFlowLost: [
    'cduDpLow',
    'cduDpUnderSet',
    'rackFlowLost',
    'chipMarginLow',
    'chipOverLimit',
    'poweredWithoutFlow',
    'sensorDoubtful',
  ],
  facilitySupplyHigh: ['cduSupplyHigh', 'cduSupplyHighHigh', 'chipMarginLow'],
  agentOffline: ['sourceLost', 'equipmentStale', 'handedBack', 'planInputsMissing', 'autoLost'],
  sourceLost: [
    'equipmentStale',
    'leakSensorFault',
    'sensorDoubtful',
    'handedBack',
    'planInputsMissing',
    'autoLost',
    'agentAlarm',
  ],
  interlock: [
    'cduFlowLost',
    'cduDpLow',
    'cduDpUnderSet',
    'rackFlowLost',
    'cduSupplyHigh',
    'handedBack',
    'sensorDoubtful',
    'agentAlarm',
    'pumpTripped',
  ],
  leak: [
    'interlock',
    'cduFlowLost',
    'cduDpLow',
    'rackFlowLost',
    'suspectedLeak',
    'reservoirLow',
    'handedBack',
    'autoLost',
    'agentAlarm',
  ],
}
