import { expandSite } from '#contract/site/expand.ts'
import { type SiteGraph, siteGraph } from '#contract/site/graph.ts'
import type { Site, SiteDesign, SiteFile } from '#contract/site/site.ts'

/** A hall of two CDUs with three racks of four trays each, in numbers that are easy to check by hand. */
export function smallHall(change: { cdus?: number; leak?: Partial<SiteFile['leak']> } = {}): Site {
  const cdus = change.cdus ?? 2
  const numbers = Array.from({ length: cdus }, (_, index) => index + 1)
  const file: SiteFile = {
    name: 'test-hall',
    title: 'Test hall',
    timeZone: 'UTC',
    cooling: 'coldPlateTower',
    simulated: true,
    layout: { cdus, racksPerCdu: 3, traysPerRack: 4, floorRopes: 1 },
    coolant: { secondary: 'PG25', facility: 'water', freezingPointC: -10, insulatedPipes: [] },
    nameplate: {
      itPerCduKw: 375,
      chip: {
        limitC: 85,
        junctionResistanceKPerKw: 20,
        ratedChipKw: 1,
        coldPlate: { flowLpm: [0.5, 1, 1.5, 2], resistanceKPerKw: [32.5, 24.5, 21.7, 20.4] },
        designFlowLpmPerKw: 1.5,
      },
      cdu: {
        approachK: 4,
        heatTransferExponent: 0.8,
        rackDpKpa: 100,
        rackDpExponent: 1.75,
        internalDpKpa: 45,
        internalDpExponent: 1.8,
        staticKpa: 5,
        wireToWater: 0.65,
        minimumFlowFraction: 0.5,
        valveFlowFraction: 1.35,
        reservoirL: 80,
        loopVolumeL: 400,
        pumps: 2,
      },
      facility: {
        rangeK: 8,
        cduDpKpa: 120,
        mainsDpKpa: 80,
        exchangerDpKpa: 60,
        wireToWater: 0.7,
        leastDpFraction: 0.2,
        pumps: 3,
      },
      tower: {
        exchangerApproachK: 2,
        rangeK: 8,
        cells: 4,
        fanPressurePa: 240,
        fanWireToAir: 0.5,
        fanLeastSpeedFraction: 0.2,
        freeConvectionFraction: 0.06,
        pumpStaticKpa: 45,
        pumpDynamicKpa: 105,
        pumpWireToWater: 0.7,
        pumps: 4,
      },
      electrical: {
        ups: { constant: 0.0095, linear: 0.012, square: 0.017 },
        pdu: { constant: 0.002, square: 0.008 },
        transformer: { constant: 0.0012, square: 0.0075 },
        lightingFraction: 0.004,
      },
      commissionedFlowFraction: 1.15,
    },
    bounds: {
      cduSupplyC: { lowest: 20, highest: 45 },
      facilitySupplyC: { lowest: 15, highest: 42 },
      towerLeavingC: { lowest: 10, highest: 40 },
      towerFlowPercent: { lowest: 40, highest: 100 },
    },
    leak: {
      traysToIsolateRack: 2,
      debounceMs: 500,
      reliefValve: false,
      secondLivePath: false,
      ...change.leak,
    },
    agents: [{ id: 'agent-1', cdus: numbers, plant: true }],
    opcuaServers: [{ id: 'opc-1', cdus: numbers, plant: true }],
    meters: [{ id: 'meter-it', role: 'it', classPercent: 0.5, rolloverKwh: 1e8, feeds: [], subtract: [] }],
  }
  const design: SiteDesign = {
    wetBulbC: 24,
    towerLeavingC: 30,
    facilitySupplyC: 32,
    cduSupplyC: 36,
    cduFlowLpm: 562.5,
    cduPrimaryFlowLpm: 672,
    facilityFlowLpm: 1344,
    towerFlowLpm: 1344,
    cduDpCommissionedKpa: 127.7,
    facilityDpCommissionedKpa: 158.7,
    fanPowerKw: 8,
  }
  return expandSite(file, design)
}

export const hallGraph = (change: Parameters<typeof smallHall>[0] = {}): SiteGraph =>
  siteGraph(smallHall(change))
