import type { Meter } from '#contract/site/site.ts'
import { minute } from '#contract/units.ts'
import {
  curveOfPower,
  energyKwh,
  extentOf,
  type Readings,
  type Span,
  type Stretch,
  sharesOf,
} from '#hub/energy/powerCurve.ts'
import { curveOfRegister } from '#hub/energy/registerCurve.ts'

export type MeterReadings = { readonly register: Readings; readonly power: Readings }

export type MeterEnergy = {
  readonly meter: Meter
  readonly kwh: number | null
  readonly method: 'register' | 'integratedPower' | 'none'
  readonly coverage: number
  /** Share of the span that the energy stands for: covered, bridged or carried on. */
  readonly known: number
  readonly longestGapMs: number
  readonly agreementPercent: number | null
  readonly note: string
}

/** A register that stands still while more than this passes by integrated power is frozen. */
const frozenKwh = 0.5
/** Register and power disagreeing by more is worth a sentence: sampling power alone errs by up to 3 %. */
const agreementPercentMax = 3

/** Energy of one meter over a span: from its register where it can be trusted, else from integrated power. */
export function meterEnergy(
  meter: Meter,
  readings: MeterReadings,
  options: Span & { readonly gapLimitMs: number },
): MeterEnergy {
  const { gapLimitMs } = options
  const power = curveOfPower(readings.power, gapLimitMs)
  const register = curveOfRegister(readings.register, { rolloverKwh: meter.rolloverKwh, gapLimitMs, power })
  const notes = [...register.notes]
  const [registerKwh, powerKwh] = [energyKwh(register.curve, options), energyKwh(power, options)]
  const passedKwh = frozenWhile(register.curve, power)
  const frozen = passedKwh > frozenKwh
  if (frozen)
    notes.push(
      `register stands still while ${passedKwh.toFixed(1)} kWh passed by integrated power: not used as energy`,
    )
  const method = registerKwh !== null && !frozen ? 'register' : powerKwh !== null ? 'integratedPower' : 'none'
  const curve: readonly Stretch[] =
    method === 'register' ? register.curve : method === 'integratedPower' ? power : []
  const shares = sharesOf(curve, options)
  const agreementPercent = frozen ? null : agreement(register.curve, power, options)
  if (agreementPercent !== null && Math.abs(agreementPercent) > agreementPercentMax) {
    notes.push(`integrated power differs from the register by ${agreementPercent.toFixed(1)} %`)
  }
  notes.push(...gapNotes(method, shares, gapLimitMs))
  return {
    meter,
    kwh: method === 'register' ? registerKwh : method === 'integratedPower' ? powerKwh : null,
    method,
    coverage: shares.covered,
    known: shares.known,
    longestGapMs: shares.longestGapMs,
    agreementPercent,
    note: notes.join('; '),
  }
}

/** Energy by power while a register never moved in all its readings, kWh; 0 where it moved. Judged over all readings, not the span. */
function frozenWhile(register: readonly Stretch[], power: readonly Stretch[]): number {
  const extent = extentOf(register)
  if (!extent || energyKwh(register, extent) !== 0) return 0
  return energyKwh(power, extent) ?? 0
}

function gapNotes(
  method: MeterEnergy['method'],
  shares: ReturnType<typeof sharesOf>,
  gapLimitMs: number,
): string[] {
  if (method === 'none') return ['no reading in this period']
  const notes: string[] = []
  if (shares.longestGapMs > gapLimitMs) {
    const how = method === 'register' ? 'filled by the register' : 'bridged by a straight line'
    notes.push(
      `longest gap ${Math.round(shares.longestGapMs / minute)} min, ${how} where both ends are known`,
    )
  }
  if (shares.known < 0.995) notes.push(`known for ${(shares.known * 100).toFixed(1)} % of the period only`)
  return notes
}

/** Integrated power against the register over the time that both know, per cent of the register. */
function agreement(register: readonly Stretch[], power: readonly Stretch[], span: Span): number | null {
  const [ours, theirs] = [extentOf(register), extentOf(power)]
  if (!ours || !theirs) return null
  const both = {
    fromAt: Math.max(ours.fromAt, theirs.fromAt, span.fromAt),
    toAt: Math.min(ours.toAt, theirs.toAt, span.toAt),
  }
  if (both.fromAt >= both.toAt) return null
  const [registerKwh, powerKwh] = [energyKwh(register, both), energyKwh(power, both)]
  return registerKwh === null || powerKwh === null || registerKwh === 0
    ? null
    : (powerKwh / registerKwh - 1) * 100
}
