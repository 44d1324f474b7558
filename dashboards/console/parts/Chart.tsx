/** A line chart with plain axes, drawn as SVG: expected and measured, heat and cooling, PUE by day. */
export type Line = {
  readonly points: ReadonlyArray<readonly [x: number, y: number | null]>
  readonly look?: string
  readonly label?: string
  readonly labelDy?: number
}
export type Area = { readonly points: ReadonlyArray<readonly [x: number, low: number, high: number]> }
export type ChartProps = {
  readonly width: number
  readonly height: number
  readonly x: readonly [number, number]
  readonly y: readonly [number, number]
  readonly xTicks: ReadonlyArray<readonly [number, string]>
  readonly yTicks: ReadonlyArray<readonly [number, string]>
  readonly lines: readonly Line[]
  readonly areas?: readonly Area[]
  readonly marks?: ReadonlyArray<readonly [x: number, text: string]>
  readonly unit?: string
  readonly label: string
  readonly right?: number
}

export function Chart({
  width,
  height,
  x,
  y,
  xTicks,
  yTicks,
  lines,
  areas = [],
  marks = [],
  unit,
  label,
  right = 88,
}: ChartProps) {
  const top = unit ? 22 : 10
  const bottom = xTicks.length > 0 ? 26 : 8
  const left = 52
  const X = (at: number) => left + ((width - left - right) * (at - x[0])) / (x[1] - x[0])
  const Y = (value: number) => top + (height - top - bottom) * (1 - (value - y[0]) / (y[1] - y[0]))
  const path = (points: Line['points']) => {
    let text = ''
    let down = false
    for (const [at, value] of points) {
      if (value === null) {
        down = false
        continue
      }
      text += `${down ? 'L' : 'M'}${X(at).toFixed(1)} ${Y(value).toFixed(1)}`
      down = true
    }
    return text
  }
  return (
    <svg class="chart" viewBox={`0 0 ${width} ${height}`} width="100%" role="img" aria-label={label}>
      {areas.map((area, index) => (
        <polygon
          key={index}
          class="area"
          points={[
            ...area.points.map(([at, , high]) => `${X(at).toFixed(1)},${Y(high).toFixed(1)}`),
            ...[...area.points].reverse().map(([at, low]) => `${X(at).toFixed(1)},${Y(low).toFixed(1)}`),
          ].join(' ')}
        />
      ))}
      <g class="grid">
        {yTicks.map(([value, text]) => (
          <g key={text}>
            <line x1={left} x2={width - right} y1={Y(value)} y2={Y(value)} />
            <text x={left - 8} y={Y(value) + 4} text-anchor="end">
              {text}
            </text>
          </g>
        ))}
        {xTicks.map(([at, text]) => (
          <text key={`${at}`} x={X(at)} y={height - 6} text-anchor="middle">
            {text}
          </text>
        ))}
        {unit ? (
          <text x={left - 8} y={12} text-anchor="end">
            {unit}
          </text>
        ) : null}
      </g>
      {marks.map(([at, text]) => (
        <g key={text}>
          <line class="mark" x1={X(at)} x2={X(at)} y1={top} y2={height - bottom} />
          <text class="marktext" x={X(at) + 6} y={top + 10}>
            {text}
          </text>
        </g>
      ))}
      {lines.map((line, index) => {
        const last = line.points.findLast(([, value]) => value !== null)
        return (
          <g key={index}>
            <path class={`ln ${line.look ?? ''}`} d={path(line.points)} />
            {line.label && last && last[1] !== null ? (
              <text class="lbl" x={X(last[0]) + 7} y={Y(last[1]) + 4 + (line.labelDy ?? 0)}>
                {line.label}
              </text>
            ) : null}
          </g>
        )
      })}
    </svg>
  )
}

/** Round ticks for an axis: about `count` of them, at 1, 2 or 5 times a power of ten. */
export function niceTicks(lo: number, hi: number, count: number): readonly number[] {
  const span = hi - lo
  if (!(span > 0)) return [lo]
  const raw = span / count
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map(factor => factor * power).find(candidate => candidate >= raw) ?? raw
  const ticks: number[] = []
  for (let value = Math.ceil(lo / step) * step; value <= hi + step * 1e-9; value += step)
    ticks.push(Number(value.toPrecision(12)))
  return ticks
}

/** A span that holds all values with a little room, never narrower than `least`. */
export function spanOf(
  values: ReadonlyArray<number | null | undefined>,
  least: number,
): readonly [number, number] {
  const known = values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value))
  if (known.length === 0) return [0, least]
  const lo = Math.min(...known)
  const hi = Math.max(...known)
  const room = Math.max(hi - lo, least) * 0.12
  const middle = (lo + hi) / 2
  const half = Math.max(hi - lo, least) / 2 + room
  return [middle - half, middle + half]
}
