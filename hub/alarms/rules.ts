import { rackPressureFloorKpa } from '#contract/control/bounds.ts'
import type { EquipmentKind } from '#contract/points.ts'
import type { Reading } from '#contract/reading.ts'
import type { Site } from '#contract/site/site.ts'
import { type DurationMs, minute, second } from '#contract/units.ts'
import type { AlarmCode } from '#hub/alarms/catalogue.ts'

/** `between` is the dead band: neither raises nor clears. `unknown`: no value to judge, what stands stays. */
export type Verdict = 'alarm' | 'clear' | 'between' | 'unknown'

/** Looks up a point of the equipment that is judged; undefined when never seen. */
export type Look = (point: string) => Reading | undefined

export type AlarmRule = {
  readonly code: AlarmCode
  readonly kind: EquipmentKind
  /** A new reading of any of these makes the rule judge again. */
  readonly points: readonly string[]
  /** How long the verdict must stand, in site time. */
  readonly onDelayMs: DurationMs
  readonly offDelayMs: DurationMs
  judge(look: Look, site: Site): Verdict
}

const seen = (reading: Reading | undefined): number | undefined =>
  reading && reading.value !== null ? reading.value : undefined

/** Above `limit` raises, `deadBand` below it clears. */
function high(value: number | undefined, limit: number | undefined, deadBand: number): Verdict {
  if (value === undefined || limit === undefined) return 'unknown'
  return value > limit ? 'alarm' : value < limit - deadBand ? 'clear' : 'between'
}
function low(value: number | undefined, limit: number | undefined, deadBand: number): Verdict {
  if (value === undefined || limit === undefined) return 'unknown'
  return value < limit ? 'alarm' : value > limit + deadBand ? 'clear' : 'between'
}
function state(value: number | undefined, alarmValue: number): Verdict {
  if (value === undefined) return 'unknown'
  return value === alarmValue ? 'alarm' : 'clear'
}

/** On and off delays by signal type: flow and pressure 15 s, level and temperature 60 s (ISA-18.2), but not in the liquid loop: AL-02. */
const leakKinds = ['rack', 'tray', 'cdu', 'manifold', 'leakSensor'] as const

export const alarmRules: readonly AlarmRule[] = [
  ...leakKinds.map(
    (kind): AlarmRule => ({
      code: 'leak',
      kind,
      points: ['leak'],
      onDelayMs: 0,
      offDelayMs: 10 * second,
      judge: look => state(seen(look('leak')), 1),
    }),
  ),
  ...leakKinds
    .filter(kind => kind !== 'tray')
    .map(
      (kind): AlarmRule => ({
        code: 'leakSensorFault',
        kind,
        points: ['leakSensorFault'],
        onDelayMs: 2 * second,
        offDelayMs: 10 * second,
        judge: look => state(seen(look('leakSensorFault')), 1),
      }),
    ),
  {
    code: 'chipOverLimit',
    kind: 'tray',
    points: ['chipTemperature'],
    onDelayMs: 5 * second,
    offDelayMs: 30 * second,
    judge: (look, site) => high(seen(look('chipTemperature')), site.nameplate.chip.limitC, 1),
  },
  {
    code: 'chipMarginLow',
    kind: 'tray',
    points: ['chipTemperature'],
    onDelayMs: 10 * second,
    offDelayMs: 60 * second,
    judge: (look, site) => high(seen(look('chipTemperature')), site.nameplate.chip.limitC - 3, 1),
  },
  {
    code: 'cduFlowLost',
    kind: 'cdu',
    points: ['flow'],
    onDelayMs: second,
    offDelayMs: 15 * second,
    judge: (look, site) =>
      low(seen(look('flow')), 0.25 * site.design.cduFlowLpm, 0.05 * site.design.cduFlowLpm),
  },
  {
    code: 'rackFlowLost',
    kind: 'rack',
    points: ['liquidFlow', 'power'],
    onDelayMs: second,
    offDelayMs: 15 * second,
    judge: (look, site) => {
      const powerKw = seen(look('power'))
      if (powerKw === undefined) return 'unknown'
      if (powerKw < (0.05 * site.nameplate.itPerCduKw) / site.layout.racksPerCdu) return 'clear'
      const designLpm = site.design.cduFlowLpm / site.layout.racksPerCdu
      return low(seen(look('liquidFlow')), 0.15 * designLpm, 0.05 * designLpm)
    },
  },
  {
    // Against the least that any setpoint asks for: a setpoint that jumps is followed in 20 s, and a pump that fails falls
    // below the floor in 2.
    code: 'cduDpLow',
    kind: 'cdu',
    points: ['differentialPressure'],
    onDelayMs: 2 * second,
    offDelayMs: 15 * second,
    judge: (look, site) => {
      const floorKpa = rackPressureFloorKpa(site)
      return low(seen(look('differentialPressure')), 0.75 * floorKpa, 0.1 * floorKpa)
    },
  },
  {
    code: 'cduDpUnderSet',
    kind: 'cdu',
    points: ['differentialPressure', 'differentialPressureSp'],
    onDelayMs: 10 * minute,
    offDelayMs: minute,
    judge: look => {
      const setKpa = seen(look('differentialPressureSp'))
      if (setKpa === undefined) return 'unknown'
      return low(seen(look('differentialPressure')), 0.75 * setKpa, 0.1 * setKpa)
    },
  },
  {
    code: 'cduSupplyHighHigh',
    kind: 'cdu',
    points: ['supplyTemperature'],
    onDelayMs: 5 * second,
    offDelayMs: 60 * second,
    judge: (look, site) => high(seen(look('supplyTemperature')), site.bounds.cduSupplyC.highest + 3, 1),
  },
  {
    code: 'cduSupplyHigh',
    kind: 'cdu',
    points: ['supplyTemperature', 'supplyTemperatureSp'],
    onDelayMs: 10 * minute,
    offDelayMs: minute,
    judge: look => overSetpoint(look, 'supplyTemperature', 'supplyTemperatureSp'),
  },
  {
    code: 'facilitySupplyHigh',
    kind: 'facilityLoop',
    points: ['supplyTemperature', 'supplyTemperatureSp'],
    onDelayMs: 15 * minute,
    offDelayMs: minute,
    judge: look => overSetpoint(look, 'supplyTemperature', 'supplyTemperatureSp'),
  },
  {
    code: 'reservoirLow',
    kind: 'cdu',
    points: ['reservoirLevel'],
    onDelayMs: minute,
    offDelayMs: minute,
    judge: look => low(seen(look('reservoirLevel')), 25, 5),
  },
  {
    code: 'pumpTripped',
    kind: 'pump',
    points: ['status'],
    onDelayMs: 0,
    offDelayMs: 10 * second,
    judge: look => state(seen(look('status')), 2),
  },
]

/** Warmer than its setpoint by more than 4 K; a setpoint that was just lowered needs its time, hence the long delays. */
function overSetpoint(look: Look, measured: string, setpoint: string): Verdict {
  const setC = seen(look(setpoint))
  return high(seen(look(measured)), setC === undefined ? undefined : setC + 4, 1)
}
