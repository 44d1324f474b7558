import type { EnergyView } from '#contract/api.ts'
import { coolingRoles, type MeterRole, meterRoles, type Site } from '#contract/site/site.ts'
import { day, hour, minute } from '#contract/units.ts'
import { type MeterEnergy, type MeterReadings, meterEnergy } from '#hub/energy/meterEnergy.ts'

export type EnergyInput = {
  readonly site: Pick<Site, 'meters'>
  /** By meter id; readings just outside the span let its edges be met exactly. */
  readonly readings: ReadonlyMap<string, MeterReadings>
  readonly fromAt: number
  readonly toAt: number
  /** A longer silence is a gap; ISO/IEC 30134-2 asks for readings every 15 minutes or oftener. */
  readonly gapLimitMs?: number
}

export const gapLimitDefaultMs = 15 * minute
const edition = 'ISO/IEC 30134-2:2016'
/** A year with room for leap days and the switch of clocks; and the coverage that an annual figure needs. */
const annualMs = 364.9 * day
const annualCoverage = 0.99
/** Facility and IT known over different shares of the period by more than this cannot be divided by each other. */
const knownDifferenceMax = 0.02
/** Cooling of the liquid loop: everything but the air units. */
const liquidRoles: readonly MeterRole[] = coolingRoles.filter(role => role !== 'crahs')

/** PUE and its parts over a span, from meters alone. Missing is null, never 0. */
export function energyOf(input: EnergyInput): EnergyView {
  const span = { fromAt: input.fromAt, toAt: input.toAt, gapLimitMs: input.gapLimitMs ?? gapLimitDefaultMs }
  const nothing = { at: [], value: [] }
  const meters = input.site.meters.map(meter =>
    meterEnergy(meter, input.readings.get(meter.id) ?? { register: nothing, power: nothing }, span),
  )
  const roles = roleSums(meters)
  const category = roles.has('it') ? 2 : 1
  const itRole: MeterRole = category === 2 ? 'it' : 'upsOutput'
  const [it, facility] = [roles.get(itRole), roles.get('facility')]
  const itKwh = it?.kwh ?? null
  const facilityKwh = facility?.kwh ?? null
  const coolingKwh = sumOf(roles, coolingRoles)
  const notes: string[] = []
  const pue = dividedPue({ facility, it, notes })
  const liquidKwh = sumOf(roles, liquidRoles)
  const coverage = meters.length === 0 ? 0 : Math.min(...meters.map(meter => meter.coverage))
  const annual = input.toAt - input.fromAt >= annualMs && coverage >= annualCoverage
  notes.push(
    ...notesOf({ meters, annual, itMissing: it === undefined, facilityMissing: facility === undefined }),
  )
  return {
    fromAt: input.fromAt,
    toAt: input.toAt,
    kind: annual ? 'annual' : 'interim',
    edition,
    category,
    coverage,
    itKwh,
    facilityKwh,
    coolingKwh,
    lossesKwh: lossesOf(roles, { facilityKwh, itKwh, coolingKwh }),
    pue,
    puePlusMinus: pue === null || !it || !facility ? null : plusMinus(pue, facility, it),
    liquidLoopPue: itKwh !== null && itKwh > 0 && liquidKwh !== null ? (itKwh + liquidKwh) / itKwh : null,
    parts: meterRoles.flatMap(role => {
      const sum = roles.get(role)
      return sum ? [{ role, kwh: sum.kwh, averageKw: averageKw(sum, span) }] : []
    }),
    meters: meters.map(({ meter, known: _known, ...energy }) => ({
      id: meter.id,
      role: meter.role,
      classPercent: meter.classPercent,
      ...energy,
    })),
    notes,
  }
}

type RoleSum = {
  readonly kwh: number | null
  readonly known: number /** Variance of the sum from meter classes, kWh². */
  readonly variance: number
}

/** Energy by role: its meters, less those whose energy passes through them but is not of the role. */
function roleSums(meters: readonly MeterEnergy[]): ReadonlyMap<MeterRole, RoleSum> {
  const byId = new Map(meters.map(meter => [meter.meter.id, meter]))
  const sums = new Map<MeterRole, RoleSum>()
  for (const { meter } of meters) {
    const terms = [{ id: meter.id, sign: 1 }, ...meter.subtract.map(id => ({ id, sign: -1 }))]
    let sum = sums.get(meter.role) ?? { kwh: 0, known: 1, variance: 0 }
    for (const { id, sign } of terms) {
      const energy = byId.get(id)
      const kwh = energy?.kwh ?? null
      sum = {
        kwh: sum.kwh === null || kwh === null ? null : sum.kwh + sign * kwh,
        known: Math.min(sum.known, energy?.known ?? 0),
        variance: sum.variance + ((kwh ?? 0) * classStandardShare(energy?.meter.classPercent ?? 0)) ** 2,
      }
    }
    sums.set(meter.role, sum)
  }
  return sums
}

/** A class is a limit of error; evenly spread inside it, its standard deviation is the limit over √3. */
const classStandardShare = (classPercent: number): number => classPercent / 100 / Math.sqrt(3)

function sumOf(roles: ReadonlyMap<MeterRole, RoleSum>, wanted: readonly MeterRole[]): number | null {
  const sums = wanted.flatMap(role => roles.get(role) ?? [])
  if (sums.length === 0) return null
  return sums.reduce<number | null>(
    (total, { kwh }) => (total === null || kwh === null ? null : total + kwh),
    0,
  )
}

/** What the facility meter sees beyond IT, cooling, light and the rest: UPS, PDU and transformer. */
function lossesOf(
  roles: ReadonlyMap<MeterRole, RoleSum>,
  known: { facilityKwh: number | null; itKwh: number | null; coolingKwh: number | null },
): number | null {
  const { facilityKwh, itKwh, coolingKwh } = known
  if (facilityKwh === null || itKwh === null || coolingKwh === null) return null
  const rest = roles.has('lighting') || roles.has('other') ? sumOf(roles, ['lighting', 'other']) : 0
  return rest === null ? null : facilityKwh - itKwh - coolingKwh - rest
}

function dividedPue(parts: {
  facility: RoleSum | undefined
  it: RoleSum | undefined
  notes: string[]
}): number | null {
  const { facility, it, notes } = parts
  if (!facility || !it || facility.kwh === null || it.kwh === null || it.kwh <= 0) return null
  if (Math.abs(facility.known - it.known) > knownDifferenceMax) {
    notes.push('No PUE: facility and IT energy are known over different parts of the period')
    return null
  }
  const pue = facility.kwh / it.kwh
  // Under 1 by more than meters can err: a facility meter that misses a feed, or a wrong ratio of transformers.
  if (pue < 0.98) {
    notes.push(
      `No PUE: the facility meter reads less than the IT meters (${pue.toFixed(3)}); check feeds and current transformers`,
    )
    return null
  }
  return pue
}

/** 95 %: 1.96 standard deviations, facility and IT meters independent. */
function plusMinus(pue: number, facility: RoleSum, it: RoleSum): number | null {
  if (facility.kwh === null || it.kwh === null || facility.kwh <= 0 || it.kwh <= 0) return null
  return pue * 1.96 * Math.sqrt(facility.variance / facility.kwh ** 2 + it.variance / it.kwh ** 2)
}

function averageKw(sum: RoleSum, span: { fromAt: number; toAt: number }): number | null {
  return sum.kwh === null || sum.known <= 0
    ? null
    : sum.kwh / ((sum.known * (span.toAt - span.fromAt)) / hour)
}

function notesOf(facts: {
  meters: readonly MeterEnergy[]
  annual: boolean
  itMissing: boolean
  facilityMissing: boolean
}): string[] {
  const notes: string[] = []
  if (!facts.annual) notes.push('Interim PUE: shorter than twelve months, or covered by less than 99 %')
  if (facts.itMissing) notes.push('No PUE: the site names no IT meter')
  if (facts.facilityMissing) notes.push('No PUE: the site names no facility meter')
  const compared = facts.meters.flatMap(meter => meter.agreementPercent ?? [])
  if (compared.length > 0) {
    const worst = Math.max(...compared.map(Math.abs))
    notes.push(`Integrated power agrees with the registers within ${worst.toFixed(1)} %`)
  }
  for (const { meter, note } of facts.meters) if (note !== '') notes.push(`${meter.id}: ${note}`)
  return notes
}
