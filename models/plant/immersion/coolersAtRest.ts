import { featuresOf } from '#models/plant/immersion/components.ts'
import type { ImmersionMember, LoopAtRest } from '#models/plant/immersion/loopAtRest.ts'
import { factorOf } from '#models/plant/immersion/model.ts'

/** Air as it reaches the coils. */
export type CoilAir = { readonly airC: number; readonly padsWet: boolean }

/** Coolant that leaves with all fans at full speed: the plate's share of air at which the learned need is 1. */
export function leavingAtFullAir(
  { priors, model, member }: ImmersionMember,
  loop: LoopAtRest,
  { airC, padsWet }: CoilAir,
): number {
  const [, slope = 0] = model.parameters.coolerAir[0]?.[member] ?? []
  const factor = factorOf(model, 'coolerAir', { unit: 0, member }, featuresOf.coolerAir(1, padsWet))
  return priors.leavingWith(factor ** (-1 / (1 + slope)), {
    heatKw: loop.heatKw,
    airC,
    flowLpm: loop.flowLpm,
  })
}

/** Electrical power of fans and pad pump, kW. */
export function coolersAtRest(
  { priors, model, member }: ImmersionMember,
  loop: LoopAtRest,
  leavingC: number,
  { airC, padsWet }: CoilAir,
): number {
  const plateAir = priors.coolerAir({ heatKw: loop.heatKw, leavingC, airC, flowLpm: loop.flowLpm })
  const air =
    plateAir * factorOf(model, 'coolerAir', { unit: 0, member }, featuresOf.coolerAir(plateAir, padsWet))
  return priors.coolerFan(air, padsWet) + (padsWet ? priors.site.nameplate.cooler.pads.pumpKw : 0)
}
