import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readPointMap } from '#agent/mapping/pointMap.ts'
import { sentenceOf } from '#contract/failure.ts'
import { testSite } from '#tests/support/siteOf.ts'

const folder = join(import.meta.dirname, '../golden/mapping')
const site = testSite({ cdus: 1, racksPerCdu: 1, traysPerRack: 1 })

type Crossing = {
  readonly address: string
  readonly device: number
  readonly point: number
  readonly series: string
}

/** Each folder: `map.yaml`, and either `values.yaml` (device value ↔ point value) or `refused.txt` (the sentence). */
describe('a foreign map', () => {
  test.each(readdirSync(folder))('%s', name => {
    const file = (part: string) => join(folder, name, part)
    const path = file('map.yaml')
    if (existsSync(file('refused.txt'))) {
      const refusal = () => {
        try {
          readPointMap(path, site)
          return 'accepted'
        } catch (error) {
          return sentenceOf(error).replace(path, 'map.yaml')
        }
      }
      expect(refusal()).toBe(readFileSync(file('refused.txt'), 'utf8').trim())
      return
    }
    const bindings = new Map(readPointMap(path, site).map(binding => [binding.address, binding]))
    for (const { address, device, point, series } of parse(
      readFileSync(file('values.yaml'), 'utf8'),
    ) as Crossing[]) {
      const binding = bindings.get(address)
      expect(`${binding?.equipment}.${binding?.point}`).toBe(series)
      expect(binding?.toPoint(device)).toBeCloseTo(point, 6)
      expect(binding?.toDevice(point)).toBeCloseTo(device, 6)
    }
  })
})
