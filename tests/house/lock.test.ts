import { describe, expect, test } from 'vitest'
import { textOf } from '#tests/house/sourceFiles.ts'

type Entry = { readonly resolved?: string; readonly optionalDependencies?: Readonly<Record<string, string>> }
const packages = (JSON.parse(textOf('package-lock.json')) as { packages: Record<string, Entry> }).packages

describe('package-lock.json', () => {
  test('holds an entry for every platform’s optional package', () => {
    const wanted = Object.entries(packages).flatMap(([place, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).map(name => ({ place, name })),
    )
    expect(wanted.length).toBeGreaterThan(20)
    const missing = wanted.filter(
      ({ place, name }) => !packages[`${place}/node_modules/${name}`] && !packages[`node_modules/${name}`],
    )
    expect(missing, 'run `node commands/lock.mjs` after npm install').toEqual([])
  })

  test('names no registry', () => {
    expect(Object.values(packages).filter(entry => entry.resolved !== undefined)).toEqual([])
  })
})
