/** One line on a terminal that is written over; nothing in a pipe. */
export function progressLine(): { tell(what: string, share: number): void; end(): void } {
  const { stderr } = process
  if (!stderr.isTTY) return { tell: () => undefined, end: () => undefined }
  let shown = ''
  return {
    tell(what, share) {
      const line = `${what} ${Math.floor(100 * share)} %`
      if (line === shown) return
      shown = line
      stderr.write(`\r\x1b[K${line}`)
    },
    end: () => {
      stderr.write('\r\x1b[K')
    },
  }
}
