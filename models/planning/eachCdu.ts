import { type Bounds, clamp } from '#contract/control/bounds.ts'
import { type CduPrices, cduCostKw, type Situation } from '#models/planning/judge.ts'
import type { Reach } from '#models/planning/limits.ts'
import type { Settings } from '#models/plant/predict.ts'

/** Share of its reach by which each of the two setpoints moves: supply alone, pressure alone, warmer with more flow, warmer with less. */
const directions = [
  [1, 0],
  [0, 1],
  [1, 1],
  [1, -1],
] as const

export type OwnSearch = {
  /** Shares of the reach, the longest first. */
  readonly steps: readonly number[]
  /** Turns at each step. */
  readonly turns: number
}

/**
 * Each CDU's supply and pressure for given water from the plant: what it draws, what its pump takes and what the plant pays
 * for its share of the facility water, within its own limits. CDUs meet only in that water, so its price parts them.
 */
export function settleEachCdu(
  situation: Situation,
  reach: Reach,
  from: Settings,
  how: OwnSearch & { readonly prices: CduPrices },
): { readonly settings: Settings; readonly asked: number } {
  const cduSupplyC = from.cduSupplyC.slice()
  const cduDpKpa = from.cduDpKpa.slice()
  const settings: Settings = { ...from, cduSupplyC, cduDpKpa }
  let asked = 0
  for (let cdu = 0; cdu < cduSupplyC.length; cdu++) {
    const supply = reach.cduSupplyC[cdu] as Bounds
    const pressure = reach.cduDpKpa[cdu] as Bounds
    const costKw = (): number => {
      asked++
      return cduCostKw(situation, settings, cdu, how.prices)
    }
    let least = costKw()
    const offer = (supplyC: number, dpKpa: number): boolean => {
      const [supplyBefore, dpBefore] = [cduSupplyC[cdu] as number, cduDpKpa[cdu] as number]
      if (supplyC === supplyBefore && dpKpa === dpBefore) return false
      cduSupplyC[cdu] = supplyC
      cduDpKpa[cdu] = dpKpa
      const offered = costKw()
      if (offered < least - 1e-6) {
        least = offered
        return true
      }
      cduSupplyC[cdu] = supplyBefore
      cduDpKpa[cdu] = dpBefore
      return false
    }
    const step = (share: number, [ofSupply, ofPressure]: readonly [number, number]): boolean =>
      offer(
        clamp((cduSupplyC[cdu] as number) + ofSupply * share * widthOf(supply), supply),
        clamp((cduDpKpa[cdu] as number) + ofPressure * share * widthOf(pressure), pressure),
      )
    for (const share of how.steps)
      for (let turn = 0; turn < how.turns; turn++) {
        let helped = false
        for (const direction of directions)
          if (step(share, direction) || step(-share, direction)) helped = true
        if (!helped) break
      }
  }
  return { settings, asked }
}

const widthOf = ({ lowest, highest }: Bounds): number => highest - lowest
