import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { openAuditRows, verifyAuditRows } from '#hub/state/auditRows.ts'
import { openState } from '#hub/state/state.ts'

const folder = mkdtempSync(join(tmpdir(), 'coldloop-audit-rows-'))
afterAll(() => rmSync(folder, { recursive: true }))

let count = 0
const act = (result: string) => ({ at: 5, who: 'Ada', what: 'hand back', target: 'cdu-1', result })
function hubOf(acts: number) {
  count += 1
  const path = join(folder, `hub-${count}.sqlite`)
  const state = openState(path)
  for (let nth = 1; nth <= acts; nth++) state.audit(act(`act ${nth}`))
  state.close()
  return path
}
const touch = (path: string, sql: string) => {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}
const places = (path: string) =>
  verifyAuditRows(path).findings.map(({ place, sentence }) => `${place} ${sentence}`)

describe('the hub’s record of who did what', () => {
  it('is one chain over restarts, whatever people write', () => {
    const path = hubOf(3)
    const state = openState(path)
    state.audit(act('half a character \ud800 and \0'))
    expect(verifyAuditRows(path), 'while the hub writes').toMatchObject({ records: 4, findings: [] })
    expect(state.auditTail(2).map(({ result }) => result)).toEqual([
      'half a character \uFFFD and \uFFFD',
      'act 3',
    ])
    state.close()
  })

  it.each([
    [
      'changed',
      "UPDATE audit SET result = 'act 7' WHERE position = 2",
      ['row 2 is not what was written there'],
    ],
    ['deleted', 'DELETE FROM audit WHERE position = 2', ['row 3 record 2 is missing before record 3']],
    [
      'the first deleted',
      'DELETE FROM audit WHERE position = 1',
      ['row 2 the beginning is missing: rows 1 to 1'],
    ],
    [
      'two changed places',
      'UPDATE audit SET position = -3 WHERE position = 3; UPDATE audit SET position = 3 WHERE position = 2; UPDATE audit SET position = 2 WHERE position = -3',
      ['row 2 is not', 'row 3 is not', 'row 4 record 4 does not follow'],
    ],
  ])('a row %s is named', (_, sql, expected) => {
    const path = hubOf(4)
    touch(path, sql)
    const found = places(path)
    for (const text of expected) expect(found.join('\n')).toContain(text)
  })

  it('has a limit: the oldest rows go, and a row says where they ended', () => {
    const path = hubOf(30)
    const database = new DatabaseSync(path)
    openAuditRows(database, 10).append(act('after'))
    database.close()
    const verdict = verifyAuditRows(path)
    expect(verdict).toMatchObject({ records: 12, findings: [] })
    expect(verdict.notes).toEqual([expect.stringContaining('removed at the limit')])
    touch(path, 'DELETE FROM audit WHERE position = 21')
    expect(places(path)).toEqual([expect.stringContaining('the beginning is missing')])
  })

  it('rows of a former version are chained when the hub is opened', () => {
    const path = join(folder, 'former.sqlite')
    touch(
      path,
      `CREATE TABLE audit (position INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, target TEXT NOT NULL, result TEXT NOT NULL) STRICT;
       INSERT INTO audit (at, who, what, target, result) VALUES (1, 'Ada', 'a', 'b', 'c'), (2, 'Ada', 'd', 'e', 'f')`,
    )
    const state = openState(path)
    state.audit(act('new'))
    state.close()
    expect(verifyAuditRows(path)).toMatchObject({ records: 3, findings: [] })
    touch(path, "UPDATE audit SET who = 'Bob' WHERE position = 1")
    expect(places(path)).toEqual(['row 1 is not what was written there'])
  })

  it('the command ends with 0, 1 or 2', () => {
    const run = (path: string) =>
      spawnSync(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', 'hub/main.ts', '--verify-audit', path],
        {
          encoding: 'utf8',
        },
      )
    const path = hubOf(2)
    expect(run(path)).toMatchObject({ status: 0, stdout: expect.stringContaining('fine: 2 records') })
    touch(path, "UPDATE audit SET who = 'Bob' WHERE position = 2")
    expect(run(path)).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^row 2: .*\n.*TAMPERED: 1 place/),
    })
    expect(run(join(folder, 'nowhere'))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('nowhere'),
    })
  }, 30_000)
})
