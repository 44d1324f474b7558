import type { SwitchbackBlockView } from '#contract/api.ts'
import { blockLook, pairsOf } from '../rules/savings.ts'
import { formatDate, formatDayTime } from '../rules/times.ts'
import { zone } from '../state/plant.ts'
import { t } from '../text.ts'

/** The calendar of a switchback: pairs in order of time, one box a block of 48 h. Letters and edges, no colour. */
export function BlockStrip({
  blocks,
  now,
  stoppedAt,
}: {
  blocks: readonly SwitchbackBlockView[]
  now: number
  stoppedAt: number | null
}) {
  return (
    <ol class="blocks" aria-label={t('savings.stripLabel', { count: blocks.length })}>
      {pairsOf(blocks).map(pair => (
        <li key={pair[0]?.index}>
          {pair.map(block => {
            const look = blockLook(block, now, stoppedAt)
            const text = t(block.aborted ? 'savings.blockAborted' : 'savings.blockText', {
              index: block.index + 1,
              count: blocks.length,
              arm: t(`arm.${block.arm}`),
              from: formatDayTime(block.fromAt, zone.value),
              to: formatDayTime(block.toAt, zone.value),
              look: t(`savings.look.${look}`),
              why: block.aborted?.why ?? '',
            })
            return (
              <span
                key={block.index}
                class={`block ${block.arm} ${look} ${block.aborted ? 'aborted' : ''}`}
                title={text}
              >
                <i aria-hidden="true">{t(`arm.short.${block.arm}`)}</i>
                <span aria-hidden="true">{formatDate(block.fromAt, zone.value)}</span>
                <span class="sr">{text}</span>
              </span>
            )
          })}
        </li>
      ))}
    </ol>
  )
}
