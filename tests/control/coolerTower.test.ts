import { describe, expect, it } from 'vitest'
import {
  type CoolerTower,
  cooledBy,
  coolerTower,
  noCeiling,
  type PressedCdu,
} from '#contract/control/coolerTower.ts'
import { minute } from '#contract/units.ts'

const designC = 30

/** Minute by minute, with `reset` asking 32 °C of the tower unless it is said otherwise. */
function passed(
  minutes: number,
  cdus: readonly PressedCdu[],
  from: { ceiling: CoolerTower; at: number } = { ceiling: noCeiling, at: 0 },
  askedC = 32,
) {
  let { ceiling, at } = from
  for (const end = at + minutes * minute; at < end; at += minute)
    ceiling = coolerTower(ceiling, { cdus, askedC, designC, now: at })
  return { ceiling, at }
}
const hot = [
  { marginK: 3.2, atHighest: true },
  { marginK: 9, atHighest: false },
]
const calm = [
  { marginK: 6.5, atHighest: true },
  { marginK: 9, atHighest: false },
]

describe('tower water when the pumps of a CDU can do no more for its chips', () => {
  it('gets half a kelvin colder every two minutes, down to the tower of the design', () => {
    expect(passed(2, hot).ceiling.ceilingC).toBeNull()
    expect(passed(3, hot).ceiling.ceilingC).toBe(31.5)
    expect(passed(5, hot).ceiling.ceilingC).toBe(31)
    expect(passed(60, hot).ceiling.ceilingC).toBe(designC)
  })

  it('is left alone while there is pressure to give, and while chips have 5 K', () => {
    expect(passed(60, [{ marginK: 3.2, atHighest: false }]).ceiling.ceilingC).toBeNull()
    expect(passed(60, [{ marginK: 5.1, atHighest: true }]).ceiling.ceilingC).toBeNull()
  })

  it('gets warmer by half a kelvin in fifteen minutes with more than 6 K, until reset has it again', () => {
    const cooled = passed(60, hot)
    expect(passed(15, calm, cooled).ceiling.ceilingC).toBe(designC)
    expect(passed(16, calm, cooled).ceiling.ceilingC).toBe(designC + 0.5)
    expect(passed(70, calm, cooled).ceiling).toEqual(noCeiling)
  })

  it('stays where it is between 5 and 6 K, and while a margin is not known', () => {
    const cooled = passed(60, hot)
    expect(passed(200, [{ marginK: 5.5, atHighest: true }], cooled).ceiling.ceilingC).toBe(designC)
    const dark = [...calm, { marginK: undefined, atHighest: false }]
    expect(passed(200, dark, cooled).ceiling.ceilingC).toBe(designC)
  })

  it('never warms what reset asks for colder by itself', () => {
    const { ceiling } = passed(60, hot, undefined, 26)
    expect(ceiling.ceilingC).toBe(designC)
    expect(cooledBy(ceiling, { towerLeavingC: 24 })).toEqual({ towerLeavingC: 24 })
    expect(cooledBy(passed(60, hot).ceiling, { towerLeavingC: 32 })).toEqual({ towerLeavingC: 30 })
  })
})
