import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hybridKind } from '#contract/control/levers/hybrid.ts'
import { coldPlateSiteOf } from '#contract/site/expandHybrid.ts'
import { siteGraph } from '#contract/site/graph.ts'
import { readAnySiteFile } from '#simulators/sites/sites.ts'
import { hybridPlant, hybridSite } from '#tests/plant/hybridPlant.ts'

const file = readAnySiteFile('chilled-hybrid')
if (file.cooling !== 'chilledHybrid') throw new Error('chilled-hybrid is no hybrid')
const { nameplate, bounds, layout } = file

describe('the file says what YARDSTICKS 1 and 3 say', () => {
  it.each([
    ['8 CDUs', layout.cdus, 8],
    ['2 MW', layout.cdus * nameplate.itPerCduKw, 2_000],
    ['75 % liquid', nameplate.liquidShare, 0.75],
    ['2 chillers', nameplate.chiller.units, 2],
    ['of 1.25 MW', nameplate.chiller.ratedKw, 1_250],
    ['COP 6.04', nameplate.chiller.machine.cop, 6.04],
    ['4 tower cells', nameplate.tower.cells, 4],
    ['limit 85 °C', nameplate.chip.limitC, 85],
    ['Rjc 0.020 K/W', nameplate.chip.junctionResistanceKPerKw, 20],
    ['1.5 L/min per kW', nameplate.chip.designFlowLpmPerKw, 1.5],
    ['CDU approach', nameplate.cdu.approachK, 4],
    ['hA exponent', nameplate.cdu.heatTransferExponent, 0.8],
    ['rack pressure', nameplate.cdu.rackDpKpa, 100],
    ['its exponent', nameplate.cdu.rackDpExponent, 1.75],
    ['CDU inside', nameplate.cdu.internalDpKpa, 45],
    ['its exponent', nameplate.cdu.internalDpExponent, 1.8],
    ['static', nameplate.cdu.staticKpa, 5],
    ['CDU wire-to-water', nameplate.cdu.wireToWater, 0.65],
    ['rack flow floor', nameplate.cdu.minimumFlowFraction, 0.5],
    ['primary valve', nameplate.cdu.valveFlowFraction, 1.35],
    ['across CDUs', nameplate.facility.cduDpKpa, 120],
    ['mains', nameplate.facility.mainsDpKpa, 80],
    ['exchanger', nameplate.facility.exchangerDpKpa, 60],
    ['facility wire-to-water', nameplate.facility.wireToWater, 0.7],
    ['least pressure', nameplate.facility.leastDpFraction, 0.2],
    ['tower range', nameplate.tower.rangeK, 8],
    ['fan pressure', nameplate.tower.fanPressurePa, 240],
    ['fan efficiency', nameplate.tower.fanWireToAir, 0.5],
    ['fan cycling', nameplate.tower.fanLeastSpeedFraction, 0.2],
    ['free convection', nameplate.tower.freeConvectionFraction, 0.06],
    ['tower pump static', nameplate.tower.pumpStaticKpa, 45],
    ['tower pump dynamic', nameplate.tower.pumpDynamicKpa, 105],
    ['UPS constant', nameplate.electrical.ups.constant, 0.0095],
    ['UPS linear', nameplate.electrical.ups.linear, 0.012],
    ['UPS square', nameplate.electrical.ups.square, 0.017],
    ['PDU constant', nameplate.electrical.pdu.constant, 0.002],
    ['PDU square', nameplate.electrical.pdu.square, 0.008],
    ['transformer constant', nameplate.electrical.transformer.constant, 0.0012],
    ['transformer square', nameplate.electrical.transformer.square, 0.0075],
    ['lighting', nameplate.electrical.lightingFraction, 0.004],
    ['margin', nameplate.commissionedFlowFraction, 1.15],
    ['evaporator flow', nameplate.chiller.leastEvaporatorFlowFraction, 0.5],
    ['condenser entering', nameplate.chiller.leastCondenserEnteringC, 16],
    ['part load', nameplate.chiller.leastPartLoad, 0.15],
    ['minutes on', nameplate.chiller.leastOnMin, 30],
    ['minutes off', nameplate.chiller.leastOffMin, 15],
    ['starts an hour', nameplate.chiller.startsPerHour, 2],
    ['changeover band', nameplate.economiser.changeoverBandK, 1],
    ['held', nameplate.economiser.changeoverHoldMin, 20],
    ['carries all below', nameplate.economiser.carriesAllBelowWetBulbC, 6],
    ['plates', nameplate.economiser.approachK, 2],
    ['CRAH fans', nameplate.air.fanFraction, 0.055],
    ['their exponent', nameplate.air.fanExponent, 2.7],
    ['room rise', nameplate.air.riseK, 16],
    ['server fans', nameplate.air.serverFanPerK, 0.06],
    ['from', nameplate.air.serverFanFromC, 24],
    ['chilled water', nameplate.commissioned.chilledWaterC, 12],
    ['CDU supply', nameplate.commissioned.cduSupplyC, 30],
    ['CRAH air', nameplate.commissioned.crahSupplyC, 22],
    ['of 115 %', nameplate.commissioned.crahAirPercent, 115],
    ['tower over wet bulb', nameplate.commissioned.towerOverWetBulbK, 4],
  ])('%s', (_, stated, pinned) => expect(stated).toBe(pinned))
  it('bounds of every controller', () =>
    expect(bounds).toMatchObject({
      cduSupplyC: { lowest: 20, highest: 45 },
      chilledWaterC: { lowest: 8, highest: 24 },
      crahSupplyC: { lowest: 18, highest: 27 },
    }))
  it('pressures commissioned with margin, tower over the larger of design wet bulb and 24 °C', () => {
    const { design } = hybridSite()
    expect(design.cduDpCommissionedKpa).toBeCloseTo(100 * 1.15 ** 1.75, 9)
    expect(design.facilityDpCommissionedKpa).toBeCloseTo(120 * 1.15 ** 2, 9)
    expect(design.towerLeavingC).toBeCloseTo(29.4, 9)
    expect(design.towerSizedLeavingC).toBe(30)
  })
})

const chillerRecords = join(import.meta.dirname, '../../../shared/data/equipment/chillers_electric_eir.json')
it.skipIf(!existsSync(chillerRecords))(
  'the machine is the data pack’s Carrier 19XR (skipped without the data pack)',
  () => {
    const { chillers } = JSON.parse(readFileSync(chillerRecords, 'utf8')) as {
      chillers: Array<Record<string, unknown>>
    }
    const record = chillers.find(({ name }) => name === 'ElectricEIRChiller_Carrier_19XR_1407kW_6_04COP_VSD')!
    const { machine } = nameplate.chiller
    expect(machine.capacityByTemperature).toEqual(record.capFunT)
    expect(machine.inputByTemperature).toEqual(record.EIRFunT)
    expect(machine.inputByPartLoad).toEqual(record.EIRFunPLR)
    expect(machine.ratedKw * -1000).toBeCloseTo(record.QEva_flow_nominal as number, 6)
    expect([
      machine.cop,
      machine.partLoad.least,
      machine.partLoad.leastUnloaded,
      machine.partLoad.most,
    ]).toEqual([record.COP_nominal, record.PLRMin, record.PLRMinUnl, record.PLRMax])
    for (const [stated, kelvin] of [
      [machine.evaporatorLeavingC.lowest, record.TEvaLvgMin],
      [machine.evaporatorLeavingC.highest, record.TEvaLvgMax],
      [machine.condenserEnteringC.lowest, record.TConEntMin],
      [machine.condenserEnteringC.highest, record.TConEntMax],
    ] as const)
      expect(stated).toBeCloseTo((kelvin as number) - 273.15, 2)
  },
)

describe('the graph', () => {
  const site = hybridSite()
  const graph = siteGraph(coldPlateSiteOf(site))
  it('tower → economiser → chillers → loop → CDUs and CRAHs', () => {
    expect(graph.downstream('tower')).toEqual(['hx-1'])
    expect(graph.downstream('hx-1')).toEqual(['chiller-1', 'chiller-2'])
    expect(graph.downstream('chiller-2')).toEqual(['facility'])
    expect(graph.downstream('facility')).toHaveLength(12)
    expect(graph.downstream('crah-3')).toEqual(['hall'])
    expect(graph.racksOf('facility')).toHaveLength(24)
  })
  it('every lever writes points that the plant takes, stands as commissioned and lies within its bounds', () => {
    const plant = hybridPlant()
    for (const lever of hybridKind(site).levers) {
      expect(lever.commissioned, lever.name).toBeGreaterThanOrEqual(lever.lowest)
      expect(lever.commissioned, lever.name).toBeLessThanOrEqual(lever.highest)
      for (const key of lever.keys) {
        expect(plant.truth(key), key).toBeCloseTo(lever.commissioned, 9)
        for (const end of [lever.lowest, lever.highest])
          expect(plant.write(key, end), key).toEqual({ taken: true, held: end })
      }
    }
  })
})
