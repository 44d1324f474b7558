import type { Lesson } from '#models/plant/lessons.ts'
import type { Priors } from '#models/plant/priors.ts'
import type { PlantRow } from '#models/plant/row.ts'

/** What a sensor shows beyond the setpoint that its loop holds, K: plans are made of setpoints, so rows are read in them. */
export type SensorOffsets = {
  readonly towerLeavingK: number
  readonly facilitySupplyK: number
  readonly cduSupplyK: readonly number[]
}

/** Six standard deviations of a good sensor: farther off, the loop does not hold. */
const heldWithinK = 0.6
/** Fewer rows than this say nothing of an offset. */
const rowsNeeded = 6

/** Lessons as if each loop's sensor stood at its setpoint while the loop holds, by all that the rows say of that. */
export function inSetpoints(lessons: readonly Lesson[], rows: readonly PlantRow[], priors: Priors): Lesson[] {
  const offsets = sensorOffsetsOf(rows, priors)
  return lessons.map(lesson => ({ ...lesson, row: shifted(lesson.row, offsets) }))
}

/** By all that the rows say of it. */
export function sensorOffsetsOf(rows: readonly PlantRow[], priors: Priors): SensorOffsets {
  const fansAreFree = ({ tower }: PlantRow) =>
    (priors.airOfFanPower(tower.fanKw, tower.flowLpm, priors.askedTowerLpm(tower.flowSpPercent)) ?? 1) < 0.9
  return {
    towerLeavingK: offsetOf(rows.filter(fansAreFree).map(row => row.tower.leavingC - row.tower.leavingSpC)),
    facilitySupplyK: offsetOf(rows.map(row => row.facility.supplyC - row.facility.supplySpC)),
    cduSupplyK: Array.from({ length: priors.site.layout.cdus }, (_, cdu) =>
      offsetOf(
        rows.flatMap(row => {
          const one = row.cdus[cdu]
          return one && one.valvePercent < 95 ? [one.supplyC - one.supplySpC] : []
        }),
      ),
    ),
  }
}

/** Median of what is near enough to be an error of a sensor; 0 while too little is known. */
function offsetOf(differences: readonly number[]): number {
  const near = differences.filter(one => Math.abs(one) < heldWithinK).sort((a, b) => a - b)
  return near.length < rowsNeeded ? 0 : (near[Math.floor(near.length / 2)] as number)
}

export const shifted = (row: PlantRow, offsets: SensorOffsets): PlantRow => ({
  ...row,
  tower: { ...row.tower, leavingC: row.tower.leavingC - offsets.towerLeavingK },
  facility: { ...row.facility, supplyC: row.facility.supplyC - offsets.facilitySupplyK },
  cdus: row.cdus.map((cdu, place) => ({
    ...cdu,
    supplyC: cdu.supplyC - (offsets.cduSupplyK[place] ?? 0),
  })),
})
