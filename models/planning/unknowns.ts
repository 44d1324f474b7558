import { withLeakage } from '#models/planning/resetCourse.ts'
import { type ComponentName, componentNames, componentSpecs } from '#models/plant/components.ts'
import { leakageBelief } from '#models/plant/model.ts'
import type { Conditions, Predictor, Settings } from '#models/plant/predict.ts'
import { predict } from '#models/plant/settle.ts'

/** A parameter that telemetry has left nearly as wide as it was believed before. */
export type Unknown = {
  readonly part: ComponentName | 'leakage'
  readonly name: string
  /** One standard deviation of what it may be, per cent; of leakage: per cent of itself. */
  readonly spreadPercent: number
  /** What the saving of the present move may differ by for it (one standard deviation), kW; null: no move, or not reckoned. */
  readonly costKw: number | null
}

/** Left of a belief's width: more than this is not known. */
const unknownAbove = 0.75

const saidOf: Readonly<Record<ComponentName, string>> = {
  cduFlow: 'CDU flow against pressure',
  cduPump: 'CDU pumps',
  cduExchanger: 'CDU exchangers',
  cduValve: 'CDU valves',
  chipRise: 'chips above their coolant',
  facilityPump: 'facility pumps',
  plantExchanger: "the plant's exchanger with its valve wide open",
  towerFlow: 'tower flow against its setpoint',
  towerPump: 'tower pumps',
  towerAir: 'air that the towers need',
  losses: 'electrical losses',
  itMeter: 'IT meter against racks',
}
const featureSaid = ['level', 'slope', 'second slope'] as const

/** What the model does not know, widest first; with a move at hand, what the leakage's doubt does to its saving. */
export function unknownsOf(
  of: Predictor,
  move?: { readonly held: Settings; readonly settings: Settings; readonly conditions: Conditions },
): Unknown[] {
  const factors = componentNames.flatMap(name =>
    featureSaid.flatMap((feature, place): Unknown[] => {
      const believed = componentSpecs[name].priorSd[place as 0]
      // A width of a thousandth is no question: that slope is not used.
      if (believed < 0.005) return []
      const left = widestSpread(of, name, place)
      if (left < unknownAbove * believed) return []
      return [{ part: name, name: `${saidOf[name]}: ${feature}`, spreadPercent: 100 * left, costKw: null }]
    }),
  )
  const { perK, sd, isIdentified } = of.model.leakage
  const leakage: Unknown = {
    part: 'leakage',
    name: 'growth of IT power with chip temperature',
    spreadPercent: (100 * sd) / (perK[0] ?? leakageBelief.perK),
    costKw: move ? leakageCostKw(of, move, sd) : null,
  }
  return [...(isIdentified ? [] : [leakage]), ...factors.sort((a, b) => b.spreadPercent - a.spreadPercent)]
}

/** Standard deviation over the members, of the CDU that is known worst. */
function widestSpread(of: Predictor, name: ComponentName, feature: number): number {
  return Math.max(
    ...of.model.parameters[name].map(members => {
      const values = members.slice(1).map(member => member[feature] as number)
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      return Math.sqrt(
        values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1),
      )
    }),
  )
}

/** Half of what the saving differs by between a leakage one standard deviation higher and one lower. */
function leakageCostKw(
  of: Predictor,
  move: { readonly held: Settings; readonly settings: Settings; readonly conditions: Conditions },
  sd: number,
): number {
  const savingAt = (perK: number) => {
    const conditions = withLeakage(of, move.held, move.conditions, { member: 0, perK })
    return (
      predict(of, 0, move.settings, conditions).facilityKw - predict(of, 0, move.held, conditions).facilityKw
    )
  }
  const perK = of.model.leakage.perK[0] as number
  return Math.abs(savingAt(perK + sd) - savingAt(perK - sd)) / 2
}
