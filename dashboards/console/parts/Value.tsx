import { computed } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { pointSpec } from '#contract/points.ts'
import { splitSeriesKey } from '#contract/reading.ts'
import { decimalsOf, formatNumber, missing, padded, steady, type Written } from '../rules/numbers.ts'
import { stateWord } from '../rules/points.ts'
import { formatAge, formatUtc } from '../rules/times.ts'
import { contactLost, machineTick, silentForMs, siteNow } from '../state/contact.ts'
import { type Seen, seen } from '../state/live.ts'
import { graph } from '../state/plant.ts'
import { t } from '../text.ts'

const secondTick = computed(() => Math.floor(machineTick.value / 1_000))

type Look = { readonly size?: 'xl' | 'small'; readonly bare?: boolean }

/** Age of what is shown, where it is old: of the reading, or of the last word from the hub. */
function ageOf(item: Pick<Seen, 'quality' | 'at'>): number | null {
  if (contactLost.value) {
    secondTick.value
    return silentForMs.peek()
  }
  if (item.quality !== 'stale') return null
  secondTick.value
  return item.at === null ? 0 : siteNow.peek() - item.at
}

function Mark({ quality, ageMs }: { quality: Seen['quality']; ageMs: number | null }) {
  if (quality === 'bad' || quality === 'none')
    return <span class="q">{t(quality === 'bad' ? 'quality.bad' : 'quality.none')}</span>
  if (ageMs !== null) return <span class="q">{formatAge(ageMs)}</span>
  if (quality === 'uncertain') return <span class="q">±?</span>
  return null
}

/** A number with unit and quality, in a box that is as wide as its widest value. */
export function Figure({
  value,
  quantity,
  quality = 'good',
  at = null,
  range,
  size,
  bare,
}: Look & {
  value: number | null
  quantity: Written
  quality?: Seen['quality']
  at?: number | null
  range?: readonly [number, number]
}) {
  const printed = useRef<number | undefined>(undefined)
  const ageMs = value === null ? null : ageOf({ quality, at })
  let shown: number | null = null
  if (value !== null) {
    const decimals = decimalsOf(quantity, value)
    shown = Number(steady(value, printed.current, decimals).toFixed(decimals))
  }
  printed.current = shown ?? undefined
  const { digits, unit } = formatNumber(shown, quantity)
  const kind = value === null ? (quality === 'none' ? 'none' : 'bad') : quality
  const state = value === null ? 'bad' : ageMs !== null ? 'stale' : ''
  const written = range && value !== null ? padded(digits, range, quantity) : digits === '' ? missing : digits
  return (
    <span class={`v ${size ?? ''} ${state}`} title={at === null ? undefined : formatUtc(at)}>
      {written}
      {bare || unit === '' ? null : <small>{unit}</small>}
      <Mark quality={kind} ageMs={ageMs} />
    </span>
  )
}

/** A state in its word, with the same marks of age and doubt as a number. */
function Word({ word, item, size }: { word: string; item: Seen; size: string }) {
  const ageMs = ageOf(item)
  return (
    <span class={`v ${size} ${ageMs === null ? '' : 'stale'}`}>
      {word}
      <Mark quality={item.quality} ageMs={ageMs} />
    </span>
  )
}

/** The newest word of one series. */
export function Live({ of, size, bare, range }: Look & { of: string; range?: readonly [number, number] }) {
  const item = seen(of).value
  const { equipment, point } = splitSeriesKey(of)
  const kind = graph.value?.equipment(equipment)?.kind
  const spec = kind ? pointSpec(kind, point) : undefined
  const word =
    spec && item.value !== null && (spec.unit === 'state' || spec.unit === 'bool')
      ? stateWord(point, item.value, spec.range[1])
      : undefined
  if (word !== undefined) return <Word word={word} item={item} size={size ?? ''} />
  return (
    <Figure
      value={item.value}
      quantity={spec?.quantity ?? 'count'}
      quality={item.quality}
      at={item.at}
      {...(size ? { size } : {})}
      {...(bare ? { bare } : {})}
      {...(range ? { range } : {})}
    />
  )
}

/** A computed figure: missing when a part of it is missing. */
export function Computed({
  value,
  quantity,
  size,
  bare,
  range,
}: Look & { value: number | null; quantity: Written; range?: readonly [number, number] }) {
  return (
    <Figure
      value={value}
      quantity={quantity}
      quality={value === null ? 'none' : 'good'}
      {...(size ? { size } : {})}
      {...(bare ? { bare } : {})}
      {...(range ? { range } : {})}
    />
  )
}
