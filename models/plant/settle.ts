import { featuresOf } from '#models/plant/components.ts'
import { factorOf } from '#models/plant/model.ts'
import {
  type Conditions,
  type Outcome,
  type Predictor,
  predictCdu,
  predictUnsettled,
  type Settings,
} from '#models/plant/predict.ts'

/**
 * The plant at rest under these settings and conditions, as one member of the ensemble sees it. Where the tower, the
 * exchanger or a valve cannot hold its setpoint, the warmer water reaches the next loop, more of it is pumped, and so on
 * until flows and temperatures agree: a saturated plant costs far more than its setpoints say. Some settings have two such
 * states, one with valves that throttle and one with valves wide open, whose flow warms the water that they wait for: a
 * plant stays in the one where it is (`conditions.facilityC`).
 */
export function predict(of: Predictor, member: number, settings: Settings, conditions: Conditions): Outcome {
  const startsAtC = Math.max(settings.facilitySupplyC, conditions.facilityC ?? settings.facilitySupplyC)
  let at: Settings = { ...settings, facilitySupplyC: startsAtC }
  let outcome = predictUnsettled(of, member, at, conditions)
  // Each turn warms the water or leaves it; ten bring the worst case (all valves open) within 0.02 K.
  for (let turn = 0; turn < 10; turn++) {
    const before = at
    at = warmedBy(of, member, { settings, conditions, at, outcome })
    const isSettled =
      Math.abs(at.towerLeavingC - before.towerLeavingC) < 0.02 &&
      Math.abs(at.facilitySupplyC - before.facilitySupplyC) < 0.02 &&
      Math.abs(at.facilityDpKpa - before.facilityDpKpa) < 1
    if (isSettled) break
    outcome = predictUnsettled(of, member, at, conditions)
  }
  return outcome
}

/** The settings as the plant can hold them, after what came of holding them `at`. */
function warmedBy(
  of: Predictor,
  member: number,
  now: { settings: Settings; conditions: Conditions; at: Settings; outcome: Outcome },
): Settings {
  const { settings, conditions, at, outcome } = now
  const towerLeavingC =
    outcome.towerAir > 1
      ? Math.max(
          settings.towerLeavingC,
          leavingAtFullAir(of, member, { ...outcome, ...settings }, conditions.wetBulbC),
        )
      : at.towerLeavingC
  const lackK = Math.max(
    0,
    outcome.facilityReachableC - at.towerLeavingC + towerLeavingC - settings.facilitySupplyC,
  )
  const warmed = { ...settings, towerLeavingC, facilitySupplyC: settings.facilitySupplyC + lackK }
  return { ...warmed, facilityDpKpa: heldPressure(of, member, warmed, conditions, outcome) }
}

/** Facility pressure that the pumps can hold: flow rises with it, what pumps have left falls with flow; they cross once. */
export function heldPressure(
  of: Predictor,
  member: number,
  settings: Settings,
  conditions: Conditions,
  outcome: Pick<Outcome, 'primaryLpm'>,
): number {
  if (of.priors.facilityDpMost(outcome.primaryLpm) >= settings.facilityDpKpa) return settings.facilityDpKpa
  let low = 1
  let high = settings.facilityDpKpa
  // 8 halvings: 0.6 kPa of 160.
  for (let halving = 0; halving < 8; halving++) {
    const facilityDpKpa = (low + high) / 2
    const flowLpm = conditions.itKw.reduce(
      (sum, _, cdu) =>
        sum + predictCdu(of, member, cdu, { ...settings, facilityDpKpa }, conditions).primaryLpm,
      0,
    )
    if (of.priors.facilityDpMost(flowLpm) < facilityDpKpa) high = facilityDpKpa
    else low = facilityDpKpa
  }
  return low
}

/** Water that leaves the tower with its fans at full speed. */
export function leavingAtFullAir(
  { priors, model }: Predictor,
  member: number,
  at: Pick<Outcome, 'towerHeatKw' | 'towerLpm'> & Pick<Settings, 'towerFlowPercent'>,
  wetBulbC: number,
): number {
  const { towerHeatKw: heatKw, towerLpm: flowLpm } = at
  const askedLpm = priors.askedTowerLpm(at.towerFlowPercent)
  let low = wetBulbC + 0.3
  let high = wetBulbC + 40
  // 16 halvings of 40 K: 0.001 K, so that fans that run flat out read as flat out.
  for (let halving = 0; halving < 16; halving++) {
    const leavingC = (low + high) / 2
    const plateAir = priors.towerAir({ heatKw, leavingC, wetBulbC, flowLpm, askedLpm })
    const air =
      plateAir *
      factorOf(model, 'towerAir', { unit: 0, member }, featuresOf.towerAir(plateAir, leavingC - wetBulbC))
    if (air > 1) low = leavingC
    else high = leavingC
  }
  return high
}
