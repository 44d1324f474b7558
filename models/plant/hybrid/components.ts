import type { ComponentName } from '#models/plant/components.ts'
import type { FactorBelief, Features } from '#models/plant/fitFactors.ts'
import type { HybridPriors } from '#models/plant/hybrid/priors.ts'
import type { HybridRow } from '#models/plant/hybrid/row.ts'
import type { PlantRow } from '#models/plant/row.ts'

/**
 * What a hybrid plant has beside the components of its cold plates: for each the natural logarithm of (measured ÷ nameplate) as
 * a line in logged ratios, as in models/plant/components.ts.
 */
export const hybridComponentNames = [
  'liquidShare',
  'crahAir',
  'crahFan',
  'airMixing',
  'coil',
  'coilValve',
  'economiser',
  'chillerCapacity',
  'chillerPower',
] as const
export type HybridComponentName = (typeof hybridComponentNames)[number]

/**
 * Beliefs. Three standard deviations are the border of every coefficient: fan power keeps rising with air (2.7 ± 0.45), coils and
 * plates pass more with more flow, chillers take more with load and with a warmer condenser (the makers' curves rise by
 * 1 %/K and more; the slope takes off 0.75 at most).
 */
export const hybridSpecs: Readonly<Record<HybridComponentName, FactorBelief>> = {
  liquidShare: { priorMean: [0, 0, 0], priorSd: [0.03, 1e-3, 1e-3], noise: 0.01 },
  crahAir: { priorMean: [0, 0, 0], priorSd: [0.03, 0.02, 1e-3], noise: 0.01 },
  crahFan: { priorMean: [0, 0, 0], priorSd: [0.15, 0.15, 1e-3], noise: 0.02 },
  airMixing: { priorMean: [0, 0, 0], priorSd: [0.03, 0.02, 1e-3], noise: 0.01 },
  coil: { priorMean: [-0.05, 0, 0], priorSd: [0.15, 0.08, 0.08], noise: 0.06 },
  // Characteristics run from linear (slope 0) to equal-percentage (about -0.6): the middle, and wide.
  coilValve: { priorMean: [0, -0.3, 0], priorSd: [0.1, 0.2, 1e-3], noise: 0.03 },
  economiser: { priorMean: [-0.02, 0, 0], priorSd: [0.06, 0.05, 0.05], noise: 0.02 },
  chillerCapacity: { priorMean: [0, 0, 0], priorSd: [0.08, 1e-3, 0.03], noise: 0.02 },
  chillerPower: { priorMean: [0, 0, 0], priorSd: [0.1, 0.08, 0.025], noise: 0.02 },
}

const logRatio = (value: number, design: number) => Math.log(Math.max(value, 1e-6) / design)

/** Condenser water where the lines of the chillers have their middle. */
const condenserMiddleC = 24

/** The lines' abscissae; the same functions serve learning and prediction. */
export const hybridFeatures = {
  liquidShare: (): Features => [1, 0, 0],
  crahAir: (airFraction: number): Features => [1, logRatio(airFraction, 1), 0],
  crahFan: (airFraction: number): Features => [1, logRatio(airFraction, 1), 0],
  /** Air of the units over what the servers draw. */
  airMixing: (airOverNeed: number): Features => [1, logRatio(airOverNeed, 1), 0],
  coil: (priors: HybridPriors, airFraction: number, waterLpm: number): Features => [
    1,
    logRatio(airFraction, 1),
    logRatio(waterLpm, priors.designWaterLpm),
  ],
  coilValve: (ratio: number): Features => [1, logRatio(ratio, 1), 0],
  economiser: (priors: HybridPriors, chilledLpm: number, towerLpm: number): Features => [
    1,
    logRatio(chilledLpm, priors.site.design.facilityFlowLpm),
    logRatio(towerLpm, priors.site.design.towerFlowLpm),
  ],
  chillerCapacity: (condenserC: number): Features => [1, 0, (condenserC - condenserMiddleC) / 10],
  chillerPower: (partLoad: number, condenserC: number): Features => [
    1,
    logRatio(partLoad, 1),
    (condenserC - condenserMiddleC) / 10,
  ],
} as const

/** Under 5 °C of wet bulb towers are guarded against frost: their water is held at 9 °C, over the fans' heads if need be. */
export const frostGuard = { belowWetBulbC: 5, leastLeavingC: 9 } as const

/** Liquid part of an IT power, 0..1: server fans that draw warm air add to the air's part alone. */
export function liquidPart(priors: HybridPriors, shareFactor: number, inletC: number): number {
  const liquid = Math.min(1, priors.site.nameplate.liquidShare * shareFactor)
  return liquid / (liquid + (1 - liquid) * priors.serverFans(inletC))
}

/** A row with what follows from it: the cold plates' share, and every heat that passes. */
export type WeighedRow = HybridRow & {
  /** As a cold-plate plant sees itself: IT power of CDUs is what goes into their liquid. */
  readonly liquid: PlantRow
  readonly rackKw: number
  readonly cduPumpKw: number
  readonly airKw: number
  /** Into the chilled water from CDUs and CRAHs. */
  readonly loadKw: number
}

export function weighed(row: HybridRow, priors: HybridPriors, shareFactor: number): WeighedRow {
  const { coldPlates, air } = row
  const part = liquidPart(priors, shareFactor, air.inletC)
  const rackKw = coldPlates.cdus.reduce((sum, { itKw }) => sum + itKw, 0)
  const cduPumpKw = coldPlates.cdus.reduce((sum, { pumpKw }) => sum + pumpKw, 0)
  return {
    ...row,
    liquid: { ...coldPlates, cdus: coldPlates.cdus.map(cdu => ({ ...cdu, itKw: cdu.itKw * part })) },
    rackKw,
    cduPumpKw,
    airKw: rackKw * (1 - part),
    loadKw: rackKw + cduPumpKw + air.fanKw,
  }
}

/** Components that a hybrid plant has in common with cold plates on towers. */
export const sharedNames = [
  'cduFlow',
  'cduPump',
  'cduExchanger',
  'cduValve',
  'chipRise',
  'facilityPump',
  'towerFlow',
  'towerPump',
  'towerAir',
  'losses',
  'itMeter',
] as const satisfies readonly ComponentName[]
export type SharedName = (typeof sharedNames)[number]

/** Components that weigh carried heat: rows in which the load moved say nothing of them. */
export const hybridNeedsSteady: ReadonlySet<HybridComponentName> = new Set([
  'liquidShare',
  'coil',
  'economiser',
  'chillerPower',
  'chillerCapacity',
])
