import { edgeHostAssertions } from './assertions/edgeHost.ts'
import { edgePayloadAssertions } from './assertions/edgePayload.ts'
import { edgeSessionAssertions } from './assertions/edgeSession.ts'
import { hostCommandAssertions } from './assertions/hostCommands.ts'
import { hostReactionAssertions } from './assertions/hostReaction.ts'
import { hostStateAssertions } from './assertions/hostState.ts'
import { identityAssertions } from './assertions/identity.ts'
import { linksOf, type Trace } from './trace.ts'
import type { Assertion, Side, Verdict, Watched } from './verdict.ts'

export const assertions: readonly Assertion[] = [
  ...identityAssertions,
  ...edgeSessionAssertions,
  ...edgePayloadAssertions,
  ...edgeHostAssertions,
  ...hostStateAssertions,
  ...hostCommandAssertions,
  ...hostReactionAssertions,
]

/** What a judgement of one side may look at. */
export function watchedOf(trace: Trace, side: Side): Watched {
  const will = side === 'edge' ? '/NDEATH/' : 'spBv1.0/STATE/'
  // A side that leaves no Will is known by its connection all the same: a story watches one side only.
  const links = linksOf(trace).filter(({ connect }) => connect?.packet.will?.topic.includes(will) ?? true)
  const inOrder = (key: 'said' | 'heard') =>
    links.flatMap(link => link[key]).sort((one, other) => one.index - other.index)
  return {
    trace,
    cast: trace.cast,
    links,
    said: inOrder('said'),
    heard: inOrder('heard'),
    told: trace.seen.flatMap((seen, index) =>
      seen.kind === 'told' ? [{ index, told: seen.told, wallAt: seen.wallAt }] : [],
    ),
  }
}

export type Result = {
  readonly assertion: Assertion
  readonly verdict: Verdict
  readonly story: string | undefined
}

/** The verdict over all stories of its side: one failure fails, one exercise is enough. */
export function judgeAll(traces: Readonly<Record<Side, readonly Trace[]>>): Result[] {
  const watched = {
    edge: traces.edge.map(trace => watchedOf(trace, 'edge')),
    host: traces.host.map(trace => watchedOf(trace, 'host')),
  }
  return assertions.map(assertion => {
    let best: Result = { assertion, verdict: { kind: 'notExercised' }, story: undefined }
    for (const one of watched[assertion.side]) {
      const verdict = assertion.judge(one)
      if (verdict.kind === 'fail') return { assertion, verdict, story: one.trace.story }
      if (verdict.kind === 'pass') best = { assertion, verdict, story: one.trace.story }
    }
    return best
  })
}
