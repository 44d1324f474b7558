import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { browse } from '#agent/browse/browse.ts'
import { knownUnit, proposeMap } from '#agent/browse/propose.ts'
import { mappedBindings } from '#agent/mapping/pointMap.ts'
import { startOpcuaDevice } from '#tests/sources/support/opcuaDevice.ts'
import { testSite } from '#tests/support/siteOf.ts'

const site = testSite({ cdus: 1, racksPerCdu: 1, traysPerRack: 1 })

test('a maker’s names and units are proposed as our points', () => {
  const variable = (name: string, unit: string) => ({
    address: `ns=2;s=${name}`,
    path: ['CDU-1', name],
    value: '1',
    isNumber: true,
    unit,
  })
  const proposals = proposeMap(
    [
      variable('Sup_Temp', 'deg F'),
      variable('SupTempSp', '°C'),
      variable('FlowActual', 'gpm'),
      variable('PumpSpd', '%'),
      variable('SerialNo', ''),
    ],
    site.equipment,
  )
  expect(
    Object.fromEntries(
      proposals.map(({ variable: { path }, equipment, point, unit }) => [path[1], [equipment, point, unit]]),
    ),
  ).toEqual({
    Sup_Temp: ['cdu-1', 'supplyTemperature', 'F'],
    SupTempSp: ['cdu-1', 'supplyTemperatureSp', '°C'],
    FlowActual: ['cdu-1', 'flow', 'gpm'],
    PumpSpd: ['cdu-1', 'pumpSpeed', undefined],
  })
  expect([knownUnit('deg C'), knownUnit('furlong')]).toEqual(['C', undefined])
})

test('a server’s variables are listed with units and values, as a map that can be used', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coldloop-browse-test-'))
  const device = await startOpcuaDevice({
    folder,
    variables: {
      'cdu-1.supplyTemperature': { value: 32.4, unit: '°C' },
      'cdu-1.flow': { value: 410, unit: 'L/min' },
      'cdu-1.leak': { value: 0, type: 'Int32' },
      'cdu-1.vendorCode': { value: 17, type: 'Int32' },
    },
  })
  try {
    const text = await browse(device.endpoint, {
      equipment: site.equipment,
      wallNow: Date.now(),
    })
    expect(text).toContain('Device/cdu-1.supplyTemperature = 32.4 °C; likeness 100 %')
    expect(text).toMatch(
      /# Not proposed:\n(#.*\n)*# ns=1;s=cdu-1\.vendorCode {2}Device\/cdu-1\.vendorCode = 17/,
    )
    const series = mappedBindings(parse(text), site, 'proposal').map(
      binding => `${binding.equipment}.${binding.point}`,
    )
    expect(series.toSorted()).toEqual(['cdu-1.flow', 'cdu-1.leak', 'cdu-1.supplyTemperature'])
  } finally {
    await device.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})
