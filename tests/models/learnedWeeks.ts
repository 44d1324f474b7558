import { siteGraph } from '#contract/site/graph.ts'
import type { Site } from '#contract/site/site.ts'
import { day, hour, minute } from '#contract/units.ts'
import { judge, type Situation } from '#models/planning/judge.ts'
import { fitPlant } from '#models/plant/fit.ts'
import { followPlant } from '#models/plant/followHours.ts'
import type { Outcome, Predictor, Settings } from '#models/plant/predict.ts'
import { nameplatePriors } from '#models/plant/priors.ts'
import { seededRandom } from '#models/plant/random.ts'
import type { PlantRow } from '#models/plant/row.ts'
import { facilityBefore, settingsOf } from '#models/plant/score.ts'
import { predict } from '#models/plant/settle.ts'
import { planDriver } from '#simulators/backtest/planDriver.ts'
import { telemetryOf } from '#simulators/backtest/planRows.ts'
import { startRun } from '#simulators/backtest/run.ts'
import { loadByMinute } from '#simulators/load/load.ts'
import { openLoad } from '#simulators/load/openLoad.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'
import { resolveSite } from '#simulators/sites/sites.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'
import { weatherOf } from '#simulators/weather/weather.ts'

export type LearnedCase = {
  /** `small` unless said. */
  readonly site?: string
  /** Chicago's built-in weather unless said. */
  readonly weather?: string
  readonly load: string
  readonly seed: number
  readonly leakagePerK: number
  readonly fromAt: number
  readonly days: number
}

/** Cold plates after some days of `reset` with the sweep of 48 h in them, and the model of their telemetry. */
export async function learnedPlant(how: LearnedCase) {
  const { seed, fromAt, leakagePerK } = how
  const weather = openWeather(how.weather ?? 'builtin:chicago', seed)
  const site = resolveSite(how.site ?? 'small', weather) as Site
  const load = openLoad(how.load, { site, seed, startAt: fromAt })
  const startAt = fromAt - how.days * day
  const plant = createPlant({ site, weather, load, seed, startAt, leakagePerK, stepMs: minute })
  const run = startRun(plant)
  const drive = planDriver({ site, approachK: 4, seed, sweepFromAt: startAt + day })
  const rows = await drive(run, fromAt, 'learn')
  const priors = nameplatePriors(site)
  const of: Predictor = { priors, model: await fitPlant(priors, rows, { seed }) }
  return { site, weather, run, plant: plant as SimulatedPlant<Site>, drive, of }
}

const between = (random: () => number, low: number, high: number) => low + (high - low) * random()

/** Settings that a plan could ask for: no limit broken, by the nameplate. */
function randomSettings(
  of: Predictor,
  at: { wetBulbC: number; itKw: readonly number[] },
  random: () => number,
) {
  const situation: Situation = {
    of,
    conditions: at,
    peakItKw: at.itKw,
    chipReserveK: at.itKw.map(() => 2),
    leastFlowLpm: at.itKw.map(() => 0.53 * of.priors.site.design.cduFlowLpm),
  }
  for (let draw = 0; draw < 2_000; draw++) {
    const towerLeavingC = Math.max(14, at.wetBulbC + between(random, 4, 11))
    const facilitySupplyC = towerLeavingC + between(random, 1.5, 5)
    const cduSupplyC = facilitySupplyC + between(random, 2.5, 7)
    const cduDpKpa = between(random, 35, 120)
    const settings: Settings = {
      towerLeavingC,
      towerFlowPercent: between(random, 45, 100),
      facilitySupplyC,
      facilityDpKpa: between(random, 35, 140),
      cduSupplyC: at.itKw.map(() => cduSupplyC),
      cduDpKpa: at.itKw.map(() => cduDpKpa),
    }
    if (judge(situation, settings).penaltyKw === 0) return settings
  }
  return undefined
}

/** As fast as a plan may move toward more cooling, per minute. */
const stepC = 0.1
const stepElse = 0.9
const toward = (from: number, to: number, most: number) => from + Math.max(-most, Math.min(most, to - from))
const walked = (from: Settings, to: Settings): Settings => ({
  towerLeavingC: toward(from.towerLeavingC, to.towerLeavingC, stepC),
  towerFlowPercent: toward(from.towerFlowPercent, to.towerFlowPercent, stepElse),
  facilitySupplyC: toward(from.facilitySupplyC, to.facilitySupplyC, stepC),
  facilityDpKpa: toward(from.facilityDpKpa, to.facilityDpKpa, stepElse),
  cduSupplyC: from.cduSupplyC.map((value, cdu) => toward(value, to.cduSupplyC[cdu] as number, stepC)),
  cduDpKpa: from.cduDpKpa.map((value, cdu) => toward(value, to.cduDpKpa[cdu] as number, stepElse)),
})

const cduIdsOf = (site: Site) => site.equipment.filter(({ kind }) => kind === 'cdu').map(({ id }) => id)

function writeAll(plant: SimulatedPlant<Site>, settings: Settings): void {
  plant.write('tower.leavingTemperatureSp', settings.towerLeavingC)
  plant.write('tower.waterFlowSp', settings.towerFlowPercent)
  plant.write('facility.supplyTemperatureSp', settings.facilitySupplyC)
  plant.write('facility.differentialPressureSp', settings.facilityDpKpa)
  cduIdsOf(plant.site).forEach((id, cdu) => {
    plant.write(`${id}.supplyTemperatureSp`, settings.cduSupplyC[cdu] as number)
    plant.write(`${id}.differentialPressureSp`, settings.cduDpKpa[cdu] as number)
  })
}

/** Telemetry of hours in which settings are drawn anew every four, whatever the load: nothing like what was learned from. */
export function randomHours(
  { plant, of }: { plant: SimulatedPlant<Site>; of: Predictor },
  hours: number,
  seed: number,
): readonly PlantRow[] {
  const random = seededRandom(seed)
  const eyes = telemetryOf(plant)
  let held: Settings | undefined
  let wanted: Settings | undefined
  for (let passed = 0; passed < hours * 60; passed++) {
    if (passed % 240 === 0 || !wanted) {
      wanted = randomSettings(
        of,
        {
          wetBulbC: eyes.value('weather.wetBulb'),
          itKw: cduIdsOf(plant.site).map(() => eyes.racksKw() / plant.site.layout.cdus),
        },
        random,
      )
      if (!wanted) throw new Error('no settings that a plan could ask for')
    }
    held = walked(held ?? wanted, wanted)
    writeAll(plant, held)
    plant.advanceTo(plant.siteNow() + minute)
    eyes.note(held, false)
  }
  return eyes.rows
}

export type PartError = { readonly cvRmsePercent: number; readonly nmbePercent: number }

const chipC = (outcome: Outcome, cdu: number) => outcome.cdus[cdu]?.chipC ?? Number.NaN

/** What one reads of each hour: rows, and what the model says of each. */
type Foretold = ReadonlyArray<{ readonly row: PlantRow; readonly outcome: Outcome }>

/**
 * Each hour as it is planned: telemetry ends where it begins; settings, loads and weather are given, nothing that is
 * measured in it. The first hour is only known. */
export function followed(of: Predictor, rows: readonly PlantRow[]): Foretold {
  const hours = [...Map.groupBy(rows, row => Math.floor(row.at / hour)).values()]
  return hours.flatMap((ofHour, place) => {
    const asked = ofHour.flatMap(row => {
      const settings = settingsOf(row)
      const conditions = { itKw: row.cdus.map(cdu => cdu.itKw), wetBulbC: row.wetBulbC }
      return settings ? [{ row, settings, conditions }] : []
    })
    const known = hours[place - 1]
    if (!known) return []
    const outcomes = followPlant(of, known, asked)
    return asked.map(({ row }, index) => ({ row, outcome: outcomes[index] as Outcome }))
  })
}

/** Each row by itself, as if the plant stood at rest; told is where the facility water stood before it. */
export function atRest(of: Predictor, rows: readonly PlantRow[]): Foretold {
  return rows.flatMap((row, place) => {
    const settings = settingsOf(row)
    if (!settings) return []
    const conditions = { itKw: row.cdus.map(cdu => cdu.itKw), wetBulbC: row.wetBulbC }
    return [{ row, outcome: predict(of, 0, settings, { ...conditions, ...facilityBefore(rows[place - 1]) }) }]
  })
}

/** Hourly errors of each part by Guideline 14, and the mean absolute error of the hottest chips. */
export function errorsOf(foretold: Foretold) {
  const parts = ['nonIt', 'cduPumps', 'facilityPumps', 'towerFans', 'towerPumps', 'losses'] as const
  const seen = foretold.map(({ row, outcome }) => {
    const cduPumpKw = row.cdus.reduce((sum, cdu) => sum + cdu.pumpKw, 0)
    const nonItKw = row.facilityKw - row.itKw
    const otherKw = cduPumpKw + row.facility.pumpKw + row.tower.fanKw + row.tower.pumpKw
    return {
      hourOf: Math.floor(row.at / hour),
      nonIt: [nonItKw, outcome.nonItKw],
      cduPumps: [cduPumpKw, outcome.cduPumpKw],
      facilityPumps: [row.facility.pumpKw, outcome.facilityPumpKw],
      towerFans: [row.tower.fanKw, outcome.towerFanKw],
      towerPumps: [row.tower.pumpKw, outcome.towerPumpKw],
      losses: [nonItKw - otherKw, outcome.lossesKw],
    } as const
  })
  const hours = [...Map.groupBy(seen, one => one.hourOf).values()]
  const errorOf = (part: (typeof parts)[number]): PartError => {
    const means = hours.map(ofHour => {
      const mean = (side: 0 | 1) => ofHour.reduce((sum, one) => sum + one[part][side], 0) / ofHour.length
      return { measured: mean(0), error: mean(1) - mean(0) }
    })
    const measured = means.reduce((sum, one) => sum + one.measured, 0) / means.length
    const square = means.reduce((sum, one) => sum + one.error ** 2, 0) / means.length
    const bias = means.reduce((sum, one) => sum + one.error, 0) / means.length
    return { cvRmsePercent: (100 * Math.sqrt(square)) / measured, nmbePercent: (100 * bias) / measured }
  }
  const chipErrorsK = foretold.flatMap(({ row, outcome }) =>
    row.cdus.map((cdu, index) => Math.abs(cdu.chipC - chipC(outcome, index))),
  )
  return {
    parts: Object.fromEntries(parts.map(part => [part, errorOf(part)])) as Record<
      (typeof parts)[number],
      PartError
    >,
    chipMaeK: chipErrorsK.reduce((sum, one) => sum + one, 0) / chipErrorsK.length,
  }
}

/** Pairs of settings on the true plant at rest, load and air held: what really changes, and what the model says. */
export function responses(
  { site, weather, of }: Pick<Awaited<ReturnType<typeof learnedPlant>>, 'site' | 'weather' | 'of'>,
  how: { pairs: number; seed: number; leakagePerK: number },
) {
  const random = seededRandom(how.seed * 1_000 + 7)
  return Array.from({ length: how.pairs }).flatMap(() => {
    const air = weatherOf({ dryBulbC: between(random, 6, 26), relativeHumidityPercent: 60 })
    const share = between(random, 0.3, 0.9)
    const load = loadByMinute({
      name: 'steady',
      cdus: site.layout.cdus,
      itPerCduKw: site.nameplate.itPerCduKw,
      notes: [],
      fill: ({ means }) => means.fill(share),
    })
    const plant = createPlant({
      site,
      weather: { ...weather, at: air.at },
      load,
      seed: how.seed,
      startAt: 0,
      leakagePerK: how.leakagePerK,
      stepMs: minute,
    }) as SimulatedPlant<Site>
    const wetBulbC = air.at(0).wetBulbC
    const graph = siteGraph(site)
    const itNow = () =>
      cduIdsOf(site).map(id =>
        graph.racksOf(id).reduce((sum, rack) => sum + (plant.read(`${rack}.power`).value ?? Number.NaN), 0),
      )
    const plate = site.layout.cdus
    const drawn = [0, 1].map(() =>
      randomSettings(
        { priors: of.priors, model: of.model },
        { wetBulbC, itKw: Array.from({ length: plate }, () => share * site.nameplate.itPerCduKw) },
        random,
      ),
    )
    // Weather and load under which hardly any of the drawn settings keep all limits.
    const wants = drawn.filter(settings => settings !== undefined)
    if (wants.length < 2) return []
    let held: Settings | undefined
    const rests = wants.map(wanted => {
      held ??= {
        ...wanted,
        towerLeavingC: 26,
        facilitySupplyC: 29,
        cduSupplyC: wanted.cduSupplyC.map(() => 34),
        towerFlowPercent: 100,
      }
      for (let passed = 0; passed < 5 * 60; passed++) {
        held = walked(held, wanted)
        writeAll(plant, held)
        plant.advanceTo(plant.siteNow() + minute)
      }
      const before = plant.energy().facilityKwh
      plant.advanceTo(plant.siteNow() + hour / 2)
      return { kw: 2 * (plant.energy().facilityKwh - before), itKw: itNow(), settings: wanted }
    })
    const [first, second] = rests as [(typeof rests)[0], (typeof rests)[0]]
    const referenceC = predict(of, 0, first.settings, { itKw: first.itKw, wetBulbC }).cdus.map(
      cdu => cdu.meanJunctionC,
    )
    const perK = of.model.leakage.perK[0] as number
    const foretold = (settings: Settings) =>
      predict(of, 0, settings, { itKw: first.itKw, wetBulbC, leakage: { referenceC, perK } }).facilityKw
    return [
      {
        facilityKw: first.kw,
        realKw: second.kw - first.kw,
        foretoldKw: foretold(second.settings) - foretold(first.settings),
      },
    ]
  })
}
