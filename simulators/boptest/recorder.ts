import { hour, type Millis } from '#contract/units.ts'
import { account, emptySums, type KpiSums, kpisOf, type Truth } from '#simulators/boptest/kpis.ts'
import type { PointMetadata } from '#simulators/boptest/pointTable.ts'
import { type SampleRing, sampleRing } from '#simulators/boptest/sampleRing.ts'
import { toSi } from '#simulators/boptest/siUnits.ts'
import type { PriceName } from '#simulators/boptest/tariffs.ts'
import type { Testcase } from '#simulators/boptest/testcase.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'

const totals = [
  { name: 'total_facilityPower_y', counter: 'facilityKwh', text: 'All that the facility draws' },
  { name: 'total_itPower_y', counter: 'itKwh', text: 'IT equipment' },
  { name: 'total_coolingPower_y', counter: 'coolingKwh', text: 'Pumps, fans and chillers' },
  { name: 'total_lossesPower_y', counter: 'lossesKwh', text: 'Losses of the electrical chain' },
] as const

export const totalsMetadata: Readonly<Record<string, PointMetadata>> = Object.fromEntries(
  totals.map(({ name, text }) => [
    name,
    {
      Unit: 'W',
      Description: `${text}, without any meter's error; mean since the full minute before.`,
      Minimum: null,
      Maximum: null,
    },
  ]),
)

export type Recorder = {
  readonly ring: SampleRing
  /** Names of the ring's columns, in order. */
  readonly columns: readonly string[]
  /** Takes in what flowed since the last mark; on a full minute also the sample. Marks are at most a minute apart. */
  mark(overwritten: ReadonlySet<string>): void
  /** From here on it counts for the KPIs. */
  startCounting(): void
  controllerTook(ratio: number): void
  /** All points now, with `time` in seconds of the year. */
  state(overwritten: ReadonlySet<string>): Readonly<Record<string, number | null>>
  kpis(price: PriceName): Readonly<Record<string, number | null>>
}

/** Watches one plant from its first instant: samples by the minute, means of power, and the sums behind the KPIs. */
export function recorderOf(testcase: Testcase, plant: SimulatedPlant): Recorder {
  const { measurements, inputs, tariffs, yearStartAt } = testcase
  const columns = [
    ...measurements.map(point => point.name),
    ...totals.map(total => total.name),
    ...inputs.flatMap(({ name }) => [`${name}_u`, `${name}_activate`]),
  ]
  const ring = sampleRing(columns.length)
  const row = new Float64Array(columns.length)
  const { itKw, facilityKw, coolingKw, lossesKw } = plant.powerNow()
  // Before anything flowed, the power of the instant stands for the mean.
  let meansKw = { itKwh: itKw, facilityKwh: facilityKw, coolingKwh: coolingKw, lossesKwh: lossesKw }
  let minuteBegan = plant.energy()
  let last = minuteBegan
  const truth = (): Truth => ({ energy: plant.energy(), tally: plant.tally() })
  let sums: KpiSums = emptySums(truth())

  const secondsOf = (siteAt: Millis) => (siteAt - yearStartAt) / 1000
  const fillRow = (overwritten: ReadonlySet<string>) => {
    let column = 0
    for (const point of measurements) row[column++] = point.read(plant) ?? Number.NaN
    for (const { counter } of totals) row[column++] = toSi(meansKw[counter], 'kW')
    for (const { key, spec } of inputs) {
      row[column++] = toSi(plant.truthOf(key) ?? Number.NaN, spec.unit)
      row[column++] = overwritten.has(key) ? 1 : 0
    }
  }
  const sample = (overwritten: ReadonlySet<string>) => {
    fillRow(overwritten)
    ring.push(secondsOf(plant.siteNow()), row)
  }
  sample(new Set())

  return {
    ring,
    columns,
    mark: overwritten => {
      const now = plant.energy()
      const elapsedMs = now.toAt - minuteBegan.toAt
      if (elapsedMs <= 0 || now.toAt === last.toAt) return
      const mean = (counter: (typeof totals)[number]['counter']) =>
        ((now[counter] - minuteBegan[counter]) * hour) / elapsedMs
      meansKw = {
        itKwh: mean('itKwh'),
        facilityKwh: mean('facilityKwh'),
        coolingKwh: mean('coolingKwh'),
        lossesKwh: mean('lossesKwh'),
      }
      account(sums, tariffs, {
        fromAt: last.toAt,
        toAt: now.toAt,
        kwh: now.facilityKwh - last.facilityKwh,
      })
      last = now
      if (secondsOf(now.toAt) % 60 !== 0) return
      sample(overwritten)
      minuteBegan = now
    },
    startCounting: () => {
      sums = emptySums(truth())
    },
    controllerTook: ratio => {
      sums.ratios.sum += ratio
      sums.ratios.count++
    },
    state: overwritten => {
      fillRow(overwritten)
      const values: Record<string, number | null> = { time: secondsOf(plant.siteNow()) }
      columns.forEach((name, column) => {
        const value = row[column]!
        values[name] = Number.isNaN(value) ? null : value
      })
      return values
    },
    kpis: price =>
      kpisOf(sums, truth(), {
        itNameplateKw: testcase.itNameplateKw,
        zones: testcase.zones.length,
        price,
      }),
  }
}
