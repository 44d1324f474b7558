/** Prints the table of simulators/load/README.md: node tests/load/measure.ts */
import { builtinLoad, builtinLoads } from '#simulators/load/builtinLoad.ts'
import { readSiteFile } from '#simulators/sites/sites.ts'
import { loadStatistics } from '#tests/load/loadStatistics.ts'

const site = readSiteFile('warm-water')
console.log(
  '| load | lowest | median | mean | highest | σ of ln | after 1 min, 1 h, 6 h, 24 h | most in 5 min |',
)
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |')
for (const kind of builtinLoads) {
  const seeds = [1, 2, 3].map(seed =>
    loadStatistics(builtinLoad(kind, site, seed), {
      cdus: site.layout.cdus,
      nameplateKw: site.nameplate.itPerCduKw,
      fromAt: Date.UTC(2025, 0, 1),
      days: 28,
      everyMinutes: 1,
    }),
  )
  const mean = (of: (one: (typeof seeds)[number]) => number) =>
    seeds.reduce((sum, one) => sum + of(one), 0) / seeds.length
  const cells = [
    mean(one => one.lowest),
    mean(one => one.median),
    mean(one => one.mean),
    mean(one => one.highest),
    mean(one => one.logSpread),
  ].map(value => value.toFixed(3))
  const after = [0, 1, 2, 3].map(index => mean(one => one.after[index]!).toFixed(2)).join(', ')
  console.log(`| ${[kind, ...cells, after, mean(one => one.quickest).toFixed(3)].join(' | ')} |`)
}
