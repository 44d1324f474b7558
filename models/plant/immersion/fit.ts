import { plantIds } from '#contract/site/expand.ts'
import type { ImmersionSite } from '#contract/site/immersion.ts'
import { minute } from '#contract/units.ts'
import {
  type FactorFit,
  type Features,
  featureCount,
  fitFactors,
  type Observation,
} from '#models/plant/fitFactors.ts'
import {
  factorSpecs,
  type ImmersionComponent,
  plantComponents,
  tankComponents,
} from '#models/plant/immersion/beliefs.ts'
import { observeHeaders, observePlant, observeTank } from '#models/plant/immersion/components.ts'
import { type HourTable, hoursOf } from '#models/plant/immersion/hourRow.ts'
import { factorOf, type ImmersionModel } from '#models/plant/immersion/model.ts'
import { padsSwitchOf } from '#models/plant/immersion/padsSwitch.ts'
import type { ImmersionPriors } from '#models/plant/immersion/priors.ts'
import { placesOf } from '#models/plant/learned/places.ts'
import { type PumpRow, pumpStagesOf } from '#models/plant/learned/pumpStages.ts'
import { minutesHeld } from '#models/plant/learned/storage.ts'
import type { TelemetryTable } from '#models/plant/learned/telemetry.ts'

/** Best fit plus five others whose spread is the uncertainty: "80 % of the ensemble" is four of five. */
const memberCount = 6
/** Beyond this, neighbouring means are as good as independent. */
const independentMs = 30 * minute
/** The ensemble's fits draw whole hours again. */
const blockMs = 60 * minute

type Regression = {
  readonly name: ImmersionComponent
  readonly unit: number
  readonly observations: readonly (Observation | undefined)[]
}
type Fitted = Regression & { readonly fit: FactorFit }

/** An immersion plant fitted to telemetry, starting from the nameplate; without a row it is the nameplate with its doubts. */
export async function fitImmersion(
  priors: ImmersionPriors,
  table: TelemetryTable,
  options: { readonly seed: number },
): Promise<ImmersionModel> {
  const { site } = priors
  const hours = hoursOf(site, table)
  const fitted = (regressions: readonly Regression[]) => fitOf(regressions, hours, options.seed)
  // The coolers are fitted on the air that a prediction would have: the pads come first.
  const [pads] = await fitted([plantRegression('pads', hours, priors, 0)])
  const padsShare = site.nameplate.cooler.pads.effectiveness * Math.exp(pads?.fit.members[0]?.[0] ?? 0)
  const others = plantComponents.filter(name => name !== 'pads')
  const all = [
    ...(await fitted([
      ...tankRegressions(site, hours, priors),
      ...others.map(name => plantRegression(name, hours, priors, padsShare)),
    ])),
    ...(pads ? [pads] : []),
  ]
  const switches = {
    pads: padsSwitchOf(table),
    pumpStages: pumpStagesOf(priors.facilityPumps, pumpRowsOf(priors, table)),
  }
  const fit = modelOf(priors, hours, all, options.seed)
  return { ...fit, ...switches, headersMinutes: headersMinutes(priors, fit, hours, padsShare) }
}

function pumpRowsOf(priors: ImmersionPriors, { keys, rows }: TelemetryTable): PumpRow[] {
  const running = keys.indexOf(`${plantIds.facility}.pumpsRunning`)
  const flows = placesOf(priors.site).map(({ id }) => keys.indexOf(`${id}.primaryFlow`))
  return rows.map(({ values }) => ({
    running: values[running] ?? Number.NaN,
    flowLpm: priors.loopFlow(flows.reduce((sum, flow) => sum + (values[flow] ?? Number.NaN), 0)),
  }))
}

/** By hours in which the loop's coolant warmed or cooled. */
function headersMinutes(
  priors: ImmersionPriors,
  model: Pick<ImmersionModel, 'parameters'>,
  { rows }: HourTable,
  padsShare: number,
): number {
  const factor = (features: Features) => factorOf(model, 'coolerAir', { unit: 0, member: 0 }, features)
  const seen = rows.map(row => observeHeaders(row, priors, { padsShare, factor }))
  return minutesHeld(seen.filter(one => one !== undefined))
}

const tankRegressions = (site: ImmersionSite, { rows }: HourTable, priors: ImmersionPriors): Regression[] =>
  tankComponents.flatMap(name =>
    Array.from({ length: site.layout.tanks }, (_, unit) => ({
      name,
      unit,
      observations: rows.map(row => {
        const tank = row.tanks[unit]
        return tank ? observeTank(name, row, tank, priors) : undefined
      }),
    })),
  )

const plantRegression = (
  name: (typeof plantComponents)[number],
  { rows }: HourTable,
  priors: ImmersionPriors,
  padsShare: number,
): Regression => ({
  name,
  unit: 0,
  observations: rows.map(row => observePlant(name, row, priors, padsShare)),
})

async function fitOf(
  regressions: readonly Regression[],
  { rows, spanMs }: HourTable,
  seed: number,
): Promise<Fitted[]> {
  const fits = await fitFactors(
    regressions.map(({ name, observations }) => ({ belief: factorSpecs[name], observations })),
    {
      // One row that says nothing stands for none.
      rows: Math.max(1, rows.length),
      members: memberCount,
      seed,
      rowsPerIndependent: Math.max(1, independentMs / spanMs),
      rowsPerBlock: Math.max(1, Math.round(blockMs / spanMs)),
    },
  )
  return regressions.map((regression, index) => ({ ...regression, fit: fits[index] as FactorFit }))
}

function modelOf(
  priors: ImmersionPriors,
  { rows, spanMs }: HourTable,
  all: readonly Fitted[],
  seed: number,
): Omit<ImmersionModel, 'pads' | 'pumpStages' | 'headersMinutes'> {
  const { site } = priors
  const byComponent = <T>(of: (one: Fitted) => T) => {
    const made = {} as Record<ImmersionComponent, T[]>
    for (const one of all) {
      made[one.name] ??= []
      made[one.name][one.unit] = of(one)
    }
    return made
  }
  const [first, last] = [rows[0], rows.at(-1)]
  return {
    kind: 'coldloop-immersion-1',
    site: site.name,
    seed,
    memberCount,
    parameters: byComponent(({ fit }) => fit.members),
    residuals: byComponent(({ fit }) => fit.residual ?? null),
    leftOfBelief: byComponent(leftOfBelief),
    span:
      first && last
        ? { fromAt: first.at, toAt: last.at + spanMs, rows: rows.length, meansOfMs: spanMs }
        : null,
  }
}

/** What rows leave of a belief: the posterior's standard deviation over the prior's, from the straight line's own curvature. */
function leftOfBelief({ name, observations }: Regression): number[] {
  const { priorSd, noise } = factorSpecs[name]
  const gram = Array.from({ length: featureCount }, (_, f) =>
    Array.from({ length: featureCount }, (_, g) => {
      const seen = observations.reduce(
        (sum, one) => sum + (one ? (one.features[f] as number) * (one.features[g] as number) : 0),
        0,
      )
      // In units of the belief: 1 on the diagonal is the belief itself.
      const believed = (priorSd[f] as number) * (priorSd[g] as number)
      return (seen * believed) / noise ** 2 + (f === g ? 1 : 0)
    }),
  )
  return inverseDiagonal(gram).map(Math.sqrt)
}

/** Diagonal of the inverse of a symmetric positive 3 × 3 matrix, by its minors. */
function inverseDiagonal(matrix: readonly (readonly number[])[]): number[] {
  const at = (row: number, column: number) => matrix[row % 3]?.[column % 3] as number
  const minor = (i: number) => at(i + 1, i + 1) * at(i + 2, i + 2) - at(i + 1, i + 2) * at(i + 2, i + 1)
  const determinant = [0, 1, 2].reduce(
    (sum, j) => sum + at(0, j) * (at(1, j + 1) * at(2, j + 2) - at(1, j + 2) * at(2, j + 1)),
    0,
  )
  return [0, 1, 2].map(i => minor(i) / determinant)
}
