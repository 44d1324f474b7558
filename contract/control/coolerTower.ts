import { type Millis, minute } from '#contract/units.ts'

/**
 * What is left when more flow is used up: a CDU whose pumps stand at their highest for its chips, and chips still under
 * 5 K of margin, need colder water. `reset` lets its tower follow the wet bulb, in hot weather above what the plant was
 * designed for; here a ceiling over that comes down by half a kelvin every two minutes, to the tower's design at the
 * lowest, and goes up again by half a kelvin every fifteen minutes with more than 6 K.
 */
export const coolerTowerRules = {
  lowerUnderK: 5,
  raiseOverK: 6,
  stepK: 0.5,
  lowerEveryMs: 2 * minute,
  raiseEveryMs: 15 * minute,
} as const

/** `ceilingC`: the warmest that the tower may be asked for; null: whatever `reset` asks. */
export type CoolerTower = {
  readonly ceilingC: number | null
  /** Since when it waits for its next step, and which way. */
  readonly waiting: { readonly way: 'down' | 'up'; readonly since: Millis } | null
}
export const noCeiling: CoolerTower = { ceilingC: null, waiting: null }

export type PressedCdu = {
  /** The limit minus the hottest chip; undefined: not known. */
  readonly marginK: number | undefined
  /** Its pumps stand at the highest pressure for the chips' sake. */
  readonly atHighest: boolean
}

export function coolerTower(
  before: CoolerTower,
  given: {
    readonly cdus: readonly PressedCdu[]
    /** What `reset` asks of the tower. */
    readonly askedC: number
    /** The tower's leaving temperature at design. */
    readonly designC: number
    readonly now: Millis
    /** Stretches a stated site duration to what an accelerated site can follow. */
    readonly limitMs?: (statedMs: number) => number
  },
): CoolerTower {
  const { now, askedC, limitMs = stated => stated } = given
  const way = wayOf(given.cdus)
  if (way === undefined || (way === 'up' && before.ceilingC === null)) return { ...before, waiting: null }
  const waiting = before.waiting?.way === way ? before.waiting : { way, since: now }
  const every = way === 'down' ? coolerTowerRules.lowerEveryMs : coolerTowerRules.raiseEveryMs
  if (now - waiting.since < limitMs(every)) return { ...before, waiting }
  const ceilingC = Math.min(before.ceilingC ?? askedC, askedC)
  if (way === 'down')
    return {
      ceilingC: Math.max(given.designC, ceilingC - coolerTowerRules.stepK),
      waiting: { way, since: now },
    }
  const raisedC = ceilingC + coolerTowerRules.stepK
  return raisedC >= askedC ? noCeiling : { ceilingC: raisedC, waiting: { way, since: now } }
}

/** Undefined: it stays where it is; so it does while a margin is not known. */
function wayOf(cdus: readonly PressedCdu[]): 'down' | 'up' | undefined {
  if (
    cdus.some(
      ({ marginK, atHighest }) =>
        atHighest && marginK !== undefined && marginK < coolerTowerRules.lowerUnderK,
    )
  )
    return 'down'
  return cdus.every(({ marginK }) => marginK !== undefined && marginK > coolerTowerRules.raiseOverK)
    ? 'up'
    : undefined
}

/** `reset` under the ceiling. */
export const cooledBy = <S extends { readonly towerLeavingC: number }>(
  { ceilingC }: CoolerTower,
  setpoints: S,
): S =>
  ceilingC === null ? setpoints : { ...setpoints, towerLeavingC: Math.min(setpoints.towerLeavingC, ceilingC) }
