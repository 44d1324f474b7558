import { boundsOf, commissionedValue, type SteeredPoint, steeredPoints } from '#contract/control/bounds.ts'
import type { CoolingKind, Lever, PlantEyes, ResetController } from '#contract/control/levers/lever.ts'
import { chipMarginK, heatFraction, seenOf } from '#contract/control/levers/seen.ts'
import { rampPerMs } from '#contract/control/ramps.ts'
import { type ResetMemory, resetStep, resetValue, startReset } from '#contract/control/reset.ts'
import { goodValue } from '#contract/reading.ts'
import { siteGraph } from '#contract/site/graph.ts'
import type { Site } from '#contract/site/site.ts'
import { hour, type UnitName } from '#contract/units.ts'

/** Cold plates on a tower loop: two levers of each CDU, four of the plant (YARDSTICKS 1 and 3). */
export const coldPlateKind = (site: Site): CoolingKind => ({
  levers: steeredPoints.flatMap(steered => leversOf(site, steered)),
  startReset: approachK => coldPlateReset(site, approachK),
  approachesK: site.resetApproachK === undefined ? [4, 6, 8] : [site.resetApproachK],
})

type Place = `${SteeredPoint['kind']}.${SteeredPoint['point']}`

/** Names as results have them, with the finest move that is worth trying: 0.1 K, about 1.5 % of pressure, 2.5 % of tower flow. */
const families: Readonly<Partial<Record<Place, { name: string; unit: UnitName; searchStep: number }>>> = {
  'cdu.supplyTemperatureSp': { name: 'cduSupplyC', unit: 'C', searchStep: 0.1 },
  'cdu.differentialPressureSp': { name: 'cduDpKpa', unit: 'kPa', searchStep: 1.5 },
  'facilityLoop.supplyTemperatureSp': { name: 'facilitySupplyC', unit: 'C', searchStep: 0.1 },
  'facilityLoop.differentialPressureSp': { name: 'facilityDpKpa', unit: 'kPa', searchStep: 2 },
  'coolingTower.leavingTemperatureSp': { name: 'towerLeavingC', unit: 'C', searchStep: 0.1 },
  'coolingTower.waterFlowSp': { name: 'towerFlowPercent', unit: '%', searchStep: 2.5 },
}

function leversOf(site: Site, steered: SteeredPoint): Lever[] {
  const family = families[`${steered.kind}.${steered.point}`]
  if (!family) throw new Error(`no lever for ${steered.kind}.${steered.point}`)
  const ids = site.equipment.filter(item => item.kind === steered.kind).map(item => item.id)
  return ids.map(id => ({
    name: ids.length === 1 ? family.name : `${family.name}/${id}`,
    family: family.name,
    keys: [`${id}.${steered.point}`],
    unit: family.unit,
    ...boundsOf(site, steered),
    economising: steered.economising,
    rampPerHour: rampPerMs(site, steered, 'plan', true) * hour,
    commissioned: commissionedValue(site, steered),
    searchStep: family.searchStep,
  }))
}

/** The rules of contract/control on what the sensors say. */
function coldPlateReset(site: Site, approachK: number): ResetController {
  const { cdus, racks } = seenOf(siteGraph(site))
  const nameplateKw = site.nameplate.itPerCduKw * site.layout.cdus
  const outputs = site.equipment.flatMap(({ id, kind }) =>
    steeredPoints
      .filter(steered => steered.kind === kind)
      .map(({ point }) => ({ id, kind, point, key: `${id}.${point}` })),
  )
  let memory: ResetMemory = startReset(
    site,
    cdus.map(cdu => cdu.id),
  )
  return {
    look(eyes) {
      const before = memory
      memory = resetStep(site, memory, inputsOf(eyes), eyes.now, approachK)
      if (memory === before) return []
      return outputs.flatMap(({ id, kind, point, key }) => {
        const value = resetValue(memory.setpoints, id, kind, point)
        return value === undefined ? [] : [[key, value] as const]
      })
    },
  }

  function inputsOf({ read, isHeldByPlan = false }: PlantEyes) {
    const value = (key: string) => goodValue(read(key))
    return {
      pressuresHeldByPlan: isHeldByPlan,
      wetBulbC: value('weather.wetBulb'),
      heatFraction: heatFraction(racks.map(value), nameplateKw),
      facilitySupplyC: value('facility.supplyTemperature'),
      towerLeavingC: value('tower.leavingTemperature'),
      cdus: cdus.map(cdu => ({
        id: cdu.id,
        chipMarginK: chipMarginK(cdu.trays.map(value), site.nameplate.chip.limitC),
        valvePercent: value(`${cdu.id}.valvePosition`),
      })),
    }
  }
}
