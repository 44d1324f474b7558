import type { ControlSite } from '#contract/control/bounds.ts'

/** A computed critical temperature is trusted less: it counts as this much nearer to the limit (DESIGN 2). */
export const computedChipExtraK = 5

/** Cold-plate resistance at a flow per plate, between the maker's points, held at their ends. */
export function plateResistanceKPerKw(site: ControlSite, flowLpm: number): number {
  const { flowLpm: flows, resistanceKPerKw: resistances } = site.nameplate.chip.coldPlate
  const last = flows.length - 1
  const above = flows.findIndex(flow => flow >= flowLpm)
  if (above === 0) return resistances[0] ?? 0
  if (above < 0) return resistances[last] ?? 0
  const low = flows[above - 1] ?? 0
  const high = flows[above] ?? low
  const share = high > low ? (flowLpm - low) / (high - low) : 0
  const from = resistances[above - 1] ?? 0
  return from + share * ((resistances[above] ?? from) - from)
}

/**
 * Chip temperature where servers do not tell: coolant at the plate's inlet + rated chip power × load × resistance
 * (the maker's figure is from case to inlet), + 5 K. 36 °C in, 1 kW chip at 1.02 of its rating, 41.7 K/kW:
 * 36 + 42.5 + 5 = 83.5 °C.
 */
export function computedChipC(
  site: ControlSite,
  state: { readonly supplyC: number; readonly heatKw: number; readonly flowLpm: number },
): number {
  const { chip, itPerCduKw } = site.nameplate
  const plateFlowLpm = (chip.designFlowLpmPerKw * chip.ratedChipKw * state.flowLpm) / site.design.cduFlowLpm
  const load = Math.max(0, state.heatKw / itPerCduKw)
  return state.supplyC + hottestRise(site, load, plateFlowLpm) + computedChipExtraK
}

/** Rise of the hottest chip over its inlet: it runs at (0.75 + 0.30 × load of its CDU) of rating (YARDSTICKS 1). */
function hottestRise(site: ControlSite, load: number, plateFlowLpm: number): number {
  const { chip } = site.nameplate
  return (
    chip.ratedChipKw *
    (0.75 + 0.3 * load) *
    (plateResistanceKPerKw(site, plateFlowLpm) + chip.junctionResistanceKPerKw)
  )
}

/** Chips differ from one another by up to this factor (YARDSTICKS 1). */
const hottestChipFactor = 1.04

export type FallbackProof = {
  readonly safe: boolean
  readonly hottestC: number
  readonly limitC: number
  readonly sentence: string
}

/**
 * Is `reset` safe at nameplate load on the design day? Its warmest supply is the design supply, and its answer to warm
 * chips ends at commissioned pressure. 36 °C + 1.04 × 1.05 kW × 41.1 K/kW = 80.9 °C, under 85 °C.
 */
export function proveFallback(site: ControlSite): FallbackProof {
  const { chip, commissionedFlowFraction } = site.nameplate
  const plateFlowLpm = chip.designFlowLpmPerKw * chip.ratedChipKw * commissionedFlowFraction
  const hottestC = site.design.cduSupplyC + hottestChipFactor * hottestRise(site, 1, plateFlowLpm)
  const safe = hottestC < chip.limitC
  const sentence = `reset at nameplate load on the design day: supply ${site.design.cduSupplyC.toFixed(1)} °C, hottest chip ${hottestC.toFixed(1)} °C, limit ${chip.limitC} °C`
  return {
    safe,
    hottestC,
    limitC: chip.limitC,
    sentence: safe
      ? `${sentence}: safe`
      : `${sentence}: not safe, raise commissioned flow or lower the design supply`,
  }
}
