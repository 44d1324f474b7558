import { Reporter } from '#agent/cycle/reporter.ts'
import type { EquipmentKind } from '#contract/points.ts'
import type { Answer, Question } from '#contract/query/question.ts'
import type { Sample } from '#contract/reading.ts'
import { siteGraph } from '#contract/site/graph.ts'
import { type Millis, minute } from '#contract/units.ts'
import type { Fault } from '#simulators/faults/fault.ts'
import { openLoad } from '#simulators/load/openLoad.ts'
import { createPlant } from '#simulators/plant/createPlant.ts'
import { resolveSite } from '#simulators/sites/sites.ts'
import { openWeather } from '#simulators/weather/openWeather.ts'

const rowMs = 5 * minute

/** A simulated hall and what a store would hold of it: samples as agents report them, a step of the plant a minute. */
export function watchedHall(scene: {
  readonly startAt: Millis
  readonly site?: string
  readonly seed?: number
  readonly load?: string
  readonly weather?: string
  readonly faults?: readonly Fault[]
  /** Points that are read; each sample costs time. */
  readonly points: (kind: EquipmentKind) => readonly string[]
}) {
  const { startAt, seed = 1 } = scene
  const weather = openWeather(scene.weather ?? 'builtin:chicago', seed)
  const site = resolveSite(scene.site ?? 'small', weather)
  const load = openLoad(scene.load ?? 'builtin:inference', { site, seed, startAt })
  const plant = createPlant({ site, weather, load, seed, startAt, stepMs: minute })
  for (const fault of scene.faults ?? []) plant.inject(fault)
  const reporter = new Reporter(siteGraph(site), { startedAt: startAt, limitMs: statedMs => statedMs })
  const points = site.equipment.flatMap(({ id, kind }) => scene.points(kind).map(point => ({ id, point })))
  const buckets = new Map<string, Map<Millis, { sum: number; count: number }>>()

  const keep = ({ equipment, point, value, at }: Sample) => {
    if (value === null) return
    const key = `${equipment}.${point}`
    const series = buckets.get(key) ?? new Map<Millis, { sum: number; count: number }>()
    buckets.set(key, series)
    const rowAt = at - (at % rowMs)
    const bucket = series.get(rowAt) ?? { sum: 0, count: 0 }
    series.set(rowAt, { sum: bucket.sum + value, count: bucket.count + 1 })
  }
  return {
    site,
    plant,
    /** The plant goes on until then, and the store fills. */
    runTo(untilAt: Millis): void {
      while (plant.siteNow() < untilAt) {
        plant.advanceTo(plant.siteNow() + minute)
        const now = plant.siteNow()
        const samples = points.map(
          ({ id, point }) => ({ equipment: id, point, ...plant.read(`${id}.${point}`) }) as Sample,
        )
        for (const sample of [...reporter.take(samples, now), ...reporter.repeats(now, () => true)])
          keep(sample)
      }
    },
    ask: async (question: Question): Promise<Answer> => ({
      question,
      series: site.equipment
        .filter(({ kind }) => kind === question.kind)
        .flatMap(({ id }) =>
          question.points.map(point => {
            const found = [...(buckets.get(`${id}.${point}`) ?? [])].filter(
              ([at]) => at >= question.fromAt && at < question.toAt,
            )
            return {
              equipment: id,
              point,
              at: found.map(([at]) => at),
              value: found.map(([, { sum, count }]) => sum / count),
            }
          }),
        ),
    }),
  }
}
