import { describe, expect, it } from 'vitest'
import { modeNames } from '#contract/points.ts'
import { hour, minute } from '#contract/units.ts'
import {
  canaryMsUsual,
  faultNames,
  holdNames,
  holdsOn,
  isSteered,
  type Ladder,
  type LadderEvent,
  nextLadder,
  siteScope,
  startLadder,
} from '#models/planning/ladder.ts'
import { seededRandom } from '#models/plant/random.ts'

const cdus = ['cdu-1', 'cdu-2', 'cdu-3'] as const
const noon = Date.UTC(2025, 6, 1, 12)
const atOnce = { canaryMs: 0 }
const aDay = { canaryMs: canaryMsUsual }

type Word = LadderEvent extends infer One ? (One extends LadderEvent ? Omit<One, 'at'> : never) : never

/** A ladder that hears one word after the other, a minute apart unless told otherwise. */
function climb(rules: { canaryMs: number }) {
  let at = noon
  let ladder = startLadder(cdus, at)
  const say = (word: Word, afterMs: number = minute) => {
    at += afterMs
    ladder = nextLadder(ladder, { ...word, at } as LadderEvent, rules)
    return ladder
  }
  const trust = () => say({ kind: 'clear', scope: siteScope, name: 'untrusted' })
  const modes = () => cdus.map(cdu => ladder.rungs[cdu]?.mode)
  return { say, trust, modes, ladder: () => ladder, at: () => at }
}
const wantAll = (at: ReturnType<typeof climb>) =>
  cdus.forEach(cdu => {
    at.say({ kind: 'ask', cdu, mode: 'auto', by: 'anna' })
  })

describe('the trust ladder', () => {
  it('begins in advise, and auto that is asked for waits until the model is trusted', () => {
    const site = climb(atOnce)
    site.say({ kind: 'ask', cdu: 'cdu-1', mode: 'auto', by: 'anna' })
    expect(site.modes()).toEqual(['advise', 'advise', 'advise'])
    site.trust()
    expect(site.modes()).toEqual(['auto', 'advise', 'advise'])
    expect(site.ladder().rungs['cdu-1']?.reason).toBe('auto by anna')
  })

  it('one CDU first: the others follow after a day under the plan, and resting does not count', () => {
    const site = climb(aDay)
    site.trust()
    wantAll(site)
    expect(site.modes()).toEqual(['auto', 'advise', 'advise'])
    for (let i = 0; i < 20; i++) site.say({ kind: 'tick' }, hour)
    site.say({ kind: 'hold', scope: siteScope, name: 'missingInput', why: 'the wet bulb cannot be read' })
    site.say({ kind: 'tick' }, 10 * hour)
    site.say({ kind: 'clear', scope: siteScope, name: 'missingInput' })
    expect(site.modes()).toEqual(['auto', 'advise', 'advise'])
    site.say({ kind: 'tick' }, 4 * hour)
    expect(site.modes()).toEqual(['auto', 'auto', 'auto'])
  })

  it('a canary that breaks its limits goes back, and nobody follows it until a person asks again', () => {
    const site = climb(aDay)
    site.trust()
    wantAll(site)
    site.say({
      kind: 'fault',
      cdu: 'cdu-1',
      name: 'canaryBreach',
      why: 'its supply is 1.4 K warmer than set',
    })
    for (let i = 0; i < 60; i++) site.say({ kind: 'tick' }, hour)
    expect(site.modes()).toEqual(['advise', 'advise', 'advise'])
    expect(site.ladder().rungs['cdu-1']?.lastFall?.why).toContain('1.4 K warmer')
    expect(site.ladder().rungs['cdu-2']?.reason).toContain('its canary cdu-1 went down')
    site.say({ kind: 'ask', cdu: 'cdu-2', mode: 'auto', by: 'anna' })
    expect(site.modes()).toEqual(['advise', 'auto', 'advise'])
  })

  it('a hold takes the hour and leaves the permission; a fault takes the permission', () => {
    const site = climb(atOnce)
    site.trust()
    wantAll(site)
    site.say({
      kind: 'hold',
      scope: siteScope,
      name: 'deadline',
      why: 'the planner was not done within 20 s',
    })
    expect(site.modes()).toEqual(['auto', 'auto', 'auto'])
    expect(cdus.some(cdu => isSteered(site.ladder(), cdu))).toBe(false)
    site.say({ kind: 'clear', scope: siteScope, name: 'deadline' })
    expect(cdus.every(cdu => isSteered(site.ladder(), cdu))).toBe(true)
    site.say({ kind: 'fault', cdu: 'cdu-2', name: 'agentFell', why: 'a setpoint is not taken by the device' })
    site.say({ kind: 'tick' }, 100 * hour)
    expect(site.modes()).toEqual(['auto', 'advise', 'auto'])
  })

  it('a CDU handed back comes back when a person said it may, and not before', () => {
    const site = climb(atOnce)
    site.trust()
    wantAll(site)
    site.say({ kind: 'handBack', scope: 'cdu-3', untilAt: site.at() + 3 * hour, by: 'anna' })
    site.say({ kind: 'tick' }, 2 * hour)
    expect(site.modes()).toEqual(['auto', 'auto', 'advise'])
    site.say({ kind: 'tick' }, 2 * hour)
    expect(site.modes()).toEqual(['auto', 'auto', 'auto'])
  })

  it('off and monitor come at once, and what a person put down no one raises', () => {
    const site = climb(atOnce)
    site.trust()
    wantAll(site)
    site.say({ kind: 'ask', cdu: 'cdu-1', mode: 'off', by: 'anna' })
    site.say({ kind: 'ask', cdu: 'cdu-2', mode: 'monitor', by: 'anna' })
    site.say({ kind: 'tick' }, 100 * hour)
    expect(site.modes()).toEqual(['off', 'monitor', 'auto'])
  })

  it('every event on every mode goes where the table says', () => {
    const words: ReadonlyArray<readonly [string, Word]> = [
      ['asked auto', { kind: 'ask', cdu: 'cdu-1', mode: 'auto', by: 'anna' }],
      ['asked advise', { kind: 'ask', cdu: 'cdu-1', mode: 'advise', by: 'anna' }],
      ['asked monitor', { kind: 'ask', cdu: 'cdu-1', mode: 'monitor', by: 'anna' }],
      ['asked off', { kind: 'ask', cdu: 'cdu-1', mode: 'off', by: 'anna' }],
      ['handed back', { kind: 'handBack', scope: 'cdu-1', untilAt: noon + 1_000 * hour, by: 'anna' }],
      ...faultNames.map(
        name => [`fault ${name}`, { kind: 'fault', cdu: 'cdu-1', name, why: 'a fault' }] as const,
      ),
      ...holdNames.map(
        name => [`hold ${name}`, { kind: 'hold', scope: 'cdu-1', name, why: 'a reason' }] as const,
      ),
      ['time passes', { kind: 'tick' }],
    ]
    const table = Object.fromEntries(
      words.map(([name, word]) => [
        name,
        modeNames
          .map(from => {
            const site = climb(atOnce)
            site.trust()
            site.say({ kind: 'ask', cdu: 'cdu-1', mode: from, by: 'anna' })
            site.say(word)
            site.say({ kind: 'tick' }, 48 * hour)
            const mode = site.ladder().rungs['cdu-1']?.mode
            return `${from} → ${mode}${mode === 'auto' && !isSteered(site.ladder(), 'cdu-1') ? ' (rests)' : ''}`
          })
          .join(', '),
      ]),
    )
    const stays = 'off → off, monitor → monitor, advise → advise'
    const falls = `${stays}, auto → advise`
    const rests = `${stays}, auto → auto (rests)`
    expect(table).toEqual({
      'asked auto': 'off → auto, monitor → auto, advise → auto, auto → auto',
      'asked advise': 'off → advise, monitor → advise, advise → advise, auto → advise',
      'asked monitor': 'off → monitor, monitor → monitor, advise → monitor, auto → monitor',
      'asked off': 'off → off, monitor → off, advise → off, auto → off',
      'handed back': falls,
      'fault agentFell': falls,
      'fault canaryBreach': falls,
      'fault maintenance': falls,
      'hold untrusted': rests,
      'hold drift': rests,
      'hold missingInput': rests,
      'hold unfamiliar': rests,
      'hold deadline': rests,
      'hold crash': rests,
      'hold nonsense': rests,
      'hold offline': rests,
      'hold notOurs': rests,
      'hold handedBack': rests,
      'hold commissioning': rests,
      'hold switchback': rests,
      'time passes': `${stays}, auto → auto`,
    })
  })
})

describe('a hundred thousand events at random (CS-32)', () => {
  const rank = (mode: string | undefined) => modeNames.indexOf(mode as 'off')

  function randomWord(random: () => number): Word {
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
    const cdu = pick([...cdus, 'cdu-9'])
    const scope = pick([siteScope, ...cdus])
    const roll = random()
    if (roll < 0.15) return { kind: 'ask', cdu, mode: pick([...modeNames, 'auto', 'auto']), by: 'anna' }
    if (roll < 0.2)
      return { kind: 'handBack', scope, untilAt: noon + Math.floor(random() * 1e5) * minute, by: 'bo' }
    if (roll < 0.35) return { kind: 'hold', scope, name: pick(holdNames), why: 'a reason' }
    if (roll < 0.75) return { kind: 'clear', scope, name: pick(holdNames) }
    if (roll < 0.8) return { kind: 'fault', cdu, name: pick(faultNames), why: 'a fault' }
    return { kind: 'tick' }
  }

  /** What must be true of each step, whatever it was. */
  function wrongStep(before: Ladder, after: Ladder, event: LadderEvent, asked: ReadonlySet<string>): string {
    const rose = cdus.filter(cdu => rank(after.rungs[cdu]?.mode) > rank(before.rungs[cdu]?.mode))
    for (const cdu of rose) {
      if (event.kind === 'fault' || event.kind === 'hold') return `${event.kind} raised ${cdu}`
      const isAuto = after.rungs[cdu]?.mode === 'auto'
      if (isAuto && !asked.has(cdu)) return `${cdu} rose to auto and nobody had asked since it fell`
      if (isAuto && holdsOn(after, cdu).length > 0) return `${cdu} rose to auto against a precondition`
      if (!isAuto && event.kind !== 'ask') return `${cdu} rose by ${event.kind}`
    }
    const steered = cdus.filter(cdu => isSteered(after, cdu))
    if (steered.some(cdu => holdsOn(after, cdu).length > 0 || !asked.has(cdu)))
      return 'a CDU is steered against a precondition'
    return ''
  }

  it('none reaches auto without every precondition and a person, none goes up by a fault, the canary goes alone', () => {
    const random = seededRandom(11)
    let ladder = startLadder(cdus, noon)
    let at = noon
    const asked = new Set<string>()
    let rises = 0
    let falls = 0
    let passes = 0
    for (let i = 0; i < 100_000; i++) {
      at += Math.floor(random() * 30) * minute
      const event = { ...randomWord(random), at } as LadderEvent
      const before = ladder
      ladder = nextLadder(before, event, { canaryMs: 2 * hour })
      if (event.kind === 'ask' && event.mode === 'auto') asked.add(event.cdu)
      if ((event.kind === 'ask' && event.mode !== 'auto') || event.kind === 'fault') asked.delete(event.cdu)
      const wrong = wrongStep(before, ladder, event, asked)
      if (wrong !== '') throw new Error(`step ${i}, ${JSON.stringify(event)}: ${wrong}`)
      if (ladder.canary !== null && !ladder.canary.hasPassed) {
        const others = cdus.filter(
          cdu =>
            cdu !== ladder.canary?.cdu &&
            ladder.rungs[cdu]?.mode === 'auto' &&
            before.rungs[cdu]?.mode !== 'auto',
        )
        if (others.length > 0) throw new Error(`step ${i}: ${others} rose beside the canary`)
      }
      for (const cdu of cdus) {
        const step = rank(ladder.rungs[cdu]?.mode) - rank(before.rungs[cdu]?.mode)
        if (step > 0) rises++
        if (step < 0) falls++
      }
      if (ladder.canary?.hasPassed && !before.canary?.hasPassed) passes++
    }
    // The walk went everywhere: this check could fail.
    expect(rises).toBeGreaterThan(1_000)
    expect(falls).toBeGreaterThan(1_000)
    expect(passes).toBeGreaterThan(0)
  })
})
