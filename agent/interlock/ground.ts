import type { PointWrite } from '#agent/sources/source.ts'
import type { AgentAlarmCode, AgentEvent, InterlockStage } from '#contract/messages/event.ts'
import { goodValue, type Reading, type SeriesKey, seriesKey } from '#contract/reading.ts'
import type { SiteGraph } from '#contract/site/graph.ts'
import type { DurationMs, Millis } from '#contract/units.ts'

/** Machine time paces, site time stamps. */
export type Moment = { readonly machineMs: DurationMs; readonly siteAt: Millis }

/** What is to be done at once, in this order, and what is to be told afterwards. */
export type Outcome = { readonly writes: readonly PointWrite[]; readonly events: readonly AgentEvent[] }

/** What the sequences stand on: readings, the commands that are held, and the words to be said. */
export class Ground {
  readonly graph: SiteGraph
  readonly agent: string
  readonly speed: number
  /** Commands that protection holds; repeated to a device that comes back. */
  readonly requests = new Map<SeriesKey, number>()
  readonly #readings = new Map<SeriesKey, Reading>()
  #writes: PointWrite[] = []
  #events: AgentEvent[] = []

  constructor(options: { graph: SiteGraph; agent: string; speed: number }) {
    this.graph = options.graph
    this.agent = options.agent
    this.speed = options.speed
  }

  keep(key: SeriesKey, reading: Reading): void {
    this.#readings.set(key, reading)
  }

  /** The value when it is good; undefined is not zero. */
  value(equipment: string, point: string): number | undefined {
    return goodValue(this.#readings.get(seriesKey(equipment, point)))
  }

  request(equipment: string, point: string, value: number): void {
    this.requests.set(seriesKey(equipment, point), value)
    this.#writes.push({ equipment, point, value })
  }

  /** Takes a command back, when it was held. */
  withdraw(equipment: string, point: string, value: number): void {
    if (this.requests.delete(seriesKey(equipment, point))) this.#writes.push({ equipment, point, value })
  }

  /** The command is no longer protection's; nothing is written for it. */
  forget(equipment: string, point: string): void {
    this.requests.delete(seriesKey(equipment, point))
  }

  say(
    now: Moment,
    zone: string,
    stage: InterlockStage,
    sentence: string,
    points: readonly string[] = [],
  ): void {
    this.#events.push({ type: 'interlock', at: now.siteAt, agent: this.agent, zone, stage, sentence, points })
  }

  alarm(now: Moment, code: AgentAlarmCode, equipment: string, active: boolean, sentence: string): void {
    this.#events.push({ type: 'alarm', at: now.siteAt, agent: this.agent, code, active, equipment, sentence })
  }

  take(): Outcome {
    const outcome = { writes: this.#writes, events: this.#events }
    this.#writes = []
    this.#events = []
    return outcome
  }

  get rackKw(): number {
    return this.graph.site.nameplate.itPerCduKw / this.graph.site.layout.racksPerCdu
  }

  /** Power above 5 % of nameplate: the rack is on. Unknown is neither. */
  rackIsPowered(rack: string): boolean | undefined {
    const power = this.value(rack, 'power')
    return power === undefined ? undefined : power > 0.05 * this.rackKw
  }
}
