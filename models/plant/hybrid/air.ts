import { hybridFeatures } from '#models/plant/hybrid/components.ts'
import { type HybridModel, hybridFactor } from '#models/plant/hybrid/model.ts'
import type { HybridPriors } from '#models/plant/hybrid/priors.ts'

export type HybridPredictor = { readonly priors: HybridPriors; readonly model: HybridModel }

/** What the air side is asked for, and by what water. */
export type AirDuty = {
  /** Heat of the servers into the air, their fans at `fansAtC`. */
  readonly heatKw: number
  /** Inlet at which that heat was drawn: warmer air drives server fans up. Undefined: the heat is taken as it is. */
  readonly fansAtC: number | undefined
  readonly supplyC: number
  readonly airPercent: number
  readonly chilledC: number
  readonly dpKpa: number
}

export type AirOutcome = {
  /** Heat of the servers into the air under these settings. */
  readonly heatKw: number
  readonly fanKw: number
  readonly waterLpm: number
  /** Opening that the coils' valves need, per cent; above 100 the supply air cannot be held. */
  readonly valvePercent: number
  readonly supplyC: number
  /** Air into the servers. */
  readonly inletC: number
}

/** CRAHs and coils at rest. */
export function airAtRest(of: HybridPredictor, member: number, duty: AirDuty): AirOutcome {
  const asHeld = airWith(of, member, duty, duty.heatKw * fansShare(of, duty, duty.supplyC))
  const drawn = duty.heatKw * fansShare(of, duty, asHeld.inletC)
  return drawn === asHeld.heatKw ? asHeld : airWith(of, member, duty, drawn)
}

const fansShare = ({ priors }: HybridPredictor, duty: AirDuty, inletC: number): number =>
  duty.fansAtC === undefined ? 1 : priors.serverFans(inletC) / priors.serverFans(duty.fansAtC)

function airWith(of: HybridPredictor, member: number, duty: AirDuty, heatKw: number): AirOutcome {
  const { priors, model } = of
  const asked = priors.airFraction(duty.airPercent, heatKw)
  const air = Math.min(1.2, asked * hybridFactor(model, 'crahAir', member, hybridFeatures.crahAir(asked)))
  const fanKw = priors.crahFan(air) * hybridFactor(model, 'crahFan', member, hybridFeatures.crahFan(air))
  const airKwPerK = air * priors.designAirKwPerK
  const riseK = heatKw / airKwPerK
  const coil = { air, coilKw: heatKw + fanKw }
  const needed = coilWater(of, member, { ...coil, spreadK: duty.supplyC + riseK - duty.chilledC })
  const full = priors.coilFullOpen(duty.dpKpa)
  const most = full * coilRatioWideOpen(model, member)
  const waterLpm = Math.min(needed, most)
  const ratio = needed / full
  const supplyC =
    needed > most
      ? Math.max(duty.supplyC, duty.chilledC + coil.coilKw / perK(of, member, air, most) - riseK)
      : duty.supplyC
  const overNeed = (airKwPerK * priors.site.nameplate.air.riseK) / Math.max(heatKw, 1e-6)
  const mixing = Math.min(1, hybridFactor(model, 'airMixing', member, hybridFeatures.airMixing(overNeed)))
  return {
    heatKw,
    fanKw,
    waterLpm,
    valvePercent: 100 * ratio * hybridFactor(model, 'coilValve', member, hybridFeatures.coilValve(ratio)),
    supplyC,
    inletC: supplyC + (1 - mixing) * riseK,
  }
}

/** Beyond this multiple of design flow no valve passes more; a need above it reads as saturation. */
const waterMost = 2.5

/** Chilled water that takes the coil's heat over this spread: it rises with flow, so bisection in the logarithm finds it. */
function coilWater(
  of: HybridPredictor,
  member: number,
  coil: { air: number; coilKw: number; spreadK: number },
): number {
  const design = of.priors.designWaterLpm
  let low = 0.005 * design
  let high = waterMost * design
  const takes = (lpm: number) => perK(of, member, coil.air, lpm) * coil.spreadK
  if (!(takes(high) >= coil.coilKw)) return high
  for (let halving = 0; halving < 12; halving++) {
    const middle = Math.sqrt(low * high)
    if (takes(middle) < coil.coilKw) low = middle
    else high = middle
  }
  return Math.sqrt(low * high)
}

function perK({ priors, model }: HybridPredictor, member: number, air: number, waterLpm: number): number {
  const ua =
    priors.coilUa(air, waterLpm) *
    hybridFactor(model, 'coil', member, hybridFeatures.coil(priors, air, waterLpm))
  return priors.coilHeatPerK(ua, air, waterLpm)
}

/** The valve's line read backwards: share of full flow that it passes wide open. */
function coilRatioWideOpen(model: HybridModel, member: number): number {
  const [level = 0, slope = 0] = model.parameters.coilValve[member] as readonly number[]
  return Math.exp(-level / (1 + slope))
}
