import type { FactorBelief } from '#models/plant/fitFactors.ts'

/**
 * What is learned: for each component the natural logarithm of (measured ÷ nameplate), as a straight line in a few logged
 * ratios. Zero means "as on the plate". Three numbers a component: [level, slope, second slope].
 */
export const tankComponents = ['tankFlow', 'tankPump', 'tankExchanger', 'tankValve', 'chipRise'] as const
export const plantComponents = [
  'facilityStages',
  'facilityPump',
  'pads',
  'coolerAir',
  'losses',
  'itMeter',
] as const
export type TankComponent = (typeof tankComponents)[number]
export type PlantComponent = (typeof plantComponents)[number]
export type ImmersionComponent = TankComponent | PlantComponent

/** What a factor's three numbers say, for a plant engineer; empty where no prediction uses the number. */
export type FactorSpec = FactorBelief & { readonly says: readonly [string, string, string] }

/**
 * Beliefs: pumps and fans lose efficiency at part load (up to 30 %), exchangers foul (0.88..1), pipes differ by a few per cent.
 * A slope is held within three standard deviations of its belief, so that no fit can turn the sign of a law: flow rises with
 * pressure, power with flow, conductance with flow; the chip cools with flow.
 */
export const factorSpecs: Readonly<Record<ImmersionComponent, FactorSpec>> = {
  tankFlow: {
    says: ['tank flow', 'growth of tank flow with pressure', ''],
    priorMean: [0, 0, 0],
    priorSd: [0.08, 0.04, 1e-3],
    noise: 0.01,
  },
  tankPump: {
    says: ['tank pump power', 'growth of tank pump power with flow', ''],
    priorMean: [0.05, 0, 0],
    priorSd: [0.2, 0.25, 1e-3],
    noise: 0.02,
  },
  tankExchanger: {
    says: [
      'tank exchanger',
      'growth of the tank exchanger with tank flow',
      'growth of the tank exchanger with facility flow',
    ],
    priorMean: [-0.06, 0, 0],
    priorSd: [0.15, 0.08, 0.08],
    noise: 0.04,
  },
  // Characteristics run from linear (slope 0) to equal-percentage (about -0.6): the middle, and wide.
  tankValve: {
    says: ['tank valve opening', 'growth of tank valve opening with flow', ''],
    priorMean: [0, -0.3, 0],
    priorSd: [0.1, 0.2, 1e-3],
    noise: 0.03,
  },
  chipRise: {
    says: ['rise of the hottest chip', 'fall of the chip with tank flow', 'growth of the chip with load'],
    priorMean: [0, 0, 0],
    priorSd: [0.1, 0.05, 0.04],
    noise: 0.01,
  },
  facilityStages: {
    says: ['facility pumps that run', 'growth of facility pumps that run with flow', ''],
    priorMean: [0.2, 0, 0],
    priorSd: [0.2, 0.2, 1e-3],
    noise: 0.15,
  },
  facilityPump: {
    says: ['facility pump power', 'growth of facility pump power with flow', ''],
    priorMean: [0.05, 0, 0],
    priorSd: [0.2, 0.25, 1e-3],
    noise: 0.02,
  },
  pads: {
    // The air's sensor stands off the weather station's by a few tenths: it shows as 1/depression, and is no effectiveness.
    says: ['effectiveness of the pads', '', ''],
    priorMean: [0, 0, 0],
    priorSd: [0.1, 0.4, 1e-3],
    noise: 0.05,
  },
  coolerAir: {
    says: ['air that the coolers need', 'growth of the air with duty', 'air that wet pads cost'],
    priorMean: [0.03, 0, 0],
    priorSd: [0.2, 0.15, 0.05],
    noise: 0.03,
  },
  losses: {
    says: ['electrical losses', 'growth of electrical losses with load', ''],
    priorMean: [0, 0, 0],
    priorSd: [0.15, 0.15, 1e-3],
    noise: 0.02,
  },
  itMeter: {
    says: ['IT meters against the tanks’ own', '', ''],
    priorMean: [0, 0, 0],
    priorSd: [0.02, 1e-3, 1e-3],
    noise: 0.005,
  },
}
