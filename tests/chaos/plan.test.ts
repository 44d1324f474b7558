import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { corruptFile } from '#commands/chaos/corrupt.ts'
import { readOptions } from '#commands/chaos/options.ts'
import { faultKinds, nemesisPlan, targets, wireNames } from '#commands/chaos/plan.ts'

const seeds = fc.integer({ min: 0, max: 0xffffffff })

test('a seed and a length are one plan, another seed is another', () => {
  fc.assert(
    fc.property(seeds, fc.double({ min: 0.2, max: 30, noNaN: true }), (seed, minutes) => {
      expect(nemesisPlan(seed, minutes)).toEqual(nemesisPlan(seed, minutes))
      expect(nemesisPlan(seed, minutes)).not.toEqual(nemesisPlan(seed ^ 1, minutes))
    }),
    { numRuns: 50 },
  )
})

test('two minutes meet every kind of fault, every process dies and freezes, both wires suffer', () => {
  fc.assert(
    fc.property(seeds, seed => {
      const plan = nemesisPlan(seed, 2)
      expect(new Set(plan.map(({ kind }) => kind))).toEqual(new Set(faultKinds))
      for (const target of targets)
        for (const kind of ['kill', 'freeze'] as const)
          expect(plan).toContainEqual(expect.objectContaining({ kind, target }))
      for (const wire of wireNames) expect(plan).toContainEqual(expect.objectContaining({ wire }))
    }),
    { numRuns: 30 },
  )
})

test('faults come in order, and all are over while samples are still made', () => {
  fc.assert(
    fc.property(seeds, seed => {
      const plan = nemesisPlan(seed, 1)
      expect(plan.map(({ atMs }) => atMs)).toEqual(
        plan.map(({ atMs }) => atMs).sort((one, other) => one - other),
      )
      for (const { atMs, forMs } of plan) {
        expect(atMs).toBeGreaterThanOrEqual(1_000)
        expect(forMs).toBeGreaterThanOrEqual(0)
        expect(atMs + forMs).toBeLessThan(55_000)
      }
    }),
    { numRuns: 50 },
  )
})

test('a spoilt file is cut short or differs in the bits that were named; a missing one is left alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-chaos-test-'))
  const path = join(folder, 'outbox.sqlite')
  writeFileSync(path, Buffer.alloc(1_000))
  expect(corruptFile(folder, 'outbox.sqlite', { kind: 'flip', places: [0.5, 0.9] })).toBe(true)
  const spoilt = readFileSync(path)
  expect(spoilt.length).toBe(1_000)
  expect([...spoilt.entries()].filter(([, byte]) => byte !== 0).map(([at]) => at)).toEqual([500, 900])
  expect(corruptFile(folder, 'outbox.sqlite', { kind: 'truncate', keep: 0.25 })).toBe(true)
  expect(readFileSync(path).length).toBe(250)
  expect(corruptFile(folder, 'outbox.totals', { kind: 'truncate', keep: 0 })).toBe(false)
  rmSync(folder, { recursive: true })
})

test('options: what is not allowed is refused by name, with what is', () => {
  expect(readOptions([])).toEqual({ minutes: 10, seed: 1, without: [], json: undefined, keeps: false })
  expect(
    readOptions(['--minutes', '0.5', '--seed', '7', '--without', 'corrupt', '--json', 'x.json']),
  ).toEqual({
    minutes: 0.5,
    seed: 7,
    without: ['corrupt'],
    json: 'x.json',
    keeps: false,
  })
  expect(readOptions(['--help'])).toBe('help')
  for (const minutes of ['0', '', 'ten', '1441', 'NaN'])
    expect(() => readOptions(['--minutes', minutes]), minutes).toThrow('0.2 to 1440')
  for (const seed of ['-1', '1.5', '', '4294967296', 'x'])
    expect(() => readOptions([`--seed=${seed}`]), seed).toThrow('0 to 4294967295')
  expect(() => readOptions(['--fast'])).toThrow('--help')
  expect(() => readOptions(['--without', 'rain'])).toThrow('fillDisk')
})
