import { describe, expect, it } from 'vitest'
import { fitPlant } from '#models/plant/fit.ts'
import { residualLog } from '#models/plant/residualNets.ts'
import type { PlantRow } from '#models/plant/row.ts'
import { hiddenTruth, history, priors } from '#tests/models/syntheticSite.ts'

/** Load and pressure wander on for two days, so that the pump is seen over its range again and again. */
function wandering(): PlantRow[] {
  const rows = history(hiddenTruth(2), 48, 7)
  return rows.map((row, i) => {
    const wave = 1 + 0.45 * Math.sin(i / 19)
    return {
      ...row,
      facility: pumped(row, wave),
      cdus: row.cdus.map(cdu => ({ ...cdu, primaryFlowLpm: cdu.primaryFlowLpm * wave })),
    }
  })
}

/** The facility pump as its equation has it at this flow. */
const pumped = (row: PlantRow, wave: number): PlantRow['facility'] => {
  const flowLpm = wave * row.cdus.reduce((sum, cdu) => sum + cdu.primaryFlowLpm, 0)
  return { ...row.facility, flowLpm, pumpKw: priors.facilityPump(flowLpm, row.facility.dpKpa) }
}

/** A pump that wastes power when two of its stages share a flow badly: a hump that no straight line in logarithms follows. */
const humped = (row: PlantRow): PlantRow => {
  const x = Math.log(row.facility.flowLpm / priors.site.design.facilityFlowLpm)
  return {
    ...row,
    facility: {
      ...row.facility,
      pumpKw: row.facility.pumpKw * (1 + 0.12 * Math.exp(-(((x + 0.9) / 0.5) ** 2))),
    },
  }
}

describe('what the equations of a part leave over', () => {
  const rows = wandering()

  it('a pump whose curve has a hump: networks foretell the last quarter of the rows better, and are used', async () => {
    const { facilityPump } = (await fitPlant(priors, rows.map(humped), { seed: 1 })).residualNets
    expect(facilityPump.nets.length).toBeGreaterThan(0)
    expect(facilityPump.holdOut!.withNets).toBeLessThan(0.7 * facilityPump.holdOut!.equations)
  })

  it('a pump that is as its equation says: none is used, and the card says how both did', async () => {
    const { facilityPump } = (await fitPlant(priors, rows, { seed: 1 })).residualNets
    expect(facilityPump.nets).toHaveLength(0)
    expect(facilityPump.holdOut!.equations).toBeLessThan(0.01)
  })

  it('no network turns the law that a pump with more flow takes more power, whatever its member', async () => {
    const { facilityPump } = (await fitPlant(priors, rows.map(humped), { seed: 1 })).residualNets
    for (let member = 0; member < 6; member++) {
      let before = Number.NEGATIVE_INFINITY
      for (let x = -2; x <= 0.4; x += 0.05) {
        // Power of a pump grows at least in proportion to its flow.
        const power = x + residualLog(facilityPump, member, [x, -0.5])
        expect(power).toBeGreaterThan(before)
        before = power
      }
    }
  })
})
