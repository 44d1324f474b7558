import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { brokenLine, openAudit } from '#agent/audit/audit.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldloop-audit-'))
afterAll(() => rmSync(folder, { recursive: true }))
const now = { siteAt: 1, wallAt: 2 }
const entry = (why: string) => ({
  what: 'lease applied',
  who: 'plan 12',
  where: 'cdu-1.supplyTemperatureSp',
  why,
})

describe('the chain of decisions', () => {
  const path = join(folder, 'decisions.jsonl')
  it('holds over a restart', () => {
    expect(openAudit(path).write(entry('first'), now)).toBeUndefined()
    const audit = openAudit(path)
    for (const why of ['second', 'third']) audit.write(entry(why), now)
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(3)
    expect(brokenLine(readFileSync(path, 'utf8'))).toBeUndefined()
  })
  it('breaks where one letter was changed, or a line is gone', () => {
    const text = readFileSync(path, 'utf8')
    expect(brokenLine(text.replace('second', 'sekond'))).toBe(2)
    const [first, , third] = text.split('\n')
    expect(brokenLine(`${first}\n${third}\n`)).toBe(3)
  })
  it('a disk that cannot be written costs the line, not the decision', () => {
    const blocked = join(folder, 'file')
    writeFileSync(blocked, '')
    expect(() => openAudit(join(blocked, 'x.jsonl'))).toThrow()
  })
})
