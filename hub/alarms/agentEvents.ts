import type { AgentAlarmCode, AgentEvent } from '#contract/messages/event.ts'
import type { Alarms } from '#hub/alarms/alarms.ts'
import type { AlarmCode } from '#hub/alarms/catalogue.ts'

/** Which alarm of the hub an agent's own alarm is; what has no better word shows as it was said. */
const alarmOf: Partial<Readonly<Record<AgentAlarmCode, AlarmCode>>> = {
  leak: 'leak',
  leakSensorFault: 'leakSensorFault',
  sourceLost: 'sourceLost',
  fieldBrokerLost: 'sourceLost',
  writeFailed: 'writeFailed',
  readbackMismatch: 'writeFailed',
  leaseExpired: 'handedBack',
  groupReturned: 'handedBack',
  chipMarginLow: 'chipMarginLow',
  poweredWithoutFlow: 'poweredWithoutFlow',
  isolationUnconfirmed: 'isolationUnconfirmed',
  meterBackwards: 'meterBackwards',
  samplesQuarantined: 'dataQuarantined',
}

/** Turns what an agent says into alarms. */
export function takeAgentEvent(event: AgentEvent, alarms: Alarms): void {
  switch (event.type) {
    case 'alarm': {
      const code = alarmOf[event.code] ?? 'agentAlarm'
      const place = event.equipment ?? event.agent
      if (event.active) alarms.raise(code, place, { detail: event.sentence, at: event.at })
      else alarms.clear(code, place)
      return
    }
    case 'interlock':
      if (event.stage === 'reset') {
        alarms.clear('interlock', event.zone)
        alarms.clear('isolationUnconfirmed', event.zone)
      } else if (event.stage === 'suspected')
        alarms.raise('suspectedLeak', event.zone, { detail: event.sentence, at: event.at })
      else if (event.stage === 'electricalUnconfirmed' || event.stage === 'liquidUnconfirmed')
        alarms.raise('isolationUnconfirmed', event.zone, { detail: event.sentence, at: event.at })
      else if (event.stage === 'sensorLost')
        alarms.raise('leakSensorFault', event.zone, { detail: event.sentence, at: event.at })
      else alarms.raise('interlock', event.zone, { detail: event.sentence, at: event.at })
      return
    case 'lease':
    case 'mode':
      return
    default:
      event satisfies never
  }
}
