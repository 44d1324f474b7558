import { setImmediate as breath } from 'node:timers/promises'
import type { Answer, Question } from '#contract/query/question.ts'
import type { Site } from '#contract/site/site.ts'
import { hour, type Millis } from '#contract/units.ts'
import { chipsWarmerK } from '#hub/savings/chipWarmth.ts'
import type { Experiment } from '#hub/savings/experiment.ts'
import { meteredHours } from '#hub/savings/meteredHours.ts'
import { type Claim, switchbackClaim } from '#models/savings/claim.ts'
import type { MeteredHour, Quantity } from '#models/savings/hours.ts'
import { type LeakageSaving, leakageSaving } from '#models/savings/leakage.ts'
import { meanOf } from '#models/savings/statistics.ts'
import type { Block, SwitchbackDesign } from '#models/savings/switchback.ts'
import { type SwitchbackResult, switchbackResult } from '#models/savings/switchbackResult.ts'
import { type Currency, type HourlyWorth, itWorth, siteWorths } from '#models/savings/valued.ts'

/** What a switchback that is over has found. */
export type ExperimentOutcome = {
  readonly fromAt: Millis
  readonly toAt: Millis
  readonly cooling: SwitchbackResult
  /** Where facility and IT are metered. */
  readonly losses: SwitchbackResult | null
  /** Of an hour, modelled; where chips tell their temperature. */
  readonly itLeakage: LeakageSaving | null
  /** L; where the make-up of towers or coolers is metered. */
  readonly water: SwitchbackResult | null
  /** The same in money and carbon, where the site names a tariff and the carbon of its grid. */
  readonly valued: { readonly [name in Currency]?: ValuedOutcome }
  readonly claim: Claim
}

/** Cooling, losses and leakage at what each hour's kWh is worth. */
export type ValuedOutcome = {
  readonly unit: string
  readonly cooling: SwitchbackResult
  readonly losses: SwitchbackResult | null
  /** What a kWh of IT is worth in the mean of the experiment's hours. */
  readonly perItKwh: number
}

export const endOf = (design: SwitchbackDesign): Millis => (design.blocks.at(-1) as Block).toAt

export type OutcomeAsked = Pick<Experiment, 'design' | 'aborted' | 'stopped'> & {
  readonly site: Pick<Site, 'timeZone' | 'meters' | 'equipment' | 'planning'>
  readonly ask: (question: Question) => Promise<Answer>
}

/** Every quantity by the same analysis. Each of them takes tenths of a second: the hub breathes in between. */
export async function judgeExperiment(asked: OutcomeAsked): Promise<ExperimentOutcome> {
  const { design, aborted, stopped, site, ask } = asked
  const fromAt = (design.blocks[0] as Block).fromAt
  const stoppedAt = stopped ? Math.floor(stopped.at / hour) * hour : Number.POSITIVE_INFINITY
  // Stopped before its first block there is nothing to judge.
  const toAt = Math.max(fromAt, Math.min(endOf(design), stoppedAt))
  const hours = toAt === fromAt ? [] : await meteredHours({ site, ask, fromAt, toAt })
  const of = async (quantity: Quantity, worth?: HourlyWorth) => {
    await breath()
    return switchbackResult({
      design,
      hours,
      quantity,
      aborted: aborted.map(one => one.index),
      ...(worth ? { worth } : {}),
    })
  }
  const whereMetered = async (quantity: Quantity, worth?: HourlyWorth) => {
    const result = await of(quantity, worth)
    return result.pairs.judged === 0 ? null : result
  }
  const valued = async (worth: HourlyWorth): Promise<ValuedOutcome> => ({
    unit: worth.unit,
    cooling: await of('coolingKwh', worth),
    losses: await whereMetered('lossesKwh', worth),
    perItKwh: itWorth(hours, worth),
  })
  const { cost, carbon } = siteWorths(site)
  const cooling = await of('coolingKwh')
  return {
    fromAt,
    toAt,
    cooling,
    losses: await whereMetered('lossesKwh'),
    itLeakage: await leakageOf(design, hours, { ask, toAt }),
    water: await whereMetered('waterL'),
    valued: {
      ...(cost ? { cost: await valued(cost) } : {}),
      ...(carbon ? { carbon: await valued(carbon) } : {}),
    },
    claim: switchbackClaim(cooling),
  }
}

async function leakageOf(
  design: SwitchbackDesign,
  hours: readonly MeteredHour[],
  { ask, toAt }: Pick<OutcomeAsked, 'ask'> & { readonly toAt: Millis },
): Promise<LeakageSaving | null> {
  const warmerK = await chipsWarmerK(design, ask, toAt)
  const itKwh = meanOf(hours.flatMap(one => (Number.isFinite(one.itKwh) ? one.itKwh : [])))
  return Number.isFinite(warmerK * itKwh) ? leakageSaving(itKwh, warmerK) : null
}
