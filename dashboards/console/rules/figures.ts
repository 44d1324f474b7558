import type { SiteGraph } from '#contract/site/graph.ts'
import { coolingRoles } from './roles.ts'

/** Figures that are computed from points, each in one place: a page never computes its own. */
export type ReadValue = (key: string) => number | null

/** A sum is only a sum when every part is there; a part that is missing makes it missing, never smaller. */
export function sumOf(values: ReadonlyArray<number | null>): number | null {
  let sum = 0
  for (const value of values) {
    if (value === null) return null
    sum += value
  }
  return values.length === 0 ? null : sum
}

export const difference = (from: number | null, less: number | null): number | null =>
  from === null || less === null ? null : from - less

export type ChipMargin = { readonly marginK: number; readonly hottestC: number; readonly rack: string }

/** The rack with the least margin to the chip limit; null while no tray says its temperature. */
export function chipMarginOf(graph: SiteGraph, racks: readonly string[], read: ReadValue): ChipMargin | null {
  let worst: ChipMargin | null = null
  const limitC = graph.site.nameplate.chip.limitC
  for (const rack of racks) {
    for (const tray of graph.partsOf(rack)) {
      const chipC = read(`${tray.id}.chipTemperature`)
      if (chipC === null) continue
      if (!worst || limitC - chipC < worst.marginK) worst = { marginK: limitC - chipC, hottestC: chipC, rack }
    }
  }
  return worst
}

/** How far the coldest supply stands above the highest dew point, and which it is. */
export function dewMarginOf(
  graph: SiteGraph,
  read: ReadValue,
): { readonly marginK: number; readonly equipment: string } | null {
  const room = graph.ofKind('room')[0]
  const dewPointC = room ? read(`${room.id}.dewPoint`) : null
  if (dewPointC === null) return null
  let worst: { marginK: number; equipment: string } | null = null
  for (const kind of ['cdu', 'facilityLoop'] as const) {
    const insulated = graph.site.coolant.insulatedPipes.includes(kind === 'cdu' ? 'cdu' : 'facility')
    if (insulated) continue
    for (const item of graph.ofKind(kind)) {
      const supplyC = read(`${item.id}.supplyTemperature`)
      if (supplyC !== null && (!worst || supplyC - dewPointC < worst.marginK))
        worst = { marginK: supplyC - dewPointC, equipment: item.id }
    }
  }
  return worst
}

export type PowerSplit = {
  readonly facilityKw: number | null
  readonly itKw: number | null
  readonly coolingKw: number | null
  /** Facility less IT, cooling and every other meter: losses of the electrical chain. */
  readonly lossesKw: number | null
  readonly parts: ReadonlyArray<{
    readonly role: string
    readonly kw: number | null
    readonly cools: boolean
  }>
}

/** Where the power goes now, meter by meter of the site's list. */
export function powerSplitOf(graph: SiteGraph, read: ReadValue): PowerSplit {
  const meters = graph.site.meters
  const of = (id: string) => read(`${id}.activePower`)
  const net = (meter: (typeof meters)[number]) =>
    difference(of(meter.id), meter.subtract.length === 0 ? 0 : sumOf(meter.subtract.map(of)))
  const ofRole = (role: string) => sumOf(meters.filter(meter => meter.role === role).map(net))
  const roles = [...new Set(meters.map(meter => meter.role))]
  const cooling = roles.filter(role => coolingRoles.includes(role))
  const other = roles.filter(role => role === 'lighting' || role === 'other')
  const facilityKw = ofRole('facility')
  const itKw = ofRole('it')
  const coolingKw = sumOf(cooling.map(ofRole))
  const otherKw = other.length === 0 ? 0 : sumOf(other.map(ofRole))
  return {
    facilityKw,
    itKw,
    coolingKw,
    lossesKw: difference(difference(difference(facilityKw, itKw), coolingKw), otherKw),
    parts: [
      ...cooling.map(role => ({ role, kw: ofRole(role), cools: true })),
      ...other.map(role => ({ role, kw: ofRole(role), cools: false })),
    ],
  }
}
