import { counterFlowNtu } from '#models/physics/exchangers.ts'
import {
  featuresOf as coldPlateFeatures,
  observe,
  observeCdu,
  observePlant,
} from '#models/plant/components.ts'
import type { Features, Observation } from '#models/plant/fitFactors.ts'
import {
  frostGuard,
  type HybridComponentName,
  hybridFeatures,
  liquidPart,
  type SharedName,
  type WeighedRow,
} from '#models/plant/hybrid/components.ts'
import type { HybridPriors } from '#models/plant/hybrid/priors.ts'
import type { StorageSeen } from '#models/plant/learned/storage.ts'

/** Chilled water through the coils, which no meter sees: what the main carries beyond the CDUs. */
const coilLpm = ({ coldPlates }: WeighedRow): number =>
  coldPlates.facility.flowLpm - coldPlates.cdus.reduce((sum, cdu) => sum + cdu.primaryFlowLpm, 0)

/** What one row says about one component of the cold plates; `cdu` -1 is the plant. */
export function observeColdPlates(
  name: SharedName,
  row: WeighedRow,
  cdu: number,
  priors: HybridPriors,
): Observation | undefined {
  const { liquid } = priors
  if (cdu >= 0) {
    const one = row.liquid.cdus[cdu]
    return one && observeCdu(name, row.liquid, one, liquid)
  }
  const { facility, tower, itKw, facilityKw, wetBulbC } = row.coldPlates
  switch (name) {
    case 'facilityPump': {
      // The meter in the main does not see the evaporators' bypass.
      const flowLpm = Math.max(facility.flowLpm, row.chillers.evaporatorsLpm)
      return observe(
        facility.pumpKw,
        priors.facilityPump(flowLpm, facility.dpKpa, row.facilityPumpsRunning),
        coldPlateFeatures.facilityPump(liquid, flowLpm),
      )
    }
    case 'towerAir':
      return observeTowerAir(row, priors)
    case 'losses': {
      const otherKw = facility.pumpKw + tower.fanKw + tower.pumpKw + row.chillers.powerKw + row.air.fanKw
      const lossKw = facilityKw - itKw - row.cduPumpKw - otherKw
      return observe(
        lossKw,
        priors.losses(itKw, row.cduPumpKw, otherKw),
        coldPlateFeatures.losses(liquid, itKw),
      )
    }
    case 'itMeter':
      return observe(itKw, row.rackKw, coldPlateFeatures.itMeter())
    default:
      return Number.isFinite(wetBulbC) ? observePlant(name, row.liquid, liquid) : undefined
  }
}

/** Air that the tower needs by its plate while its basin takes up some of the heat. */
function towerAirFor(row: WeighedRow, { liquid }: HybridPriors, storedKw: number): number {
  const { facility, tower, wetBulbC } = row.coldPlates
  return liquid.towerAir({
    heatKw: row.loadKw + facility.pumpKw + row.chillers.powerKw + tower.pumpKw - storedKw,
    leavingC: tower.leavingC,
    wetBulbC,
    flowLpm: tower.flowLpm,
  })
}

/** What a row says of the water in the basin: fans that run slower than the heat asks for, or faster, while it warms or cools. */
export function observeBasin(
  row: WeighedRow,
  priors: HybridPriors,
  factor: (features: Features) => number,
): StorageSeen | undefined {
  const observation = observeTowerAir(row, priors)
  if (!observation) return undefined
  const { design } = priors.site
  const minuteKj = 60 * design.towerFlowLpm * priors.liquid.towerKwPerKLpm
  return {
    residual: observation.target - Math.log(factor(observation.features)),
    perMinute: Math.log(
      towerAirFor(row, priors, minuteKj * row.basinWarmingKPerS) / towerAirFor(row, priors, 0),
    ),
  }
}

function observeTowerAir(row: WeighedRow, priors: HybridPriors): Observation | undefined {
  const { liquid } = priors
  const { tower, wetBulbC } = row.coldPlates
  const isGuarded = wetBulbC < frostGuard.belowWetBulbC && tower.leavingC < frostGuard.leastLeavingC - 0.2
  const seen = liquid.airOfFanPower(tower.fanKw, tower.flowLpm)
  if (isGuarded || seen === undefined) return undefined
  const air = towerAirFor(row, priors, 0)
  return air > 1.5 || air < 0.03
    ? undefined
    : observe(seen, air, coldPlateFeatures.towerAir(seen, tower.leavingC - wetBulbC))
}

/** What one row says about one component of the hybrid plant. */
export function observeHybrid(
  name: HybridComponentName,
  row: WeighedRow,
  priors: HybridPriors,
): Observation | undefined {
  const { air } = row
  const waterLpm = coilLpm(row)
  const airFraction = air.fanPercent / 100
  switch (name) {
    case 'liquidShare': {
      const expectedKw = row.rackKw * liquidPart(priors, 1, air.inletC)
      return observe(row.heatOfCdusKw - row.cduPumpKw, expectedKw, hybridFeatures.liquidShare())
    }
    case 'crahAir': {
      const asked = priors.airFraction(air.airSpPercent, row.airKw)
      return observe(airFraction, asked, hybridFeatures.crahAir(asked))
    }
    case 'crahFan':
      return observe(air.fanKw, priors.crahFan(airFraction), hybridFeatures.crahFan(airFraction))
    case 'airMixing': {
      const overNeed = airFraction / (row.airKw / (priors.designAirKwPerK * priors.site.nameplate.air.riseK))
      return air.returnC - air.supplyC > 4
        ? observe(
            (air.returnC - air.inletC) / (air.returnC - air.supplyC),
            1,
            hybridFeatures.airMixing(overNeed),
          )
        : undefined
    }
    case 'coil':
      return observe(
        coilUaSeen(row, { waterLpm, airFraction }, priors),
        priors.coilUa(airFraction, waterLpm),
        hybridFeatures.coil(priors, airFraction, waterLpm),
      )
    case 'coilValve': {
      const ratio = waterLpm / priors.coilFullOpen(row.coldPlates.facility.dpKpa)
      return air.valvePercent > 98 || air.valvePercent < 6
        ? undefined
        : observe(air.valvePercent / 100, ratio, hybridFeatures.coilValve(ratio))
    }
    case 'economiser':
      return observeEconomiser(row, priors)
    case 'chillerCapacity':
    case 'chillerPower':
      return observeChillers(name, row, priors)
    default:
      return name satisfies never
  }
}

/** Conductance of all coils together that heat, air and water imply, kW/K. */
function coilUaSeen(
  row: WeighedRow,
  { waterLpm, airFraction }: { waterLpm: number; airFraction: number },
  priors: HybridPriors,
): number {
  const hot = airFraction * priors.designAirKwPerK
  const cold = waterLpm * priors.chilledKwPerKLpm
  const returnC = row.air.supplyC + row.airKw / hot
  const heatKw = row.airKw + row.air.fanKw
  return conductance({ heatKw, hot, cold, spreadK: returnC - row.coldPlates.facility.supplyC })
}

function conductance(at: { heatKw: number; hot: number; cold: number; spreadK: number }): number {
  const least = Math.min(at.hot, at.cold)
  const effectiveness = at.heatKw / (least * at.spreadK)
  // Near 1 a tenth of a kelvin of sensor error moves the answer by half.
  if (!(effectiveness > 0.05 && effectiveness < 0.97)) return Number.NaN
  return counterFlowNtu(effectiveness, least / Math.max(at.hot, at.cold)) * least
}

/** A valve that mixes tells what it lets pass; only wide open it tells what the plates could: a tenth of the weight. */
const mixedWeight = 0.1

/** Heat per kelvin of the economiser: what the machines did not take, over what stands between the two waters. */
function observeEconomiser(row: WeighedRow, priors: HybridPriors): Observation | undefined {
  const { economiser, chillers } = row
  const { facility, tower } = row.coldPlates
  const returnC = facility.supplyC + row.loadKw / (facility.flowLpm * priors.chilledKwPerKLpm)
  const spreadK = returnC - tower.leavingC
  if (!(economiser.engaged > 0.99 && spreadK > 1.5 && economiser.valvePercent > 30)) return undefined
  const heatKw = (row.loadKw + facility.pumpKw - chillers.coolingKw) / (economiser.valvePercent / 100)
  const observation = observe(
    heatKw / spreadK,
    priors.economiserHeatPerK(facility.flowLpm, tower.flowLpm),
    hybridFeatures.economiser(priors, facility.flowLpm, tower.flowLpm),
  )
  const isOpen = economiser.valvePercent > 95
  return observation && (isOpen ? observation : { ...observation, weight: mixedWeight })
}

function observeChillers(
  name: 'chillerCapacity' | 'chillerPower',
  row: WeighedRow,
  priors: HybridPriors,
): Observation | undefined {
  const { chillers, economiser } = row
  const { facility, tower } = row.coldPlates
  const { running } = chillers
  if (!(running >= 1)) return undefined
  const isAlone = economiser.engaged < 0.01
  const chilledC = facility.supplyC
  const enteringC = isAlone
    ? Math.max(priors.site.nameplate.chiller.leastCondenserEnteringC, tower.leavingC)
    : chillers.condenserEnteringC
  const capacityKw = priors.chillerCapacity(chilledC, enteringC)
  if (name === 'chillerCapacity')
    return observe(
      (100 * chillers.coolingKw) / running / chillers.partLoadPercent,
      capacityKw,
      hybridFeatures.chillerCapacity(enteringC),
    )
  // Alone the machines carry all heat, which is metered better than their own cooling is.
  const eachKw = (isAlone ? row.loadKw + facility.pumpKw : chillers.coolingKw) / running
  const waterKwPerK = (tower.flowLpm * priors.liquid.towerKwPerKLpm) / running
  const condenserC = priors.condenserAsMeasuredC({ enteringC, coolingKw: eachKw, waterKwPerK })
  const partLoad = eachKw / capacityKw
  return observe(
    chillers.powerKw,
    running * priors.chillerPower({ leavingC: chilledC, condenserC, partLoad }),
    hybridFeatures.chillerPower(partLoad, condenserC),
  )
}
