import type { Nameplate } from '#contract/site/site.ts'
import { hydraulicKw, pumpPowerKw, speedForHead } from '#models/physics/pumpsAndFans.ts'
import type { CduTruth } from '#simulators/plant/hiddenTruth.ts'
import type { CduState } from '#simulators/plant/state.ts'

/** What the hydraulics of a secondary loop need of a site; a `CduPlant` has it. */
export type LoopPlant = {
  readonly site: {
    readonly nameplate: { readonly cdu: Nameplate['cdu']; readonly commissionedFlowFraction: number }
    readonly design: { readonly cduFlowLpm: number }
  }
  readonly sizing: {
    readonly cduDpFloorKpa: number
    readonly rackFlowLpm: number
    readonly cduHeadKpa: number
    readonly cduRatedHydraulicKw: number
  }
}

/** What the condition of a secondary loop is beside its setpoints: scale, surge, stagnant water, losses. */
export type LoopState = {
  /** Share of the exchanger's conductance that scale has left. */
  conductanceShare: number
  /** Openings and pumps of the step before: −1 until the first. */
  openRacks: number
  openBypass: number
  pumpShare: number
  /** Pressure of decelerating water, over the steady pressure. */
  surgeKpa: number
  /** Pump heat that the water in the casings still holds. */
  casingKj: number
  pumpHeatKw: number
  leakSeenLpm: number
  /** Leak behind the supply meter: in racks, trays and manifold. */
  leakAfterMeterLpm: number
  leakedL: number
  madeUpL: number
}

export const restingLoop = (): LoopState => ({
  conductanceShare: 1,
  openRacks: -1,
  openBypass: -1,
  pumpShare: -1,
  surgeKpa: 0,
  casingKj: 0,
  pumpHeatKw: 0,
  leakSeenLpm: 0,
  leakAfterMeterLpm: 0,
  leakedL: 0,
  madeUpL: 0,
})

/** Pumps hold commissioned pressure at 90 % speed, so that there is something left when one trips. */
const commissionedSpeed = 0.9
/** Pressure follows its setpoint in 8 s; a stopped pump coasts down in about 4 s. */
const pressureLagS = 8
const coastLagS = 0.7
/** A fully open ball or butterfly valve takes 5 % of the loop's loss, so most of its effect lies in the last quarter of the stroke. */
const openValveLossShare = 0.05
/** Pipe between pump and racks and back, m, and what flows in it at design. */
const pipeLengthM = 60
const pipeVelocityMPerS = 1.5
/** Sound in coolant between pipe and hose walls, m/s; steel alone would give 1,300. */
const waveSpeedMPerS = 1_000
const coolantKgPerM3 = 1_015
/** Waves die in about a second; the quickest valve of a site strokes in 5 s. */
const surgeDecayS = 1
const quickestStrokeS = 5
/** A relief valve from supply to return opens at 1.4 × the pumps' rated head. */
const reliefHeadShare = 1.4
/** Shaft power against closed valves, of rated: 0.4 is usual for radial pumps. */
const shutOffPowerShare = 0.4
/** Casings hold half a second of design flow; still water gives its heat to the pipework in ten minutes. */
const casingFlowS = 0.5
const casingCoolS = 600

/** Flow that a valve lets through a loop in which it is one resistance of many: half open 93 %, a tenth open 41 %. */
export const throughShare = (position: number): number =>
  position >= 1
    ? 1
    : position <= 0
      ? 0
      : position / Math.sqrt(position * position + openValveLossShare * (1 - position * position))

/** Pumps, valves and flows of one secondary loop: pressure held across the racks, speed from head and flow. */
export function stepLoop(cdu: CduState, truth: CduTruth, plant: LoopPlant, seconds: number): void {
  const { nameplate, design } = plant.site
  const { sizing } = plant
  let running = 0
  for (const tripped of cdu.pumpTripped) if (!tripped) running++
  const share = running / cdu.pumpTripped.length
  const isOn = cdu.pumpRun === 1 && running > 0 && cdu.reservoirL > 0.02 * nameplate.cdu.reservoirL
  let openRacks = 0
  for (const rack of cdu.racks) openRacks += throughShare(rack.valve.position)
  openRacks *= throughShare(Math.min(cdu.isolation.position, cdu.returnValve.position))
  const openBypass = cdu.bypass.position
  stepSurge(cdu, truth, plant, { openRacks, openBypass, share, isOn, seconds })

  const target = isOn ? Math.max(sizing.cduDpFloorKpa, cdu.dpSpKpa) : 0
  cdu.dpKpa += (target - cdu.dpKpa) * (1 - Math.exp(-seconds / (isOn ? pressureLagS : coastLagS)))
  if (!isOn && cdu.dpKpa < 0.05) cdu.dpKpa = 0

  let speed = 0
  let headKpa = 0
  // Three tries: each brings a head beyond the pumps' reach down by the square of the excess speed.
  for (let attempt = 0; attempt < 3; attempt++) {
    const fraction = setFlows(cdu, truth, plant, { openRacks, openBypass })
    headKpa = headAt(cdu.dpKpa, fraction, truth, plant)
    speed = share === 0 ? 0 : speedAt(headKpa, fraction / share, plant)
    if (speed <= 1.0005) break
    cdu.dpKpa /= speed * speed
  }
  const pathShare = throughShare(Math.min(cdu.isolation.position, cdu.returnValve.position))
  const perRackLpm = openRacks > 0 ? (cdu.flowLpm - cdu.bypassLpm) / openRacks : 0
  for (const rack of cdu.racks) rack.flowLpm = perRackLpm * pathShare * throughShare(rack.valve.position)
  cdu.pumpSpeed = Math.min(1, speed)
  cdu.pumpKw = isOn ? pumpKwAt(cdu, headKpa, share, plant) : 0
  stepCasings(cdu, design.cduFlowLpm, seconds)
}

type Openings = { readonly openRacks: number; readonly openBypass: number }

/** Flows that the present pressure drives; returns the fraction of design. */
function setFlows(cdu: CduState, truth: CduTruth, plant: LoopPlant, open: Openings): number {
  const { nameplate, design } = plant.site
  const perRack =
    plant.sizing.rackFlowLpm *
    (cdu.dpKpa / (nameplate.cdu.rackDpKpa * truth.loopResistance)) ** (1 / nameplate.cdu.rackDpExponent)
  // The bypass passes 30 % of design flow at design pressure.
  cdu.bypassLpm = open.openBypass * 0.3 * design.cduFlowLpm * Math.sqrt(cdu.dpKpa / nameplate.cdu.rackDpKpa)
  cdu.flowLpm = perRack * open.openRacks + cdu.bypassLpm
  return cdu.flowLpm / design.cduFlowLpm
}

const headAt = (dpKpa: number, fraction: number, truth: CduTruth, { site }: LoopPlant): number =>
  dpKpa +
  site.nameplate.cdu.internalDpKpa *
    truth.loopResistance *
    fraction ** site.nameplate.cdu.internalDpExponent +
  Math.min(site.nameplate.cdu.staticKpa, dpKpa)

const speedAt = (headKpa: number, fractionPerShare: number, { site, sizing }: LoopPlant): number =>
  commissionedSpeed *
  speedForHead({
    headFraction: headKpa / sizing.cduHeadKpa,
    flowFraction: fractionPerShare / site.nameplate.commissionedFlowFraction,
  })

/**
 * What a moving valve, a tripping pump or a hole does before the drive can answer: speed stays, pressure jumps along the
 * pump's curve, and water that is slowed pushes: Δp = ρ L Δv / Δt, at most ρ c Δv (Joukowsky). Shutting 1.5 m/s of 60 m
 * within 2 s adds 46 kPa; at once it would be 1,520 kPa. Closing against a running pump leaves it at its shut-off head.
 */
function stepSurge(
  cdu: CduState,
  truth: CduTruth,
  plant: LoopPlant,
  now: Openings & { share: number; isOn: boolean; seconds: number },
): void {
  const { loop } = cdu
  if (loop.surgeKpa !== 0)
    loop.surgeKpa = loop.surgeKpa < 0.01 ? 0 : loop.surgeKpa * Math.exp(-now.seconds / surgeDecayS)
  const valvesMoved = now.openRacks !== loop.openRacks || now.openBypass !== loop.openBypass
  if (loop.openRacks >= 0 && (valvesMoved || now.share !== loop.pumpShare)) {
    const flowBefore = cdu.flowLpm
    if (now.isOn && cdu.pumpSpeed > 0) cdu.dpKpa = pressureAtSpeed(cdu, truth, plant, now)
    const fraction = setFlows(cdu, truth, plant, now)
    const lost = flowBefore / plant.site.design.cduFlowLpm - fraction
    if (valvesMoved && now.share === loop.pumpShare && lost > 0) {
      const slowedMPerS = lost * pipeVelocityMPerS
      const movedS = Math.min(now.seconds, quickestStrokeS)
      const kpa = (coolantKgPerM3 / 1000) * slowedMPerS * Math.min(waveSpeedMPerS, pipeLengthM / movedS)
      loop.surgeKpa = Math.max(loop.surgeKpa, kpa * Math.exp((movedS - now.seconds) / surgeDecayS))
    }
  }
  loop.openRacks = now.openRacks
  loop.openBypass = now.openBypass
  loop.pumpShare = now.share
  if (cdu.leakLpm !== loop.leakSeenLpm) {
    // A new hole takes its water before the drive speeds up; a mended one gives it back.
    const { rackDpExponent } = plant.site.nameplate.cdu
    const flow = Math.max(cdu.flowLpm, 1)
    cdu.dpKpa *= ((flow + loop.leakSeenLpm) / (flow + cdu.leakLpm)) ** rackDpExponent
    loop.leakSeenLpm = cdu.leakLpm
  }
}

/** Pressure at which the present openings meet the pumps' curve at the speed that they have; 30 halvings of the relief pressure. */
function pressureAtSpeed(
  cdu: CduState,
  truth: CduTruth,
  plant: LoopPlant,
  now: Openings & { share: number },
): number {
  let low = 0
  let high = reliefHeadShare * plant.sizing.cduHeadKpa
  for (let halving = 0; halving < 30; halving++) {
    cdu.dpKpa = (low + high) / 2
    const fraction = setFlows(cdu, truth, plant, now)
    const needed = speedAt(headAt(cdu.dpKpa, fraction, truth, plant), fraction / now.share, plant)
    if (needed > cdu.pumpSpeed) high = cdu.dpKpa
    else low = cdu.dpKpa
  }
  return (low + high) / 2
}

/** Electrical power of the pumps that run; never less than what churns water that has nowhere to go. */
function pumpKwAt(cdu: CduState, headKpa: number, share: number, { site, sizing }: LoopPlant): number {
  const { wireToWater } = site.nameplate.cdu
  const speed = cdu.pumpSpeed / commissionedSpeed
  return Math.max(
    pumpPowerKw({
      hydraulicKw: hydraulicKw(cdu.flowLpm, headKpa),
      ratedHydraulicKw: sizing.cduRatedHydraulicKw,
      wireToWater,
      runningFraction: share,
    }),
    (shutOffPowerShare * sizing.cduRatedHydraulicKw * share * speed * speed * speed) / wireToWater,
  )
}

/** Pump heat goes into the casings, and with the flow on into the loop. */
function stepCasings(cdu: CduState, designFlowLpm: number, seconds: number): void {
  const { loop } = cdu
  const changes = seconds * (cdu.flowLpm / designFlowLpm / casingFlowS + 1 / casingCoolS)
  const kept = Math.exp(-changes)
  const before = loop.casingKj
  loop.casingKj = before * kept + (cdu.pumpKw * seconds * (1 - kept)) / changes
  loop.pumpHeatKw = cdu.pumpKw + (before - loop.casingKj) / seconds
}

/** How much warmer than the loop the water is that stands in the casings, K: nothing above a tenth of design flow. */
export function stagnantRiseK(cdu: CduState, designFlowLpm: number): number {
  const stagnant = 1 - cdu.flowLpm / (0.1 * designFlowLpm)
  if (stagnant <= 0) return 0
  const casingL = (designFlowLpm / 60) * casingFlowS
  // 4 kJ/(L·K): glycol mixtures and water alike, within 5 %.
  return (stagnant * cdu.loop.casingKj) / (4 * casingL)
}
