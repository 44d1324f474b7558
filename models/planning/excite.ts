import { type Bounds, clamp } from '#contract/control/bounds.ts'
import { judge, type Situation, type Verdict } from '#models/planning/judge.ts'
import type { MoveName, Reach } from '#models/planning/limits.ts'
import { steeredOf } from '#models/planning/limits.ts'
import type { Unknown } from '#models/planning/unknowns.ts'
import type { Settings } from '#models/plant/predict.ts'

/** A small step that costs next to nothing and shows what telemetry has not shown. */
export type Excitation = {
  readonly settings: Settings
  readonly family: MoveName
  /** What is learned from it, as the plan names its unknowns. */
  readonly toLearn: string
  /** Above the settings that the plan would have kept, by the model. */
  readonly costKw: number
}

export const excitationLimits = {
  /** One hour in three: those between show the plant at rest. */
  everyHours: 3,
  /** Of facility power, in that hour. */
  costShare: 0.0005,
  /** Of the commissioned pressure or of full flow, and kelvins. */
  stepShare: 0.04,
  stepK: 0.5,
} as const

/** The setpoints that move what a part does; losses and meters follow the load alone. */
const familyOf: Readonly<Partial<Record<Unknown['part'], MoveName>>> = {
  leakage: 'cduSupplyC',
  cduFlow: 'cduDpKpa',
  cduPump: 'cduDpKpa',
  chipRise: 'cduDpKpa',
  cduExchanger: 'cduDpKpa',
  cduValve: 'facilityDpKpa',
  facilityPump: 'facilityDpKpa',
  plantExchanger: 'towerLeavingC',
  towerAir: 'towerLeavingC',
  towerFlow: 'towerFlowPercent',
  towerPump: 'towerFlowPercent',
}

/**
 * One family of setpoints a little off in an hour that would have been held: the families of what is unknown take turns, and
 * each goes to one side and then to the other, neighbouring CDUs to opposite sides where their limits let them. Undefined: it is not the hour for it,
 * nothing that can be moved is unknown, or every such step would break a limit or cost too much.
 */
export function excitation(
  situation: Situation,
  reach: Reach,
  at: {
    readonly settings: Settings
    readonly verdict: Verdict
    readonly unknown: readonly Unknown[]
    /** Full hours since any fixed instant. */
    readonly hourNumber: number
  },
): Excitation | undefined {
  const { everyHours, costShare } = excitationLimits
  const turn = Math.floor(at.hourNumber / everyHours)
  if (at.hourNumber % everyHours !== 0 || at.verdict.penaltyKw > roundingKw) return undefined
  const asked = new Map<MoveName, string>()
  for (const { part, name } of at.unknown) {
    const family = familyOf[part]
    if (family !== undefined && !asked.has(family)) asked.set(family, name)
  }
  const families = [...asked]
  for (const offset of families.keys()) {
    const [family, toLearn] = families[(turn + offset) % families.length] as [MoveName, string]
    // Each family comes once in as many turns as there are families: its side changes each time.
    const side = Math.floor(turn / families.length) % 2 === 0 ? 1 : -1
    for (const step of stepsOf(family, side)) {
      const settings = stepped(situation, reach, at.settings, { family, ...step })
      if (!settings) continue
      const verdict = judge(situation, settings)
      const costKw = paidKw(verdict) - paidKw(at.verdict)
      const isWithinLimits = verdict.penaltyKw <= Math.max(at.verdict.penaltyKw, roundingKw)
      if (isWithinLimits && costKw <= costShare * at.verdict.outcome.facilityKw)
        return { settings, family, toLearn, costKw }
    }
  }
  return undefined
}

/** Below this a penalty is the rounding of settings that rest on their limits: a tenth of a kelvin, half a per cent of valve. */
const roundingKw = 40

/** What the hour takes; a penalty within rounding is nobody's bill. */
const paidKw = ({ costKw, penaltyKw }: Verdict): number => costKw - penaltyKw

type Step = { readonly sign: number; readonly isAlike: boolean; readonly scale: number }

/** The side whose turn it is, the other one, and (a plan rests on its limits) more cooling for all; each whole and by half. */
function stepsOf(family: MoveName, side: number): Step[] {
  const cooler = steeredOf[family].economising === 'up' ? -1 : 1
  return [1, 0.5].flatMap(scale => [
    { sign: side, isAlike: false, scale },
    { sign: -side, isAlike: false, scale },
    { sign: cooler, isAlike: true, scale },
  ])
}

/** Undefined: nothing of this family can move. */
function stepped(
  { of }: Situation,
  reach: Reach,
  settings: Settings,
  { family, sign, isAlike, scale }: Step & { readonly family: MoveName },
): Settings | undefined {
  const { stepK, stepShare } = excitationLimits
  const { design } = of.priors.site
  const step = (): number => {
    switch (steeredOf[family].quantity) {
      case 'temperature':
        return stepK
      case 'flow':
        return 100 * stepShare
      case 'pressure':
        return (
          stepShare * (family === 'cduDpKpa' ? design.cduDpCommissionedKpa : design.facilityDpCommissionedKpa)
        )
    }
  }
  const one = (value: number, bounds: Bounds, side: number) => clamp(value + scale * side * step(), bounds)
  if (family === 'cduSupplyC' || family === 'cduDpKpa') {
    const values = settings[family].map((value, cdu) =>
      one(value, reach[family][cdu] as Bounds, isAlike || cdu % 2 === 0 ? sign : -sign),
    )
    return values.every((value, cdu) => value === settings[family][cdu])
      ? undefined
      : { ...settings, [family]: values }
  }
  const value = one(settings[family], reach[family], sign)
  return value === settings[family] ? undefined : { ...settings, [family]: value }
}
