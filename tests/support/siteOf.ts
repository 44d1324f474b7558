import { checked } from '#contract/check.ts'
import { expandSite } from '#contract/site/expand.ts'
import { type Site, type SiteDesign, SiteFile } from '#contract/site/site.ts'

/** A small cold-plate site for tests of everything but the plant itself: round numbers, two CDUs of three racks. */
export function testSite(changes: { cdus?: number; racksPerCdu?: number; traysPerRack?: number } = {}): Site {
  const cdus = changes.cdus ?? 2
  const numbers = Array.from({ length: cdus }, (_, i) => i + 1)
  const file = checked(
    SiteFile,
    {
      name: 'test-hall',
      title: 'Test hall',
      timeZone: 'UTC',
      cooling: 'coldPlateTower',
      simulated: true,
      layout: {
        cdus,
        racksPerCdu: changes.racksPerCdu ?? 3,
        traysPerRack: changes.traysPerRack ?? 4,
        floorRopes: 1,
      },
      coolant: { secondary: 'PG25', facility: 'water', freezingPointC: -10, insulatedPipes: [] },
      nameplate: {
        itPerCduKw: 300,
        chip: { coldPlate: { flowLpm: [0.5, 1, 1.5, 2], resistanceKPerKw: [45, 32, 27, 25] } },
        cdu: {},
        facility: {},
        tower: { cells: 2 },
        electrical: { ups: {}, pdu: {}, transformer: {} },
      },
      bounds: {
        cduSupplyC: { lowest: 20, highest: 45 },
        facilitySupplyC: { lowest: 15, highest: 42 },
        towerLeavingC: { lowest: 7, highest: 40 },
        towerFlowPercent: { lowest: 40, highest: 100 },
      },
      leak: {},
      agents: [{ id: 'agent-1', cdus: numbers, plant: true }],
      opcuaServers: [{ id: 'opc-1', cdus: numbers, plant: true }],
      meters: [
        { id: 'meter-facility', role: 'facility', feeds: ['transformer-1'] },
        ...numbers.map(n => ({ id: `meter-it-${n}`, role: 'it' })),
        { id: 'meter-cdu-pumps', role: 'cduPumps' },
        { id: 'meter-facility-pumps', role: 'facilityPumps' },
        { id: 'meter-tower-fans', role: 'towerFans' },
        { id: 'meter-tower-pumps', role: 'towerPumps' },
      ],
    },
    'test site',
  )
  const design: SiteDesign = {
    wetBulbC: 24,
    towerLeavingC: 30,
    facilitySupplyC: 32,
    cduSupplyC: 36,
    cduFlowLpm: 450,
    cduPrimaryFlowLpm: 540,
    facilityFlowLpm: 540 * cdus,
    towerFlowLpm: 540 * cdus,
    cduDpCommissionedKpa: 127.7,
    facilityDpCommissionedKpa: 158.7,
    fanPowerKw: 6,
  }
  return expandSite(file, design)
}
