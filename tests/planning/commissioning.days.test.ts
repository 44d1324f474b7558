import { describe, expect, it } from 'vitest'
import { hour, minute } from '#contract/units.ts'
import { sweepMs } from '#models/commissioning/sweep.ts'
import { steeredPlant } from '#tests/planning/support/steeredPlant.ts'

const startAt = Date.UTC(2025, 6, 14, 8)
const scene = { startAt, seed: 3, load: 'builtin:annual', cycleMs: minute } as const

describe('a commissioning sweep by the hub', () => {
  it('moves every lever to both sides, keeps chips under their limit, reports what it took, and gives everything back', async () => {
    const plant = steeredPlant(scene)
    await plant.live(startAt + hour, false)
    expect(plant.planning.startCommissioning('anna')).toMatchObject({ state: 'waiting', by: 'anna' })
    expect(() => plant.planning.startCommissioning('bo')).toThrow(/under way|already, asked for by anna/)
    await plant.live(startAt + 2 * hour)
    expect(plant.planning.view().commissioning).toMatchObject({ state: 'running', block: 1, blocks: 16 })
    expect(plant.modes()).toMatchObject({ 'cdu-1': 'auto', 'cdu-4': 'auto' })
    expect(plant.planning.current()).toMatchObject({ id: expect.stringMatching(/^sweep-/), state: 'applied' })
    const reasons = plant.planning.current().moves.map(move => move.why)
    expect(reasons.every(why => why.startsWith('commissioning: '))).toBe(true)
    expect(reasons.some(why => /toward (more|less) cooling than reset/.test(why))).toBe(true)
    const energyAt = plant.plant.energy().facilityKwh
    await plant.live(startAt + hour + sweepMs + 2 * minute)
    const sweep = plant.planning.view().commissioning!
    expect(sweep).toMatchObject({ state: 'done', share: 1, overLimitDegreeMinutes: 0 })
    expect(sweep.sentence).toMatch(/all 16 blocks were run; \d+ kWh of the facility, 0.0 K min/)
    const took = plant.plant.energy().facilityKwh - energyAt
    expect(sweep.facilityKwh / took).toBeGreaterThan(0.95)
    expect(sweep.facilityKwh / took).toBeLessThan(1.05)
    expect(plant.overLimit()).toBe(0)
    expect(plant.planning.list(100).filter(view => view.id.startsWith('sweep-')).length).toBeGreaterThan(40)
    // What it is for: every lever stood on both sides, further apart than reset alone would have brought it.
    const spread = new Map<string, [number, number]>()
    for (const view of plant.planning.list(100))
      for (const move of view.moves) {
        if (!view.id.startsWith('sweep-') || move.applied === null) continue
        const [low, high] = spread.get(`${move.equipment}.${move.point}`) ?? [move.applied, move.applied]
        spread.set(`${move.equipment}.${move.point}`, [
          Math.min(low, move.applied),
          Math.max(high, move.applied),
        ])
      }
    expect(spread.size).toBe(12)
    for (const [place, [low, high]] of spread)
      expect(high - low, place).toBeGreaterThan(place.includes('emperature') ? 3 : 10)
    // And the trained model steers afterwards.
    await plant.live(startAt + sweepMs + 2.2 * hour)
    expect(plant.planning.view().ladder[0]).toMatchObject({ mode: 'auto', isSteered: true })
    expect(plant.audited.filter(entry => entry.what === 'commissioning').map(entry => entry.who)).toEqual([
      'anna',
      'anna',
      'the hub',
    ])
  })

  it('a hand-back by a person ends it at once, and the CDUs go down to what they were', async () => {
    const plant = steeredPlant(scene)
    await plant.live(startAt + hour, false)
    plant.planning.startCommissioning('anna')
    await plant.live(startAt + 2 * hour)
    await plant.planning.handBack({ cdu: 'all', mayReturnAt: startAt + 9 * hour, by: 'bo' })
    await plant.live(startAt + 2.2 * hour)
    expect(plant.planning.view().commissioning).toMatchObject({
      state: 'aborted',
      sentence: expect.stringContaining('handed back by bo'),
    })
    expect(plant.modes()).toMatchObject({ 'cdu-1': 'advise', 'cdu-4': 'advise' })
    expect(plant.planning.view().ladder[0]!.holds.join()).not.toContain('sweep')
    await expect(plant.planning.abortCommissioning('bo')).rejects.toThrow(
      'no commissioning sweep is under way',
    )
  })

  it('an urgent alarm ends it, and a plant that cannot be read lets it wait', async () => {
    const plant = steeredPlant(scene)
    plant.plant.inject({
      id: 'blind',
      kind: 'badSensor',
      place: 'weather',
      point: 'wetBulb',
      endAt: startAt + hour,
    })
    await plant.live(startAt + 0.4 * hour, false)
    plant.planning.startCommissioning('anna')
    await plant.live(startAt + 0.8 * hour)
    expect(plant.planning.view().commissioning).toMatchObject({
      state: 'waiting',
      sentence: 'waits: weather.wetBulb cannot be read',
    })
    await plant.live(startAt + 2 * hour)
    expect(plant.planning.view().commissioning).toMatchObject({ state: 'running' })
    plant.alarm('Pump cdu-1-pa tripped')
    await plant.live(startAt + 2.1 * hour)
    expect(plant.planning.view().commissioning?.sentence).toMatch(/^alarm: Pump cdu-1-pa tripped/)
    const block = plant.planning.list(5).find(view => view.id.startsWith('sweep-'))
    expect(block).toMatchObject({ state: 'handedBack' })
  })
})
