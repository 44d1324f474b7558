import { describe, expect, it } from 'vitest'
import { virtualClock } from '#contract/clock.ts'
import { day, minute, second } from '#contract/units.ts'
import { createRecall } from '#hub/planning/recall.ts'
import type { Span } from '#hub/planning/remembered.ts'
import { hiddenTruth, history } from '#tests/models/syntheticSite.ts'

const startAt = Date.UTC(2025, 6, 22, 10)
const [pattern] = history(hiddenTruth(2), 1, 3)

/** A past of rows without end; `fails` says which piece cannot be read. */
function recallOf({
  fails = () => false,
  workMs = 0,
}: {
  fails?: (span: Span) => boolean
  workMs?: number
} = {}) {
  const clock = virtualClock({ startAt })
  const asked: Span[] = []
  const warned: object[] = []
  const said: object[] = []
  const gate = { open: Promise.resolve() }
  const recall = createRecall({
    clock,
    history: {
      past: async (span, signal) => {
        asked.push(span)
        await gate.open
        signal.throwIfAborted()
        clock.advance(workMs)
        if (fails(span)) throw new Error('the store is gone')
        return Array.from({ length: 288 }, (_, index) => ({
          ...pattern!,
          at: span.fromAt + index * 5 * minute,
        }))
      },
    },
    marked: rows => rows,
    log: { warn: facts => void warned.push(facts), info: facts => void said.push(facts) },
  })
  const turns = async (count: number, everyMs = 2 * second) => {
    for (let turn = 0; turn < count; turn++) {
      clock.advance(everyMs)
      await recall.turn()
    }
  }
  return { recall, clock, asked, warned, said, gate, turns }
}

describe('what is read of the past for a planner that begins', () => {
  it('nothing before the thread has learned from its first day', async () => {
    const { recall, asked, turns } = recallOf()
    await turns(5)
    expect(asked).toEqual([])
    recall.begin(startAt)
    await turns(1)
    expect(asked).toEqual([{ fromAt: startAt - 2 * day, toAt: startAt - day }])
  })

  it('no further ahead than is handed over, each row once, oldest first', async () => {
    const { recall, asked, turns } = recallOf()
    recall.begin(startAt)
    await turns(10)
    expect(asked).toHaveLength(3)
    const rows = recall.take()
    expect(rows.map(row => row.at)).toEqual(
      Array.from({ length: 3 * 288 }, (_, index) => startAt - 4 * day + index * 5 * minute),
    )
    expect(recall.take()).toEqual([])
    await turns(1)
    expect(asked.at(-1)).toEqual({ fromAt: startAt - 5 * day, toAt: startAt - 4 * day })
  })

  it('rests four times as long as a piece took', async () => {
    const { recall, asked, clock, turns } = recallOf({ workMs: 3 * second })
    recall.begin(startAt)
    await turns(1)
    clock.advance(11 * second)
    await recall.turn()
    expect(asked).toHaveLength(1)
    clock.advance(second)
    await recall.turn()
    expect(asked).toHaveLength(2)
  })

  it('ends after three weeks with a word, and does not begin again', async () => {
    const { recall, said, asked, turns } = recallOf()
    recall.begin(startAt)
    for (let look = 0; look < 10; look++) {
      await turns(4)
      recall.take()
      recall.begin(startAt + look * minute)
    }
    expect(asked).toHaveLength(20)
    expect(said).toEqual([{ rows: 20 * 288, daysLeftOut: 0 }])
  })

  it('a piece that fails is tried three times, told once and left out; what is older still comes', async () => {
    const bad = startAt - 3 * day
    const { recall, warned, said, asked, turns } = recallOf({ fails: span => span.fromAt === bad })
    recall.begin(startAt)
    await turns(4)
    expect(asked.map(span => span.fromAt)).toEqual([startAt - 2 * day, bad])
    await turns(2, minute)
    expect(asked.filter(span => span.fromAt === bad)).toHaveLength(3)
    expect(warned).toEqual([{ cause: 'the store is gone', day: new Date(bad).toISOString() }])
    await turns(1, minute)
    expect(asked.at(-1)?.fromAt).toBe(startAt - 4 * day)
    for (let look = 0; look < 10; look++) {
      recall.take()
      await turns(4)
    }
    expect(said).toEqual([{ rows: 19 * 288, daysLeftOut: 1 }])
    expect(warned).toHaveLength(1)
  })

  it('a thread that is replaced gets them again, but not more than once a day', async () => {
    const { recall, asked, turns } = recallOf()
    recall.begin(startAt)
    await turns(2)
    recall.lost()
    expect(recall.take()).toEqual([])
    recall.begin(startAt + 10 * minute)
    await turns(2)
    expect(asked).toHaveLength(2)
    recall.begin(startAt + day)
    await turns(1)
    expect(asked.at(-1)).toEqual({ fromAt: startAt - day, toAt: startAt })
  })

  it('a piece under way when the thread is lost is not handed to the next one', async () => {
    const { recall, gate, clock, turns } = recallOf()
    let letGo: () => void = () => undefined
    gate.open = new Promise(resolve => (letGo = resolve))
    recall.begin(startAt)
    clock.advance(2 * second)
    const turn = recall.turn()
    recall.lost()
    recall.begin(startAt + day)
    letGo()
    await turn
    expect(recall.take()).toEqual([])
    await turns(1)
    expect(recall.take()[0]?.at).toBe(startAt - day)
  })

  it('a hub that stops ends it without a word', async () => {
    const { recall, gate, clock, warned, asked, turns } = recallOf()
    let letGo: () => void = () => undefined
    gate.open = new Promise(resolve => (letGo = resolve))
    recall.begin(startAt)
    clock.advance(2 * second)
    void recall.turn()
    const closed = recall.close()
    letGo()
    await closed
    await turns(3)
    expect(asked).toHaveLength(1)
    expect(warned).toEqual([])
  })
})
