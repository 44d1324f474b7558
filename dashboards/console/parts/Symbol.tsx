import type { AlarmState, AlarmView } from '#contract/api.ts'
import { t } from '../text.ts'

const shapes = {
  1: { path: 'M2 2h18v18h-18z', y: 15.4 },
  2: { path: 'M11 1 L21.5 20.5 H.5 z', y: 17.6 },
  3: { path: 'M.5 1.5 H21.5 L11 21 z', y: 12.6 },
  4: { path: 'M11 1.5a9.5 9.5 0 1 1 0 19a9.5 9.5 0 1 1 0 -19z', y: 15.4 },
} as const

/** Filled waits for an acknowledgement, outlined is acknowledged, dashed has returned. */
const looks: Readonly<Record<AlarmState, string>> = {
  unackActive: 'new',
  ackActive: 'ack',
  unackReturned: 'rtn',
  shelved: 'ack',
  normal: 'ack',
}

export function PrioritySymbol({
  priority,
  state,
  x,
  y: top,
}: {
  priority: AlarmView['priority']
  state: AlarmState
  x?: number
  y?: number
}) {
  const { path, y } = shapes[priority]
  return (
    <svg
      class={`sym p${priority} ${looks[state]}`}
      viewBox="0 0 22 22"
      x={x}
      y={top}
      width="22"
      height="22"
      role="img"
      aria-label={t(`priority.${priority}`)}
    >
      <path class="s" d={path} />
      <text x="11" y={y}>
        {priority}
      </text>
    </svg>
  )
}
