import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openAudit } from '#agent/audit/audit.ts'
import { verifyAudit } from '#agent/audit/verify.ts'
import { verdictExit, verdictText } from '#contract/auditChain.ts'
import { seededRandom } from '#models/plant/random.ts'

const root = mkdtempSync(join(tmpdir(), 'coldloop-audit-'))
afterAll(() => rmSync(root, { recursive: true }))
const now = { siteAt: 1, wallAt: 2 }
const entry = (why: string) => ({
  what: 'lease applied',
  who: 'plan 12',
  where: 'cdu-1.supplyTemperatureSp',
  why,
  details: { requested: 31, 12: 'figures first' },
})
/** Three records a file, three full files beside the one that is written. */
const small = { fileBytes: 800, files: 4 }

let count = 0
function logOf(records: number, limits = small) {
  count += 1
  const folder = join(root, String(count))
  mkdirSync(folder)
  const path = join(folder, 'decisions.jsonl')
  const audit = openAudit(path, limits)
  for (let nth = 1; nth <= records; nth++) expect(audit.write(entry(`decision ${nth}`), now)).toBeUndefined()
  return { folder, path }
}
const linesOf = (path: string) => readFileSync(path, 'utf8').trimEnd().split('\n')
const putLines = (path: string, lines: readonly string[]) => writeFileSync(path, `${lines.join('\n')}\n`)
const placesOf = async (path: string) => {
  const verdict = await verifyAudit(path)
  expect(verdictExit(verdict)).toBe(verdict.findings.length > 0 ? 1 : 0)
  return verdict.findings.map(({ place, sentence }) => `${place} ${sentence}`)
}

describe('the chain of decisions', () => {
  it('holds over restarts and over full files, and says its last record', async () => {
    const { folder, path } = logOf(5)
    const again = openAudit(path, small)
    again.write(entry('after a restart'), now)
    const verdict = await verifyAudit(path)
    expect(verdict).toMatchObject({ records: 6, findings: [], last: { number: 6 } })
    expect(readdirSync(folder).length).toBeGreaterThan(1)
    expect(verdictText(verdict)).toContain(`the last is 6 with hash ${verdict.last.hash}`)
    expect(await verifyAudit(folder)).toMatchObject({ records: 6, findings: [] })
  })

  it('begins with a record that says so', () => {
    const { path } = logOf(2)
    expect(linesOf(path).map(line => JSON.parse(line).begins)).toEqual([
      'a new chain: there is no earlier record in this folder',
      undefined,
    ])
  })

  it('has a limit: the oldest file goes, and the record that says so makes the rest whole', async () => {
    const { folder, path } = logOf(60)
    expect(readdirSync(folder)).toHaveLength(4)
    const verdict = await verifyAudit(path)
    expect(verdict.findings).toEqual([])
    expect(verdict.notes).toEqual([expect.stringContaining('removed at the limit')])
    expect(verdict.last.number).toBeGreaterThan(60)
  })

  it('a disk that cannot be written costs lines, not decisions, and the next line counts them', async () => {
    const { folder, path } = logOf(1)
    const audit = openAudit(path, small)
    renameSync(path, join(folder, 'aside'))
    mkdirSync(path)
    expect(audit.write(entry('lost'), now)).toContain('EISDIR')
    expect(audit.write(entry('lost'), now)).toContain('EISDIR')
    rmSync(path, { recursive: true })
    renameSync(join(folder, 'aside'), path)
    expect(audit.write(entry('kept'), now)).toBeUndefined()
    expect(linesOf(path).map(line => JSON.parse(line).why)).toEqual([
      'decision 1',
      '2 decisions before this one could not be written',
      'kept',
    ])
    expect(await placesOf(path)).toEqual([])
  })
})

describe('whoever touches the record is found', () => {
  it.each<[string, (lines: string[]) => string[], string[]]>([
    ['changed', ls => ls.with(1, ls[1]!.replace('decision 2', 'decision 7')), ['2 is not what was written']],
    ['the first changed', ls => ls.with(0, ls[0]!.replace('"siteAt":1', '"siteAt":3')), ['1 is not what']],
    ['a blank put in', ls => ls.with(1, ls[1]!.replace(',', ', ')), ['2 is not what was written']],
    ['one deleted', ls => ls.toSpliced(2, 1), ['3 record 3 is missing before record 4']],
    ['two deleted', ls => ls.toSpliced(1, 2), ['2 records 2 to 3 are missing before record 4']],
    ['the first deleted', ls => ls.slice(1), ['1 the beginning is missing: records 1 to 1']],
    [
      'two changed places',
      ls => [ls[0]!, ls[2]!, ls[1]!, ls[3]!],
      ['2 record 2 is', '3 record 2 stands', '4 record 3'],
    ],
    ['one put in twice', ls => ls.toSpliced(2, 0, ls[1]!), ['3 record 2 stands after record 2']],
    [
      'something else put in',
      ls => ls.toSpliced(2, 0, 'nothing of ours'),
      ['3 is not what', '4 record 3 stands'],
    ],
    ['the last changed', ls => ls.with(3, ls[3]!.replace('decision 4', 'decision 9')), ['4 is not what was']],
  ])('%s: file and line are named', async (_, touch, expected) => {
    const { path } = logOf(4, { fileBytes: 1e6, files: 4 })
    putLines(path, touch(linesOf(path)))
    const found = await placesOf(path)
    expect(found).toHaveLength(expected.length)
    for (const [index, place] of expected.entries())
      expect(found[index]).toContain(`decisions.jsonl:${place}`)
  })

  it('a full file in the middle removed, emptied, or called otherwise', async () => {
    const { folder, path } = logOf(11)
    const [, middle = ''] = readdirSync(folder).filter(name => name !== 'decisions.jsonl')
    const kept = readFileSync(join(folder, middle))
    rmSync(join(folder, middle))
    expect(await placesOf(path)).toEqual([
      expect.stringMatching(/records 4 to 6 are missing before record 7/),
    ])
    writeFileSync(join(folder, middle), '')
    expect(await placesOf(path)).toHaveLength(2)
    rmSync(join(folder, middle))
    writeFileSync(join(folder, 'decisions.jsonl.000000000005'), kept)
    expect(await placesOf(path)).toEqual([expect.stringContaining('begins with record 4, its name says 5')])
  })

  it('a record forged whole, with a hash of its own, does not fit the next', async () => {
    const { path } = logOf(4, { fileBytes: 1e6, files: 4 })
    const other = logOf(4, { fileBytes: 1e6, files: 4 })
    const lines = linesOf(path)
    const foreign = openAudit(join(other.folder, 'x', 'decisions.jsonl'))
    foreign.write(entry('decision 1'), now)
    foreign.write(entry('never decided'), now)
    const [, forged = ''] = linesOf(join(other.folder, 'x', 'decisions.jsonl'))
    putLines(path, lines.with(1, forged))
    expect(await placesOf(path)).toEqual([expect.stringContaining('3 record 3 does not follow record 2')])
  })

  it('any one byte of any file', async () => {
    const { folder } = logOf(7)
    const files = readdirSync(folder)
    const random = seededRandom(7)
    let changes = 0
    for (const file of files) {
      const path = join(folder, file)
      const bytes = readFileSync(path)
      for (let at = 0; at < bytes.length; at++) {
        // Every line feed and every place where a record ends, a tenth of the others.
        if (bytes[at] !== 0x0a && bytes[at + 1] !== 0x0a && random() > 0.1) continue
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at]! + 1 + Math.floor(random() * 255)) % 256
        writeFileSync(path, changed)
        changes += 1
        expect((await verifyAudit(folder)).findings, `${file} byte ${at}`).not.toEqual([])
      }
      writeFileSync(path, bytes)
    }
    expect(changes).toBeGreaterThan(150)
    expect((await verifyAudit(folder)).findings).toEqual([])
  })
})

describe('a power cut is no tampering', () => {
  it('a last line cut anywhere is told apart, and the next record tells of it', async () => {
    const { path } = logOf(3, { fileBytes: 1e6, files: 4 })
    const whole = readFileSync(path)
    const lastAt = whole.lastIndexOf(0x0a, whole.length - 2) + 1
    for (const size of [lastAt + 1, lastAt + 9, lastAt + 40, whole.length - 2, whole.length - 1]) {
      writeFileSync(path, whole)
      truncateSync(path, size)
      expect(await placesOf(path), `cut at ${size}`).toEqual([])
      openAudit(path).write(entry('after the cut'), now)
      const verdict = await verifyAudit(path)
      expect(verdict.findings, `cut at ${size}, gone on`).toEqual([])
      expect(verdict.notes).toHaveLength(size === whole.length - 1 ? 0 : 1)
    }
  })

  it('zeros behind a cut line, and a cut line in a file that is full', async () => {
    const { folder, path } = logOf(3)
    appendFileSync(path, Buffer.concat([Buffer.from('{"number":4,"si'), Buffer.alloc(300)]))
    expect(await placesOf(path)).toEqual([])
    const audit = openAudit(path, small)
    for (let nth = 0; nth < 5; nth++) audit.write(entry(`after ${nth}`), now)
    expect(readdirSync(folder).length).toBeGreaterThan(1)
    const verdict = await verifyAudit(folder)
    expect(verdict.findings).toEqual([])
    expect(verdict.notes).toEqual([expect.stringContaining('cut short')])
  })

  it('but a cut line that was changed afterwards, or made up, is found', async () => {
    const { path } = logOf(3, { fileBytes: 1e6, files: 4 })
    appendFileSync(path, '{"number":4,"siteA')
    openAudit(path).write(entry('after the cut'), now)
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace('"siteA\n', '"siteB\n'))
    expect(await placesOf(path)).toEqual([expect.stringContaining(':4 is not the cut line')])
    writeFileSync(path, text.replace('{"number":4,"siteA\n', ''))
    expect(await placesOf(path)).toEqual([expect.stringContaining(':4 is not the cut line')])
    const other = logOf(2)
    appendFileSync(other.path, 'a line of nobody')
    expect(await placesOf(other.path)).toEqual([expect.stringContaining(':3 is not what was written')])
  })

  it('a log that is being written and filled meanwhile is read in its order', async () => {
    const { folder, path } = logOf(2)
    const audit = openAudit(path, { fileBytes: 800, files: 1_000 })
    for (let turn = 0; turn < 20; turn++) {
      const reading = verifyAudit(folder)
      for (let nth = 0; nth < 10; nth++) {
        audit.write(entry(`${turn} ${nth}`), now)
        await new Promise(resolve => setImmediate(resolve))
      }
      expect((await reading).findings).toEqual([])
    }
  })
})

describe('what cannot be read', () => {
  it('is said, and is no verdict', async () => {
    await expect(verifyAudit(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(verifyAudit(mkdtempSync(join(root, 'empty-')))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
  it('the command ends with 0, 1 or 2', () => {
    const run = (at: string) =>
      spawnSync(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', 'agent/main.ts', '--verify-audit', at],
        { encoding: 'utf8' },
      )
    const { folder, path } = logOf(2)
    expect(run(folder)).toMatchObject({ status: 0, stdout: expect.stringContaining('fine: 2 records') })
    putLines(path, linesOf(path).slice(1))
    expect(run(path)).toMatchObject({ status: 1, stdout: expect.stringMatching(/^decisions.jsonl:1: .*/) })
    expect(run(join(root, 'nowhere'))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('nowhere'),
    })
  }, 30_000)
  it('one full file alone is a piece of the chain', async () => {
    const { folder } = logOf(11)
    const [, second = ''] = readdirSync(folder).filter(name => name !== 'decisions.jsonl')
    const alone = join(mkdtempSync(join(root, 'alone-')), second)
    copyFileSync(join(folder, second), alone)
    const verdict = await verifyAudit(alone)
    expect(verdict).toMatchObject({ findings: [], records: 3 })
    expect(verdict.notes).toEqual([expect.stringContaining('begins after record 3')])
  })
})
