import type { AgentConfig, ModbusSourceConfig, SourceConfig } from '#agent/config/config.ts'
import { type ModbusPoint, readModbusMap } from '#agent/mapping/modbusMap.ts'
import { generatedBindings, type PointBinding, readPointMap } from '#agent/mapping/pointMap.ts'
import { dsxBindings } from '#agent/sources/mqttDsx.ts'
import { topicBindings } from '#agent/sources/mqttTopics.ts'
import { isFailure } from '#contract/failure.ts'
import type { Equipment } from '#contract/site/site.ts'

/** The equipment of this agent that a source speaks for. */
export function equipmentBehind(
  config: Pick<AgentConfig, 'id' | 'site'>,
  source: SourceConfig,
): readonly Equipment[] {
  const mine = config.site.equipment.filter(item => item.agent === config.id)
  if (source.equipment !== undefined) return mine.filter(item => source.equipment?.includes(item.id))
  if (source.kind === 'opcua')
    return mine.filter(item => item.via === 'opcua' && item.server === source.server)
  // A register has no name: what is behind it, only a map can tell.
  if (source.kind === 'modbus') return []
  return mine.filter(item => item.via === source.profile)
}

/** Every point of a source with its address, as far as it is known before the source is asked. */
export function sourceBindings(
  config: Pick<AgentConfig, 'id' | 'site'>,
  source: SourceConfig,
): readonly PointBinding[] {
  if (source.kind === 'modbus') return modbusPointsOf(config, source).map(({ binding }) => binding)
  if (source.map !== undefined) return readPointMap(source.map, config.site)
  const equipment = equipmentBehind(config, source)
  if (source.kind === 'opcua') return generatedBindings(equipment, (item, point) => `s=${item.id}.${point}`)
  if (source.profile === 'dsx') return dsxBindings(config.site, equipment)
  return topicBindings({ site: config.site, equipment, template: source.topics.template })
}

/** The register map of a source, for its own unit, poll groups and equipment. */
export const modbusPointsOf = (
  { site }: Pick<AgentConfig, 'site'>,
  { map, unitId, pollGroups, equipment }: ModbusSourceConfig,
): readonly ModbusPoint[] => readModbusMap(map, { site, unitId, pollGroups, equipment })

/** Ids of the equipment that a source claims. A map file that cannot be used is complained of as such, not as missing equipment. */
export function sourceEquipment(
  config: Pick<AgentConfig, 'id' | 'site'>,
  source: SourceConfig,
): ReadonlySet<string> {
  const bySite = () => equipmentBehind(config, source).map(item => item.id)
  if (source.map === undefined) return new Set(bySite())
  try {
    return new Set(sourceBindings(config, source).map(binding => binding.equipment))
  } catch (error) {
    if (isFailure(error)) return new Set(bySite())
    throw error
  }
}
