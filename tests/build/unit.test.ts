import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { textOf } from '#tests/house/sourceFiles.ts'

const unit = textOf('deploy/coldloop-agent.service')
const folder = mkdtempSync(join(tmpdir(), 'coldloop-unit-'))
afterAll(() => rmSync(folder, { recursive: true }))
/** The unit with the Node that this machine has, or with other changes. */
const written = (change: (text: string) => string = text => text): string => {
  const path = join(folder, 'coldloop-agent.service')
  writeFileSync(path, change(unit.replace('=/usr/bin/node', `=${process.execPath}`)))
  return path
}
const analyze = (...args: string[]) => spawnSync('systemd-analyze', args, { encoding: 'utf8' })
const version = Number(/^systemd (\d+)/.exec(analyze('--version').stdout ?? '')?.[1] ?? 0)
const isFound = version >= 250
const without = isFound ? '' : ' (skipped: no systemd-analyze of systemd 250 or later)'

describe.skipIf(!isFound)(`the unit before systemd${without}`, () => {
  test('every line is understood', () => {
    const { status, stdout, stderr } = analyze('verify', written())
    expect(stdout + stderr).toBe('')
    expect(status).toBe(0)
  })
  test('a line that systemd does not know would be heard of', () => {
    const { stderr } = analyze(
      'verify',
      written(text => text.replace('NoNewPrivileges', 'NoNewPrivilege')),
    )
    expect(stderr).toMatch(/Unknown key.* 'NoNewPrivilege'/)
  })
  test('its exposure is at most 2.0 of 10, and the unguarded program’s is above 9', () => {
    const exposure = (path: string) =>
      Number(/exposure level for \S+: ([\d.]+)/.exec(analyze('security', '--offline=true', path).stdout)?.[1])
    expect(exposure(written())).toBeLessThanOrEqual(2)
    const bare = (text: string) =>
      text
        .split('\n')
        .filter(line => /^(\[|Type|ExecStart)/.test(line))
        .join('\n')
    expect(exposure(written(bare))).toBeGreaterThan(9)
  })
})

test('the container copies files that the build writes, with the Node of package.json', () => {
  const container = textOf('deploy/Containerfile.agent')
  const copied = /^COPY --chmod=0644 (.+) \/opt/m.exec(container)?.[1]?.split(' ')
  expect(copied).toEqual(['agent.mjs', 'agent.mjs.map', 'LICENSES.txt'])
  const { devDependencies } = JSON.parse(textOf('package.json')) as { devDependencies: { node: string } }
  expect(/^FROM docker\.io\/library\/node:([\d.]+)-/m.exec(container)?.[1]).toBe(devDependencies.node)
})
