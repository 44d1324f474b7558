import type { SavingFigure, SavingPart } from '#contract/api.ts'
import { formatDecimals } from '../rules/numbers.ts'
import { decimalsOfFigure, rowsOf, scaleOf } from '../rules/savings.ts'
import { t } from '../text.ts'

/** Zero as a line, 90 % thin, 68 % thick, the value as a dot: an interval that leaves zero out is seen before it is read. */
function IntervalBar({
  figure,
  scale: [low, high],
}: {
  figure: SavingFigure
  scale: readonly [number, number]
}) {
  const x = (value: number) => (200 * (value - low)) / (high - low)
  const line = ([from, to]: SavingFigure['interval90'], name: string) => (
    <line class={name} x1={x(from)} x2={x(to)} y1="10" y2="10" />
  )
  return (
    <svg class="interval" viewBox="0 0 200 20" preserveAspectRatio="none" aria-hidden="true">
      <line class="zero" x1={x(0)} x2={x(0)} y1="0" y2="20" />
      {line(figure.interval90, 'at90')}
      {line(figure.interval68, 'at68')}
      <line class="at" x1={x(figure.saved)} x2={x(figure.saved)} y1="4" y2="16" />
    </svg>
  )
}

/** What was saved by source, and what that was worth; what is modelled is called so in its own row. */
export function SavingRows({ parts }: { parts: readonly SavingPart[] }) {
  const rows = rowsOf(parts)
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
        {rows.map(({ part, as, figure }) => {
          const write = (value: number) => formatDecimals(value, decimalsOfFigure(figure))
          const range = ([low, high]: SavingFigure['interval90']) =>
            t('savings.range', { low: write(low), high: write(high) })
          return (
            <tr key={`${part.what} ${as}`} class={as === 'itself' ? undefined : 'worth'}>
              <td class="l">
                {as === 'itself' ? (
                  <>
                    <b>{t(`savings.part.${part.what}`)}</b>
                    <small>{t(`savings.basis.${part.basis}`)}</small>
                  </>
                ) : (
                  t(`savings.as.${as}`)
                )}
              </td>
              <td data-h={t('savings.saved')}>
                <b>{write(figure.saved)}</b>
                <span class="u">{figure.unit}</span>
              </td>
              <td data-h={t('savings.share')}>
                {figure.share === null ? '—' : `${formatDecimals(100 * figure.share, 1)}\u202f%`}
              </td>
              <td data-h={t('savings.at68')}>{range(figure.interval68)}</td>
              <td data-h={t('savings.at90')}>{range(figure.interval90)}</td>
              <td class="l pict">
                <IntervalBar figure={figure} scale={scaleOf(rows, figure.unit)} />
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
