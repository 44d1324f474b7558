import { type AnalogScale, analogShape } from '../rules/analog.ts'
import { priorityAtLimit } from '../rules/bands.ts'
import { formatNumber, type Written } from '../rules/numbers.ts'
import { contactLost } from '../state/contact.ts'
import { type Seen, seen, usable } from '../state/live.ts'
import { t } from '../text.ts'

/** Moving analog indicator: range, normal now, limits, guard, value, setpoint in force. */
export function Analog({
  scale,
  value,
  setpoint,
  quality = 'good',
  quantity,
  label,
}: {
  scale: AnalogScale
  value: number | null
  setpoint?: number | null | undefined
  quality?: Seen['quality']
  quantity: Written
  label: string
}) {
  const stale = contactLost.value || quality === 'stale'
  const priority = stale ? undefined : priorityAtLimit(scale, value)
  const shape = analogShape(scale, value, setpoint, priority !== undefined)
  const write = (number: number) => formatNumber(number, quantity)
  const text = t('analog.text', {
    label,
    value: value === null ? t('quality.none') : `${write(value).digits} ${write(value).unit}`,
    low: write(scale.band[0]).digits,
    high: write(scale.band[1]).digits,
  })
  const percent = (x: number) => `${x.toFixed(2)}%`
  return (
    <svg class={`ai ${priority ? `p${priority}` : ''} ${stale ? 'stale' : ''}`} role="img" aria-label={text}>
      <rect class="track" x="0" y="8" width="100%" height="7" />
      <rect class="band" x={percent(shape.band[0])} y="8" width={percent(shape.band[1])} height="7" />
      {shape.zone ? (
        <rect class="zone" x={percent(shape.zone[0])} y="8" width={percent(shape.zone[1])} height="7" />
      ) : null}
      {shape.limits.map(x => (
        <line key={`l${x}`} class="lim" x1={percent(x)} x2={percent(x)} y1="6" y2="17" />
      ))}
      {shape.guard.map(x => (
        <line key={`g${x}`} class="guard" x1={percent(x)} x2={percent(x)} y1="4" y2="18" />
      ))}
      {shape.setpoint === undefined ? null : (
        <svg x={percent(shape.setpoint)} y="15" overflow="visible">
          <path class="sp" d="M0 -2 L4.5 3 L-4.5 3 z" />
        </svg>
      )}
      {shape.needle === undefined ? null : (
        <svg x={percent(shape.needle)} y="0" overflow="visible">
          <path class="ptr" d="M-5 0 h10 l-5 7 z" />
          <path class="needle" d="M0 6 V16" />
        </svg>
      )}
    </svg>
  )
}

/** The indicator of one series, with the series of its setpoint. */
export function LiveAnalog({
  of,
  sp,
  scale,
  quantity,
  label,
}: {
  of: string
  sp?: string
  scale: AnalogScale
  quantity: Written
  label: string
}) {
  const item = seen(of).value
  return (
    <Analog
      scale={scale}
      value={item.value}
      quality={item.quality}
      setpoint={sp === undefined ? undefined : usable(sp)}
      quantity={quantity}
      label={label}
    />
  )
}
