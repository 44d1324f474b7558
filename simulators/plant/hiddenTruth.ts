import type { Site } from '#contract/site/site.ts'
import { drawBetween } from '#simulators/plant/chance.ts'
import { foulingAllowance } from '#simulators/plant/sizing.ts'

/** What nobody outside the plant knows: drawn from the seed, written in no file. */
export type CduTruth = {
  /** Clean exchanger 1. */
  readonly fouling: number
  /** Pressure that design flow really needs, of nameplate. */
  readonly loopResistance: number
  /** The hottest chip's rise over the coolant, of nameplate. */
  readonly hotChipFactor: number
  /** Each rack's share of the CDU's load. */
  readonly rackShares: readonly number[]
  /** Per rack and tray: rise of its hottest chip, of the CDU's hottest. One tray has 1. */
  readonly trayFactors: ReadonlyArray<readonly number[]>
  readonly valveStrokeMs: {
    readonly isolation: number
    readonly return: number
    readonly bypass: number
    readonly racks: readonly number[]
  }
}

export type HiddenTruth = { readonly leakagePerK: number; readonly cdus: readonly CduTruth[] }

export function drawHiddenTruth(site: Site, seed: number, leakagePerK = 0.0015): HiddenTruth {
  const { cdus, racksPerCdu, traysPerRack } = site.layout
  // 5 to 15 s is what motorised isolation valves of this size take.
  const strokeMs = (label: string) => drawBetween(seed, `${label}/stroke`, 5_000, 15_000)
  const racks = Array.from({ length: racksPerCdu }, (_, rack) => rack)
  return {
    leakagePerK,
    cdus: Array.from({ length: cdus }, (_, cdu) => {
      const label = `cdu/${cdu}`
      const weights = racks.map(rack => drawBetween(seed, `${label}/rack/${rack}/share`, 0.9, 1.1))
      const sum = weights.reduce((total, weight) => total + weight, 0)
      const hottest = Math.floor(drawBetween(seed, `${label}/hottest`, 0, racksPerCdu * traysPerRack - 1e-9))
      return {
        fouling: drawBetween(seed, `${label}/fouling`, foulingAllowance, 1),
        loopResistance: drawBetween(seed, `${label}/resistance`, 0.96, 1.04),
        hotChipFactor: drawBetween(seed, `${label}/hotChip`, 1, 1.04),
        rackShares: weights.map(weight => weight / sum),
        trayFactors: racks.map(rack =>
          Array.from({ length: traysPerRack }, (_, tray) =>
            rack * traysPerRack + tray === hottest
              ? 1
              : drawBetween(seed, `${label}/rack/${rack}/tray/${tray}`, 0.93, 0.995),
          ),
        ),
        valveStrokeMs: {
          isolation: strokeMs(`${label}/isolation`),
          return: strokeMs(`${label}/return`),
          bypass: strokeMs(`${label}/bypass`),
          racks: racks.map(rack => strokeMs(`${label}/rack/${rack}`)),
        },
      }
    }),
  }
}
