import { type Clock, siteLimitMs } from '#contract/clock.ts'
import { sentenceOf } from '#contract/failure.ts'
import type { Answer, Question } from '#contract/query/question.ts'
import { splitSeriesKey } from '#contract/reading.ts'
import type { Site } from '#contract/site/site.ts'
import { hour, minute, second } from '#contract/units.ts'
import type { Alarms } from '#hub/alarms/alarms.ts'
import { isActive } from '#hub/alarms/transitions.ts'
import type { SensorDoubts } from '#hub/planning/believed.ts'
import { startThread, type Thread } from '#hub/planning/workerThread.ts'
import type { SanityRequest, SanityResult } from '#hub/sanity/judgement.ts'
import { createRecentRows } from '#hub/sanity/recentRows.ts'
import {
  causesOf,
  cleanRecord,
  isDoubtfulIn,
  recorded,
  type SanityRecord,
  type Told,
} from '#hub/sanity/record.ts'
import { doubtSentence, sinceWhen } from '#hub/sanity/words.ts'
import type { State } from '#hub/state/state.ts'
import type { Doubt } from '#models/sanity/sensors.ts'

/** Judges the site's sensors once an hour, and raises one maintenance alarm for each cause. */
export type SensorWatch = SensorDoubts & {
  open(): void
  /** One look at the clock; resolves when what it started is done. `open` does this by itself. */
  turn(): Promise<void>
  record(): SanityRecord
  close(): Promise<void>
}

export type SensorWatchOptions = {
  readonly site: Site
  readonly clock: Clock
  readonly ask: (question: Question) => Promise<Answer>
  readonly state: Pick<State, 'keep' | 'kept'>
  readonly alarms: Pick<Alarms, 'raise' | 'clear' | 'standing'>
  readonly log: { warn(facts: object, sentence: string): void }
  /** Default: a thread of its own. */
  readonly thread?: Thread<SanityRequest, SanityResult>
  /** How often the clock is looked at: default each second of machine time; returns what stops it. */
  readonly pace?: (look: () => void) => () => void
}

const keptAs = 'sanity.record'
/** Machine time that a judgement may take; one of 25 CDUs takes a second. */
const deadlineMs = 20 * second
/** In accelerated time judgements come this far apart by the machine's clock, and take a twentieth of a core at most. */
const everyMachineMs = 10 * second
const restPerWork = 20
/** Agents repeat an unchanged value after five minutes: three times that, and it is not known. */
const repeatMs = 5 * minute
const repeatsMissed = 3

const secondPace = (look: () => void): (() => void) => {
  const timer = setInterval(look, second)
  return () => clearInterval(timer)
}

export function createSensorWatch(options: SensorWatchOptions): SensorWatch {
  const { site, clock, ask, state, alarms, log } = options
  const thread =
    options.thread ??
    startThread<SanityRequest, SanityResult>(
      new URL('./worker.ts', import.meta.url),
      'the judge of the sensors',
    )
  const recent = createRecentRows(site, ask)
  const kinds = Object.fromEntries(site.equipment.map(({ id, kind }) => [id, kind]))
  const kept = state.kept(keptAs)
  let record: SanityRecord = kept === undefined ? cleanRecord : (JSON.parse(kept) as SanityRecord)
  let judgedAt = Number.NEGATIVE_INFINITY
  let judgedMachineMs = Number.NEGATIVE_INFINITY
  /** Machine time that the last judgement took. */
  let tookMs = 0
  let running: Promise<void> | undefined
  let stopPace: (() => void) | undefined
  let isClosed = false

  /** The plan says at once that it cannot read what it needs: the same silence is not told twice. */
  const isToldByPlan = ({ finding, column }: Doubt) =>
    finding === 'dropout' &&
    alarms
      .standing()
      .some(alarm => alarm.code === 'planInputsMissing' && isActive(alarm) && alarm.response.includes(column))

  /** The sentence of an alarm changes when more sensors share its cause or another finding is made, not with each hour's figures. */
  const toldNow = (doubts: readonly [Doubt, ...Doubt[]], before: Told | null | undefined): Told | null => {
    if (before === null || (before === undefined && isToldByPlan(doubts[0]))) return null
    const of = doubts.map(({ column, finding }) => `${column} ${finding}`).join(', ')
    if (before?.of === of) return before
    return { sensor: before?.sensor ?? doubts[0].column, of, detail: doubtSentence(doubts) }
  }
  const tell = (next: SanityRecord): SanityRecord => {
    const told: Record<string, Told | null> = {}
    for (const [cause, doubts] of causesOf(next.standing)) {
      const now = toldNow(doubts, next.told[cause])
      told[cause] = now
      if (now === null) continue
      const { equipment, point } = splitSeriesKey(now.sensor)
      alarms.raise('sensorDoubtful', equipment, { point, detail: now.detail, isRestated: true })
    }
    for (const [cause, before] of Object.entries(next.told)) {
      if (before === null || told[cause] !== undefined) continue
      const { equipment, point } = splitSeriesKey(before.sensor)
      alarms.clear('sensorDoubtful', equipment, point)
    }
    return { ...next, told }
  }

  const judge = async (): Promise<void> => {
    const now = clock.siteNow()
    judgedAt = now
    judgedMachineMs = clock.machineNow()
    let isAllThere = false
    while (!isAllThere && !isClosed) isAllThere = await recent.fetch(now)
    if (isClosed) return
    const { standing } = await thread.run(
      {
        block: recent.block(),
        kinds,
        standing: record.standing,
        holdsMs: repeatsMissed * siteLimitMs(clock, repeatMs),
      },
      deadlineMs,
    )
    if (isClosed) return
    record = tell(recorded(record, standing, clock.siteNow()))
    state.keep(keptAs, JSON.stringify(record))
  }
  const turn = (): Promise<void> => {
    const isDue =
      clock.siteNow() - judgedAt >= hour &&
      clock.machineNow() - judgedMachineMs >= Math.max(everyMachineMs, restPerWork * tookMs)
    if (isClosed || (!isDue && !running)) return Promise.resolve()
    running ??= judge()
      // What stands goes on standing; the next hour asks again.
      .catch((cause: unknown) => {
        if (!isClosed) log.warn({ cause: sentenceOf(cause) }, 'sensors could not be judged')
      })
      .finally(() => {
        tookMs = clock.machineNow() - judgedMachineMs
        running = undefined
      })
    return running
  }

  return {
    open() {
      stopPace = (options.pace ?? secondPace)(() => void turn())
    },
    turn,
    record: () => record,
    whyDoubted: key => {
      const doubt = record.standing.find(({ column }) => column === key)
      return doubt && sinceWhen(doubt)
    },
    isDoubtful: (key, at) => isDoubtfulIn(record, key, at),
    async close() {
      isClosed = true
      stopPace?.()
      await thread.close()
      await running
    },
  }
}
