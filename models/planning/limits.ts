import { type Bounds, boundsOf, clamp, type SteeredPoint, steeredPoint } from '#contract/control/bounds.ts'
import { guardLimits } from '#contract/control/guard.ts'
import { rampPerMs } from '#contract/control/ramps.ts'
import type { Site } from '#contract/site/site.ts'
import { hour } from '#contract/units.ts'
import { returnable } from '#models/planning/returnable.ts'
import type { Settings } from '#models/plant/predict.ts'

/** A plan's own caution, beyond what the guard enforces on the agent. */
export const planLimits = {
  /** The hour's hottest minute stays this far under the limit (DESIGN 7). */
  chipMarginK: 1.5,
  /** One-sided 0.1 %. */
  chipSigmas: 3.09,
  valvePercent: 92,
  /** At the busiest load of the last hours: short of the 95 % at which the agent raises pressure by itself. */
  busyValvePercent: 94,
  /** There the facility water may come this much warmer than set, and the tower may lack a tenth of its air. */
  busyLackK: 1,
  busyTowerAir: 1.1,
  /** A load this share above the forecast, or air this much wetter, is worth a look of its own. */
  busyFrom: 1.01,
  busyFromK: 0.1,
  /** Rack flow stays above its floor by this share and what the model does not know, so that the guard's own floor never has to act. */
  flowReserve: 1.005,
  /** At the busiest load foreseen chips stay this far from where the safety sequence takes over, which keeps pressure until they are 3 K cooler still. */
  shyOfSafetyK: 0.3,
  /** Share of full air beyond which the tower has no reserve for a gust of wet air. */
  towerAir: 0.95,
  /** Assumed growth of IT power with chip temperature where it is not identified (YARDSTICKS 1). */
  leakagePerK: 0.002,
  /** A move must be worth this share of facility energy, in this share of the ensemble. */
  worthShare: 0.0002,
  worthMembers: 0.8,
} as const

/** The six things that may move: four that the plant shares and two for each CDU. */
export const moveNames = [
  'towerLeavingC',
  'towerFlowPercent',
  'facilitySupplyC',
  'facilityDpKpa',
  'cduSupplyC',
  'cduDpKpa',
] as const
export type MoveName = (typeof moveNames)[number]

const point = (kind: SteeredPoint['kind'], name: string): SteeredPoint => {
  const found = steeredPoint(kind, name)
  if (!found) throw new Error(`${kind}.${name} is not in the list of steered points`)
  return found
}

export const steeredOf: Readonly<Record<MoveName, SteeredPoint>> = {
  towerLeavingC: point('coolingTower', 'leavingTemperatureSp'),
  towerFlowPercent: point('coolingTower', 'waterFlowSp'),
  facilitySupplyC: point('facilityLoop', 'supplyTemperatureSp'),
  facilityDpKpa: point('facilityLoop', 'differentialPressureSp'),
  cduSupplyC: point('cdu', 'supplyTemperatureSp'),
  cduDpKpa: point('cdu', 'differentialPressureSp'),
}

/** Where each value may stand at the end of the hour: site bounds, dew point and what the ramps let it reach. */
export type Reach = Readonly<Record<Exclude<MoveName, 'cduSupplyC' | 'cduDpKpa'>, Bounds>> & {
  readonly cduSupplyC: readonly Bounds[]
  readonly cduDpKpa: readonly Bounds[]
}

export type ReachQuestion = {
  readonly site: Site
  readonly held: Settings
  readonly durationMs: number
  /** Highest dew point of the white space; undefined: unknown, nothing is lowered. */
  readonly dewPointC: number | undefined
  /** The plant's own setpoints, and those of each CDU, may be moved. */
  readonly plantIsFree: boolean
  readonly cduIsFree: readonly boolean[]
}

export function reachOf(question: ReachQuestion): Reach {
  const { held } = question
  const shared = (name: 'towerLeavingC' | 'towerFlowPercent' | 'facilitySupplyC' | 'facilityDpKpa') =>
    question.plantIsFree ? reachFrom(question, name, held[name]) : fixed(held[name])
  return {
    towerLeavingC: shared('towerLeavingC'),
    towerFlowPercent: shared('towerFlowPercent'),
    facilitySupplyC: shared('facilitySupplyC'),
    facilityDpKpa: shared('facilityDpKpa'),
    cduSupplyC: held.cduSupplyC.map((value, cdu) =>
      question.cduIsFree[cdu] ? reachFrom(question, 'cduSupplyC', value) : fixed(value),
    ),
    cduDpKpa: held.cduDpKpa.map((value, cdu) =>
      question.cduIsFree[cdu] ? reachFrom(question, 'cduDpKpa', value) : fixed(value),
    ),
  }
}

/** The same reach, but toward more cooling no further than an hour's ramp could bring each value back. */
export function returnableReach(site: Site, reach: Reach, held: Settings): Reach {
  const one = (name: MoveName, bounds: Bounds, value: number): Bounds => {
    const steered = steeredOf[name]
    return returnable(bounds, value, {
      economising: steered.economising,
      rampPerHour: rampPerMs(site, steered, 'plan', true) * hour,
    })
  }
  const each = (name: 'cduSupplyC' | 'cduDpKpa') =>
    reach[name].map((bounds, cdu) => one(name, bounds, held[name][cdu] as number))
  return {
    towerLeavingC: one('towerLeavingC', reach.towerLeavingC, held.towerLeavingC),
    towerFlowPercent: one('towerFlowPercent', reach.towerFlowPercent, held.towerFlowPercent),
    facilitySupplyC: one('facilitySupplyC', reach.facilitySupplyC, held.facilitySupplyC),
    facilityDpKpa: one('facilityDpKpa', reach.facilityDpKpa, held.facilityDpKpa),
    cduSupplyC: each('cduSupplyC'),
    cduDpKpa: each('cduDpKpa'),
  }
}

const fixed = (value: number): Bounds => ({ lowest: value, highest: value })

function reachFrom({ site, dewPointC, durationMs }: ReachQuestion, name: MoveName, value: number): Bounds {
  const steered = steeredOf[name]
  const bounds = boundsOf(site, steered)
  const saving = rampPerMs(site, steered, 'plan', true) * durationMs
  const cooling = rampPerMs(site, steered, 'plan', false) * durationMs
  const [down, up] = steered.economising === 'up' ? [cooling, saving] : [saving, cooling]
  const reached = { lowest: clamp(value - down, bounds), highest: clamp(value + up, bounds) }
  const floor = dewPointFloor(site, name, { dewPointC, value })
  return floor === undefined
    ? reached
    : {
        lowest: clamp(Math.max(reached.lowest, floor), bounds),
        highest: Math.max(reached.highest, clamp(floor, bounds)),
      }
}

/** Pipes that would sweat stay above the dew point; with the dew point unknown nothing gets colder. */
export function dewPointFloor(
  site: Site,
  name: MoveName,
  at: { readonly dewPointC: number | undefined; readonly value: number },
): number | undefined {
  const pipe = name === 'cduSupplyC' ? 'cdu' : name === 'facilitySupplyC' ? 'facility' : undefined
  if (pipe === undefined || site.coolant.insulatedPipes.includes(pipe)) return undefined
  return at.dewPointC === undefined ? at.value : at.dewPointC + guardLimits.dewPointMarginK
}
