import { sparkShape } from '../rules/spark.ts'
import { curveTick } from '../state/curves.ts'
import type { Ring } from '../state/ring.ts'

/** A curve without axis or colour next to its number. */
export function Spark({
  ring,
  leastSpan,
  height = 22,
  band,
}: {
  ring: Ring
  leastSpan: number
  height?: number
  band?: readonly [number, number]
}) {
  curveTick.value
  const shape = sparkShape(ring.values(), height, leastSpan, band)
  return (
    <svg
      class="spark"
      style={{ height: `${height}px` }}
      viewBox={`0 0 100 ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {shape.band ? (
        <rect class="norm" x="0" width="100" y={shape.band[0]} height={Math.max(0, shape.band[1])} />
      ) : null}
      <path d={shape.path} />
    </svg>
  )
}
