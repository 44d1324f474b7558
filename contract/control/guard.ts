import {
  type Bounds,
  boundsOf,
  type ControlSite,
  clamp,
  commissionedValue,
  isEconomising,
  type SteeredPoint,
  sameWithin,
} from '#contract/control/bounds.ts'
import { type Asker, rampStep } from '#contract/control/ramps.ts'
import { minute } from '#contract/units.ts'

/**
 * The local last word. It runs every cycle on the value that is held, whoever asked for it, and it can only make a
 * wish safer: nothing leaves it that is not a number inside the bounds.
 */
export type GuardQuestion = {
  readonly site: ControlSite
  readonly steered: SteeredPoint
  /** This agent's own bounds, where they are narrower than the site's. */
  readonly bounds?: Bounds | undefined
  readonly asker: Asker
  readonly requested: number
  /** What the device holds now; not a number when unknown. */
  readonly held: number
  /** Site time since the value could last move. */
  readonly elapsedMs: number
  /** Highest dew point of the white space; undefined: sensor lost. */
  readonly dewPointC: number | undefined
  /** Facility water that this CDU gets (the larger of measured and asked for); undefined where it does not matter. */
  readonly facilitySupplyC?: number | undefined
  /** Rack flow over design, with the pump running; undefined: not measured or not running. */
  readonly flowFraction?: number | undefined
  /** The inputs behind these checks are fresh; otherwise nothing moves in the economising direction. */
  readonly inputsFresh: boolean
}

export type GuardCheck =
  | ''
  | 'guard.number'
  | 'guard.bounds'
  | 'guard.ramp'
  | 'guard.freshness'
  | 'guard.dewPoint'
  | 'guard.facilitySupply'
  | 'guard.minimumFlow'

export type GuardAnswer = {
  /** What may be written now. */
  readonly allowed: number
  /** Where it may arrive when ramps have run out: differs from the request when a check keeps them apart. */
  readonly aim: number
  readonly check: GuardCheck
  readonly why: string
}

export const guardLimits = {
  dewPointMarginK: 2,
  /** CDU supply with the dew-point sensor lost: above the dew point of any white space inside ASHRAE's recommended range (15 °C). */
  supplyFloorWithoutDewPointC: 21,
  cduOverFacilityK: 1,
  /** How fast the guard itself raises water that has come too near the dew point. */
  raisePerMs: 1 / minute,
} as const

export function guard(question: GuardQuestion): GuardAnswer {
  const { site, steered } = question
  const bounds = question.bounds ?? boundsOf(site, steered)
  const held = Number.isFinite(question.held) ? question.held : commissionedValue(site, steered)
  const state = { aim: question.requested, check: '' as GuardCheck, why: '' }
  const cut = (aim: number, check: GuardCheck, why: string) => {
    if (Math.abs(aim - state.aim) < 1e-9) return
    Object.assign(state, { aim, check, why })
  }
  if (!Number.isFinite(state.aim))
    Object.assign(state, { aim: held, check: 'guard.number', why: 'the request is not a number' })
  cut(
    clamp(state.aim, bounds),
    'guard.bounds',
    `allowed is ${short(bounds.lowest)} to ${short(bounds.highest)}`,
  )
  if (!question.inputsFresh && isEconomising(steered, { from: held, to: state.aim }))
    cut(
      clamp(held, bounds),
      'guard.freshness',
      'inputs behind the checks are stale: nothing moves toward less cooling',
    )
  const unhindered = rampStep({
    site,
    steered,
    asker: question.asker,
    held,
    target: state.aim,
    elapsedMs: question.elapsedMs,
  })
  const floor = floorOf(question, held, unhindered)
  if (floor && state.aim < floor.value) cut(Math.min(floor.value, bounds.highest), floor.check, floor.why)

  const ramped = rampStep({
    site,
    steered,
    asker: question.asker,
    held,
    target: state.aim,
    elapsedMs: question.elapsedMs,
  })
  const lifted = floor ? liftToFloor(question, { held, ramped, floor: floor.value }) : ramped
  const allowed = clamp(lifted, bounds) + 0
  if (state.check === '' && Math.abs(allowed - state.aim) > 1e-9) {
    const onlyRamp = `walking from ${short(held)} to ${short(state.aim)}`
    return { allowed, aim: state.aim, check: 'guard.ramp', why: onlyRamp }
  }
  return { allowed, aim: state.aim, check: state.check, why: state.why }
}

/** A check has kept the value from where it was asked to be, not only delayed it. */
export const isClipped = (
  question: { readonly requested: number; readonly steered: SteeredPoint },
  answer: GuardAnswer,
): boolean =>
  !Number.isFinite(question.requested) ||
  Math.abs(answer.aim - question.requested) > 2 * sameWithin(question.steered)

type Floor = { readonly value: number; readonly check: GuardCheck; readonly why: string }

/** The lowest value that the plant's present state allows, where there is one: the highest of the floors that apply. */
function floorOf(question: GuardQuestion, held: number, unhindered: number): Floor | undefined {
  const floors = [
    ...dewPointFloors(question, held),
    // Facility and CDU water walk down together: what matters is where the CDU stands now, not where both will end.
    ...facilityFloors(question).filter(floor => unhindered < floor.value),
    ...flowFloors(question, held),
  ]
  return floors.reduce<Floor | undefined>(
    (highest, floor) => (highest && highest.value >= floor.value ? highest : floor),
    undefined,
  )
}

/** Pipes that sweat: CDU supply and facility supply, unless declared insulated, stay 2 K above the dew point. */
function dewPointFloors({ site, steered, dewPointC }: GuardQuestion, held: number): Floor[] {
  if (steered.quantity !== 'temperature' || steered.kind === 'coolingTower') return []
  const pipe = steered.kind === 'cdu' ? 'cdu' : 'facility'
  if (site.coolant.insulatedPipes.includes(pipe)) return []
  if (dewPointC !== undefined)
    return [
      {
        value: dewPointC + guardLimits.dewPointMarginK,
        check: 'guard.dewPoint',
        why: `dew point ${short(dewPointC)} °C + ${guardLimits.dewPointMarginK} K`,
      },
    ]
  const floors: Floor[] = [{ value: held, check: 'guard.dewPoint', why: 'dew point unknown: no lowering' }]
  if (pipe === 'cdu')
    floors.push({
      value: guardLimits.supplyFloorWithoutDewPointC,
      check: 'guard.dewPoint',
      why: 'dew point unknown: at least 21 °C',
    })
  return floors
}

function facilityFloors({ steered, facilitySupplyC }: GuardQuestion): Floor[] {
  if (steered.kind !== 'cdu' || steered.quantity !== 'temperature' || facilitySupplyC === undefined) return []
  const value = facilitySupplyC + guardLimits.cduOverFacilityK
  return [
    {
      value,
      check: 'guard.facilitySupply',
      why: `facility water ${short(facilitySupplyC)} °C + ${guardLimits.cduOverFacilityK} K`,
    },
  ]
}

/**
 * Measured flow below the floor asks for as much more pressure as the flow law needs: at 40 % of design flow with a
 * floor of 50 % and an exponent of 1.75, pressure × (50/40)^1.75 = × 1.48.
 */
function flowFloors({ site, steered, flowFraction }: GuardQuestion, held: number): Floor[] {
  const { minimumFlowFraction, rackDpExponent } = site.nameplate.cdu
  if (steered.kind !== 'cdu' || steered.quantity !== 'pressure' || flowFraction === undefined) return []
  if (flowFraction >= minimumFlowFraction || flowFraction <= 0.05) return []
  const value = held * Math.min(1.5, (minimumFlowFraction / flowFraction) ** rackDpExponent)
  return [
    {
      value,
      check: 'guard.minimumFlow',
      why: `rack flow ${short(100 * flowFraction)} % of design, floor ${short(100 * minimumFlowFraction)} %`,
    },
  ]
}

/** Below its floor a temperature is raised by 1 K/min and a pressure at once; above it, nothing goes below. */
function liftToFloor(
  question: GuardQuestion,
  values: { held: number; ramped: number; floor: number },
): number {
  const { held, ramped, floor } = values
  if (ramped >= floor) return ramped
  if (question.steered.quantity !== 'temperature' || held >= floor) return floor
  return Math.max(ramped, Math.min(floor, held + guardLimits.raisePerMs * Math.max(0, question.elapsedMs)))
}

const short = (value: number): string => String(Math.round(value * 100) / 100)
