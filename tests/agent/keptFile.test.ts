import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type KeptDisk, keptFile } from '#agent/cycle/keptFile.ts'

type Latches = { readonly zones: readonly string[] }
let folder = ''
let path = ''
let syncedPath = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coldloop-kept-'))
  path = join(folder, 'latched.json')
  syncedPath = join(folder, 'latched.synced.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const keepAll = async (...records: readonly Latches[]) => {
  const file = keptFile<Latches>(path)
  for (const record of records) expect(file.keep(record)).toBeUndefined()
  await file.settled()
}

/** A disk in memory whose syncs end when the test says so. */
function handDisk() {
  const files = new Map<string, string>()
  const syncs: Array<{ readonly path: string; end: (error?: Error) => void }> = []
  const disk: KeptDisk = {
    read: at => files.get(at),
    replace: (at, text) => void files.set(at, text),
    replaceSynced: (at, text) =>
      new Promise((resolve, reject) =>
        syncs.push({
          path: at,
          end: error => {
            if (error) return reject(error)
            files.set(at, text)
            resolve()
          },
        }),
      ),
  }
  /** Pulls the plug: what was never synced may be gone, or half there. */
  const powerCut = (left: string | undefined) => {
    if (left === undefined) files.delete('latched.json')
    else files.set('latched.json', left)
  }
  return { disk, files, syncs, powerCut }
}
const settle = () => new Promise(resolve => setImmediate(resolve))

describe('a kept file', () => {
  test('nothing was kept yet: nothing is known, and that is no problem', () => {
    expect(keptFile<Latches>(path)).toMatchObject({ kept: undefined, problem: undefined })
  })

  test('gives back what was kept last, again and again', async () => {
    await keepAll({ zones: ['A1'] }, { zones: ['A1', 'A2'] })
    expect(keptFile<Latches>(path).kept).toEqual({ zones: ['A1', 'A2'] })
    await keepAll({ zones: [] })
    expect(keptFile<Latches>(path)).toMatchObject({ kept: { zones: [] }, problem: undefined })
  })

  test('a file of a former version is read; a former version reads ours', async () => {
    writeFileSync(path, JSON.stringify({ zones: ['B2'] }))
    expect(keptFile<Latches>(path)).toMatchObject({ kept: { zones: ['B2'] }, problem: undefined })
    await keepAll({ zones: ['B2', 'B3'] })
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ zones: ['B2', 'B3'] })
    // The former version ran once more meanwhile: what it wrote is newer than our synced one.
    writeFileSync(path, JSON.stringify({ zones: ['C1'] }))
    expect(keptFile<Latches>(path).kept).toEqual({ zones: ['C1'] })
  })

  test('torn at any length, or with one bit turned: the synced one is taken, and it is said', async () => {
    await keepAll({ zones: ['A1', 'A2'] })
    const whole = readFileSync(path)
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(path, whole)
      truncateSync(path, length)
      const { kept, problem } = keptFile<Latches>(path)
      expect(kept).toEqual({ zones: ['A1', 'A2'] })
      expect(problem).toContain('latched.json')
    }
    const turned = Buffer.from(whole)
    turned[11] = (turned[11] as number) ^ 1
    writeFileSync(path, turned)
    expect(keptFile<Latches>(path).kept).toEqual({ zones: ['A1', 'A2'] })
    writeFileSync(syncedPath, '')
    expect(keptFile<Latches>(path)).toMatchObject({ kept: undefined })
    expect(keptFile<Latches>(path).problem).toContain('starting without it')
  })

  test('a folder that is gone: the reason is given back', () => {
    const file = keptFile<Latches>(join(folder, 'away', 'latched.json'))
    expect(file.keep({ zones: [] })).toContain('ENOENT')
  })
})

describe('a disk that syncs late', () => {
  test('nobody waits for it; a process that dies now finds everything, a power cut what was synced', async () => {
    const { disk, syncs, powerCut } = handDisk()
    const file = keptFile<Latches>('latched.json', { disk })
    file.keep({ zones: ['A1'] })
    syncs[0]?.end()
    await settle()
    file.keep({ zones: ['A1', 'A2'] })
    expect(keptFile<Latches>('latched.json', { disk }).kept).toEqual({ zones: ['A1', 'A2'] })
    for (const left of [undefined, '', '{"zones":["A1","A']) {
      powerCut(left)
      expect(keptFile<Latches>('latched.json', { disk }).kept).toEqual({ zones: ['A1'] })
    }
  })

  test('one sync at a time, the newest record next: what came between is not synced for itself', async () => {
    const { disk, files, syncs } = handDisk()
    const file = keptFile<Latches>('latched.json', { disk })
    for (const zone of ['A1', 'A2', 'A3', 'A4']) file.keep({ zones: [zone] })
    expect(syncs).toHaveLength(1)
    syncs[0]?.end()
    await settle()
    expect(syncs).toHaveLength(2)
    syncs[1]?.end()
    await file.settled()
    expect(syncs).toHaveLength(2)
    expect(files.get('latched.synced.json')).toBe(files.get('latched.json'))
  })

  test('a sync that fails is said once, and the next record tries again', async () => {
    const { disk, files, syncs } = handDisk()
    const troubles: string[] = []
    const file = keptFile<Latches>('latched.json', { disk, onTrouble: sentence => troubles.push(sentence) })
    file.keep({ zones: ['A1'] })
    syncs[0]?.end(new Error('EIO: i/o error'))
    await file.settled()
    expect(troubles).toEqual([expect.stringContaining('EIO')])
    expect(file.keep({ zones: ['A2'] })).toBeUndefined()
    syncs[1]?.end()
    await file.settled()
    expect(files.get('latched.synced.json')).toContain('A2')
    expect(troubles).toHaveLength(1)
  })
})
