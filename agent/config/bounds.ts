import type { GuardBounds } from '#agent/config/config.ts'
import {
  type Bounds,
  boundsOf as siteBoundsOf,
  steeredPoint,
  steeredPoints,
} from '#contract/control/bounds.ts'
import { type EquipmentKind, equipmentKinds, pointSpec } from '#contract/points.ts'
import type { Site } from '#contract/site/site.ts'

export type GuardedConfig = {
  readonly site: Site
  readonly guard: Readonly<Record<string, GuardBounds>>
}

/**
 * The bounds in force for a setpoint on this agent: of this equipment, else of its kind, else of the site. Undefined:
 * the point is not steered, and nobody may move it from afar.
 */
export function boundsOf(config: GuardedConfig, equipment: string, point: string): Bounds | undefined {
  const kind = config.site.equipment.find(item => item.id === equipment)?.kind
  const steered = kind && steeredPoint(kind, point)
  if (!steered) return undefined
  return (
    config.guard[`${equipment}.${point}`] ??
    config.guard[`${kind}.${point}`] ??
    siteBoundsOf(config.site, steered)
  )
}

/** Complaints about the guard's bounds: whom they name, their order, and that they only narrow what the site allows. */
export function guardComplaints(config: GuardedConfig): readonly string[] {
  return Object.entries(config.guard).flatMap(([key, bounds]) => {
    const path = `guard.${key}`
    const [owner = '', point = ''] = key.split('.')
    const kind = kindOf(owner, config.site)
    if (!kind)
      return [`${path}: "${owner}" is neither a kind of equipment nor equipment of site ${config.site.name}`]
    const steered = steeredPoint(kind, point)
    const spec = pointSpec(kind, point)
    if (!steered || !spec) {
      const setpoints = steeredPoints.filter(one => one.kind === kind).map(one => one.point)
      return [
        `${path}: "${point}" is not a setpoint of a ${kind}; allowed: ${setpoints.join(', ') || 'none'}`,
      ]
    }
    return boundsComplaints({
      path,
      bounds,
      unit: spec.unit,
      range: spec.range,
      ofSite: siteBoundsOf(config.site, steered),
    })
  })
}

/** Bounds printed with one digit less than they were computed with (29.73 for 29.7302 kPa) still agree. */
const printedShare = 0.0005

function boundsComplaints(about: {
  readonly path: string
  readonly bounds: GuardBounds
  readonly unit: string
  readonly range: readonly [number, number]
  readonly ofSite: Bounds
}): readonly string[] {
  const { path, bounds, unit, range, ofSite } = about
  const complaints: string[] = []
  if (bounds.lowest > bounds.highest)
    complaints.push(
      `${path}.lowest = ${bounds.lowest} ${unit} is above ${path}.highest = ${bounds.highest} ${unit}; allowed: lowest at or below highest`,
    )
  const lowest = Math.max(range[0], ofSite.lowest)
  const highest = Math.min(range[1], ofSite.highest)
  for (const end of ['lowest', 'highest'] as const) {
    const value = bounds[end]
    const slack = Math.abs(value) * printedShare
    if (value < lowest - slack || value > highest + slack)
      complaints.push(
        `${path}.${end} = ${value} ${unit} is outside what site and instrument allow; allowed: ${tenth(lowest)} to ${tenth(highest)} ${unit}`,
      )
  }
  return complaints
}

const tenth = (value: number): number => Math.round(value * 10) / 10

const kindOf = (owner: string, site: Site): EquipmentKind | undefined =>
  equipmentKinds.find(kind => kind === owner) ?? site.equipment.find(item => item.id === owner)?.kind
