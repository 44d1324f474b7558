import type { CoolingKind, Lever, PlantEyes, ResetController } from '#contract/control/levers/lever.ts'
import {
  type ImmersionResetMemory,
  immersionResetStep,
  startImmersionReset,
} from '#contract/control/resetImmersion.ts'
import { goodValue } from '#contract/reading.ts'
import { plantIds } from '#contract/site/expand.ts'
import { immersionIds } from '#contract/site/expandImmersion.ts'
import type { ImmersionSite } from '#contract/site/immersion.ts'

/** Tanks on dry coolers: two levers of each tank, three of the plant (YARDSTICKS 1 and 3). */
export const immersionKind = (site: ImmersionSite): CoolingKind => ({
  levers: leversOf(site),
  startReset: approachK => immersionReset(site, approachK),
  approachesK: site.resetApproachK === undefined ? [4, 6, 8] : [site.resetApproachK],
})

/** Temperatures 2 K/h; pressures 15 % of design an hour. */
const temperatureRampPerHour = 2
const pressureRampShare = 0.15
/** The pads' threshold is a switch, not a temperature of anything: it may jump. */
const padsRampPerHour = 100

const tanksOf = (site: ImmersionSite): string[] =>
  site.equipment.filter(entry => entry.kind === 'immersionTank').map(entry => entry.id)

function leversOf(site: ImmersionSite): Lever[] {
  const { nameplate, design, bounds } = site
  const { tank, facility } = nameplate
  const tanks = tanksOf(site)
  const facilityKey = (point: string) => [`${plantIds.facility}.${point}`]
  const ofTanks = (name: string, point: string, rest: Omit<Lever, 'name' | 'keys' | 'family'>): Lever[] =>
    tanks.map(id => ({ name: `${name}/${id}`, family: name, keys: [`${id}.${point}`], ...rest }))
  const temperature = {
    unit: 'C',
    economising: 'up',
    rampPerHour: temperatureRampPerHour,
    searchStep: 0.1,
  } as const
  return [
    ...ofTanks('tankSupplyC', 'supplyTemperatureSp', {
      ...temperature,
      ...bounds.tankSupplyC,
      commissioned: design.tankSupplyC,
    }),
    {
      name: 'facilitySupplyC',
      keys: facilityKey('supplyTemperatureSp'),
      ...temperature,
      ...bounds.facilitySupplyC,
      commissioned: design.facilitySupplyC,
    },
    ...ofTanks('tankDpKpa', 'differentialPressureSp', {
      unit: 'kPa',
      lowest: tank.dpKpa * tank.minimumFlowFraction ** tank.dpExponent,
      highest: design.tankDpCommissionedKpa,
      economising: 'down',
      rampPerHour: pressureRampShare * tank.dpKpa,
      commissioned: design.tankDpCommissionedKpa,
      searchStep: 1.5,
    }),
    {
      name: 'facilityDpKpa',
      keys: facilityKey('differentialPressureSp'),
      unit: 'kPa',
      lowest: facility.leastDpFraction * facility.tankDpKpa,
      highest: design.facilityDpCommissionedKpa,
      economising: 'down',
      rampPerHour: pressureRampShare * facility.tankDpKpa,
      commissioned: design.facilityDpCommissionedKpa,
      searchStep: 2,
    },
    {
      name: 'padsAboveC',
      keys: [`${immersionIds.coolers}.padsAboveSp`],
      unit: 'C',
      ...bounds.padsAboveC,
      economising: 'up',
      rampPerHour: padsRampPerHour,
      commissioned: nameplate.cooler.pads.onAboveC,
      searchStep: 1,
    },
  ]
}

/** The rules of contract/control on what the sensors say. */
function immersionReset(site: ImmersionSite, approachK: number): ResetController {
  const tanks = tanksOf(site)
  let memory: ImmersionResetMemory = startImmersionReset(site, tanks)
  return {
    look(eyes) {
      const before = memory
      memory = immersionResetStep(site, memory, inputsOf(eyes), { now: eyes.now, approachK })
      if (memory === before) return []
      const { setpoints } = memory
      return [
        [`${plantIds.facility}.supplyTemperatureSp`, setpoints.facilitySupplyC],
        [`${plantIds.facility}.differentialPressureSp`, setpoints.facilityDpKpa],
        [`${immersionIds.coolers}.padsAboveSp`, setpoints.padsAboveC],
        ...Object.entries(setpoints.tanks).flatMap(([id, tank]) => [
          [`${id}.supplyTemperatureSp`, tank.supplyC] as const,
          [`${id}.differentialPressureSp`, tank.dpKpa] as const,
        ]),
      ]
    },
  }

  function inputsOf({ read, isHeldByPlan = false }: PlantEyes) {
    const value = (key: string) => goodValue(read(key))
    return {
      heldByPlan: isHeldByPlan,
      dryBulbC: value('weather.dryBulb'),
      wetBulbC: value('weather.wetBulb'),
      facilitySupplyC: value('facility.supplyTemperature'),
      tanks: tanks.map(id => {
        const hottestC = value(`${id}.chipTemperature`)
        return {
          id,
          chipMarginK: hottestC === undefined ? undefined : site.nameplate.chip.limitC - hottestC,
          valvePercent: value(`${id}.valvePosition`),
        }
      }),
    }
  }
}
