import type { AgentConfig } from '#agent/config/config.ts'
import type { Equipment, Site } from '#contract/site/site.ts'

/**
 * The site as the sources of this agent should see it. Beside its own equipment an agent listens to the white space
 * (dew point binds its guard) and to the weather (`reset` follows the wet bulb), which the field bus carries for all;
 * the agent of the plant also listens to the CDUs of others, as far as a source for their server is configured, because
 * whoever steers facility pressure must see every CDU's valve. It never writes to them nor reports them.
 */
export function observedSite(config: Pick<AgentConfig, 'id' | 'site' | 'sources'>): Site {
  const { id, site, sources } = config
  const servers = new Set(
    sources.flatMap(source =>
      source.kind === 'opcua' && source.server !== undefined ? [source.server] : [],
    ),
  )
  const hearsDsx = sources.some(
    source => source.kind === 'mqtt' && source.profile === 'dsx' && source.equipment === undefined,
  )
  const steersPlant = site.equipment.some(item => item.kind === 'facilityLoop' && item.agent === id)
  const listensTo = (item: Equipment): boolean => {
    if (item.kind === 'room' || item.kind === 'weatherStation') return item.via === 'dsx' && hearsDsx
    return item.kind === 'cdu' && steersPlant && item.server !== undefined && servers.has(item.server)
  }
  return { ...site, equipment: site.equipment.map(item => (listensTo(item) ? { ...item, agent: id } : item)) }
}
