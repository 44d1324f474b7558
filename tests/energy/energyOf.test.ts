import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Meter } from '#contract/site/site.ts'
import { hour, minute } from '#contract/units.ts'
import { energyOf } from '#hub/energy/energyOf.ts'
import type { MeterReadings } from '#hub/energy/meterEnergy.ts'
import type { Readings } from '#hub/energy/powerCurve.ts'

const noon = Date.UTC(2025, 6, 1, 12)
const meter = (id: string, role: Meter['role'], more: Partial<Meter> = {}): Meter => ({
  id,
  role,
  classPercent: 0.5,
  rolloverKwh: 1e6,
  feeds: [],
  subtract: [],
  ...more,
})
const nothing: Readings = { at: [], value: [] }

/** A meter that draws `kw` and is read every `everyMs`, register and power, from an hour before noon to seven after. */
function steady(
  kw: number,
  { startKwh = 1_000, everyMs = minute, from = noon - hour, to = noon + 7 * hour } = {},
): MeterReadings {
  const at = Array.from(
    { length: Math.floor((to - from) / everyMs) + 1 },
    (_, index) => from + index * everyMs,
  )
  return {
    register: { at, value: at.map(instant => startKwh + (kw * (instant - from)) / hour) },
    power: { at, value: at.map(() => kw) },
  }
}

const hall = {
  meters: [
    meter('M-facility', 'facility'),
    meter('M-it', 'it', { subtract: ['M-cdu'] }),
    meter('M-cdu', 'cduPumps'),
    meter('M-loop', 'facilityPumps'),
    meter('M-fans', 'towerFans'),
    meter('M-air', 'crahs'),
    meter('M-light', 'lighting'),
  ],
}
const hallReadings = () =>
  new Map([
    ['M-facility', steady(1_100)],
    ['M-it', steady(1_010)],
    ['M-cdu', steady(10)],
    ['M-loop', steady(15)],
    ['M-fans', steady(5)],
    ['M-air', steady(8)],
    ['M-light', steady(4)],
  ])
const view = (readings: ReadonlyMap<string, MeterReadings>, span = { fromAt: noon, toAt: noon + 2 * hour }) =>
  energyOf({ site: hall, readings, ...span })
const one = (
  readings: MeterReadings,
  span = { fromAt: noon, toAt: noon + 2 * hour },
  own: Partial<Meter> = {},
) => {
  const result = energyOf({
    site: { meters: [meter('M', 'facility', own)] },
    readings: new Map([['M', readings]]),
    ...span,
  })
  return result.meters[0] as (typeof result.meters)[number]
}
/** Readings changed as a story needs. */
const changed = (
  readings: Readings,
  change: (value: number, at: number) => number | null | undefined,
): Readings => {
  const kept = readings.at
    .map((at, index) => ({ at, value: change(readings.value[index] as number, at) }))
    .filter(reading => reading.value !== undefined)
  return { at: kept.map(reading => reading.at), value: kept.map(reading => reading.value as number | null) }
}

describe('energy of a hall', () => {
  test('two steady hours: facility over IT, the pumps on the IT feed taken off', () => {
    const energy = view(hallReadings())
    expect(energy.facilityKwh).toBeCloseTo(2_200, 6)
    expect(energy.itKwh).toBeCloseTo(2_000, 6)
    expect(energy.coolingKwh).toBeCloseTo(76, 6)
    expect(energy.lossesKwh).toBeCloseTo(2_200 - 2_000 - 76 - 8, 6)
    expect(energy.pue).toBeCloseTo(1.1, 9)
    expect(energy.liquidLoopPue).toBeCloseTo(1 + 60 / 2_000, 9)
    expect(energy).toMatchObject({ category: 2, kind: 'interim', coverage: 1 })
    expect(energy.parts.find(part => part.role === 'cduPumps')?.averageKw).toBeCloseTo(10, 6)
  })

  test('the uncertainty follows the classes: two meters of class 0.5 give about ±0.8 % of PUE', () => {
    const energy = view(hallReadings())
    expect(energy.puePlusMinus).toBeCloseTo(
      1.1 * 1.96 * Math.hypot(0.005 / Math.sqrt(3), (0.005 / Math.sqrt(3)) * (Math.hypot(2_020, 20) / 2_000)),
      6,
    )
  })

  test('without a facility meter, or with it silent, there is no PUE and no 0', () => {
    const readings = hallReadings()
    readings.delete('M-facility')
    expect(view(readings)).toMatchObject({
      facilityKwh: null,
      pue: null,
      lossesKwh: null,
      puePlusMinus: null,
      coverage: 0,
    })
    const without = energyOf({ site: { meters: [] }, readings: new Map(), fromAt: noon, toAt: noon + hour })
    expect(without).toMatchObject({
      itKwh: null,
      facilityKwh: null,
      coolingKwh: null,
      lossesKwh: null,
      pue: null,
      liquidLoopPue: null,
      coverage: 0,
    })
  })

  test('one silent cooling meter makes the cooling sum unknown, not smaller', () => {
    const readings = hallReadings()
    readings.set('M-fans', { register: nothing, power: nothing })
    const energy = view(readings)
    expect(energy.coolingKwh).toBeNull()
    expect(energy.liquidLoopPue).toBeNull()
    expect(energy.pue).toBeCloseTo(1.1, 9)
    expect(energy.notes).toContain('M-fans: no reading in this period')
  })

  test('facility and IT known over different times are not divided', () => {
    const readings = hallReadings()
    readings.set('M-it', steady(1_010, { from: noon + hour }))
    const energy = view(readings)
    expect(energy.pue).toBeNull()
    expect(energy.notes.join()).toContain('known over different parts')
  })

  test('UPS output stands in where nothing is metered behind it: category 1', () => {
    const meters = [meter('F', 'facility'), meter('U', 'upsOutput')]
    const energy = energyOf({
      site: { meters },
      readings: new Map([
        ['F', steady(120)],
        ['U', steady(100)],
      ]),
      fromAt: noon,
      toAt: noon + hour,
    })
    expect(energy).toMatchObject({ category: 1 })
    expect(energy.pue).toBeCloseTo(1.2, 9)
  })
})

describe('one meter', () => {
  test('edges between two readings are met by interpolation', () => {
    expect(
      one(steady(600, { everyMs: 7 * minute }), { fromAt: noon + 100_000, toAt: noon + 100_000 + hour }).kwh,
    ).toBeCloseTo(600, 6)
  })

  test('a register that rolls over goes on counting', () => {
    const readings = steady(600, { startKwh: 99_500 })
    const rolled = { ...readings, register: changed(readings.register, value => value % 100_000) }
    const energy = one(rolled, { fromAt: noon - 30 * minute, toAt: noon + hour }, { rolloverKwh: 100_000 })
    expect(energy.kwh).toBeCloseTo(900, 6)
    expect(energy).toMatchObject({ method: 'register', coverage: 1 })
    expect(energy.note).toContain('rolled over')
  })

  test('an exchanged meter starts from its own register, up or down; the interval comes from power', () => {
    for (const offset of [-900, 50_000]) {
      const readings = steady(600)
      const swapped = {
        ...readings,
        register: changed(readings.register, (value, at) => (at > noon + hour ? value + offset : value)),
      }
      const energy = one(swapped)
      expect(energy.kwh).toBeCloseTo(1_200, 3)
      expect(energy.note).toContain("another meter's")
    }
  })

  test('a meter that counts backwards is not used: power is integrated and the note says so', () => {
    const readings = steady(600)
    const backwards = { ...readings, register: changed(readings.register, value => 10_000 - value) }
    const energy = one(backwards)
    expect(energy).toMatchObject({ method: 'integratedPower', agreementPercent: null })
    expect(energy.kwh).toBeCloseTo(1_200, 6)
    expect(energy.note).toContain('counts backwards')
    expect(one({ ...backwards, power: nothing })).toMatchObject({ kwh: null, method: 'none' })
  })

  test('a register that stands still while power flows is not believed', () => {
    const readings = steady(600)
    expect(one({ ...readings, register: changed(readings.register, () => 5_000) })).toMatchObject({
      method: 'integratedPower',
    })
  })

  test('an idle meter that says 0 seldom is covered: its register proves that nothing passed', () => {
    expect(one(steady(0, { everyMs: 40 * minute }))).toMatchObject({
      kwh: 0,
      coverage: 1,
      method: 'register',
    })
  })

  test('a gap is bridged by the register, counted as a gap, and stated', () => {
    const readings = steady(600)
    const gap = (at: number) => at > noon + 20 * minute && at < noon + 80 * minute
    const energy = one({
      ...readings,
      register: changed(readings.register, (value, at) => (gap(at) ? undefined : value)),
    })
    expect(energy.kwh).toBeCloseTo(1_200, 6)
    expect(energy.coverage).toBeCloseTo(0.5, 2)
    expect(energy.longestGapMs).toBe(60 * minute)
    expect(energy.note).toContain('longest gap 60 min')
  })

  test('power without a value is a gap for power', () => {
    const readings = steady(600, { everyMs: 10 * minute })
    const power = changed(readings.power, (value, at) => (at === noon + 30 * minute ? null : value))
    const energy = one({ register: nothing, power })
    expect(energy.coverage).toBeCloseTo(1 - 20 / 120, 6)
    expect(energy.kwh).toBeCloseTo(1_200, 6)
  })

  test('register and power are compared', () => {
    const readings = steady(600)
    const energy = one({ ...readings, power: changed(readings.power, value => value * 1.05) })
    expect(energy.agreementPercent).toBeCloseTo(5, 6)
    expect(energy.note).toContain('differs from the register by 5.0 %')
  })
})

describe('laws', () => {
  const powers = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 40 }), fc.double({ min: 0, max: 2_000, noNaN: true })),
    { minLength: 3, maxLength: 60 },
  )
  const readingsOf = (steps: ReadonlyArray<readonly [number, number]>): MeterReadings => {
    let at = noon - hour
    let kwh = 10
    const [instants, registers, kws] = [[] as number[], [] as number[], [] as number[]]
    for (const [minutes, kw] of steps) {
      instants.push(at)
      registers.push(kwh)
      kws.push(kw)
      at += minutes * minute
      kwh += (kw * minutes) / 60
    }
    return { register: { at: instants, value: registers }, power: { at: instants, value: kws } }
  }

  test('the energy of a span is that of its two parts, wherever it is cut', () => {
    fc.assert(
      fc.property(powers, fc.integer({ min: 1, max: 239 }), fc.boolean(), (steps, cutMinute, byPower) => {
        const all = readingsOf(steps)
        const readings = byPower ? { ...all, register: nothing } : all
        const cutAt = noon + cutMinute * minute
        const [whole, before, after] = [
          { fromAt: noon, toAt: noon + 4 * hour },
          { fromAt: noon, toAt: cutAt },
          { fromAt: cutAt, toAt: noon + 4 * hour },
        ].map(
          span =>
            energyOf({
              site: { meters: [meter('M', 'facility')] },
              readings: new Map([['M', readings]]),
              ...span,
            }).facilityKwh,
        ) as [number | null, number | null, number | null]
        if (whole === null) return
        expect((before ?? 0) + (after ?? 0)).toBeCloseTo(whole, 6)
      }),
      { numRuns: 200 },
    )
  })

  test('energy never falls below nothing, coverage stays a share', () => {
    fc.assert(
      fc.property(powers, steps => {
        const energy = one(readingsOf(steps), { fromAt: noon, toAt: noon + 3 * hour })
        if (energy.kwh !== null) expect(energy.kwh).toBeGreaterThanOrEqual(-1e-9)
        expect(energy.coverage).toBeGreaterThanOrEqual(0)
        expect(energy.coverage).toBeLessThanOrEqual(1 + 1e-12)
      }),
      { numRuns: 200 },
    )
  })
})
