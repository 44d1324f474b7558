import { clamp, rackPressureFloorKpa } from '#contract/control/bounds.ts'
import type { CoolingKind, Lever, PlantEyes, ResetController } from '#contract/control/levers/lever.ts'
import { chipMarginK, heatFraction, seenOf } from '#contract/control/levers/seen.ts'
import { type HybridResetMemory, hybridResetStep, startHybridReset } from '#contract/control/resetHybrid.ts'
import { goodValue } from '#contract/reading.ts'
import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import { plantIds } from '#contract/site/expand.ts'
import { coldPlateSiteOf } from '#contract/site/expandHybrid.ts'
import { siteGraph } from '#contract/site/graph.ts'

/** Chilled water, chillers, CRAHs and towers: two levers of each CDU, seven of the plant (YARDSTICKS 1 and 3). */
export const hybridKind = (site: HybridSite): CoolingKind => ({
  levers: [...cduLevers(site), ...plantLevers(site)],
  startReset: () => hybridReset(site),
  // Pinned: tower = wet bulb + 4.
  approachesK: [4],
})

const idsOf = (site: HybridSite, kind: 'cdu' | 'crah' | 'chiller'): string[] =>
  site.equipment.filter(item => item.kind === kind).map(({ id }) => id)

/** Ramps of YARDSTICKS 1 in each lever's unit an hour. */
const kelvinPerHour = 2
const pressurePerHour = 0.15
const flowPercentPerHour = 20

function cduLevers(site: HybridSite): Lever[] {
  const { nameplate, design, bounds } = site
  return idsOf(site, 'cdu').flatMap((id): Lever[] => [
    {
      name: `cduSupplyC/${id}`,
      family: 'cduSupplyC',
      keys: [`${id}.supplyTemperatureSp`],
      unit: 'C',
      ...bounds.cduSupplyC,
      economising: 'up',
      rampPerHour: kelvinPerHour,
      commissioned: nameplate.commissioned.cduSupplyC,
      searchStep: 0.1,
    },
    {
      name: `cduDpKpa/${id}`,
      family: 'cduDpKpa',
      keys: [`${id}.differentialPressureSp`],
      unit: 'kPa',
      lowest: rackPressureFloorKpa(coldPlateSiteOf(site)),
      highest: design.cduDpCommissionedKpa,
      economising: 'down',
      rampPerHour: pressurePerHour * nameplate.cdu.rackDpKpa,
      commissioned: design.cduDpCommissionedKpa,
      searchStep: 1.5,
    },
  ])
}

function plantLevers(site: HybridSite): Lever[] {
  const { bounds, design, nameplate } = site
  const { commissioned, facility } = nameplate
  const temperature = { unit: 'C', economising: 'up', rampPerHour: kelvinPerHour, searchStep: 0.1 } as const
  const percent = {
    unit: '%',
    economising: 'down',
    rampPerHour: flowPercentPerHour,
    searchStep: 2.5,
  } as const
  const of = (ids: readonly string[], point: string) => ids.map(id => `${id}.${point}`)
  const chillers = idsOf(site, 'chiller')
  const crahs = idsOf(site, 'crah')
  return [
    {
      name: 'chilledWaterC',
      keys: of(chillers, 'leavingTemperatureSp'),
      ...temperature,
      ...bounds.chilledWaterC,
      commissioned: commissioned.chilledWaterC,
    },
    {
      name: 'crahSupplyC',
      keys: of(crahs, 'supplyAirTemperatureSp'),
      ...temperature,
      ...bounds.crahSupplyC,
      commissioned: commissioned.crahSupplyC,
    },
    {
      name: 'towerLeavingC',
      keys: [`${plantIds.tower}.leavingTemperatureSp`],
      ...temperature,
      ...bounds.towerLeavingC,
      commissioned: clamp(design.towerLeavingC, bounds.towerLeavingC),
    },
    {
      name: 'facilityDpKpa',
      keys: [`${plantIds.facility}.differentialPressureSp`],
      unit: 'kPa',
      lowest: facility.leastDpFraction * facility.cduDpKpa,
      highest: design.facilityDpCommissionedKpa,
      economising: 'down',
      rampPerHour: pressurePerHour * facility.cduDpKpa,
      commissioned: design.facilityDpCommissionedKpa,
      searchStep: 2,
    },
    {
      name: 'crahAirPercent',
      keys: of(crahs, 'airFlowSp'),
      ...percent,
      ...bounds.crahAirPercent,
      commissioned: commissioned.crahAirPercent,
    },
    {
      name: 'towerFlowPercent',
      keys: [`${plantIds.tower}.waterFlowSp`],
      ...percent,
      ...bounds.towerFlowPercent,
      commissioned: 100,
    },
    {
      // A changeover has no ramp: a mode is reached within the minute. One plant, so one chiller is told.
      name: 'economiserMode',
      keys: of(chillers.slice(0, 1), 'economiserMode'),
      unit: 'state',
      lowest: 0,
      highest: 2,
      economising: 'up',
      rampPerHour: 120,
      commissioned: 1,
      searchStep: 1,
    },
  ]
}

/** The rules of contract/control on what the sensors say. */
function hybridReset(site: HybridSite): ResetController {
  const { cdus, racks } = seenOf(siteGraph(coldPlateSiteOf(site)))
  const nameplateKw = site.nameplate.itPerCduKw * site.layout.cdus
  const crahs = idsOf(site, 'crah')
  const chillers = idsOf(site, 'chiller')
  let memory: HybridResetMemory = startHybridReset(
    site,
    cdus.map(({ id }) => id),
    site.nameplate.commissioned,
  )
  return {
    look(eyes) {
      const before = memory
      memory = hybridResetStep(site, memory, inputsOf(eyes), eyes.now)
      return memory === before ? [] : written()
    },
  }

  function written(): Array<readonly [key: string, value: number]> {
    const { setpoints } = memory
    return [
      ...chillers.flatMap(id => [
        [`${id}.leavingTemperatureSp`, setpoints.chilledWaterC] as const,
        [`${id}.economiserMode`, setpoints.economiserMode] as const,
      ]),
      ...crahs.flatMap(id => [
        [`${id}.supplyAirTemperatureSp`, setpoints.crahSupplyC] as const,
        [`${id}.airFlowSp`, setpoints.crahAirPercent] as const,
      ]),
      ...cdus.flatMap(({ id }) => [
        [`${id}.supplyTemperatureSp`, setpoints.cduSupplyC] as const,
        [`${id}.differentialPressureSp`, setpoints.cduDpKpa[id]!] as const,
      ]),
      [`${plantIds.facility}.differentialPressureSp`, setpoints.facilityDpKpa],
      [`${plantIds.tower}.leavingTemperatureSp`, setpoints.towerLeavingC],
      [`${plantIds.tower}.waterFlowSp`, setpoints.towerFlowPercent],
    ]
  }

  function inputsOf({ read, isHeldByPlan = false }: PlantEyes) {
    const value = (key: string) => goodValue(read(key))
    return {
      heldByPlan: isHeldByPlan,
      wetBulbC: value(`${plantIds.weather}.wetBulb`),
      heatFraction: heatFraction(racks.map(value), nameplateKw),
      cdus: cdus.map(({ id, trays }) => ({
        id,
        chipMarginK: chipMarginK(trays.map(value), site.nameplate.chip.limitC),
        valvePercent: value(`${id}.valvePosition`),
      })),
      crahs: crahs.map(id => ({
        id,
        valvePercent: value(`${id}.valvePosition`),
        supplyAirC: value(`${id}.supplyAirTemperature`),
      })),
    }
  }
}
