import { featuresOf } from '#models/plant/components.ts'
import type { HybridPredictor } from '#models/plant/hybrid/air.ts'
import { frostGuard } from '#models/plant/hybrid/components.ts'
import { factorOf } from '#models/plant/model.ts'

export type TowerDuty = {
  readonly heatKw: number
  /** Setpoint of the leaving water. */
  readonly targetC: number
  readonly wetBulbC: number
  readonly flowLpm: number
}

export type TowerOutcome = {
  readonly fanKw: number
  readonly leavingC: number
  /** How far the leaving water stands above what it is asked for, with the fans at full speed. */
  readonly unmetK: number
}

/** Setpoint that the plant makes of what is asked: near frost the water is kept warm. */
export const guardedTargetC = (askedC: number, wetBulbC: number): number =>
  wetBulbC < frostGuard.belowWetBulbC ? Math.max(frostGuard.leastLeavingC, askedC) : askedC

/** Tower and fans at rest: at full air the water leaves warmer than asked, without fans it may leave colder. */
export function towerAtRest(of: HybridPredictor, member: number, duty: TowerDuty): TowerOutcome {
  const { liquid, site } = of.priors
  const air = airNeeded(of, member, duty, duty.targetC)
  if (air > 1) {
    const leavingC = leavingAt(of, member, duty, 1, { low: duty.targetC, high: duty.targetC + 40 })
    return { fanKw: liquid.towerFan(1, duty.flowLpm), leavingC, unmetK: leavingC - duty.targetC }
  }
  const free = site.nameplate.tower.freeConvectionFraction
  if (air >= free) return { fanKw: liquid.towerFan(air, duty.flowLpm), leavingC: duty.targetC, unmetK: 0 }
  // A bypass holds the water of a frosty day; on other days it cools as far as still air takes it.
  const leavingC =
    duty.wetBulbC < frostGuard.belowWetBulbC
      ? Math.min(duty.targetC, frostGuard.leastLeavingC)
      : leavingAt(of, member, duty, free, { low: duty.wetBulbC, high: duty.targetC })
  return { fanKw: 0, leavingC, unmetK: 0 }
}

function airNeeded(
  { priors, model }: HybridPredictor,
  member: number,
  duty: TowerDuty,
  leavingC: number,
): number {
  const plate = priors.liquid.towerAir({ ...duty, leavingC })
  return (
    plate *
    factorOf(
      model.coldPlates,
      'towerAir',
      { unit: 0, member },
      featuresOf.towerAir(plate, leavingC - duty.wetBulbC),
    )
  )
}

/**
 * Water that leaves with this share of air: less air is needed the warmer it leaves, nearly as a power of the approach, so
 * false position in logarithms (Illinois) finds it within 0.01 K in a few looks.
 */
function leavingAt(
  of: HybridPredictor,
  member: number,
  duty: TowerDuty,
  air: number,
  borders: { low: number; high: number },
): number {
  const { wetBulbC } = duty
  const over = (x: number) => Math.log(airNeeded(of, member, duty, wetBulbC + Math.exp(x)) / air)
  let low = Math.log(Math.max(0.3, borders.low - wetBulbC))
  let high = Math.log(Math.max(0.6, borders.high - wetBulbC))
  let [overLow, overHigh] = [over(low), over(high)]
  if (overLow <= 0) return wetBulbC + Math.exp(low)
  if (overHigh >= 0) return wetBulbC + Math.exp(high)
  let x = high
  for (let look = 0; look < 12; look++) {
    x = (low * overHigh - high * overLow) / (overHigh - overLow)
    const overX = over(x)
    if (Math.abs(overX) < 0.002) break
    if (overX > 0) {
      low = x
      overLow = overX
      overHigh /= 2
    } else {
      high = x
      overHigh = overX
      overLow /= 2
    }
  }
  return wetBulbC + Math.exp(x)
}
