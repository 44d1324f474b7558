import { hour } from '#contract/units.ts'
import { carriedOn, cut, type Readings, type Stretch } from '#hub/energy/powerCurve.ts'

export type RegisterCurve = {
  /** Empty where the register cannot be used. */
  readonly curve: readonly Stretch[]
  /** What a reader of the energy must know: rollovers, swaps, why a register is not used. */
  readonly notes: readonly string[]
}

/** Rounding of a register that is read back through text and floats; below it a step down is none. */
const roundingKwh = 1e-6
/** A rollover leaves a value in the last twentieth of the range and arrives in the first. */
const rolloverShare = 0.05
/**
 * A step up that would need four times the highest power seen is another meter's register. Not less than four, because
 * readings of a bucket carry its middle as their time, which may halve the time between two.
 */
const impossibleTimes = 4
/** One or two steps down in a span are exchanged meters; a third says that it counts backwards. */
const swapsMax = 2

/** Mean power between two readings of an energy register, which the register gives exactly. */
export function curveOfRegister(
  register: Readings,
  options: { readonly rolloverKwh: number; readonly gapLimitMs: number; readonly power: readonly Stretch[] },
): RegisterCurve {
  const { rolloverKwh, gapLimitMs, power } = options
  const highestKw = power.reduce((highest, stretch) => Math.max(highest, stretch.startKw, stretch.endKw), 0)
  const curve: Stretch[] = []
  let [rises, drops, rollovers, swaps] = [0, 0, 0, 0]
  let before: { at: number; kwh: number } | undefined
  register.at.forEach((at, index) => {
    const kwh = register.value[index]
    if (kwh === null || kwh === undefined) return
    if (before && at > before.at) {
      const step = stepOf({ before: before.kwh, after: kwh, rolloverKwh })
      const needsKw = (step.kwh * hour) / (at - before.at)
      const impossible = highestKw > 0 && step.kwh > 1 && needsKw > impossibleTimes * highestKw
      if (step.kind === 'drop' || impossible) {
        if (step.kind === 'drop') drops++
        swaps++
        curve.push(...cut(power, { fromAt: before.at, toAt: at }))
      } else {
        if (step.kwh > 0) rises++
        if (step.kind === 'rollover') rollovers++
        // An unmoved register is proof that nothing passed, however long it was silent.
        const covered = at - before.at <= gapLimitMs || step.kwh === 0
        curve.push({ fromAt: before.at, toAt: at, startKw: needsKw, endKw: needsKw, covered })
      }
    }
    if (!before || at >= before.at) before = { at, kwh }
  })
  if (drops > swapsMax || (drops > 0 && drops >= rises)) {
    return {
      curve: [],
      notes: [`register counts backwards (${drops} steps down, ${rises} up): not used as energy`],
    }
  }
  const notes = [
    ...(rollovers > 0 ? [`register rolled over at ${rolloverKwh} kWh`] : []),
    ...(swaps > 0
      ? [
          `register changed to another meter's ${swaps === 1 ? 'once' : `${swaps} times`}: that interval is ${power.length > 0 ? 'integrated power' : 'not known'}`,
        ]
      : []),
  ]
  return { curve: carriedOn(curve, gapLimitMs), notes }
}

/** A step down from the end of a register's range to its beginning. */
export const isRollover = (reading: { before: number; after: number; rolloverKwh: number }): boolean =>
  reading.before > reading.rolloverKwh * (1 - rolloverShare) &&
  reading.after < reading.rolloverKwh * rolloverShare

function stepOf(reading: { before: number; after: number; rolloverKwh: number }): {
  kind: 'rise' | 'rollover' | 'drop'
  kwh: number
} {
  const { before, after, rolloverKwh } = reading
  const kwh = after - before
  if (kwh >= 0) return { kind: 'rise', kwh }
  if (kwh > -roundingKwh) return { kind: 'rise', kwh: 0 }
  if (isRollover(reading)) return { kind: 'rollover', kwh: kwh + rolloverKwh }
  return { kind: 'drop', kwh }
}
