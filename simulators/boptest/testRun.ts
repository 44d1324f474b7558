import { second } from '#contract/units.ts'
import {
  type Asked,
  namesOf,
  numberOf,
  oneOf,
  onlyKeys,
  own,
  refuse,
  shown,
} from '#simulators/boptest/asked.ts'
import { periodS, periodWarmupS, type TimePeriod, timePeriods, yearS } from '#simulators/boptest/calendar.ts'
import {
  answerValuesMax,
  type ForecastPoint,
  forecastOf,
  forecastPoints,
} from '#simulators/boptest/forecast.ts'
import { giveBack, type Overwrites, overwritesOf, write } from '#simulators/boptest/overwrites.ts'
import { type Recorder, recorderOf } from '#simulators/boptest/recorder.ts'
import { type PriceName, priceNames } from '#simulators/boptest/tariffs.ts'
import {
  type Offer,
  openTestcase,
  type Place,
  plantStepS,
  type Testcase,
} from '#simulators/boptest/testcase.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'

/** Work done in slices, so that other tests go on in between; ends with the answer. */
export type Slices<Answer> = Generator<undefined, Answer, undefined>
export type Spoken<Payload> = { readonly message: string; readonly payload: Payload }
type PointValues = Readonly<Record<string, number | null>>

/** A quarter of an hour of site time: about 1 ms of `small`, 5 ms of `warm-water`. */
const sliceS = 900
/** A warm-up serves to forget the start; these plants forget in hours. */
const warmupMaxS = 28 * 86_400
const stepMaxS = periodS

export type TestRun = {
  testcase(): Testcase
  stepS(): number
  setStep(asked: Asked): number
  scenario(): Readonly<Record<string, string | number | null>>
  initialize(asked: Asked): Slices<Spoken<PointValues>>
  setScenario(asked: Asked): Slices<Spoken<Readonly<Record<string, unknown>>>>
  /** `tookMs`: what the controller took since the answer before, undefined at the first. */
  advance(asked: Asked, tookMs: number | undefined): Slices<Spoken<PointValues>>
  results(asked: Asked): Spoken<Readonly<Record<string, readonly (number | null)[]>>>
  forecastPoints(): ReadonlyMap<string, ForecastPoint>
  forecast(asked: Asked): Readonly<Record<string, readonly number[]>>
  kpis(): PointValues
}

/** One test: a plant in its place, where it stands in the year, and what was counted. It moves only when asked to. */
export function createTestRun(offer: Offer, name: string, place: Place): TestRun {
  let testcase = openTestcase(offer, name, place)
  let points = forecastPoints(testcase)
  let stepS = 3600
  let price: PriceName = 'constant'
  let period: TimePeriod | null = null
  let endS = Number.POSITIVE_INFINITY
  let start = { startS: 0, warmupS: 0 }
  let plant: SimulatedPlant
  let recorder: Recorder
  let overwrites: Overwrites
  let commissioned: Overwrites
  const nowS = () => (plant.siteNow() - testcase.yearStartAt) / second
  const overwritten = () => new Set(overwrites.keys())

  function begin(atS: number): void {
    plant = testcase.plantAt(atS)
    commissioned = new Map(testcase.inputs.map(({ key }) => [key, plant.truthOf(key) ?? Number.NaN]))
    overwrites = new Map()
    recorder = recorderOf(testcase, plant)
  }

  function* goTo(toS: number): Slices<void> {
    const marks = overwritten()
    let sliceEndsS = nowS() + sliceS
    while (nowS() < toS) {
      const nextS = Math.min(toS, (Math.floor(nowS() / 60) + 1) * 60)
      plant.advanceTo(testcase.yearStartAt + nextS * second)
      recorder.mark(marks)
      if (nowS() >= sliceEndsS && nowS() < toS) {
        yield
        sliceEndsS = nowS() + sliceS
      }
    }
  }

  function* restart(): Slices<PointValues> {
    begin(Math.max(0, start.startS - start.warmupS))
    yield* goTo(start.startS)
    recorder.startCounting()
    return recorder.state(overwritten())
  }
  begin(0)

  return {
    testcase: () => testcase,
    stepS: () => stepS,
    setStep: asked => {
      onlyKeys(asked, ['step'])
      stepS = numberOf(asked, 'step', { lowest: plantStepS, highest: stepMaxS, multipleOf: plantStepS })
      return stepS
    },
    scenario: () => ({
      electricity_price: price,
      time_period: period,
      temperature_uncertainty: null,
      solar_uncertainty: null,
      ...testcase.place,
    }),
    *initialize(asked) {
      onlyKeys(asked, ['start_time', 'warmup_period'])
      const grid = { lowest: 0, multipleOf: plantStepS }
      const startS = numberOf(asked, 'start_time', { ...grid, highest: yearS })
      const warmupS = numberOf(asked, 'warmup_period', { ...grid, highest: warmupMaxS })
      start = { startS, warmupS }
      period = null
      endS = Number.POSITIVE_INFINITY
      const payload = yield* restart()
      return { message: `The plant stands at ${startS} s after a warm-up of ${warmupS} s.`, payload }
    },
    *setScenario(asked) {
      const next = scenarioAsked(testcase.place, asked)
      const isMoved = next.place !== undefined
      if (next.place) {
        testcase = openTestcase(offer, name, next.place)
        points = forecastPoints(testcase)
      }
      price = next.price ?? price
      const named = next.period ?? (isMoved ? (period ?? undefined) : undefined)
      if (named !== undefined) {
        period = named
        start = { startS: testcase.periods[named], warmupS: periodWarmupS }
        endS = start.startS + periodS
      }
      const values = isMoved || named !== undefined ? yield* restart() : undefined
      return {
        message: values ? 'The scenario is set and the plant initialised.' : 'The scenario is set.',
        payload: {
          electricity_price: next.price ?? null,
          time_period: next.period === undefined ? null : values,
          temperature_uncertainty: null,
          solar_uncertainty: null,
          seed: next.place?.seed ?? null,
          climate: next.place?.climate ?? null,
          load: next.place?.load ?? null,
        },
      }
    },
    *advance(asked, tookMs) {
      const { overwrites: next, warnings } = overwritesOf(testcase.inputs, asked)
      const fromS = nowS()
      if (fromS >= endS)
        return { message: `The ${period ?? 'test'} period is over; its KPIs stand.`, payload: {} }
      if (tookMs !== undefined) recorder.controllerTook(tookMs / 1000 / stepS)
      const toS = Math.min(fromS + stepS, endS)
      const before = overwrites
      overwrites = next
      write(plant, next)
      if (giveBack(plant, testcase.inputs, { before, after: next, commissioned })) {
        yield* goTo(fromS + plantStepS)
        write(plant, next)
      }
      yield* goTo(toS)
      const message =
        warnings.length > 0 ? warnings.join('; ') : `The plant advanced from ${fromS} s to ${toS} s.`
      return { message, payload: recorder.state(overwritten()) }
    },
    results: asked => resultsOf(recorder, asked),
    forecastPoints: () => points,
    forecast: asked => forecastOf(testcase, points, nowS(), asked),
    kpis: () => recorder.kpis(price),
  }
}

const scenarioKeys = [
  'electricity_price',
  'time_period',
  'temperature_uncertainty',
  'solar_uncertainty',
  'climate',
  'load',
  'seed',
]

function scenarioAsked(
  place: Place,
  asked: Asked,
): { price: PriceName | undefined; period: TimePeriod | undefined; place: Place | undefined } {
  onlyKeys(asked, scenarioKeys)
  for (const key of ['temperature_uncertainty', 'solar_uncertainty']) {
    const value = own(asked, key)
    if (value !== undefined && value !== 'none')
      refuse(`${key} = ${shown(value)}: allowed is none, because this forecast is the truth`)
  }
  return {
    price: oneOf(asked, 'electricity_price', priceNames),
    period: oneOf(asked, 'time_period', timePeriods),
    place: placeAsked(place, asked),
  }
}

/** The place that is asked for, or undefined where nothing of it was. What is not offered is refused when it is opened. */
export function placeAsked(place: Place, asked: Asked): Place | undefined {
  const text = (key: 'climate' | 'load'): string => {
    const value = own(asked, key) ?? place[key]
    return typeof value === 'string' ? value : refuse(`${key} = ${shown(value)}: allowed is a name`)
  }
  if (['climate', 'load', 'seed'].every(key => own(asked, key) === undefined)) return undefined
  const seed =
    own(asked, 'seed') === undefined
      ? place.seed
      : numberOf(asked, 'seed', { lowest: 0, highest: 4_294_967_295, multipleOf: 1 })
  return { climate: text('climate'), load: text('load'), seed }
}

/** Samples of full minutes, warm-up included, as far back as they are held. */
function resultsOf(
  { ring, columns }: Recorder,
  asked: Asked,
): Spoken<Readonly<Record<string, readonly (number | null)[]>>> {
  onlyKeys(asked, ['point_names', 'start_time', 'final_time'])
  const anyTime = { lowest: -Number.MAX_VALUE, highest: Number.MAX_VALUE }
  const fromS = numberOf(asked, 'start_time', anyTime)
  const toS = numberOf(asked, 'final_time', anyTime)
  const places = new Map(columns.map((name, place) => [name, place]))
  const names = namesOf(asked, 'point_names', name => places.has(name), 'measurements and GET inputs')
  const count = ring.countBetween(fromS, toS) * (names.length + 1)
  if (count > answerValuesMax)
    refuse(
      `start_time = ${fromS}, final_time = ${toS}, ${names.length} points: ${count} numbers, allowed are ${answerValuesMax}; ask for fewer points or a shorter time`,
    )
  const { time, values } = ring.between(
    fromS,
    toS,
    names.map(name => places.get(name)!),
  )
  const oldestS = ring.oldestS() ?? 0
  const gone =
    ring.dropped() > 0 && fromS < oldestS
      ? ` ${ring.dropped()} older samples are gone; the oldest held is of ${oldestS} s.`
      : ''
  return {
    message: `${time.length} samples of ${names.length} points.${gone}`,
    payload: { time, ...Object.fromEntries(names.map((name, place) => [name, values[place]!])) },
  }
}
