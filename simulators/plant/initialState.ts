import { cduId, rackId, trayId } from '#contract/site/expand.ts'
import type { Site } from '#contract/site/site.ts'
import type { Millis } from '#contract/units.ts'
import type { HiddenTruth } from '#simulators/plant/hiddenTruth.ts'
import { facilityVesselL } from '#simulators/plant/leakStep.ts'
import { restingLoop } from '#simulators/plant/loopHydraulics.ts'
import type { Sizing } from '#simulators/plant/sizing.ts'
import { type DeviceState, emptyTally, type PlantState, type ValveState } from '#simulators/plant/state.ts'
import { restingTowerWater } from '#simulators/plant/towerWaterStep.ts'

const device = (): DeviceState => ({
  remoteEnable: 1,
  authority: 2,
  maintenance: 0,
  watchdog: 0,
  watchdogToggledAt: undefined,
  watchdogHealthy: 0,
})
const valve = (position: number, strokeMs: number): ValveState => ({
  position,
  target: position,
  strokeMs,
  isStuck: false,
})

/** A reservoir is handed over at 70 %. */
export const startReservoirL = (site: Pick<Site, 'nameplate'>): number => site.nameplate.cdu.reservoirL * 0.7

/** Commissioned setpoints at design temperatures; a run-in then brings the plant near to its steady state. */
export function initialState(
  site: Site,
  sizing: Sizing,
  hidden: HiddenTruth,
  startAt: Millis,
  meterGain: (id: string) => number,
): PlantState {
  const { design, nameplate, layout } = site
  const reservoirL = startReservoirL(site)
  return {
    at: startAt,
    cdus: hidden.cdus.map((truth, index) => ({
      ...device(),
      id: cduId(index + 1),
      // Advise: a fresh site starts by looking on.
      mode: 2,
      supplySpC: design.cduSupplyC,
      dpSpKpa: design.cduDpCommissionedKpa,
      pumpRun: 1,
      makeupEnable: 1,
      isolation: valve(1, truth.valveStrokeMs.isolation),
      returnValve: valve(1, truth.valveStrokeMs.return),
      bypass: valve(0, truth.valveStrokeMs.bypass),
      pumpTripped: new Array<boolean>(nameplate.cdu.pumps).fill(false),
      dpKpa: design.cduDpCommissionedKpa,
      pumpSpeed: 0.9,
      pumpKw: 0,
      flowLpm: 0,
      bypassLpm: 0,
      supplyC: design.cduSupplyC,
      returnC: design.cduSupplyC + 4,
      heatKw: 0,
      primaryLpm: 0,
      primaryReturnC: design.facilitySupplyC + 4,
      valve: 0.4,
      valveIsStuck: false,
      lastErrorK: 0,
      loadFraction: 0,
      reservoirL,
      makeupLpm: 0,
      leakLpm: 0,
      panMl: 0,
      manifoldMl: 0,
      pduLossKw: 0,
      loop: restingLoop(),
      racks: truth.rackShares.map((share, place) => {
        const id = rackId(index + 1, place + 1)
        return {
          id,
          share,
          valve: valve(1, truth.valveStrokeMs.racks[place]!),
          liquidRequest: 0,
          electricalRequest: 0,
          leakDetectTray: 0,
          breakerIsClosed: true,
          breakerMovesInMs: 0,
          flowLpm: 0,
          powerKw: sizing.rackKw * 0.3,
          returnC: design.cduSupplyC + 4,
          meanJunctionC: 55,
          hottestChipC: 70,
          ropeMl: 0,
          trays: truth.trayFactors[place]!.map((riseFactor, tray) => ({
            id: trayId(id, tray + 1),
            powerRequest: 1,
            isOn: true,
            leakMl: 0,
            riseFactor,
          })),
        }
      }),
    })),
    facility: {
      ...device(),
      supplySpC: design.facilitySupplyC,
      dpSpKpa: design.facilityDpCommissionedKpa,
      dpKpa: design.facilityDpCommissionedKpa,
      flowLpm: 0,
      supplyC: design.facilitySupplyC,
      returnC: design.facilitySupplyC + 5,
      heatKw: 0,
      pumpSpeed: 0.5,
      pumpKw: 0,
      pumpsRunning: 1,
      pumpTripped: new Array<boolean>(nameplate.facility.pumps).fill(false),
      exchangerValve: 0.5,
      exchangerValveIsStuck: false,
      exchangerColdOutC: design.towerLeavingC + 4,
      lastErrorK: 0,
      pumpTripSeen: new Array<boolean>(nameplate.facility.pumps).fill(false),
      exchangerConductanceShare: 1,
      vesselL: facilityVesselL(site),
      leakLpm: 0,
      makeupLpm: 0,
      leakedL: 0,
      madeUpL: 0,
    },
    tower: {
      ...device(),
      leavingSpC: design.towerLeavingC,
      waterSpPercent: undefined,
      waterHeldPercent: 50,
      flowLpm: design.towerFlowLpm / 2,
      basinC: design.towerLeavingC,
      enteringC: design.towerLeavingC + 4,
      outletWetBulbC: design.wetBulbC,
      fanDemand: 0.1,
      fanKw: 0,
      pumpKw: 0,
      pumpsRunning: 2,
      pumpTripped: new Array<boolean>(nameplate.tower.pumps).fill(false),
      cellsOpen: nameplate.tower.cells,
      rejectedKw: 0,
      lastErrorK: 0,
      pumpTripSeen: new Array<boolean>(nameplate.tower.pumps).fill(false),
      fansLostShare: 0,
      frostBypassShare: 0,
      basinHeaterKw: 0,
      water: restingTowerWater(sizing.basinL),
    },
    electrical: {
      itKw: 0,
      cduPumpsKw: 0,
      upsInKw: 0,
      upsOutKw: 0,
      transformerOutKw: 0,
      facilityKw: 0,
      lossesKw: 0,
      lightingKw: sizing.lightingKw,
    },
    meters: site.meters.map(meter => ({
      id: meter.id,
      trueKw: 0,
      measuredKw: 0,
      registerKwh: 0,
      runsBackwards: false,
      gain: meterGain(meter.id),
      rolloverKwh: meter.rolloverKwh,
    })),
    floorMl: new Array<number>(layout.floorRopes).fill(0),
    energy: {
      fromAt: startAt,
      itKwh: 0,
      facilityKwh: 0,
      coolingKwh: 0,
      lossesKwh: 0,
      heatInKwh: 0,
      heatOutKwh: 0,
      storedAtStartKj: 0,
    },
    tally: emptyTally(hidden.cdus.length, startAt),
  }
}
