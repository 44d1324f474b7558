import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { Failure, sentenceOf } from '#contract/failure.ts'

/** Words that loggers write where a value is missing. */
const missingWords =
  /^(|-+|\?|nan|na|n\/a|null|none|missing|bad|offline|timeout|unavailable|no ?data|#n\/a.*)$/i

/** Text of a file, unpacked when it is gzip, without a byte-order mark. */
export function textOfFile(path: string): string {
  try {
    const bytes = readFileSync(path)
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
    return (isGzip ? gunzipSync(bytes) : bytes).toString('utf8').replace(/^\uFEFF/, '')
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `${path}: cannot be read as text or gzip (${sentenceOf(cause)})`, {
      cause,
    })
  }
}

/** Lines without the empty ones at the end. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/)
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop()
  return lines
}

/** Comma, semicolon or tab: whichever parts the header most. */
export const separatorOf = (header: string): string =>
  [',', ';', '\t'].reduce(
    (best, each) => (header.split(each).length > header.split(best).length ? each : best),
    ',',
  )

/** Trimmed cells of a line; in quotes a separator is text, and two quotes are one. */
export function cellsOf(line: string, separator: string): string[] {
  if (!line.includes('"')) return line.split(separator).map(cell => cell.trim())
  const cells = ['']
  let quoted = false
  for (let at = 0; at < line.length; at++) {
    const sign = line[at] as string
    if (sign === '"' && quoted && line[at + 1] === '"') {
      cells[cells.length - 1] += sign
      at++
    } else if (sign === '"') quoted = !quoted
    else if (sign === separator && !quoted) cells.push('')
    else cells[cells.length - 1] += sign
  }
  return cells.map(cell => cell.trim())
}

/** NaN for what is missing, undefined for what is no number; a decimal comma where commas do not part cells, else commas of thousands. */
export function numberOf(text: string, separator: string): number | undefined {
  if (missingWords.test(text)) return Number.NaN
  const value = Number(
    separator === ','
      ? text.replace(/^(-?\d{1,3})(,\d{3})+/, part => part.replaceAll(',', ''))
      : text.replace(',', '.'),
  )
  return Number.isFinite(value) ? value : undefined
}
