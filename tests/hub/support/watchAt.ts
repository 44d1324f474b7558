import type { AlarmView } from '#contract/api.ts'
import { virtualClock } from '#contract/clock.ts'
import { siteGraph } from '#contract/site/graph.ts'
import { hour, type Millis } from '#contract/units.ts'
import { createAlarms } from '#hub/alarms/alarms.ts'
import { createLive } from '#hub/live.ts'
import { judgeSensors } from '#hub/sanity/judgement.ts'
import { createSensorWatch } from '#hub/sanity/sensorWatch.ts'
import { openState } from '#hub/state/state.ts'
import type { watchedHall } from '#tests/hub/support/watchedHall.ts'

/** The hub's watch over a hall, from its operational state on disk to its alarms; judged in this thread. */
export function watchAt(hall: ReturnType<typeof watchedHall>, at: { startAt: Millis; statePath: string }) {
  const { site } = hall
  const state = openState(at.statePath)
  const clock = virtualClock({ startAt: at.startAt })
  const alarms = createAlarms({
    graph: siteGraph(site),
    live: createLive(),
    state,
    clock,
    log: sentence => {
      throw new Error(sentence)
    },
  })
  const troubles: string[] = []
  const watch = createSensorWatch({
    site,
    clock,
    ask: hall.ask,
    state,
    alarms,
    log: { warn: (facts, sentence) => void troubles.push(`${sentence} ${JSON.stringify(facts)}`) },
    thread: {
      run: async request => judgeSensors(structuredClone(request)),
      close: async () => undefined,
    },
    pace: () => () => undefined,
  })
  return {
    state,
    clock,
    alarms,
    watch,
    troubles,
    /** Plant and hub go on together, in portions of an hour or as given. */
    async runTo(untilAt: Millis, portionMs = hour): Promise<void> {
      while (clock.siteNow() < untilAt) {
        clock.advance(Math.min(portionMs, untilAt - clock.siteNow()))
        hall.runTo(clock.siteNow())
        await watch.turn()
      }
    },
    async close(): Promise<void> {
      await watch.close()
      state.close()
    },
  }
}

/** Alarms about sensors as they were raised, each once however often it was announced. */
export function raisedBy(hub: ReturnType<typeof watchAt>): AlarmView[] {
  return [...hub.state.alarms({ fromAt: 0, toAt: Number.MAX_SAFE_INTEGER, limit: 100 })].filter(
    ({ code }) => code === 'sensorDoubtful',
  )
}
