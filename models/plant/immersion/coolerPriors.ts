import type { ImmersionSite } from '#contract/site/immersion.ts'
import { effectiveness, filmsConductanceKwPerK } from '#models/physics/exchangers.ts'
import { fanPowerFraction } from '#models/physics/pumpsAndFans.ts'
import { zeroOfRising } from '#models/plant/immersion/solve.ts'

/** Specific heat of air, kJ/(kg·K). */
const airKjPerKgK = 1.006
/** More air than the fans have: a need above 1 reads as saturation, and the factor stays smooth through it. */
const airMost = 2

export type CoolerDuty = {
  readonly heatKw: number
  readonly leavingC: number
  /** Air as it enters the coils, after the pads. */
  readonly airC: number
  readonly flowLpm: number
}

/** The dry coolers as their plate describes them: how much air a duty needs, and what that air costs. */
export function coolerPriors({ nameplate, design }: ImmersionSite, designKwPerK: number) {
  const { cooler } = nameplate
  const airDesignKwPerK = design.airKgPerS * airKjPerKgK

  /** Heat per kelvin between entering coolant and entering air, kW/K. */
  const heatPerK = (air: number, flowLpm: number): number => {
    const flowFraction = flowLpm / design.facilityFlowLpm
    const coolant = designKwPerK * flowFraction
    const airKwPerK = airDesignKwPerK * air
    const least = Math.min(coolant, airKwPerK)
    const uaKwPerK = filmsConductanceKwPerK(design.coilUaKwPerK, {
      hot: { fraction: flowFraction, exponent: cooler.coolantExponent },
      cold: { fraction: air, exponent: cooler.airExponent },
      hotToCold: 1 / cooler.airToCoolantFilm,
    })
    return (
      least * effectiveness('cross', { ntu: uaKwPerK / least, ratio: least / Math.max(coolant, airKwPerK) })
    )
  }
  const coolantKwPerK = (flowLpm: number): number => (designKwPerK * flowLpm) / design.facilityFlowLpm

  const leastSpeed = cooler.fanLeastSpeedFraction
  const still = cooler.freeConvectionFraction
  const leastPower = fanPowerFraction(leastSpeed)
  const wetFactor = (padsWet: boolean): number => (padsWet ? cooler.pads.fanPowerFactor : 1)
  return {
    /** Share of full air that cools this heat to `leavingC`; 2 where no air can. */
    coolerAir: ({ heatKw, leavingC, airC, flowLpm }: CoolerDuty): number => {
      const spreadK = leavingC - airC + heatKw / coolantKwPerK(flowLpm)
      if (heatKw <= 0) return still / 2
      if (leavingC - airC < 0.2) return airMost
      const wanted = heatKw / spreadK
      // With endless coils this air would do: less never does.
      const leastAir = Math.max(still / 2, wanted / airDesignKwPerK)
      return Math.exp(
        zeroOfRising(logAir => heatPerK(Math.exp(logAir), flowLpm) / wanted - 1, {
          low: Math.log(Math.min(leastAir, airMost)),
          high: Math.log(airMost),
          closeEnough: 5e-5,
        }),
      )
    },
    /** Coolant that leaves with this share of the air. */
    leavingWith: (air: number, duty: Omit<CoolerDuty, 'leavingC'>): number =>
      duty.airC + duty.heatKw / heatPerK(air, duty.flowLpm) - duty.heatKw / coolantKwPerK(duty.flowLpm),
    /** Fan power for a share of air: none in still air, cycling up to the least speed, then nearly cubic. */
    coolerFan: (air: number, padsWet: boolean): number => {
      if (air <= still) return 0
      const share =
        air < leastSpeed
          ? (leastPower * (air - still)) / (leastSpeed - still)
          : fanPowerFraction(Math.min(air, 1))
      return design.fanPowerKw * share * wetFactor(padsWet)
    },
    /**
     * The way back: undefined near standstill, where power says too little about air. At full speed the air is 1, and the coolant
     * leaves as cold as that makes it.
     */
    airOfFanPower: (fanKw: number, padsWet: boolean): number | undefined => {
      const share = fanKw / (design.fanPowerKw * wetFactor(padsWet))
      if (!(share > leastPower / 2 && share < 1.2)) return undefined
      if (share >= 1) return 1
      if (share < leastPower) return still + (share / leastPower) * (leastSpeed - still)
      let low = leastSpeed
      let high = 1
      for (let halving = 0; halving < 20; halving++) {
        const air = (low + high) / 2
        if (fanPowerFraction(air) > share) high = air
        else low = air
      }
      return (low + high) / 2
    },
  }
}
