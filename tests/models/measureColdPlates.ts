import { day } from '#contract/units.ts'
import {
  atRest,
  errorsOf,
  followed,
  learnedPlant,
  type PartError,
  responses,
} from '#tests/models/learnedWeeks.ts'

/**
 * Prints what the learned cold plates miss: `node tests/models/measureColdPlates.ts [sites] [weathers] [months] [seeds] [loads]
 * [pairs]`, lists by commas, months 1..12. Not a test: three weeks with one sweep learned; the week from the 14th judged, under
 * `reset` and, on a plant of its own, under `plan`; each hour followed from the telemetry before it ("hours ahead"), and each row
 * by itself ("as if at rest"); then pairs of settings on the true plant.
 */
const [
  sites = 'small',
  weathers = 'builtin:chicago',
  months = '1,4,7,10',
  seeds = '1',
  loads = 'builtin:ai,builtin:annual',
  pairs = '200',
] = process.argv.slice(2)
const list = (text: string) => text.split(',')
const text = ({ cvRmsePercent, nmbePercent }: PartError) =>
  `${cvRmsePercent.toFixed(2)} / ${nmbePercent.toFixed(2)}`
const leakagePerK = 0.0015

for (const site of list(sites))
  for (const weather of list(weathers))
    for (const month of list(months).map(Number))
      for (const load of list(loads))
        for (const seed of list(seeds).map(Number)) {
          const how = {
            site,
            weather,
            load,
            seed,
            leakagePerK,
            fromAt: Date.UTC(2025, month - 1, 14),
            days: 22,
          }
          console.log(`${site}, ${weather}, month ${month}, seed ${seed}, ${load}`)
          for (const mode of ['learn', 'steer'] as const) {
            const learned = await learnedPlant(how)
            const rows = await learned.drive(learned.run, how.fromAt + 7 * day, mode)
            const judged = rows.filter(row => row.at >= how.fromAt)
            const under = mode === 'learn' ? 'reset' : 'plan'
            for (const [asked, foretell] of Object.entries({
              'hours ahead': followed,
              'as if at rest': atRest,
            })) {
              const { parts, chipMaeK } = errorsOf(foretell(learned.of, judged))
              const said = Object.entries(parts).map(([part, error]) => `${part} ${text(error)}`)
              console.log(
                `  under ${under}, ${asked}: CV(RMSE) / NMBE %: ${said.join(', ')}; chip MAE ${chipMaeK.toFixed(2)} K`,
              )
            }
            if (mode === 'steer' || Number(pairs) === 0) continue
            const pairsJudged = responses(learned, { pairs: Number(pairs), seed, leakagePerK }).filter(
              one => Math.abs(one.realKw) > 0.0005 * one.facilityKw,
            )
            const right = pairsJudged.filter(
              one => Math.sign(one.realKw) === Math.sign(one.foretoldKw),
            ).length
            const errors = pairsJudged
              .map(one => Math.abs(one.foretoldKw / one.realKw - 1))
              .sort((a, b) => a - b)
            const { perK, sd, isIdentified } = learned.of.model.leakage
            console.log(
              `  pairs: sign right in ${right} of ${pairsJudged.length}, median error ${(100 * (errors[Math.floor(errors.length / 2)] as number)).toFixed(1)} %; leakage ${perK[0]?.toFixed(5)} ± ${sd.toFixed(5)}${isIdentified ? '' : ', not identified'}`,
            )
          }
        }
