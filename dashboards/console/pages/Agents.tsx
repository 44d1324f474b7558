import type { AgentView } from '#contract/api.ts'
import { Panel } from '../parts/Panel.tsx'
import { formatDecimals } from '../rules/numbers.ts'
import { formatAge, formatDuration } from '../rules/times.ts'
import { agents } from '../state/plant.ts'
import { t } from '../text.ts'

/** Worst first: offline, then points that cannot be believed, then a full outbox. */
const badness = (agent: AgentView): number =>
  (agent.online ? 0 : 1e9) +
  (agent.points.bad + agent.points.stale + agent.points.none) * 1e3 +
  (agent.outboxDepth ?? 0)

function Row({ agent }: { agent: AgentView }) {
  const { good, uncertain, stale, bad, none } = agent.points
  const sources = agent.sources.map(source => `${source.id} ${source.state}`).join(', ')
  return (
    <tr>
      <td class="l">
        <b>{agent.id}</b>
        <small>{t('agents.equipment', { count: agent.equipment })}</small>
      </td>
      <td data-h={t('agents.lastWord')}>
        {agent.online ? (
          agent.lastWordAgeMs === null ? (
            '—'
          ) : (
            formatAge(agent.lastWordAgeMs)
          )
        ) : (
          <b>{t('agents.down')}</b>
        )}
      </td>
      <td data-h={t('agents.mode')}>
        <span class="mode">{agent.mode.toUpperCase()}</span>
      </td>
      <td data-h={t('agents.points')}>
        {t('agents.pointsText', { good })}
        <small>
          {stale + bad + none + uncertain === 0
            ? t('agents.allGood')
            : t('agents.pointsBad', { uncertain, stale, bad, none })}
        </small>
      </td>
      <td data-h={t('agents.outbox')}>
        {agent.outboxDepth ?? '—'}
        <small>
          {agent.oldestUnsentAgeMs === null
            ? t('agents.nothingWaits')
            : t('agents.oldest', { age: formatDuration(agent.oldestUnsentAgeMs) })}
        </small>
      </td>
      <td data-h={t('agents.delivery')}>
        {agent.deliveryProven ? (
          t('agents.proven', { position: formatDecimals(agent.acknowledgedPosition, 0) })
        ) : (
          <b>{t('agents.notProven')}</b>
        )}
      </td>
      <td data-h={t('agents.cycle')}>
        {agent.cycleP99Ms === null ? '—' : `${formatDecimals(agent.cycleP99Ms, 1)}\u202fms`}
      </td>
      <td class="l why">
        {sources || t('agents.noSources')}
        <small>{t('agents.version', { version: agent.version ?? '—' })}</small>
      </td>
    </tr>
  )
}

export function AgentsPage() {
  const list = [...agents.value].sort((a, b) => badness(b) - badness(a))
  const down = list.filter(agent => !agent.online)
  const doubtful = list.reduce(
    (sum, agent) => sum + agent.points.stale + agent.points.bad + agent.points.none,
    0,
  )
  return (
    <>
      <div class="head">
        <h1>
          {list.length === 0
            ? t('agents.none')
            : down.length > 0
              ? t('agents.someDown', { count: down.length, names: down.map(agent => agent.id).join(', ') })
              : doubtful > 0
                ? t('agents.doubtful', { count: doubtful })
                : t('agents.allAnswer', { count: list.length })}
        </h1>
      </div>
      {list.length === 0 ? (
        <div class="empty">
          <b>{t('agents.waiting')}</b>
          <ol class="steps">
            <li>
              <span>{t('agents.step1')}</span>
            </li>
            <li>
              <span>{t('agents.step2')}</span>
            </li>
            <li>
              <span>{t('agents.step3')}</span>
            </li>
          </ol>
        </div>
      ) : (
        <Panel title={t('page.agents')} end={t('agents.end')}>
          <table class="tbl cardtbl">
            <thead>
              <tr>
                <th class="l">{t('agents.agent')}</th>
                <th>{t('agents.lastWord')}</th>
                <th>{t('agents.mode')}</th>
                <th>{t('agents.points')}</th>
                <th>{t('agents.outbox')}</th>
                <th>{t('agents.delivery')}</th>
                <th>{t('agents.cycle')}</th>
                <th class="l">{t('agents.sources')}</th>
              </tr>
            </thead>
            <tbody>
              {list.map(agent => (
                <Row key={agent.id} agent={agent} />
              ))}
            </tbody>
          </table>
        </Panel>
      )}
    </>
  )
}
