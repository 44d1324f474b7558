import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root, sourceFiles, textOf } from '#tests/house/sourceFiles.ts'

const readme = textOf('README.md')

describe('documents', () => {
  test('each top folder has a README whose first line says what belongs there and what does not', () => {
    for (const folder of [
      'contract',
      'commands',
      'agent',
      'hub',
      'models',
      'simulators',
      'dashboards',
      'tests',
    ]) {
      const path = join(root, folder, 'README.md')
      expect(existsSync(path), path).toBe(true)
      const first =
        textOf(`${folder}/README.md`)
          .split('\n')
          .find(line => line.trim() !== '' && !line.startsWith('#')) ?? ''
      expect(first, folder).toMatch(/\bnot\b|\bnever\b|\bno\b/i)
      expect(first.length, folder).toBeGreaterThan(60)
    }
  })

  test('every place in the “Where is …” table exists, and what it names is in it', () => {
    const rows = [...readme.matchAll(/^\| (.+?)\s+\| `([^`]+)`(?: `([^`]+)`)?\s+\|$/gm)]
    expect(rows.length).toBeGreaterThan(15)
    for (const [, question, path, name] of rows) {
      expect(existsSync(join(root, path as string)), `${question}: ${path}`).toBe(true)
      if (name !== undefined)
        expect(textOf(path as string), `${question}: ${name} in ${path}`).toMatch(new RegExp(`\\b${name}\\b`))
    }
  })

  test('every npm script that the README names exists', () => {
    const scripts = (JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }).scripts
    const named = [...readme.matchAll(/npm run (?:-s )?([a-z]+)/g)].map(match => match[1] as string)
    expect(named.length).toBeGreaterThan(3)
    for (const name of named) expect(Object.keys(scripts)).toContain(name)
  })

  test('no document or source names a machine’s own paths', () => {
    const texts = [
      ...sourceFiles().filter(file => !file.startsWith('tests/house/')),
      ...readdirSync(root).filter(name => name.endsWith('.md')),
    ]
    for (const path of texts)
      expect(textOf(path), path).not.toMatch(new RegExp(`/(${['wo' + 'rk', 'fa' + 'rm'].join('|')})/`))
  })
})
