import { type AuditFacts, siteTime } from '#commands/audit/result.ts'

const width = 680
const height = 200
const left = 46
const bottom = 22
const top = 8
/** A point for each pixel: more would only blacken the paper. */
const pointsMost = width - left

type Point = {
  readonly at: number
  readonly measured: number
  readonly expected: number
  readonly sigma: number
}

/** Measured and expected power of the judged rows, with the 90 % interval as a grey band. */
export function expectedChart({ audit, history }: AuditFacts): string {
  const points = thinned(audit, history.table.at, history.testFrom)
  const values = points.flatMap(({ measured, expected }) => [measured, expected]).filter(Number.isFinite)
  const axis = axisOf(Math.max(...values))
  const x = (index: number) => left + ((width - left) * (index + 0.5)) / points.length
  const y = (kw: number) =>
    top + (height - top - bottom) * (1 - Math.min(axis.highest, Math.max(0, kw)) / axis.highest)
  const grid = axis.lines
    .map(
      kw =>
        `<line x1="${left}" x2="${width}" y1="${y(kw).toFixed(1)}" y2="${y(kw).toFixed(1)}" class="${kw === 0 ? 'axis' : 'grid'}"/><text x="${left - 6}" y="${(y(kw) + 3).toFixed(1)}" text-anchor="end">${kw}</text>`,
    )
    .join('')
  const edge = (side: 1 | -1) =>
    points.map(({ expected, sigma }, index) => [x(index), y(expected + side * 1.645 * sigma)] as const)
  const band = pieces(points.map(({ expected }) => Number.isFinite(expected)))
    .map(
      ([from, to]) =>
        `<path class="band" d="M${text([...edge(1).slice(from, to), ...edge(-1).slice(from, to).reverse()])}Z"/>`,
    )
    .join('')
  const line = (name: string, of: (point: Point) => number) =>
    pieces(points.map(point => Number.isFinite(of(point))))
      .map(
        ([from, to]) =>
          `<path class="${name}" d="M${text(points.slice(from, to).map((point, index) => [x(from + index), y(of(point))] as const))}"/>`,
      )
      .join('')
  return `<svg viewBox="0 0 ${width} ${height}" width="100%" role="img" aria-label="Measured and expected power, kW">${grid}${band}${line('expected', ({ expected }) => expected)}${line('measured', ({ measured }) => measured)}${dateLabels(
    points.map(({ at }) => at),
    history.zoneMs,
  )}</svg><p class="quiet">kW. Black: measured; dashed: expected; grey: 90 % interval of a single row. Gaps are missing or doubtful rows.</p>`
}

/** One bar for each doubtful column over the whole time of history and test. */
export function doubtChart({ audit, history }: AuditFacts): string {
  const columns = [...new Set(audit.doubts.map(({ column }) => column))]
  if (columns.length === 0) return ''
  const { at } = history.table
  const [from, to] = [at[0]!, at.at(-1)!]
  const nameWidth = 150
  const rowHeight = 16
  const tall = columns.length * rowHeight + 20
  const x = (instant: number) => nameWidth + ((width - nameWidth) * (instant - from)) / Math.max(1, to - from)
  const bars = columns
    .map((column, index) => {
      const y = index * rowHeight
      const own = audit.doubts
        .filter(doubt => doubt.column === column && !doubt.evidence)
        .map(
          doubt =>
            `<rect class="${doubt.finding}" x="${x(doubt.fromAt).toFixed(1)}" y="${y + 3}" width="${Math.max(2, x(doubt.toAt) - x(doubt.fromAt)).toFixed(1)}" height="${rowHeight - 6}"/>`,
        )
        .join('')
      return `<text x="0" y="${y + 11}">${asText(column.slice(0, 26))}</text><line class="grid" x1="${nameWidth}" x2="${width}" y1="${y + rowHeight / 2}" y2="${y + rowHeight / 2}"/>${own}`
    })
    .join('')
  const split = x(at[history.testFrom]!).toFixed(1)
  const day = (instant: number) => siteTime(instant, history.zoneMs).slice(0, 10)
  return `<svg viewBox="0 0 ${width} ${tall}" width="100%" role="img" aria-label="Doubtful spans by sensor">${bars}<line class="split" x1="${split}" x2="${split}" y1="0" y2="${tall - 18}"/><text x="${nameWidth}" y="${tall - 4}">${day(from)}</text><text x="${width}" y="${tall - 4}" text-anchor="end">${day(to)}</text></svg><p class="quiet">Dark: doubtful, from its first to its last row. The dashed line parts history and test.</p>`
}

function thinned({ targetKw, expected }: AuditFacts['audit'], at: Float64Array, testFrom: number): Point[] {
  const rows = at.length - testFrom
  const stride = Math.ceil(rows / pointsMost)
  return Array.from({ length: Math.ceil(rows / stride) }, (_, index) => {
    const row = testFrom + index * stride
    return {
      at: at[row]!,
      measured: targetKw[row]!,
      expected: expected.kw[row]!,
      sigma: expected.sigmaKw[row]!,
    }
  })
}

/** From and to (exclusive) of the stretches that are there. */
function pieces(there: readonly boolean[]): Array<readonly [number, number]> {
  const found: Array<readonly [number, number]> = []
  let from = -1
  there.forEach((is, index) => {
    if (is && from < 0) from = index
    if (!is && from >= 0) {
      found.push([from, index])
      from = -1
    }
  })
  if (from >= 0) found.push([from, there.length])
  return found
}

function axisOf(most: number): { highest: number; lines: number[] } {
  const rough = Math.max(1e-6, most) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find(times => times * power >= rough) ?? 10) * power
  const count = Math.max(1, Math.ceil(most / step))
  return {
    highest: count * step,
    lines: Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(6))),
  }
}

function dateLabels(at: readonly number[], zoneMs: number): string {
  const labels = 6
  return Array.from({ length: labels }, (_, label) => {
    const index = Math.round((label * (at.length - 1)) / (labels - 1))
    const x = left + ((width - left) * index) / Math.max(1, at.length - 1)
    const anchor = label === 0 ? 'start' : label === labels - 1 ? 'end' : 'middle'
    return `<text x="${x.toFixed(1)}" y="${height - 6}" text-anchor="${anchor}">${siteTime(at[index]!, zoneMs).slice(0, 10)}</text>`
  }).join('')
}

const text = (points: ReadonlyArray<readonly [number, number]>): string =>
  points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')

export function asText(given: string): string {
  return given
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
