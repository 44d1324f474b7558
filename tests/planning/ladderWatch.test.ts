import { describe, expect, it } from 'vitest'
import { hour, minute } from '#contract/units.ts'
import { type CanaryLook, canaryUnwatched, watchCanary } from '#models/planning/canary.ts'
import { duelOf } from '#models/planning/champion.ts'
import { driftAfter, noDrift } from '#models/planning/drift.ts'
import { type Decision, planHour } from '#models/planning/planHour.ts'
import { restrained } from '#models/planning/restrain.ts'
import { type SoundnessQuestion, wrongWith } from '#models/planning/soundness.ts'
import { hiddenTruth, history, priors, site, startSettings } from '#tests/models/syntheticSite.ts'

const look = (at: number, more: Partial<CanaryLook>): CanaryLook => ({
  at: at * minute,
  supplyC: 27,
  supplySpC: 27,
  chipMarginK: 12,
  ...more,
})
const watched = (looks: readonly CanaryLook[]) => looks.reduce(watchCanary, canaryUnwatched).breach

describe('what a canary is judged by (CS-33)', () => {
  it('a kelvin off its setpoint for five minutes is a breach; for four it is not', () => {
    const off = (minutes: number) =>
      watched(Array.from({ length: minutes + 1 }, (_, m) => look(m, { supplyC: 28.4 })))
    expect(off(4)).toBeNull()
    expect(off(5)).toBe('its supply is 1.4 K warmer than set, for 5 min')
  })
  it('coming back in between starts the five minutes anew', () => {
    const looks = [0, 1, 2, 3, 4, 5, 6, 7].map(m => look(m, { supplyC: m === 3 ? 27.2 : 25.5 }))
    expect(watched(looks)).toBeNull()
    expect(watched([...looks, look(9, { supplyC: 25.5 })])).toContain('colder than set')
  })
  it('a chip near its limit is a breach at once; what is not seen is neither good nor bad', () => {
    expect(watched([look(0, { chipMarginK: 2.9 })])).toContain('2.9 K below the limit')
    expect(watched([0, 9].map(m => look(m, { supplyC: undefined, chipMarginK: undefined })))).toBeNull()
  })
})

describe('residual drift', () => {
  const driftOf = (biases: readonly (number | null)[]) => biases.reduce(driftAfter, noDrift)
  it('hard hours to both sides are no drift, a miss to one side hour after hour is', () => {
    expect(driftOf([7, -6, 7, -7, 6, -7, 7, -6]).isDrifting).toBe(false)
    expect(driftOf([6, 6, 6, 6]).isDrifting).toBe(false)
    expect(driftOf([6, 6, 6, 6, 6]).isDrifting).toBe(true)
    expect(driftOf([-6, -6, -6, -6, -6]).isDrifting).toBe(true)
    expect(driftOf(Array.from({ length: 500 }, () => 2.9)).isDrifting).toBe(false)
  })
  it('it ends after a few good hours, not after the first; hours that were not judged change nothing', () => {
    const drifted = driftOf([9, 9, 9, 9])
    expect(driftAfter(drifted, null)).toEqual(drifted)
    expect(driftAfter(drifted, 0).isDrifting).toBe(true)
    expect([0, 0, 0, 0, 0, 0, 0, 0].reduce(driftAfter, drifted).isDrifting).toBe(false)
  })
})

describe('champion and challenger', () => {
  const truth = hiddenTruth(2)
  const rows = history(truth, 2, 5).slice(12)
  const wrongBy = (factor: number) => {
    const { model } = truth
    const scaled = Object.fromEntries(
      Object.entries(model.parameters).map(([name, units]) => [
        name,
        units.map(members =>
          members.map(theta => theta.map((value, i) => (i === 0 ? value + factor : value))),
        ),
      ]),
    )
    return { priors, model: { ...model, parameters: scaled as unknown as typeof model.parameters } }
  }
  it('a worse challenger never takes over, a better one does', () => {
    expect(duelOf(wrongBy(0), wrongBy(0.2), rows)).toMatchObject({ winner: 'champion', rows: 12 })
    expect(duelOf(wrongBy(0.2), wrongBy(0), rows)).toMatchObject({ winner: 'challenger' })
  })
  it('equals do not change places', () => {
    expect(duelOf(wrongBy(0.05), wrongBy(0.05), rows).winner).toBe('champion')
  })
  it('a champion that knows less by three hours gives way to one that is not worse, and never to a worse one', () => {
    const upTo = (of: ReturnType<typeof wrongBy>, toAt: number) => ({
      ...of,
      model: { ...of.model, span: { fromAt: -9e6, toAt, rows: 20 } },
    })
    const old = upTo(wrongBy(0.05), rows[0]!.at - 4 * hour)
    const recent = upTo(wrongBy(0.05), rows[0]!.at - 2 * hour)
    const challenger = upTo(wrongBy(0.05), rows[0]!.at - 5 * minute)
    expect(duelOf(old, challenger, rows).winner).toBe('challenger')
    expect(duelOf(recent, challenger, rows).winner).toBe('champion')
    const worse = upTo(wrongBy(0.06), rows[0]!.at - 5 * minute)
    expect(duelOf(old, worse, rows).winner).toBe('champion')
  })
  it('what the champion has learned from does not count for either', () => {
    const champion = wrongBy(0.2)
    const span = { fromAt: 0, toAt: rows.at(-4)!.at, rows: 20 }
    const duel = duelOf({ ...champion, model: { ...champion.model, span } }, wrongBy(0), rows)
    expect(duel).toMatchObject({ winner: 'champion', rows: 3, championPercent: null })
  })
})

describe('a decision is read before it is believed', () => {
  const truth = hiddenTruth(2)
  const question: SoundnessQuestion = {
    site,
    held: startSettings,
    dewPointC: 10,
    plantIsFree: true,
    cduIsFree: [true, true, true, true],
  }
  const decision: Decision = planHour({
    ...question,
    of: truth,
    hourStartAt: 0,
    forecast: { itKw: [170, 150, 160, 190], wetBulbC: 15 },
    peakItKw: [212, 190, 200, 240],
    resetApproachK: 4,
    modelSpreadKw: 1,
    seed: 1,
    candidates: 200,
  })
  const withMove = (change: (move: Decision['moves'][number]) => object): Decision => ({
    ...decision,
    moves: decision.moves.map((move, index) => (index === 3 ? { ...move, ...change(move) } : move)),
  })

  it('what the planner really says passes', () => {
    expect(decision.moves).toHaveLength(12)
    expect(wrongWith(decision, question)).toBeUndefined()
  })
  it.each([
    ['a value that is no number', withMove(() => ({ value: Number.NaN })), /stand at NaN/],
    ['infinity', withMove(() => ({ value: Number.POSITIVE_INFINITY })), /Infinity/],
    ['beyond the bounds', withMove(() => ({ value: 9_999 })), /outside/],
    ['further than an hour’s ramp', withMove(move => ({ value: move.before * 0.6 })), /hour’s ramp/],
    ['from where the plant does not stand', withMove(move => ({ before: move.before + 9 })), /believed at/],
    ['without a reason', withMove(() => ({ why: '' })), /without a reason/],
    ['a lever twice', withMove(() => ({ name: 'towerLeavingC', cdu: -1 })), /not free, or twice/],
    ['a CDU that is not there', withMove(() => ({ name: 'cduDpKpa', cdu: 9 })), /not free/],
    ['a move too few', { ...decision, moves: decision.moves.slice(1) }, /11 moves where 12/],
    ['no moves at all', { ...decision, moves: undefined as never }, /no moves/],
    ['an expectation that is no number', { ...decision, againstResetKw: Number.NaN }, /not a number/],
  ])('%s does not', (_what, wrong, sentence) => {
    expect(wrongWith(wrong, question)).toMatch(sentence)
  })

  it('in an unfamiliar regime nothing goes toward less cooling, and what cools more stays', () => {
    const both: Decision = {
      ...decision,
      moves: decision.moves.map(move =>
        move.name === 'cduSupplyC'
          ? { ...move, value: move.before + (move.cdu === 0 ? -1 : 1) }
          : { ...move, value: move.before },
      ),
    }
    const cut = restrained(both)
    expect(cut.moves.filter(move => move.value !== move.before)).toEqual([
      expect.objectContaining({ name: 'cduSupplyC', cdu: 0, value: 26 }),
    ])
    expect(cut.action).toBe('move')
    expect(cut.reason).toMatch(/^Load or weather.*unlike/)
    expect(wrongWith(cut, question)).toBeUndefined()
    const still = { ...both, moves: both.moves.map(move => ({ ...move, value: move.before })) }
    expect(restrained(still)).toBe(still)
  })
})
