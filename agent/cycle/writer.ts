import type { PointWrite, Source, WriteResult } from '#agent/sources/source.ts'

export type Refused = { readonly write: PointWrite; readonly because: string }

/**
 * Sends writes to the sources of their equipment: the order is kept within a source, and no source waits for another.
 * Resolves with what was not taken.
 */
export async function writeAll(
  sources: readonly Source[],
  writes: readonly PointWrite[],
): Promise<readonly Refused[]> {
  const refused: Refused[] = []
  const bySource = new Map<Source, PointWrite[]>()
  for (const write of writes) {
    const source = sources.find(candidate => candidate.equipment.has(write.equipment))
    if (!source) refused.push({ write, because: 'no source speaks for this equipment' })
    else if (bySource.has(source)) bySource.get(source)?.push(write)
    else bySource.set(source, [write])
  }
  await Promise.all(
    [...bySource].map(async ([source, own]) => {
      const results: readonly WriteResult[] = await source
        .write(own)
        .catch(error => own.map(() => ({ taken: false, because: String(error) })))
      results.forEach((result, index) => {
        const write = own[index]
        if (!result.taken && write) refused.push({ write, because: result.because })
      })
    }),
  )
  return refused
}
