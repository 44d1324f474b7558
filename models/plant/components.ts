import { counterFlowNtu } from '#models/physics/exchangers.ts'
import type { FactorBelief, Features, Observation } from '#models/plant/fitFactors.ts'
import type { Priors } from '#models/plant/priors.ts'
import { type CduRow, type PlantRow, rowMs } from '#models/plant/row.ts'

/**
 * What is learned: for each component the natural logarithm of (measured ÷ nameplate), as a straight line in a few logged
 * ratios. Zero means "as on the plate", 0.10 means ten per cent more. Three numbers a component: [level, slope, second slope].
 */
export const componentNames = [
  'cduFlow',
  'cduPump',
  'cduExchanger',
  'cduValve',
  'chipRise',
  'facilityPump',
  'plantExchanger',
  'towerFlow',
  'towerPump',
  'towerAir',
  'losses',
  'itMeter',
] as const
export type ComponentName = (typeof componentNames)[number]
export type ComponentSpec = FactorBelief & { readonly perCdu: boolean }

/**
 * Beliefs: pumps and fans lose efficiency at part load (up to 30 %), exchangers foul (0.88..1), pipes differ by a few per
 * cent. A slope is held within three standard deviations of its belief, so that no fit can turn the sign of a law:
 * flow rises with pressure, power with flow, conductance with flow, the chip cools with flow.
 */
export const componentSpecs: Readonly<Record<ComponentName, ComponentSpec>> = {
  cduFlow: { perCdu: true, priorMean: [0, 0, 0], priorSd: [0.08, 0.04, 1e-3], noise: 0.01 },
  cduPump: { perCdu: true, priorMean: [0.05, 0, 0], priorSd: [0.2, 0.25, 1e-3], noise: 0.02 },
  cduExchanger: { perCdu: true, priorMean: [-0.06, 0, 0], priorSd: [0.15, 0.08, 0.08], noise: 0.06 },
  // Characteristics run from linear (slope 0) to equal-percentage (about -0.6): the middle, and wide.
  cduValve: { perCdu: true, priorMean: [0, -0.3, 0], priorSd: [0.1, 0.2, 1e-3], noise: 0.03 },
  chipRise: { perCdu: true, priorMean: [0, 0, 0], priorSd: [0.1, 0.06, 0.04], noise: 0.02 },
  facilityPump: { perCdu: false, priorMean: [0.05, 0, 0], priorSd: [0.2, 0.25, 1e-3], noise: 0.02 },
  plantExchanger: { perCdu: false, priorMean: [-0.05, 0, 0], priorSd: [0.1, 0.08, 0.08], noise: 0.06 },
  towerFlow: { perCdu: false, priorMean: [0, 0, 0], priorSd: [0.05, 0.05, 1e-3], noise: 0.02 },
  towerPump: { perCdu: false, priorMean: [0.05, 0, 0], priorSd: [0.2, 0.25, 1e-3], noise: 0.02 },
  towerAir: { perCdu: false, priorMean: [0, 0, 0], priorSd: [0.15, 0.1, 0.25], noise: 0.05 },
  losses: { perCdu: false, priorMean: [0, 0, 0], priorSd: [0.15, 0.15, 1e-3], noise: 0.02 },
  itMeter: { perCdu: false, priorMean: [0, 0, 0], priorSd: [0.02, 1e-3, 1e-3], noise: 0.005 },
}

const logRatio = (value: number, design: number) => Math.log(Math.max(value, 1e-6) / design)

/** Nearer to the wet bulb no tower is asked to come. */
const leastApproachK = 1.5

/** The lines' abscissae; the same functions serve learning and prediction. */
export const featuresOf = {
  cduFlow: (priors: Priors, dpKpa: number): Features => [
    1,
    logRatio(dpKpa, priors.site.nameplate.cdu.rackDpKpa),
    0,
  ],
  cduPump: (priors: Priors, flowLpm: number): Features => [
    1,
    logRatio(flowLpm, priors.site.design.cduFlowLpm),
    0,
  ],
  cduExchanger: (priors: Priors, flowLpm: number, primaryLpm: number): Features => [
    1,
    logRatio(flowLpm, priors.site.design.cduFlowLpm),
    logRatio(primaryLpm, priors.site.design.cduPrimaryFlowLpm),
  ],
  cduValve: (ratio: number): Features => [1, logRatio(ratio, 1), 0],
  chipRise: (priors: Priors, itKw: number, flowLpm: number): Features => [
    1,
    logRatio(flowLpm, priors.site.design.cduFlowLpm),
    itKw / priors.site.nameplate.itPerCduKw - 0.5,
  ],
  facilityPump: (priors: Priors, flowLpm: number): Features => [
    1,
    logRatio(flowLpm, priors.site.design.facilityFlowLpm),
    0,
  ],
  plantExchanger: (priors: Priors, facilityLpm: number, towerLpm: number): Features => [
    1,
    logRatio(facilityLpm, priors.site.design.facilityFlowLpm),
    logRatio(towerLpm, priors.site.design.towerFlowLpm),
  ],
  towerFlow: (percent: number): Features => [1, logRatio(percent, 100), 0],
  towerPump: (priors: Priors, flowLpm: number): Features => [
    1,
    logRatio(flowLpm, priors.site.design.towerFlowLpm),
    0,
  ],
  // An error of the wet-bulb sensor weighs the more, the nearer the water comes to it.
  towerAir: (air: number, approachK: number): Features => [
    1,
    logRatio(air, 0.5),
    1 / Math.max(approachK, leastApproachK),
  ],
  losses: (priors: Priors, itKw: number): Features => [1, logRatio(itKw, priors.itPlateKw), 0],
  itMeter: (): Features => [1, 0, 0],
} as const

/** Logarithm of measured ÷ prior, or undefined where the row does not say it or the ratio is beyond belief (a factor of 5). */
export function observe(measured: number, prior: number, features: Features): Observation | undefined {
  const target = Math.log(measured / prior)
  return Number.isFinite(target) && Math.abs(target) < 1.6 && features.every(Number.isFinite)
    ? { target, features }
    : undefined
}

/** Well beyond a sensor's error and a loop's lag: facility water that is so much warmer than asked for was not to be had colder. */
const unmetFromK = 0.4
/** An exchanger that seems to be worse than this share of its plate is one whose valve throttles. */
const foulestShare = 0.7

/** As fast as a plan may warm the water, and a little more. */
const walksAtMostK = 0.2

/**
 * Heat that is stored or released while the load or the water moves is not carried away now: such rows say nothing of
 * exchangers and towers.
 */
export const isSteady = (row: PlantRow, before: PlantRow | undefined): boolean => {
  if (!before || row.at - before.at > 2 * rowMs) return false
  const now = row.cdus.reduce((sum, cdu) => sum + cdu.itKw, 0)
  const then = before.cdus.reduce((sum, cdu) => sum + cdu.itKw, 0)
  const waterStands =
    Math.abs(row.tower.leavingSpC - before.tower.leavingSpC) < walksAtMostK &&
    Math.abs(row.facility.supplySpC - before.facility.supplySpC) < walksAtMostK
  return waterStands && Math.abs(now - then) < 0.12 * now
}
/** Components that weigh carried heat. */
export const needsSteady: ReadonlySet<ComponentName> = new Set(['cduExchanger', 'plantExchanger', 'towerAir'])

/** What one row says about one component of one CDU. */
export function observeCdu(
  name: ComponentName,
  row: PlantRow,
  cdu: CduRow,
  priors: Priors,
): Observation | undefined {
  switch (name) {
    case 'cduFlow':
      return observe(cdu.flowLpm, priors.cduFlow(cdu.dpKpa), featuresOf.cduFlow(priors, cdu.dpKpa))
    case 'cduPump':
      return observe(
        cdu.pumpKw,
        priors.cduPump(cdu.flowLpm, cdu.dpKpa),
        featuresOf.cduPump(priors, cdu.flowLpm),
      )
    case 'cduExchanger':
      return observe(
        conductanceSeen(row, cdu, priors),
        priors.cduUa(cdu.flowLpm, cdu.primaryFlowLpm),
        featuresOf.cduExchanger(priors, cdu.flowLpm, cdu.primaryFlowLpm),
      )
    case 'cduValve': {
      const ratio = cdu.primaryFlowLpm / priors.primaryFullOpen(row.facility.dpKpa)
      // A valve at its stop no longer tells how much opening the flow needed.
      return cdu.valvePercent > 98 || cdu.valvePercent < 2
        ? undefined
        : observe(cdu.valvePercent / 100, ratio, featuresOf.cduValve(ratio))
    }
    case 'chipRise':
      return observe(
        cdu.chipC - cdu.supplyC,
        priors.chipRise(cdu.itKw, cdu.flowLpm),
        featuresOf.chipRise(priors, cdu.itKw, cdu.flowLpm),
      )
    default:
      return undefined
  }
}

/** Conductance, kW/K, that the temperatures and flows of a row imply. */
function conductanceSeen(row: PlantRow, cdu: CduRow, priors: Priors): number {
  const heatKw = cdu.itKw + cdu.pumpKw
  const hot = priors.secondaryKwPerKLpm * cdu.flowLpm
  const cold = priors.facilityKwPerKLpm * cdu.primaryFlowLpm
  const least = Math.min(hot, cold)
  const inletSpread = cdu.supplyC + heatKw / hot - row.facility.supplyC
  const effectiveness = heatKw / (least * inletSpread)
  // Beyond 0.98 a tenth of a kelvin of sensor error moves the answer by half.
  if (!(effectiveness > 0.05 && effectiveness < 0.98)) return Number.NaN
  return counterFlowNtu(effectiveness, least / Math.max(hot, cold)) * least
}

/** Conductance of the plant's exchanger, kW/K: seen only while facility water is warmer than asked for, its valve wide open. */
function plantConductanceSeen(row: PlantRow, heatKw: number, primaryLpm: number, priors: Priors): number {
  const { facility, tower } = row
  if (!(facility.supplyC - facility.supplySpC > unmetFromK)) return Number.NaN
  const hot = priors.facilityKwPerKLpm * primaryLpm
  const cold = priors.towerKwPerKLpm * tower.flowLpm
  const least = Math.min(hot, cold)
  const effectiveness = heatKw / (least * (facility.supplyC + heatKw / hot - tower.leavingC))
  if (!(effectiveness > 0.05 && effectiveness < 0.98)) return Number.NaN
  const seen = counterFlowNtu(effectiveness, least / Math.max(hot, cold)) * least
  return seen < foulestShare * priors.exchangerUa(primaryLpm, tower.flowLpm) ? Number.NaN : seen
}

/** What one row says about one component of the plant. */
export function observePlant(name: ComponentName, row: PlantRow, priors: Priors): Observation | undefined {
  const { facility, tower } = row
  const primaryLpm = row.cdus.reduce((sum, cdu) => sum + cdu.primaryFlowLpm, 0)
  const cduPumpKw = row.cdus.reduce((sum, cdu) => sum + cdu.pumpKw, 0)
  const rackKw = row.cdus.reduce((sum, cdu) => sum + cdu.itKw, 0)
  switch (name) {
    case 'facilityPump':
      return observe(
        facility.pumpKw,
        priors.facilityPump(primaryLpm, facility.dpKpa),
        featuresOf.facilityPump(priors, primaryLpm),
      )
    case 'plantExchanger':
      return observe(
        plantConductanceSeen(row, rackKw + cduPumpKw + facility.pumpKw, primaryLpm, priors),
        priors.exchangerUa(primaryLpm, tower.flowLpm),
        featuresOf.plantExchanger(priors, primaryLpm, tower.flowLpm),
      )
    case 'towerFlow':
      return observe(
        tower.flowLpm,
        priors.askedTowerLpm(tower.flowSpPercent),
        featuresOf.towerFlow(tower.flowSpPercent),
      )
    case 'towerPump':
      return observe(
        tower.pumpKw,
        priors.towerPump(tower.flowLpm),
        featuresOf.towerPump(priors, tower.flowLpm),
      )
    case 'towerAir': {
      const heatKw = rackKw + cduPumpKw + facility.pumpKw + tower.pumpKw
      const askedLpm = priors.askedTowerLpm(tower.flowSpPercent)
      const air = priors.towerAir({
        heatKw,
        leavingC: tower.leavingC,
        wetBulbC: row.wetBulbC,
        flowLpm: tower.flowLpm,
        askedLpm,
      })
      const seen = priors.airOfFanPower(tower.fanKw, tower.flowLpm, askedLpm)
      return seen === undefined || air > 1.5 || air < 0.03
        ? undefined
        : // By the fans, not by the temperatures: an error of those would be in target and abscissa alike, and look like a slope.
          observe(seen, air, featuresOf.towerAir(seen, tower.leavingC - row.wetBulbC))
    }
    case 'losses': {
      const otherKw = facility.pumpKw + tower.fanKw + tower.pumpKw
      const lossKw = row.facilityKw - row.itKw - cduPumpKw - otherKw
      return observe(lossKw, priors.losses(row.itKw, cduPumpKw, otherKw), featuresOf.losses(priors, row.itKw))
    }
    case 'itMeter':
      return observe(row.itKw, rackKw, featuresOf.itMeter())
    default:
      return undefined
  }
}
