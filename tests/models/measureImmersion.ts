import { learnImmersion } from '#models/plant/immersion/learnImmersion.ts'
import { immersionHistory } from '#tests/models/immersionCases.ts'
import { judgedParts, judgeResponses, judgeWeek, type PartError } from '#tests/models/immersionJudge.ts'

/**
 * Prints what the learned immersion plant misses: `node tests/models/measureImmersion.ts [weathers] [months] [seeds] [loads]
 * [learnDays] [moments]`, lists by commas, months 1..12. Not a test: three weeks learned, the week from the 14th judged.
 */
const [
  weathers = 'builtin:chicago',
  months = '7',
  seeds = '1',
  loads = 'builtin:ai',
  days = '21',
  moments = '20',
] = process.argv.slice(2)
const list = (text: string) => text.split(',')
const text = ({ cvRmse, nmbe, meanKw }: PartError) =>
  `${cvRmse.toFixed(2)} / ${nmbe.toFixed(2)} of ${meanKw.toFixed(1)} kW`

for (const weatherName of list(weathers))
  for (const month of list(months).map(Number))
    for (const loadName of list(loads))
      for (const seed of list(seeds).map(Number)) {
        const history = immersionHistory({
          weatherName,
          loadName,
          seed,
          judgedAt: Date.UTC(2025, month - 1, 14),
          learnDays: Number(days),
          judgeDays: 7,
        })
        const before = performance.now()
        const learned = await learnImmersion(history.site, history.seen, { seed: 1 })
        const learnMs = performance.now() - before
        const week = judgeWeek(history.site, learned, history.unseen, history.seen)
        const response = judgeResponses({
          ...history,
          learned,
          table: history.unseen,
          plantSeed: seed,
          moments: Number(moments),
          pairsEach: 10,
          seed: seed * 100 + month,
        })
        console.log(
          [
            `${history.weather.name}, month ${month}, seed ${seed}, ${loadName} (learned in ${learnMs.toFixed(0)} ms)`,
            ...judgedParts.map(
              part =>
                `  ${part}: CV(RMSE) / NMBE % an hour ahead ${text(week.followed[part])}; as if at rest ${text(week.all[part])}, in hours at rest ${text(week.atRest[part])}`,
            ),
            `  ${week.hoursAtRest} h at rest; chip MAE ${week.chipMaeK.toFixed(3)} K`,
            ...Object.entries(response).map(
              ([kind, { judged, signRight, medianErrorPercent }]) =>
                `  ${kind}: sign ${signRight} of ${judged}, median error ${medianErrorPercent.toFixed(1)} %`,
            ),
          ].join('\n'),
        )
      }
