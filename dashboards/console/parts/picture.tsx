import type { ComponentChildren } from 'preact'
import { pointSpec } from '#contract/points.ts'
import { splitSeriesKey } from '#contract/reading.ts'
import { compareAlarms } from '../rules/alarmList.ts'
import { type AnalogScale, analogShape } from '../rules/analog.ts'
import { priorityAtLimit } from '../rules/bands.ts'
import { formatNumber, type Written } from '../rules/numbers.ts'
import { formatAge } from '../rules/times.ts'
import { contactLost, siteNow } from '../state/contact.ts'
import { seen } from '../state/live.ts'
import { alarms, graph } from '../state/plant.ts'
import { t } from '../text.ts'
import { runStateOf } from './Pumps.tsx'
import { PrioritySymbol } from './Symbol.tsx'

/** The pieces of the loop picture: labels, values, pipes, pumps, exchangers, gauges in picture space. */
export type Water = 'cold' | 'warm'
type Anchor = 'start' | 'middle' | 'end'

export function Label({
  x,
  y,
  look = 'lab',
  anchor = 'start',
  children,
}: {
  x: number
  y: number
  look?: string
  anchor?: Anchor
  children: ComponentChildren
}) {
  return (
    <text x={x} y={y} class={look} text-anchor={anchor}>
      {children}
    </text>
  )
}

/** Value with its unit and quality, as text of the picture. */
export function PictureValue({
  of,
  x,
  y,
  label,
  anchor = 'start',
  look = 'val',
}: {
  of: string
  x: number
  y: number
  label?: string
  anchor?: Anchor
  look?: string
}) {
  const item = seen(of).value
  const { equipment, point } = splitSeriesKey(of)
  const kind = graph.value?.equipment(equipment)?.kind
  const quantity: Written = (kind ? pointSpec(kind, point)?.quantity : undefined) ?? 'count'
  const { digits, unit } = formatNumber(item.value, quantity)
  const stale = contactLost.value || item.quality === 'stale'
  const mark =
    item.value === null
      ? t(item.quality === 'none' ? 'quality.none' : 'quality.bad')
      : item.quality === 'stale' && item.at !== null
        ? formatAge(siteNow.peek() - item.at)
        : item.quality === 'uncertain'
          ? '±?'
          : ''
  return (
    <>
      {label ? (
        <Label x={x} y={y - 22} anchor={anchor}>
          {label}
        </Label>
      ) : null}
      <text
        x={x}
        y={y}
        class={`${look} live ${stale || item.value === null ? 'stale' : ''}`}
        text-anchor={anchor}
      >
        {digits}
        <tspan class="unit" dx="4">
          {unit}
          {mark ? ` ${mark}` : ''}
        </tspan>
      </text>
    </>
  )
}

/** A warm pipe has a light core: told apart without colour. Thin and without arrow where hardly anything flows. */
export function Pipe({ d, water, flows }: { d: string; water: Water; flows: boolean }) {
  return (
    <>
      <path class={`pipe ${water} ${flows ? '' : 'thin'}`} d={d} />
      {water === 'warm' && flows ? <path class="core" d={d} /> : null}
    </>
  )
}

export function Arrow({
  x,
  y,
  turn,
  water,
  flows,
}: {
  x: number
  y: number
  turn: number
  water: Water
  flows: boolean
}) {
  return flows ? (
    <path
      class={`arrow ${water}`}
      transform={`translate(${x} ${y}) rotate(${turn})`}
      d="M-9 -10 L11 0 L-9 10 z"
    />
  ) : null
}

export function PicturePump({
  pump,
  x,
  y,
  turn = 180,
}: {
  pump: string | undefined
  x: number
  y: number
  turn?: number
}) {
  const state = pump ? runStateOf(pump) : 'unknown'
  const alarm = [...alarms.value.values()]
    .filter(one => one.equipment === pump && one.state !== 'shelved')
    .sort(compareAlarms)[0]
  return (
    <g transform={`translate(${x} ${y})`}>
      {alarm ? (
        <>
          <rect class={`eq alarm${alarm.priority}`} fill-opacity="0" x="-24" y="-24" width="48" height="48" />
          <PrioritySymbol priority={alarm.priority} state={alarm.state} x={-58} y={-74} />
        </>
      ) : null}
      <circle r="17" class={`pdisc ${state === 'running' ? 'on' : state === 'tripped' ? 'trip' : 'off'}`} />
      {state === 'tripped' ? (
        <path class="crossed" d="M-9 -9 L9 9 M9 -9 L-9 9" />
      ) : state === 'unknown' ? (
        <text y="6" text-anchor="middle" class="ttl">
          ?
        </text>
      ) : (
        <path class="blade" transform={`rotate(${turn})`} d="M-7 -10 L12 0 L-7 10 z" />
      )}
    </g>
  )
}

/** Two pumps of a group, the second on a branch below the first. */
export function PumpPair({
  pumps,
  x,
  y,
  flows,
  water = 'cold',
}: {
  pumps: readonly string[]
  x: number
  y: number
  flows: boolean
  water?: Water
}) {
  return (
    <>
      {pumps.length > 1 ? (
        <Pipe d={`M${x + 36} ${y} V${y + 60} H${x - 36} V${y}`} water={water} flows={flows} />
      ) : null}
      <PicturePump pump={pumps[0]} x={x} y={y} />
      {pumps.length > 1 ? <PicturePump pump={pumps[1]} x={x} y={y + 60} /> : null}
    </>
  )
}

export function Valve({ x, y, name, of }: { x: number; y: number; name: string; of: string }) {
  return (
    <>
      <g transform={`translate(${x} ${y})`}>
        <path class="eq" d="M-15 -11 L15 11 V-11 L-15 11 z" />
      </g>
      <Label x={x} y={y + 36} anchor="middle">
        {name}
      </Label>
      <PictureValue of={of} x={x} y={y + 56} anchor="middle" look="ttl" />
    </>
  )
}

export function Exchanger({ x, y, width, height }: { x: number; y: number; width: number; height: number }) {
  return (
    <>
      <rect class="eq" x={x} y={y} width={width} height={height} />
      {Array.from({ length: 7 }, (_, index) => (
        <line
          key={index}
          class="plate"
          x1={x + (width * (index + 1)) / 8}
          x2={x + (width * (index + 1)) / 8}
          y1={y + 10}
          y2={y + height - 10}
        />
      ))}
    </>
  )
}

export function Gauge({
  x,
  y,
  width,
  scale,
  value,
  setpoint,
}: {
  x: number
  y: number
  width: number
  scale: AnalogScale
  value: number | null
  setpoint?: number | null
}) {
  const priority = contactLost.value ? undefined : priorityAtLimit(scale, value)
  const shape = analogShape(scale, value, setpoint, priority !== undefined)
  const X = (percent: number) => x + (width * percent) / 100
  return (
    <g class="gauge">
      <rect class="track" x={x} y={y} width={width} height="8" />
      <rect class="band" x={X(shape.band[0])} y={y} width={(width * shape.band[1]) / 100} height="8" />
      {shape.zone ? (
        <rect
          class={`zone${priority}`}
          x={X(shape.zone[0])}
          y={y}
          width={(width * shape.zone[1]) / 100}
          height="8"
        />
      ) : null}
      {shape.limits.map(at => (
        <line key={`l${at}`} class="lim" x1={X(at)} x2={X(at)} y1={y - 2} y2={y + 10} />
      ))}
      {shape.guard.map(at => (
        <line key={`g${at}`} class="guard" x1={X(at)} x2={X(at)} y1={y - 5} y2={y + 13} />
      ))}
      {shape.needle === undefined ? null : (
        <path class="ptr" d={`M${X(shape.needle) - 5} ${y - 9} h10 l-5 8 z`} />
      )}
      {shape.setpoint === undefined ? null : (
        <path class="sp" d={`M${X(shape.setpoint)} ${y + 9} l4.5 6 h-9 z`} />
      )}
    </g>
  )
}

export function HeatArrow({ x, y, turn = 0 }: { x: number; y: number; turn?: number }) {
  return (
    <path
      class="heatarrow"
      transform={`translate(${x} ${y}) rotate(${turn})`}
      d="M0 -7 h46 v-8 l20 15 l-20 15 v-8 h-46 z"
    />
  )
}
