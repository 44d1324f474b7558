import { type Situation, walkedTo } from '#models/planning/levers/judge.ts'
import type { Values } from '#models/planning/levers/patternSearch.ts'
import { planLimits } from '#models/planning/limits.ts'
import type { LearnedPlant, OutsideConditions } from '#models/plant/learned/learnedPlant.ts'

/** Mean of one coming hour, and how it begins. */
export type HourAhead = Pick<OutsideConditions, 'itKw' | 'wetBulbC' | 'dryBulbC' | 'wereChillersOn'>

/** The load as foreseen is drawn by chips as warm as they are now: warmer ones draw more. */
export function withLeakage(
  plant: LearnedPlant,
  member: number,
  held: Values,
  ahead: HourAhead,
): OutsideConditions {
  const { meanJunctionC } = plant.predict(member, held, ahead)
  return {
    ...ahead,
    leakage: { referenceC: meanJunctionC, perK: plant.leakage?.perK ?? planLimits.leakagePerK },
  }
}

/** New minus hold as the objective weighs it, kW, negative saves. */
export type Gain = {
  readonly medianKw: number
  readonly spreadKw: number
  readonly savingShare: number
}

/** New minus hold in each member but the best fit, with the same inputs: what all get wrong alike cancels. */
export function ensembleGain(situation: Situation, hours: readonly HourAhead[], best: Values): Gain {
  const { plant, held } = situation
  const members = plant.memberCount > 1 ? plant.memberCount - 1 : 1
  const gains = Array.from({ length: members }, (_, index) => {
    const member = plant.memberCount > 1 ? index + 1 : 0
    const conditions = hours.map(hourAhead => withLeakage(plant, member, held, hourAhead))
    const weighedKw = (valuesAt: (hourAhead: number) => Values) =>
      situation.weigh.meanKw(
        conditions.map((one, ahead) => plant.predict(member, valuesAt(ahead), one).facilityKw),
      )
    return weighedKw(ahead => walkedTo(situation, best, ahead + 1)) - weighedKw(() => held)
  }).sort((a, b) => a - b)
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / members
  return {
    medianKw: gains[Math.floor(members / 2)] as number,
    savingShare: gains.filter(gain => gain < 0).length / members,
    spreadKw: Math.sqrt(gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / Math.max(1, members - 1)),
  }
}
