import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import {
  type ChillerState,
  chillersOn,
  economiserModes,
  type HybridState,
} from '#simulators/plant/hybrid/hybridState.ts'
import type { OutdoorAir } from '#simulators/weather/weather.ts'

/** Water in the evaporator is proven by pressure in the loop. */
const provenKpa = 5

type Moment = { readonly setpointC: number; readonly air: OutdoorAir; readonly seconds: number }

/** Economiser changeover and chillers on or off, with the times that protect the machines. */
export function stepStaging(state: HybridState, site: HybridSite, moment: Moment): void {
  for (const chiller of state.chillers) {
    chiller.inStateS += moment.seconds
    for (const index of chiller.sinceStartsS.keys()) chiller.sinceStartsS[index]! += moment.seconds
  }
  stopUnsafe(state)
  stepEconomiser(state, site, moment)
  if (startIsCalled(state, site, moment)) startOne(state, site)
  if (stopIsCalled(state, site, moment)) stopOne(state, site)
}

/** A trip or an evaporator without flow stops a machine at once, whatever the times say. */
function stopUnsafe(state: HybridState): void {
  const hasFlow = state.facility.dpKpa >= provenKpa
  for (const chiller of state.chillers)
    if (chiller.isOn && (chiller.isTripped || chiller.maintenance === 1 || !hasFlow)) stop(state, chiller)
}

/**
 * The changeover point ±1 K, held for 20 minutes. In `auto` by wet bulb, alone and only when it carries all; integrated by tower
 * water against returning water: 2 K colder is worth passing it.
 */
function stepEconomiser(state: HybridState, site: HybridSite, moment: Moment): void {
  const { chilled, facility, tower } = state
  const { economiser, chiller } = site.nameplate
  const { sequence } = chiller
  if (chilled.economiserMode === economiserModes.off) {
    chilled.changeoverS = 0
    chilled.economiserIsEngaged = false
    return
  }
  const isAuto = chilled.economiserMode === economiserModes.auto
  const overPointK = isAuto
    ? moment.air.wetBulbC - economiser.carriesAllBelowWetBulbC
    : tower.basinC - (facility.returnC - sequence.worthPassingK)
  const isCalled = chilled.economiserIsEngaged
    ? overPointK > economiser.changeoverBandK
    : overPointK < -economiser.changeoverBandK
  chilled.changeoverS = isCalled ? chilled.changeoverS + moment.seconds : 0
  if (chilled.changeoverS < 60 * economiser.changeoverHoldMin) return
  if (!chilled.economiserIsEngaged) {
    chilled.economiserIsEngaged = true
    chilled.changeoverS = 0
  } else if (
    !isAuto ||
    state.chillers.some(({ isOn, inStateS }) => isOn && inStateS >= 60 * sequence.carriesAfterMin)
  ) {
    chilled.economiserIsEngaged = false
    chilled.changeoverS = 0
  }
}

/** Long enough warm without a chiller, or all that run are full. */
function startIsCalled(state: HybridState, site: HybridSite, moment: Moment): boolean {
  const { chilled, facility } = state
  const { economiser, chiller } = site.nameplate
  const { sequence } = chiller
  const running = chillersOn(state)
  const holdS = 60 * economiser.changeoverHoldMin
  const overK = facility.supplyC - moment.setpointC
  // In auto the economiser leaves only when a chiller carries: its time is up, so a chiller is called.
  const handsOver =
    chilled.economiserMode === economiserModes.auto &&
    chilled.economiserIsEngaged &&
    chilled.changeoverS >= holdS &&
    running === 0
  const isCalled =
    running > 0
      ? chilled.wantedKw > sequence.helpAtLoad * running * chilled.availableKw
      : chilled.economiserIsEngaged
        ? chilled.economiserCouldLeaveC > moment.setpointC + economiser.changeoverBandK
        : overK > sequence.warmK
  chilled.startS = isCalled ? chilled.startS + moment.seconds : 0
  const isHeld =
    running > 0
      ? chilled.startS >= 60 * sequence.helpAfterMin
      : chilled.startS >=
        (chilled.economiserIsEngaged && overK < sequence.tooWarmK ? holdS : 60 * sequence.warmAfterMin)
  return handsOver || (isCalled && isHeld)
}

/** Long enough carried by fewer machines, or by the economiser alone. */
function stopIsCalled(state: HybridState, site: HybridSite, moment: Moment): boolean {
  const { chilled } = state
  const { chiller, economiser } = site.nameplate
  const running = chillersOn(state)
  const isIdle = chilled.wantedKw < chiller.leastPartLoad * chilled.availableKw
  const bandK = economiser.changeoverBandK
  const isCalled =
    running > 1
      ? chilled.wantedKw < chiller.sequence.restBelowLoad * (running - 1) * chilled.availableKw
      : running === 1 &&
        (chilled.economiserIsEngaged
          ? chilled.economiserCouldLeaveC < moment.setpointC + (isIdle ? bandK : -bandK)
          : isIdle)
  chilled.stopS = isCalled ? chilled.stopS + moment.seconds : 0
  return chilled.stopS >= 60 * economiser.changeoverHoldMin
}

/** Starts the machine that has rested longest, if its protection allows one. */
function startOne(state: HybridState, site: HybridSite): void {
  const { chiller: rules } = site.nameplate
  let longest: ChillerState | undefined
  for (const chiller of state.chillers) {
    const mayStart =
      !chiller.isOn &&
      !chiller.isTripped &&
      chiller.maintenance === 0 &&
      state.facility.dpKpa >= provenKpa &&
      chiller.inStateS >= 60 * rules.leastOffMin &&
      chiller.sinceStartsS[rules.startsPerHour - 1]! >= 3600
    if (mayStart && (!longest || chiller.inStateS > longest.inStateS)) longest = chiller
  }
  if (!longest) return
  longest.isOn = true
  longest.inStateS = 0
  for (let index = longest.sinceStartsS.length - 1; index > 0; index--)
    longest.sinceStartsS[index] = longest.sinceStartsS[index - 1]!
  longest.sinceStartsS[0] = 0
  state.chilled.startS = 0
  state.hybridTally.chillerStarts++
}

/** Stops the machine that has run longest, once it has run long enough. */
function stopOne(state: HybridState, site: HybridSite): void {
  let longest: ChillerState | undefined
  for (const chiller of state.chillers)
    if (
      chiller.isOn &&
      chiller.inStateS >= 60 * site.nameplate.chiller.leastOnMin &&
      (!longest || chiller.inStateS > longest.inStateS)
    )
      longest = chiller
  if (longest) stop(state, longest)
}

function stop(state: HybridState, chiller: ChillerState): void {
  chiller.isOn = false
  chiller.inStateS = 0
  state.chilled.stopS = 0
}
