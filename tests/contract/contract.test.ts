import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { siteLimitMs, siteTimeAt, virtualClock } from '#contract/clock.ts'
import { failureCodes } from '#contract/failure.ts'
import { formatMark, parseMark } from '#contract/messages/delivery.ts'
import { equipmentKinds, pointSpec, pointsOf } from '#contract/points.ts'
import { seriesKey, splitSeriesKey } from '#contract/reading.ts'
import { siteGraph } from '#contract/site/graph.ts'
import {
  celsius,
  foreignUnitNames,
  fromCanonical,
  kelvin,
  rise,
  toCanonical,
  warmerBy,
} from '#contract/units.ts'
import { testSite } from '#tests/support/siteOf.ts'

describe('units', () => {
  test('10 °C is 50 °F, but a rise of 10 K is a rise of 18 °F', () => {
    expect(fromCanonical(10, '°F')).toBeCloseTo(50, 9)
    expect(fromCanonical(10, 'F(diff)')).toBeCloseTo(18, 9)
    expect(toCanonical(32, '°F')?.value).toBeCloseTo(0, 9)
    expect(toCanonical(18, 'F(diff)')).toEqual({ value: expect.closeTo(10, 9), unit: 'K' })
  })
  test('there and back is the same number in every unit', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...foreignUnitNames),
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        (name, value) => {
          const back = fromCanonical(toCanonical(value, name)?.value as number, name) as number
          expect(Math.abs(back - value)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(value)))
        },
      ),
    )
  })
  test('a unit nobody knows is not guessed', () => expect(toCanonical(1, 'furlong')).toBeUndefined())
  test('temperatures move by differences', () =>
    expect(rise(celsius(20), warmerBy(celsius(20), kelvin(12)))).toBeCloseTo(12, 12))
})

describe('site time', () => {
  const time = { startAt: 1_000_000, anchorAt: 5_000_000_000, speed: 60 }
  test('stands at its start before the anchor, then runs at its speed, and stops at its end', () => {
    expect(siteTimeAt(time, 4_999_999_999)).toBe(1_000_000)
    expect(siteTimeAt(time, 5_000_001_000)).toBe(1_060_000)
    expect(siteTimeAt({ ...time, endAt: 1_030_000 }, 5_000_001_000)).toBe(1_030_000)
  })
  test('an accelerated run never passes the wall clock', () => {
    const wallAt = time.anchorAt + 1e9
    expect(siteTimeAt(time, wallAt)).toBeLessThanOrEqual(wallAt)
  })
  test('a limit on age is never tighter than two seconds of wall time', () => {
    expect(siteLimitMs(virtualClock({ speed: 1 }), 30_000)).toBe(30_000)
    expect(siteLimitMs(virtualClock({ speed: 600 }), 30_000)).toBe(1_200_000)
  })
})

describe('the catalogue', () => {
  const all = equipmentKinds.flatMap(kind =>
    pointsOf(kind).map(([name, spec]) => ({ id: `${kind}.${name}`, spec })),
  )
  test('every kind has points, each with a sentence, a range in order and a dead band inside it', () => {
    expect(all.length).toBeGreaterThan(140)
    for (const { id, spec } of all) {
      expect(spec.text, id).toMatch(/^[A-Z0-9].+\.$/)
      expect(spec.range[0], id).toBeLessThan(spec.range[1])
      expect(spec.deadBand, id).toBeLessThan((spec.range[1] - spec.range[0]) / 20 + 0.01)
    }
  })
  test('the points that the field must have are there', () => {
    for (const [kind, point] of [
      ['tray', 'chipTemperature'],
      ['tray', 'leak'],
      ['tray', 'powerRequest'],
      ['cdu', 'watchdog'],
      ['powerMeter', 'activeEnergyKwh'],
    ] as const)
      expect(pointSpec(kind, point), `${kind}.${point}`).toBeDefined()
    expect(pointSpec('rack', 'constructor')).toBeUndefined()
  })
  test('no two points of a kind answer to the same DSX place', () => {
    for (const kind of equipmentKinds) {
      const places = pointsOf(kind).flatMap(([, { dsx }]) =>
        dsx ? [`${dsx.publishedBy} ${dsx.objectType}/${dsx.pointType}/${dsx.processArea ?? ''}`] : [],
      )
      expect(new Set(places).size, kind).toBe(places.length)
    }
  })
})

describe('names', () => {
  test('a series key comes apart as it was put together', () => {
    expect(splitSeriesKey(seriesKey('cdu-1', 'flow'))).toEqual({ equipment: 'cdu-1', point: 'flow' })
    expect(() => splitSeriesKey('nothing')).toThrow(/not a series key/)
  })
  test('a delivery mark survives its text; what is no mark is none', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (epoch, position) => {
        expect(parseMark(formatMark({ epoch, position }))).toEqual({ epoch, position })
      }),
    )
    for (const text of [
      undefined,
      '',
      'cl1:abc:1',
      'cl1:0123456789ab:0',
      'cl1:0123456789ab:-1',
      'cl2:0123456789ab:1',
      'cl1:0123456789ab:99999999999999999',
    ])
      expect(parseMark(text)).toBeUndefined()
  })
  test('each failure has an exit code and an HTTP status', () => {
    for (const [code, entry] of Object.entries(failureCodes)) {
      expect([1, 2], code).toContain(entry.exit)
      expect(entry.http, code).toBeGreaterThanOrEqual(400)
    }
  })
})

describe('the graph of a site', () => {
  const graph = siteGraph(testSite())
  test('a tray belongs to its rack, and its rack to its CDU', () => {
    expect(graph.assemblyOf('B2-t03')).toBe('B2')
    expect(graph.cduOf('B2-t03')).toBe('cdu-2')
    expect(graph.cduOf('tower')).toBeUndefined()
    expect(graph.racksOf('cdu-1')).toEqual(['A1', 'A2', 'A3'])
  })
  test('ids are unique, and every feed joins two that exist', () => {
    const ids = graph.site.equipment.map(item => item.id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const feed of graph.site.feeds) {
      expect(ids).toContain(feed.from)
      expect(ids).toContain(feed.to)
    }
  })
})
