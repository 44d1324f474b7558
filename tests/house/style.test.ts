import { describe, expect, test } from 'vitest'
import { sourceFiles, textOf } from '#tests/house/sourceFiles.ts'

const product = sourceFiles().filter(file => !file.startsWith('tests/'))

describe('house style', () => {
  test('the machine clock, chance and the environment have one home each', () => {
    const homes = /^(contract\/clock\.ts|dashboards\/console\/|commands\/)/
    const found = product.filter(
      file => !homes.test(file) && /\bDate\.now\(|\bMath\.random\(/.test(textOf(file)),
    )
    expect(found).toEqual([])
  })

  test('nothing is swallowed', () => {
    expect(
      product.filter(file =>
        /catch\s*(\([^)]*\))?\s*\{\s*\}|\.catch\(\(\)\s*=>\s*(\{\s*\}|undefined|null)\)/.test(textOf(file)),
      ),
    ).toEqual([])
  })

  test('no test is skipped or focused by hand', () => {
    const marks = new RegExp(
      `\\b(it|test|describe)\\.(${['sk' + 'ip', 'on' + 'ly', 'to' + 'do'].join('|')})\\(`,
    )
    expect(sourceFiles('tests').filter(file => marks.test(textOf(file)))).toEqual([])
  })

  test('no file grows beyond what one can hold in one’s head', () => {
    const tables =
      /^(contract\/(points|site\/site)\.ts|contract\/sparkplug\/|dashboards\/console\/(text|words)\.ts)/
    const long = product
      .filter(file => !tables.test(file))
      .map(file => ({ file, lines: textOf(file).split('\n').length }))
      .filter(({ lines }) => lines > 530)
    expect(long).toEqual([])
  })
})
