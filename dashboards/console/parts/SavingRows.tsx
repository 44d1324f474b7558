import type { SavingPart } from '#contract/api.ts'
import { formatDecimals } from '../rules/numbers.ts'
import { decimalsOfPart, scaleOf } from '../rules/savings.ts'
import { t } from '../text.ts'

/** Zero as a line, 90 % thin, 68 % thick, the value as a dot: an interval that leaves zero out is seen before it is read. */
function IntervalBar({ part, scale: [low, high] }: { part: SavingPart; scale: readonly [number, number] }) {
  const x = (value: number) => (200 * (value - low)) / (high - low)
  const line = ([from, to]: SavingPart['interval90'], name: string) => (
    <line class={name} x1={x(from)} x2={x(to)} y1="10" y2="10" />
  )
  return (
    <svg class="interval" viewBox="0 0 200 20" preserveAspectRatio="none" aria-hidden="true">
      <line class="zero" x1={x(0)} x2={x(0)} y1="0" y2="20" />
      {line(part.interval90, 'at90')}
      {line(part.interval68, 'at68')}
      <line class="at" x1={x(part.saved)} x2={x(part.saved)} y1="4" y2="16" />
    </svg>
  )
}

/** What was saved by source; what is modelled is called so in its own row. */
export function SavingRows({ parts }: { parts: readonly SavingPart[] }) {
  const scale = scaleOf(parts)
  return (
    <table class="tbl savetbl cardtbl">
      <thead>
        <tr>
          <th class="l">{t('savings.source')}</th>
          <th>{t('savings.saved')}</th>
          <th>{t('savings.share')}</th>
          <th>{t('savings.at68')}</th>
          <th>{t('savings.at90')}</th>
          <th class="l">{t('savings.scale')}</th>
        </tr>
      </thead>
      <tbody>
        {parts.map(part => {
          const write = (value: number) => formatDecimals(value, decimalsOfPart(part))
          const range = ([low, high]: SavingPart['interval90']) =>
            t('savings.range', { low: write(low), high: write(high) })
          return (
            <tr key={part.what}>
              <td class="l">
                <b>{t(`savings.part.${part.what}`)}</b>
                <small>{t(`savings.basis.${part.basis}`)}</small>
              </td>
              <td data-h={t('savings.saved')}>
                <b>{write(part.saved)}</b>
                <span class="u">{part.unit}</span>
              </td>
              <td data-h={t('savings.share')}>
                {part.share === null ? '—' : `${formatDecimals(100 * part.share, 1)}\u202f%`}
              </td>
              <td data-h={t('savings.at68')}>{range(part.interval68)}</td>
              <td data-h={t('savings.at90')}>{range(part.interval90)}</td>
              <td class="l pict">
                <IntervalBar part={part} scale={scale} />
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
