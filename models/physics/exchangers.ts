import { rootOfRising } from '#models/physics/curves.ts'

/**
 * Heat exchangers by effectiveness and number of transfer units (Kays and London, Compact Heat Exchangers; VDI Heat
 * Atlas C1). Capacity flows in kW/K, conductance UA in kW/K, effectiveness 0..1 of the smaller capacity flow.
 */

export type Arrangement = 'counter' | 'parallel' | 'cross'

/**
 * Effectiveness from NTU = UA / Cmin and ratio = Cmin / Cmax. NTU 4 and ratio 1 give 0.80 counter-flow, 0.50 parallel,
 * 0.72 cross-flow (both unmixed). Ratio 0 (condensing, boiling) gives 1 - exp(-NTU) for all.
 */
export function effectiveness(arrangement: Arrangement, transfer: { ntu: number; ratio: number }): number {
  const { ntu, ratio } = transfer
  if (ntu <= 0) return 0
  switch (arrangement) {
    case 'counter':
      return counterFlowEffectiveness(ntu, ratio)
    case 'parallel':
      return (1 - Math.exp(-ntu * (1 + ratio))) / (1 + ratio)
    case 'cross': {
      // Both fluids unmixed, Incropera equation 11.32; within 2 % of the series solution for ratio 0.2..1.
      if (ratio < 1e-6) return 1 - Math.exp(-ntu)
      return 1 - Math.exp((ntu ** 0.22 / ratio) * (Math.exp(-ratio * ntu ** 0.78) - 1))
    }
    default:
      return arrangement satisfies never
  }
}

/** Counter-flow, with its limit NTU/(1 + NTU) at equal capacity flows: NTU 4, ratio 1 gives 0.80. */
export function counterFlowEffectiveness(ntu: number, ratio: number): number {
  // 1e-4: nearer to 1 the quotient loses digits faster than the limit is wrong (2e-5 at NTU 4).
  if (1 - ratio < 1e-4) return ntu / (1 + ntu)
  const decay = Math.exp(-ntu * (1 - ratio))
  return (1 - decay) / (1 - ratio * decay)
}

/** NTU that a counter-flow exchanger needs: effectiveness 0.8 at ratio 1 needs 4. */
export function counterFlowNtu(effectivenessWanted: number, ratio: number): number {
  if (1 - ratio < 1e-4) return effectivenessWanted / (1 - effectivenessWanted)
  return Math.log((1 - effectivenessWanted * ratio) / (1 - effectivenessWanted)) / (1 - ratio)
}

/** Highest effectiveness that an arrangement can reach with endless area: parallel flow at equal flows 0.5, the others 1. */
export const highestEffectiveness = (arrangement: Arrangement, ratio: number): number =>
  arrangement === 'parallel' ? 1 / (1 + ratio) : 1

/**
 * NTU that an effectiveness needs; the way back of `effectiveness`. Counter and parallel flow in closed form, cross flow by
 * halving a bracket. Effectiveness 0.8 at ratio 1 needs 4.00 counter-flow, 0.4 needs 0.805 parallel, 0.7 needs 3.35 cross.
 * Endless at the arrangement's highest effectiveness.
 */
export function ntuOf(arrangement: Arrangement, wanted: { effectiveness: number; ratio: number }): number {
  const { effectiveness: share, ratio } = wanted
  if (share <= 0) return 0
  if (share >= highestEffectiveness(arrangement, ratio)) return Number.POSITIVE_INFINITY
  switch (arrangement) {
    case 'counter':
      return counterFlowNtu(share, ratio)
    case 'parallel':
      return -Math.log1p(-share * (1 + ratio)) / (1 + ratio)
    case 'cross': {
      let high = 1
      while (effectiveness('cross', { ntu: high, ratio }) < share) high *= 2
      return rootOfRising(ntu => effectiveness('cross', { ntu, ratio }) - share, { low: 0, high })
    }
    default:
      return arrangement satisfies never
  }
}

/**
 * Two films in series, each hA ∝ (flow fraction)^n with its own n and its share of the resistance: ratio r = hA hot ÷ hA cold at
 * design. Equal films (r 1), 0.85 and 0.8, both flows halved: 0.564 of the design UA.
 */
export function filmsConductanceKwPerK(
  designUaKwPerK: number,
  films: {
    hot: { fraction: number; exponent: number }
    cold: { fraction: number; exponent: number }
    hotToCold: number
  },
): number {
  if (films.hot.fraction <= 0 || films.cold.fraction <= 0) return 0
  const hot = designUaKwPerK * (1 + films.hotToCold) * films.hot.fraction ** films.hot.exponent
  const cold = designUaKwPerK * (1 + 1 / films.hotToCold) * films.cold.fraction ** films.cold.exponent
  return (hot * cold) / (hot + cold)
}

/**
 * Plate exchanger: film conductances in series, each ∝ flow^n (n 0.8, turbulent), split evenly at design. Both flows at
 * half of design leave 0.5^0.8 = 57 % of the design UA.
 */
export function plateConductanceKwPerK(
  designUaKwPerK: number,
  flows: { hotFraction: number; coldFraction: number; exponent: number },
): number {
  if (flows.hotFraction <= 0 || flows.coldFraction <= 0) return 0
  const hot = flows.hotFraction ** flows.exponent
  const cold = flows.coldFraction ** flows.exponent
  return (designUaKwPerK * 2 * hot * cold) / (hot + cold)
}

/** Heat moved per kelvin between the two inlets, kW/K: effectiveness × Cmin. */
export function counterFlowHeatPerK(exchanger: {
  uaKwPerK: number
  hotKwPerK: number
  coldKwPerK: number
}): number {
  const least = Math.min(exchanger.hotKwPerK, exchanger.coldKwPerK)
  if (least <= 0 || exchanger.uaKwPerK <= 0) return 0
  const ratio = least / Math.max(exchanger.hotKwPerK, exchanger.coldKwPerK)
  return least * counterFlowEffectiveness(exchanger.uaKwPerK / least, ratio)
}

/**
 * Design UA of a counter-flow exchanger from its four design temperatures by logarithmic mean: 1,200 kW, 46 → 36 °C
 * against 32 → 40 °C has 4.93 K mean difference and needs 243 kW/K.
 */
export function designConductanceKwPerK(design: {
  heatKw: number
  hotInC: number
  hotOutC: number
  coldInC: number
  coldOutC: number
}): number {
  const warmEnd = design.hotInC - design.coldOutC
  const coldEnd = design.hotOutC - design.coldInC
  const mean =
    Math.abs(warmEnd - coldEnd) < 1e-6 ? coldEnd : (warmEnd - coldEnd) / Math.log(warmEnd / coldEnd)
  return design.heatKw / mean
}
