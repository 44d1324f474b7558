import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { columnRoles, type PlantColumns } from '#tests/audit/syntheticPlant.ts'

/** A folder of its own for each test file, below the system's. */
export const folder = (): string => mkdtempSync(join(tmpdir(), 'audit-'))

export function put(place: string, name: string, text: string): string {
  const path = join(place, name)
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text)
  return path
}

/** The synthetic plant as the CSV of a site. */
export function csvOf(
  plant: { at: Float64Array; columns: PlantColumns },
  from = 0,
  to = plant.at.length,
): string {
  const names = columnRoles.map(([name]) => name)
  const rows = Array.from({ length: to - from }, (_, index) => {
    const row = from + index
    const time = new Date(plant.at[row]!).toISOString().slice(0, 16)
    return [time, ...names.map(name => plant.columns[name][row]!.toFixed(2))].join(',')
  })
  return `${['time', ...names].join(',')}\n${rows.join('\n')}\n`
}

export const syntheticMap = `title: A plant of equations
time: { column: time }
target: { column: power, unit: kW }
columns:
${columnRoles
  .filter(([, role]) => role !== 'totalPower')
  .map(([name, role]) => `  - { column: ${name}, is: ${role} }`)
  .join('\n')}
`

export const pack = '../shared/data/plant'
export const tropicalMap = `title: Tropical chiller plant
time: { column: Time }
target: { column: kW_Tot, unit: kW }
columns:
  - { column: RT, is: load, unit: RT }
  - { column: CH1, is: status }
  - { column: CH2, is: status }
  - { column: CH3, is: status }
  - { column: CH4, is: status }
  - { column: GPM, is: chilledWaterFlow, unit: gpm }
  - { column: CHWS, is: chilledWaterSupplyTemperature, unit: F }
  - { column: CHWR, is: chilledWaterReturnTemperature, unit: F }
  - { column: CDHI, is: condenserWaterLeavingTemperature, unit: F }
  - { column: CDLO, is: condenserWaterEnteringTemperature, unit: F }
  - { column: WBT, is: wetBulb, unit: F }
join:
  - time: { column: time }
    columns:
      - { column: wetbulb_C, is: wetBulb, unit: C }
      - { column: drybulb_C, is: dryBulb, unit: C }
      - { column: rh_pct, is: relativeHumidity, unit: '%' }
`
export const singaporeMap = `title: Chillers of a building
time: { column: local_time_gmt8, zone: '+08:00' }
target: { column: chiller_energy_kWh, unit: kWh per interval }
columns:
  - { column: load_RT, is: load, unit: RT }
  - { column: chw_flow_Lps, is: chilledWaterFlow, unit: L/s }
  - { column: cw_temp_C, is: condenserWaterEnteringTemperature, unit: C }
  - { column: oat_F, is: dryBulb, unit: F }
  - { column: rh_pct, is: relativeHumidity, unit: '%' }
  - { column: dewpoint_F, is: dewPoint, unit: F }
`
