import { handBack, hearLease, hearMode, hearRelease, hearUnsigned } from '#agent/control/commands.ts'
import { type Drive, type Driven, drive, holderNow } from '#agent/control/drive.ts'
import type { Memory, OutputMemory } from '#agent/control/memory.ts'
import { lowerOf, modeOf, modeRank } from '#agent/control/modes.ts'
import {
  type CduView,
  heatFraction,
  highestDewPointC,
  observeCdu,
  permissionOf,
} from '#agent/control/observe.ts'
import { type Output, type Station, stretched } from '#agent/control/outputs.ts'
import { settleLease } from '#agent/control/settleLease.ts'
import { Turn } from '#agent/control/turn.ts'
import { pressureFollows, walkGate } from '#agent/control/walkGate.ts'
import { type Wish, withLeaseSlots, withManual } from '#agent/control/wishes.ts'
import type { Image } from '#agent/image/image.ts'
import type { PointWrite } from '#agent/sources/source.ts'
import { boundsOf, steeredPoint } from '#contract/control/bounds.ts'
import { cooledBy, coolerTower, type PressedCdu } from '#contract/control/coolerTower.ts'
import { boostRules, facilityBoost } from '#contract/control/facilityBoost.ts'
import { heldGroups, passTime } from '#contract/control/leaseGroup.ts'
import { slots, withoutExpired, withSlot } from '#contract/control/priority.ts'
import { resetStep, resetValue } from '#contract/control/reset.ts'
import { safetyAtRest, safetyStep } from '#contract/control/safetySequence.ts'
import type { AgentEvent } from '#contract/messages/event.ts'
import type { SeriesKey } from '#contract/reading.ts'
import { minute } from '#contract/units.ts'

export type Decision = {
  readonly writes: readonly PointWrite[]
  readonly events: readonly AgentEvent[]
  readonly next: Memory
}

export type Situation = {
  readonly image: Image
  readonly wishes: readonly Wish[]
  /** CDUs whose loop the interlock has stopped: nothing is steered there. */
  readonly stoppedLoops: ReadonlySet<string>
}

/** One cycle's decision: wishes, time, protection, permissions, `reset`, and then each output through the guard. */
export function decide(station: Station, memory: Memory, situation: Situation): Decision {
  const turn = new Turn(station, situation.image, memory)
  hearWishes(turn, situation.wishes)
  turn.step(passTime(turn.memory.book, situation.image.siteAt, stated => stretched(station, stated)))
  const views = station.cdus.map(cdu => observeCdu(station, situation.image, cdu))
  protectChips(turn, views)
  protectFacility(turn, allValves(turn, views))
  goDownOnFaults(turn, situation)
  runReset(turn, views)
  driveOutputs(turn, views, situation)
  return { writes: turn.writes, events: turn.events, next: turn.memory }
}

function hearWishes(turn: Turn, wishes: readonly Wish[]): void {
  for (const wish of wishes) {
    switch (wish.kind) {
      case 'lease':
        hearLease(turn, wish)
        break
      case 'release':
        hearRelease(turn, wish)
        break
      case 'mode':
        hearMode(turn, wish)
        break
      case 'unsigned':
        hearUnsigned(turn, wish)
        break
      case 'manual':
        turn.memory = { ...turn.memory, outputs: withManual(turn.memory.outputs, wish) }
        break
      case 'writeRefused':
        turn.alarm('writeFailed', wish.equipment, true, `${wish.equipment}.${wish.point}: ${wish.because}`)
        break
      default:
        wish satisfies never
    }
  }
}

/** The local safety sequence of each CDU (CS-44). */
function protectChips(turn: Turn, views: readonly CduView[]): void {
  for (const view of views) {
    const output = turn.station.outputs.find(
      entry => entry.equipment === view.id && entry.point === 'differentialPressureSp',
    )
    const held = output && turn.memory.outputs[output.key]
    if (!output || !held || held.ramped === null) continue
    const before = turn.memory.safety[view.id] ?? safetyAtRest
    const step = safetyStep(before, view.chipMarginK, held.ramped, output.bounds, turn.image.siteAt)
    turn.memory = { ...turn.memory, safety: { ...turn.memory.safety, [view.id]: step.next } }
    setSlot(
      turn,
      output.key,
      slots.safetySequence,
      step.next.dpKpa === null ? null : { value: step.next.dpKpa, by: 'chip margin' },
    )
    // Up to 3 K the sequence deals with it alone, as any controller would; a person hears of it when that was not enough.
    const isRaised = turn.memory.alarms[`chipMarginLow|${view.id}`] === true
    turn.alarm(
      'chipMarginLow',
      view.id,
      step.dropLease || (isRaised && step.next.dpKpa !== null),
      step.why || `${view.id}: chips are near their limit`,
    )
    if (step.dropLease) handBack(turn, view.id, { check: 'safety.chipMargin', why: step.why })
  }
}

/** Whoever writes facility pressure reads every CDU valve itself: one above 95 % for two minutes raises pressure. */
function protectFacility(turn: Turn, views: readonly CduView[]): void {
  const output = turn.station.outputs.find(
    entry => entry.steered.kind === 'facilityLoop' && entry.steered.quantity === 'pressure',
  )
  const held = output && turn.memory.outputs[output.key]
  if (!output || !held || held.ramped === null) return
  const next = facilityBoost(turn.memory.facilityBoost, {
    widestPercent: Math.max(-1, ...views.map(view => view.valvePercent ?? -1)),
    facilityOverK: aboveSetpointK(turn.image, output.equipment),
    heldKpa: held.ramped,
    bounds: output.bounds,
    now: turn.image.siteAt,
    // In accelerated time two cycles and a telegram of the valve, half a second, are the least that can be waited for.
    waitMs: Math.max(boostRules.waitMs, 500 * turn.station.speed),
  })
  turn.memory = { ...turn.memory, facilityBoost: next }
  setSlot(
    turn,
    output.key,
    slots.safetySequence,
    next.dpKpa === null ? null : { value: next.dpKpa, by: 'a CDU valve is wide open' },
  )
}

/** Facility water above what is asked of it; undefined: one of the two is not known. */
function aboveSetpointK(image: Image, facility: string): number | undefined {
  const measuredC = image.isLive(facility) ? image.good(facility, 'supplyTemperature') : undefined
  const askedC = image.good(facility, 'supplyTemperatureSp')
  return measuredC === undefined || askedC === undefined ? undefined : measuredC - askedC
}

function setSlot(
  turn: Turn,
  key: SeriesKey,
  priority: number,
  entry: { value: number; by: string } | null,
): void {
  const output = turn.memory.outputs[key]
  if (!output) return
  const slotted = withSlot(output.slots, priority, entry && { ...entry, expiresAt: null })
  turn.memory = { ...turn.memory, outputs: { ...turn.memory.outputs, [key]: { ...output, slots: slotted } } }
}

/** Path or permission lost for this long takes a CDU out of auto; shorter, its outputs just hold. */
const lostLimitMs = 5 * minute

function goDownOnFaults(turn: Turn, situation: Situation): void {
  const devices = [...new Set(turn.station.outputs.map(output => output.equipment))]
  for (const device of devices) {
    const permission = permissionOf(turn.image, device)
    const settled = turn.image.machineMs - turn.memory.startedMs >= turn.station.holdAtStartMs
    const { [device]: since, ...others } = turn.memory.lostSince
    const lostSince = permission.granted || !settled ? undefined : (since ?? turn.image.siteAt)
    turn.memory = {
      ...turn.memory,
      lostSince: lostSince === undefined ? others : { ...others, [device]: lostSince },
    }
    const taken = !permission.granted && permission.check !== 'authority.path'
    turn.alarm(
      'authorityLost',
      device,
      settled && taken,
      permission.granted ? `${device} may be written again` : permission.why,
    )
    const lostForGood =
      lostSince !== undefined &&
      (taken || turn.image.siteAt - lostSince >= stretched(turn.station, lostLimitMs))
    const stopped = situation.stoppedLoops.has(device)
    if (!lostForGood && !stopped) continue
    const why = stopped ? `${device}: its loop is stopped` : permission.granted ? '' : permission.why
    handBack(turn, device, { check: stopped ? 'interlock' : 'authority', why })
    const mode = turn.memory.modes[device]
    if (mode !== undefined) turn.mode(device, lowerOf(mode, 'advise'), why)
  }
}

/** The schedule slot: `reset` runs always, so that it is there when a lease ends. */
function runReset(turn: Turn, views: readonly CduView[]): void {
  const { image, station } = turn
  const weather = station.graph.ofKind('weatherStation')[0]
  const tower = station.graph.ofKind('coolingTower')[0]
  const reset = resetStep(
    station.graph.site,
    turn.memory.reset,
    {
      wetBulbC: weather && image.isLive(weather.id) ? image.good(weather.id, 'wetBulb') : undefined,
      heatFraction: heatFraction(station, image),
      facilitySupplyC: undefined,
      towerLeavingC: tower && image.isLive(tower.id) ? image.good(tower.id, 'leavingTemperature') : undefined,
      cdus: allValves(turn, views),
      pressuresHeldByPlan: heldGroups(turn.memory.book).length > 0,
    },
    image.siteAt,
    station.approachK,
  )
  const ceiling = coolerTower(turn.memory.coolerTower, {
    cdus: pressedCdus(turn, allValves(turn, views)),
    askedC: reset.setpoints.towerLeavingC,
    designC: station.graph.site.design.towerLeavingC,
    now: image.siteAt,
    limitMs: stated => stretched(station, stated),
  })
  turn.memory = { ...turn.memory, reset, coolerTower: ceiling }
  const setpoints = cooledBy(ceiling, reset.setpoints)
  for (const output of station.outputs) {
    const value = resetValue(setpoints, output.equipment, output.steered.kind, output.point)
    setSlot(turn, output.key, slots.schedule, value === undefined ? null : { value, by: 'reset' })
  }
}

/** Whose pumps can do no more for its chips: read back from the device, of other agents' CDUs too. */
function pressedCdus({ station, image }: Turn, views: readonly CduView[]): readonly PressedCdu[] {
  const pressure = steeredPoint('cdu', 'differentialPressureSp')
  if (!pressure) throw new Error('CDU pressure is not in the list of steered points')
  const fullKpa = 0.98 * boundsOf(station.graph.site, pressure).highest
  return views.map(view => ({
    marginK: view.chipMarginK,
    atHighest: (image.good(view.id, pressure.point) ?? 0) >= fullKpa,
  }))
}

/** Whoever steers facility pressure must see every CDU of the site, those of other agents too; unseen is unknown. */
function allValves(turn: Turn, views: readonly CduView[]): readonly CduView[] {
  const { station, image } = turn
  if (!station.outputs.some(output => output.steered.kind === 'facilityLoop')) return views
  const foreign = station.graph.ofKind('cdu').filter(cdu => !station.cdus.includes(cdu.id))
  return [...views, ...foreign.map(cdu => observeCdu(station, image, cdu.id))]
}

function driveOutputs(turn: Turn, views: readonly CduView[], situation: Situation): void {
  turn.memory = { ...turn.memory, outputs: withLeaseSlots(turn.memory) }
  const { station, image } = turn
  const dewPointC = highestDewPointC(station, image)
  turn.alarm(
    'dewPointUnknown',
    station.graph.ofKind('room')[0]?.id ?? station.agent,
    dewPointC === undefined && image.machineMs - turn.memory.startedMs > station.holdAtStartMs,
    dewPointC === undefined
      ? 'dew point of the white space is unknown: supply stays at 21 °C or above and is not lowered'
      : 'dew point is known again',
  )
  const gate = walkGate(station, image, turn.memory)
  const allowedOf = new Map<string, number>()
  for (const output of station.outputs) {
    const before = turn.memory.outputs[output.key]
    if (!before) throw new Error(`no memory of output ${output.key}`)
    const view = views.find(entry => entry.id === output.equipment)
    const driven = drive(
      output,
      { ...before, slots: withoutExpired(before.slots, image.siteAt) },
      {
        station,
        image,
        guardInputs: {
          dewPointC,
          facilitySupplyC: view && facilitySupplyC(turn, view),
          flowFraction: view?.flowFraction,
          inputsFresh: inputsAreFresh(turn, output, view, views),
        },
        mayWrite: mayWrite(turn, output, before, situation),
        mayWalk: (held, target) => gate(output, { held, target }),
        hasFollowed: target => pressureFollows(image, { output, target }),
      },
    )
    turn.memory = { ...turn.memory, outputs: { ...turn.memory.outputs, [output.key]: driven.next } }
    if (driven.write) turn.writes.push(driven.write)
    if (driven.answer) allowedOf.set(output.key, driven.answer.allowed)
    tellReadback(turn, output, driven)
    settleLease(turn, output, driven)
  }
  turn.report(turn.notes, key => allowedOf.get(key))
}

/** CDU supply stays above the facility water asked for, or, where another agent steers that, the water that comes. */
function facilitySupplyC(turn: Turn, view: CduView): number | undefined {
  const own = turn.station.outputs.find(
    output => output.steered.kind === 'facilityLoop' && output.steered.quantity === 'temperature',
  )
  return (own && turn.memory.outputs[own.key]?.ramped) ?? view.facilitySupplyC
}

/** Toward less cooling only with eyes open: chips for a CDU, every CDU's valve for the plant. */
function inputsAreFresh(
  turn: Turn,
  output: Output,
  view: CduView | undefined,
  views: readonly CduView[],
): boolean {
  if (!turn.image.isLive(output.equipment)) return false
  if (view) return view.chipMarginK !== undefined
  return views.every(entry => entry.valvePercent !== undefined)
}

function mayWrite(turn: Turn, output: Output, memory: OutputMemory, situation: Situation): Drive['mayWrite'] {
  const { station, image } = turn
  const permission = permissionOf(image, output.equipment)
  if (!permission.granted) return { granted: false, why: permission.why }
  if (situation.stoppedLoops.has(output.equipment))
    return { granted: false, why: `${output.equipment}: its loop is stopped` }
  const protects = holderNow(station, output, memory, image.siteAt).priority === slots.safetySequence
  if (!protects && image.machineMs - turn.memory.startedMs < station.holdAtStartMs)
    return { granted: false, why: 'just started' }
  const mode = modeOf(station, turn.memory.modes, output)
  if (modeRank(mode) < modeRank('advise')) return { granted: false, why: `${output.equipment} is in ${mode}` }
  return { granted: true }
}

function tellReadback(turn: Turn, output: Output, driven: Driven): void {
  if (driven.readback === 'failed') {
    turn.alarm(
      'readbackMismatch',
      output.equipment,
      true,
      `${output.key}: written twice, the device holds ${driven.applied ?? 'an unknown value'}`,
    )
    const mode = turn.memory.modes[output.equipment]
    if (mode !== undefined)
      turn.mode(output.equipment, lowerOf(mode, 'advise'), `${output.key} is not taken by the device`)
  }
  if (
    driven.readback === 'confirmed' &&
    !driven.next.pending &&
    turn.image.siteAt >= driven.next.blockedUntil
  ) {
    turn.alarm('readbackMismatch', output.equipment, false, `${output.equipment} takes setpoints again`)
    turn.alarm('writeFailed', output.equipment, false, `${output.equipment} takes setpoints again`)
  }
}
