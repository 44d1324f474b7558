import type { Equipment, Site } from '#contract/site/site.ts'

/** Lookups over a site's graph; alarms, energy, interlock and planning all read the same one. */
export type SiteGraph = {
  readonly site: Site
  equipment(id: string): Equipment | undefined
  /** The assembly that a part travels and is shown with; itself for an assembly. */
  assemblyOf(id: string): string
  partsOf(id: string): readonly Equipment[]
  ofKind(kind: Equipment['kind']): readonly Equipment[]
  /** Directly fed by `id` with coolant. */
  downstream(id: string): readonly string[]
  upstream(id: string): readonly string[]
  /** The CDU that feeds a rack, tray, manifold or the CDU's own part; undefined for plant equipment. */
  cduOf(id: string): string | undefined
  racksOf(cdu: string): readonly string[]
}

export function siteGraph(site: Site): SiteGraph {
  const byId = new Map(site.equipment.map(item => [item.id, item]))
  const down = new Map<string, string[]>()
  const up = new Map<string, string[]>()
  for (const { from, to, medium } of site.feeds) {
    if (medium !== 'coolant') continue
    down.set(from, [...(down.get(from) ?? []), to])
    up.set(to, [...(up.get(to) ?? []), from])
  }
  const assemblyOf = (id: string): string => {
    const parent = byId.get(id)?.partOf
    return parent === undefined ? id : assemblyOf(parent)
  }
  const cduOf = (id: string): string | undefined => {
    const root = assemblyOf(id)
    if (byId.get(root)?.kind === 'cdu') return root
    for (const parent of up.get(root) ?? []) {
      const found = cduOf(parent)
      if (found !== undefined) return found
    }
    return undefined
  }
  const racksOf = (id: string): string[] =>
    (down.get(id) ?? []).flatMap(child => (byId.get(child)?.kind === 'rack' ? [child] : racksOf(child)))
  return {
    site,
    equipment: id => byId.get(id),
    assemblyOf,
    partsOf: id => site.equipment.filter(item => item.partOf === id),
    ofKind: kind => site.equipment.filter(item => item.kind === kind),
    downstream: id => down.get(id) ?? [],
    upstream: id => up.get(id) ?? [],
    cduOf,
    racksOf,
  }
}
