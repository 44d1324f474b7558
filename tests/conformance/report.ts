import { beyond } from './beyond.ts'
import type { Result } from './judge.ts'
import type { Trace } from './trace.ts'
import type { Side } from './verdict.ts'

export type Counts = { readonly exercised: number; readonly failing: number; readonly notExercised: number }

/** Ids of the specification; ours (SP-…) stand in the table beside them and are not counted as such. */
const isOfSpecification = ({ assertion }: Result): boolean => !assertion.id.startsWith('SP-')

export function countsOf(results: readonly Result[], side: Side): Counts {
  const own = results.filter(result => result.assertion.side === side && isOfSpecification(result))
  const notExercised = own.filter(({ verdict }) => verdict.kind === 'notExercised').length
  return {
    exercised: own.length - notExercised,
    failing: results.filter(({ assertion, verdict }) => assertion.side === side && verdict.kind === 'fail')
      .length,
    notExercised,
  }
}

/** What no story exercises, with the reason. */
export const beyondText = (): string =>
  beyond
    .flatMap(({ side, ids, why }) => ids.map(id => `${'notExercised'.padEnd(12)} ${side}  ${id}: ${why}`))
    .join('\n')

/** One line a verdict, failures last where they are seen. */
export function table(results: readonly Result[]): string {
  const rank = { pass: 0, notExercised: 1, fail: 2 }
  return [...results]
    .sort((one, other) => rank[one.verdict.kind] - rank[other.verdict.kind])
    .map(({ assertion, verdict, story }) => {
      const line = `${verdict.kind.padEnd(12)} ${assertion.side}  ${assertion.id}: ${assertion.asks}`
      return verdict.kind === 'fail'
        ? `${line}\n             ${story}, packet ${verdict.index}: ${verdict.because}`
        : line
    })
    .join('\n')
}

export function summary(results: readonly Result[]): string {
  const [edge, host] = [countsOf(results, 'edge'), countsOf(results, 'host')]
  return `edge: ${edge.exercised} exercised, ${edge.failing} failing; host: ${host.exercised} exercised, ${host.failing} failing`
}

/** Stories that did not come to their end. */
export const brokenOff = (traces: readonly Trace[]): string[] =>
  traces.flatMap(({ story, brokeOff }) =>
    brokeOff === undefined ? [] : [`broke off    ${story}: ${brokeOff}`],
  )
