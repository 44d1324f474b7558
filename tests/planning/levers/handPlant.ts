import { immersionKind } from '#contract/control/levers/immersion.ts'
import type { ImmersionSite } from '#contract/site/immersion.ts'
import type { LeverPlanInputs } from '#models/planning/levers/planLevers.ts'
import type { LearnedPlant } from '#models/plant/learned/learnedPlant.ts'
import { resolveAnySite } from '#simulators/sites/sites.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'

/** Ten tanks whose laws can be read off: what the planner should find is known beforehand. */
export function tankSite(): ImmersionSite {
  const site = resolveAnySite('immersion', openWeather('builtin:chicago', 1))
  if (site.cooling !== 'immersionDryCooler') throw new Error('immersion is a site of tanks')
  return site
}

export const site = tankSite()
export const levers = immersionKind(site).levers
export const commissioned = levers.map(lever => lever.commissioned)
export const placeOf = (name: string) => levers.findIndex(lever => lever.name === name)
const familyPlaces = (family: string) =>
  levers.flatMap((lever, place) => ((lever.family ?? lever.name) === family ? [place] : []))
const supplies = familyPlaces('tankSupplyC')
const pressures = familyPlaces('tankDpKpa')
const [facilityC, facilityKpa, padsC] = ['facilitySupplyC', 'facilityDpKpa', 'padsAboveC'].map(placeOf) as [
  number,
  number,
  number,
]

/** `fanOf` tells how each member of the ensemble sees the fans; one entry a member. */
export function handPlant(options: { fanOf?: readonly number[] } & Partial<LearnedPlant> = {}): LearnedPlant {
  const { fanOf = [1, 0.95, 1, 1.05], ...rest } = options
  return {
    levers,
    memberCount: fanOf.length,
    predict(member, values, { itKw, dryBulbC, wetBulbC, leakage }) {
      const value = (place: number) => values[place] as number
      const isWet = dryBulbC > value(padsC)
      const airC = isWet ? wetBulbC + 0.3 * (dryBulbC - wetBulbC) : dryBulbC
      const unmetK = Math.max(0, airC + 1 - value(facilityC))
      const hottestC = itKw.map(
        (kw, tank) =>
          value(supplies[tank] as number) +
          unmetK +
          0.3 * kw * (100 / value(pressures[tank] as number)) ** 0.2,
      )
      const drawnKw = itKw.map((kw, tank) => {
        const warmerK = leakage ? (hottestC[tank] as number) - (leakage.referenceC[tank] as number) : 0
        return kw * Math.exp((leakage?.perK ?? 0) * warmerK)
      })
      const fansKw =
        (fanOf[member] as number) * (60 * Math.exp(-(value(facilityC) - airC) / 5) + (isWet ? 1 : 0))
      const tankPumpsKw = pressures.reduce((sum, place) => sum + 1.5 * (value(place) / 100) ** 1.5, 0)
      const facilityPumpKw = (10 * value(facilityKpa)) / 120
      const sumKw = drawnKw.reduce((sum, kw) => sum + kw, 0)
      const coolingKw = fansKw + tankPumpsKw + facilityPumpKw
      return {
        facilityKw: 1.06 * sumKw + coolingKw,
        itKw: sumKw,
        partsKw: { cduPumps: tankPumpsKw, facilityPumps: facilityPumpKw, dryCoolers: fansKw },
        lossesKw: 0.06 * sumKw,
        hottestC,
        meanJunctionC: hottestC,
        valvePercent: itKw.map(
          (kw, tank) =>
            (2.5 * kw * Math.sqrt(120 / value(facilityKpa))) /
            Math.max(0.5, value(supplies[tank] as number) - value(facilityC)),
        ),
        unmetK,
      }
    },
    hottestResidualK: supplies.map(() => 0.1),
    unknown: [{ name: 'conductance of the coolers', spreadPercent: 12 }],
    artefact: {},
    ...rest,
  }
}

export const oneHour = (kw = 70, dryBulbC = 20, wetBulbC = 15) => ({
  itKw: supplies.map(() => kw),
  dryBulbC,
  wetBulbC,
})

export const inputsOf = (options: Partial<LeverPlanInputs> = {}): LeverPlanInputs => ({
  site,
  plant: handPlant(),
  held: commissioned,
  hours: [oneHour()],
  peakItKw: supplies.map(() => 90),
  dewPointC: 12,
  isFree: levers.map(() => true),
  objective: { name: 'energy' },
  seed: 1,
  candidates: 100,
  ...options,
})
