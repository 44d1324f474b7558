import { featuresOf } from '#models/plant/components.ts'
import type { StorageSeen } from '#models/plant/learned/storage.ts'
import { factorOf } from '#models/plant/model.ts'
import type { Predictor } from '#models/plant/predict.ts'
import { type PlantRow, rowMs } from '#models/plant/row.ts'
import type { SensorOffsets } from '#models/plant/sensorOffsets.ts'

/** Water that stands farther from its setpoint is not held there, and its course is not the setpoint's. */
const heldWithinK = 0.3
/** Fans that cycle or run flat out say little of the heat that they carry away. */
const airTellsBetween = [0.25, 0.95] as const
/** One number needs no more rows than this, evenly in time. */
const rowsMost = 800

/**
 * What rows say of the tower's basin: while its setpoint walks, fans carry away more or less heat than the plant makes. What loops and
 * headers store is taken from the plate first.
 */
export function basinSeen(of: Predictor, rows: readonly PlantRow[], offsets: SensorOffsets): StorageSeen[] {
  const stride = Math.max(1, Math.ceil(rows.length / rowsMost))
  return Array.from({ length: Math.floor((rows.length - 3) / stride) + 1 }).flatMap((_, index) => {
    const three = rows.slice(index * stride, index * stride + 3) as [PlantRow, PlantRow, PlantRow]
    const isTold = three.length === 3 && three[2].at - three[0].at === 2 * rowMs
    return isTold ? [seenBetween(of, three, offsets)] : []
  })
}

function seenBetween(
  of: Predictor,
  [before, row, after]: [PlantRow, PlantRow, PlantRow],
  { towerLeavingK }: SensorOffsets,
): StorageSeen {
  const { priors } = of
  const { tower } = row
  const seconds = (2 * rowMs) / 1000
  const askedLpm = priors.askedTowerLpm(tower.flowSpPercent)
  const seen = priors.airOfFanPower(tower.fanKw, tower.flowLpm, askedLpm) ?? Number.NaN
  // Water lags behind a setpoint that walks: the air that it needs is by where it stands.
  const leavingC = tower.leavingC - towerLeavingK
  const isHeld = Math.abs(leavingC - tower.leavingSpC) < heldWithinK
  if (!isHeld || !(seen > airTellsBetween[0] && seen < airTellsBetween[1]))
    return { residual: Number.NaN, perMinute: Number.NaN }
  const heatKw = madeKw(row) + loopsKj(of, before, after) / seconds
  const minuteKw = (priors.basinMinuteKjPerK * (before.tower.leavingSpC - after.tower.leavingSpC)) / seconds
  const needed = airFor(of, row, { heatKw, leavingC })
  return {
    residual: Math.log(seen / needed),
    perMinute: Math.log(airFor(of, row, { heatKw: heatKw + minuteKw, leavingC }) / needed),
  }
}

const madeKw = (row: PlantRow): number =>
  row.cdus.reduce((sum, cdu) => sum + cdu.itKw + cdu.pumpKw, row.facility.pumpKw + row.tower.pumpKw)

/** Heat that loops and headers give off on their way from one row to the other, kJ. */
function loopsKj({ priors }: Predictor, before: PlantRow, after: PlantRow): number {
  const headersKj = priors.headersKjPerK * (before.facility.supplySpC - after.facility.supplySpC)
  return before.cdus.reduce((sum, cdu, place) => {
    const then = after.cdus[place] as PlantRow['cdus'][number]
    const cooledK = cdu.supplySpC - then.supplySpC + (cdu.returnC - then.returnC)
    return sum + (priors.cduLoopKjPerK / 2) * cooledK
  }, headersKj)
}

function airFor(
  { priors, model }: Predictor,
  { tower, wetBulbC }: PlantRow,
  { heatKw, leavingC }: { readonly heatKw: number; readonly leavingC: number },
): number {
  const askedLpm = priors.askedTowerLpm(tower.flowSpPercent)
  const air = priors.towerAir({ heatKw, leavingC, wetBulbC, flowLpm: tower.flowLpm, askedLpm })
  const features = featuresOf.towerAir(air, leavingC - wetBulbC)
  return air * factorOf(model, 'towerAir', { unit: 0, member: 0 }, features)
}
