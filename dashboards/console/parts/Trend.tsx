import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { formatWithUnit, type Written } from '../rules/numbers.ts'
import { formatDayTime, formatTime } from '../rules/times.ts'
import { theme } from '../state/look.ts'
import { t } from '../text.ts'

/** Bucketed history of one point: mean as the line, min to max as shade, so that a spike survives zooming out. */
export type TrendData = {
  readonly fromAt: number
  readonly toAt: number
  readonly everyMs: number
  /** A point that reports on change holds its value this long; only a longer silence is a gap. */
  readonly heldMs: number
  readonly at: readonly number[]
  readonly mean: ReadonlyArray<number | null>
  readonly min: ReadonlyArray<number | null>
  readonly max: ReadonlyArray<number | null>
}

/** Time, least, greatest, mean. Where longer nothing was said than a value holds, a null: a gap in the curve is a gap. */
export function withGaps(
  data: TrendData,
): [number[], Array<number | null>, Array<number | null>, Array<number | null>] {
  const x: number[] = []
  const columns: [Array<number | null>, Array<number | null>, Array<number | null>] = [[], [], []]
  data.at.forEach((at, index) => {
    const before = x.at(-1)
    if (before !== undefined && at - before * 1_000 > Math.max(data.everyMs * 1.5, data.heldMs)) {
      x.push(before + data.everyMs / 1_000)
      for (const column of columns) column.push(null)
    }
    x.push(at / 1_000)
    columns[0].push(data.min[index] ?? null)
    columns[1].push(data.max[index] ?? null)
    columns[2].push(data.mean[index] ?? null)
  })
  return [x, ...columns]
}

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

export function Trend({
  data,
  quantity,
  zone,
  name,
  height = 320,
}: {
  data: TrendData
  quantity: Written
  zone: string
  name: string
  height?: number
}) {
  const box = useRef<HTMLDivElement>(null)
  const look = theme.value
  useEffect(() => {
    const target = box.current
    if (!target) return
    const axis = {
      stroke: colour('--text-2'),
      font: `13px ${getComputedStyle(document.body).fontFamily}`,
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { stroke: colour('--line') },
    }
    const plot = new uPlot(
      {
        width: target.clientWidth,
        height,
        cursor: { drag: { x: true, y: false } },
        scales: {
          x: {
            time: true,
            range: (_, lo, hi) => (lo === null ? [data.fromAt / 1_000, data.toAt / 1_000] : [lo, hi]),
          },
        },
        axes: [
          { ...axis, values: (_, ticks) => ticks.map(tick => formatTime(tick * 1_000, zone)) },
          { ...axis, size: 64 },
        ],
        series: [
          { label: t('point.time'), value: (_, at) => (at === null ? '—' : formatDayTime(at * 1_000, zone)) },
          {
            label: t('point.least'),
            stroke: 'transparent',
            value: (_, value) => formatWithUnit(value, quantity),
          },
          {
            label: t('point.greatest'),
            stroke: 'transparent',
            value: (_, value) => formatWithUnit(value, quantity),
          },
          // Last, so that the shade does not cover it.
          {
            label: name,
            stroke: colour('--text'),
            width: 1.8,
            spanGaps: false,
            value: (_, value) => formatWithUnit(value, quantity),
          },
        ],
        bands: [{ series: [2, 1], fill: colour('--shade') }],
      },
      withGaps(data),
      target,
    )
    const watcher = new ResizeObserver(() => plot.setSize({ width: target.clientWidth, height }))
    watcher.observe(target)
    return () => {
      watcher.disconnect()
      plot.destroy()
    }
  }, [data, look, quantity, zone, name, height])
  return <div class="uplotbox" ref={box} />
}
