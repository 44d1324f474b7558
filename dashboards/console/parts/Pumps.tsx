import { seen } from '../state/live.ts'
import { t } from '../text.ts'

export type RunState = 'running' | 'ready' | 'tripped' | 'unknown'

export function runStateOf(pump: string): RunState {
  const { value, quality } = seen(`${pump}.status`).value
  if (quality === 'bad' || quality === 'none' || quality === 'stale' || value === null) return 'unknown'
  return value === 1 ? 'running' : value === 2 ? 'tripped' : 'ready'
}

/** Filled disc running, hollow dashed ready, cross tripped, question mark unknown: shape and text, never colour. */
export function RunDisc({ state }: { state: RunState }) {
  return (
    <svg class="disc" viewBox="-9 -9 18 18" aria-hidden="true">
      <circle r="7" class={state === 'running' ? 'on' : state === 'tripped' ? 'trip' : 'off'} />
      {state === 'tripped' ? <path d="M-4 -4 L4 4 M4 -4 L-4 4" class="cross" /> : null}
      {state === 'unknown' ? (
        <text y="4.5" text-anchor="middle">
          ?
        </text>
      ) : null}
    </svg>
  )
}

export function PumpLine({ pump, name }: { pump: string; name: string }) {
  const state = runStateOf(pump)
  const speed = seen(`${pump}.speed`).value.value
  const word = state === 'running' && speed !== null ? `${Math.round(speed)}\u202f%` : t(`run.${state}`)
  return (
    <div class={`pump ${state === 'running' ? 'on' : ''}`}>
      <RunDisc state={state} />
      {name} {word}
    </div>
  )
}
