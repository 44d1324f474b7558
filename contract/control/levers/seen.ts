import type { SiteGraph } from '#contract/site/graph.ts'

/** What `reset` reads of a site of CDUs: each with the keys of its trays' chips, and the keys of all racks' power. */
export function seenOf(graph: SiteGraph) {
  return {
    cdus: graph.ofKind('cdu').map(({ id }) => ({
      id,
      trays: graph
        .racksOf(id)
        .flatMap(rack => graph.partsOf(rack))
        .filter(part => part.kind === 'tray')
        .map(tray => `${tray.id}.chipTemperature`),
    })),
    racks: graph.ofKind('rack').map(rack => `${rack.id}.power`),
  }
}

/** Share of the nameplate that the racks draw; known only when every rack tells. */
export function heatFraction(
  racksKw: ReadonlyArray<number | undefined>,
  nameplateKw: number,
): number | undefined {
  let sum = 0
  for (const kw of racksKw) {
    if (kw === undefined) return undefined
    sum += kw
  }
  return sum / nameplateKw
}

/** By the hottest tray that tells; unknown when none does. */
export function chipMarginK(traysC: ReadonlyArray<number | undefined>, limitC: number): number | undefined {
  const known = traysC.filter(chipC => chipC !== undefined)
  return known.length === 0 ? undefined : limitC - Math.max(...known)
}
