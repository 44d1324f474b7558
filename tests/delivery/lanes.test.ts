import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  acknowledgedUpTo,
  afterSilence,
  beginLanes,
  nextSending,
  sentUpTo,
  windowLeast,
  windowMax,
} from '#agent/uplink/delivery.ts'
import { addRange, keptUpTo, positionSet } from '#hub/ingest/deliveredRanges.ts'

test('fresh records go before the backlog, and the backlog waits a moment for the host’s first word', () => {
  let lanes = beginLanes({ acknowledged: 10, newest: 100, atMs: 0, inOrder: false, mayBeKnown: true })
  expect(nextSending(lanes, 100, 0)).toBeUndefined()
  expect(nextSending(lanes, 103, 0)).toMatchObject({ lane: 'live', afterPosition: 100 })
  lanes = sentUpTo(lanes, 'live', 103, 0)
  lanes = acknowledgedUpTo(lanes, 60, 100)
  expect(nextSending(lanes, 103, 100)).toMatchObject({ lane: 'backlog', afterPosition: 60 })
  lanes = sentUpTo(lanes, 'backlog', 100, 110)
  expect(nextSending(lanes, 103, 110)).toBeUndefined()
  expect(acknowledgedUpTo(lanes, 103, 200)).toMatchObject({
    acknowledged: 103,
    backlogSent: 100,
    liveSent: 103,
  })
})

test('a host that falls silent is tried with little, less and less often, and trusted again when it speaks', () => {
  let lanes = sentUpTo(
    beginLanes({ acknowledged: 0, newest: 0, atMs: 0, inOrder: false, mayBeKnown: false }),
    'live',
    1_000,
    0,
  )
  expect(afterSilence(lanes, 4_999)).toBeUndefined()
  const waits: number[] = []
  let nowMs = 0
  for (let turn = 0; turn < 6; turn++) {
    const waitMs = lanes.resendAfterMs
    nowMs += waitMs
    const again = afterSilence(lanes, nowMs)
    expect(again).toBeDefined()
    waits.push(waitMs)
    lanes = sentUpTo(again as typeof lanes, 'backlog', windowLeast, nowMs)
  }
  expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000])
  expect(lanes).toMatchObject({ backlogEnd: 1_000, window: windowLeast })
  lanes = acknowledgedUpTo(lanes, windowLeast, nowMs)
  expect(lanes).toMatchObject({ resendAfterMs: 5_000, window: windowLeast * 2 })
  expect(lanes.window).toBeLessThanOrEqual(windowMax)
})

test('whatever is lost on the way there or back, everything arrives in the end', () => {
  const world = fc.record({
    records: fc.integer({ min: 1, max: 400 }),
    lossSeed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    lossPercent: fc.integer({ min: 0, max: 60 }),
  })
  fc.assert(
    fc.property(world, ({ records, lossSeed, lossPercent }) => {
      let chance = lossSeed
      const isLost = (): boolean => {
        chance = (Math.imul(chance, 48_271) >>> 0) % 2_147_483_647
        return chance % 100 < lossPercent
      }
      const kept = positionSet()
      let newest = Math.floor(records / 2)
      let lanes = beginLanes({ acknowledged: 0, newest, atMs: 0, inOrder: false, mayBeKnown: false })
      let nowMs = 0
      for (let turn = 0; turn < 20_000 && lanes.acknowledged < records; turn++) {
        nowMs += 100
        if (newest < records) newest += 1
        for (
          let sending = nextSending(lanes, newest, nowMs);
          sending;
          sending = nextSending(lanes, newest, nowMs)
        ) {
          const last = Math.min(
            sending.afterPosition + sending.limit,
            sending.lane === 'live' ? newest : lanes.backlogEnd,
          )
          for (let position = sending.afterPosition + 1; position <= last; position++)
            if (!isLost()) addRange(kept, position, position)
          lanes = sentUpTo(lanes, sending.lane, last, nowMs)
        }
        if (keptUpTo(kept) > 0 && !isLost()) lanes = acknowledgedUpTo(lanes, keptUpTo(kept), nowMs)
        lanes = afterSilence(lanes, nowMs) ?? lanes
      }
      expect(lanes.acknowledged).toBe(records)
    }),
    { numRuns: 50 },
  )
})
