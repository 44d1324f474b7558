import { readFileSync } from 'node:fs'
import Type, { type Static } from 'typebox'
import { parse } from 'yaml'
import { checked } from '#contract/check.ts'
import { Failure, sentenceOf } from '#contract/failure.ts'
import { foreignUnitNames, toCanonical } from '#contract/units.ts'
import { type SensorRole, sensorRoleNames, sensorRoles } from '#models/sanity/sensors.ts'

const Column = Type.String({
  minLength: 1,
  description: 'the header of the column, as it stands in the file',
})
const TimeColumn = Type.Object(
  {
    column: Column,
    format: Type.Optional(
      Type.String({
        description: 'of letters YYYY MM DD HH mm ss A; or "unix s" or "unix ms"; default ISO 8601',
      }),
    ),
    zone: Type.Optional(
      Type.String({
        pattern: '^(Z|[+-]\\d\\d:\\d\\d)$',
        description: 'offset from UTC of times that carry none: Z (default) or such as +08:00',
      }),
    ),
  },
  { additionalProperties: false },
)
const Mapped = Type.Object(
  {
    column: Column,
    is: Type.String({ enum: [...sensorRoleNames.filter(role => role !== 'totalPower')] }),
    unit: Type.Optional(Type.String({ description: 'default: the unit of the role' })),
  },
  { additionalProperties: false },
)
/** What the columns of a site's history are. */
export const SiteMap = Type.Object(
  {
    title: Type.Optional(Type.String({ minLength: 1 })),
    time: TimeColumn,
    intervalMinutes: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1_440,
        description: 'default: the usual step of the file',
      }),
    ),
    target: Type.Object(
      {
        column: Column,
        unit: Type.Optional(Type.String({ description: 'kW (default), or energy per interval' })),
      },
      { additionalProperties: false },
    ),
    columns: Type.Array(Mapped, { minItems: 1, maxItems: 500 }),
    join: Type.Optional(
      Type.Array(
        Type.Object(
          {
            time: TimeColumn,
            withinMinutes: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1_440, default: 15 })),
            columns: Type.Array(Mapped, { minItems: 1, maxItems: 100 }),
          },
          { additionalProperties: false },
        ),
        { maxItems: 20 },
      ),
    ),
  },
  { additionalProperties: false },
)
export type SiteMap = Static<typeof SiteMap>
export type TimeColumn = Static<typeof TimeColumn>
export type MappedColumn = { readonly column: string; readonly role: SensorRole; readonly unit: string }

/** Units beside the contract's that a history may carry: energy of one interval, and the drive's own. */
const perInterval: Readonly<Record<string, number>> = {
  'kWh per interval': 1,
  'Wh per interval': 0.001,
  'MWh per interval': 1000,
  'RTh per interval': 3.5168528421,
}
const aliases: Readonly<Record<string, string>> = {
  'm³/h': 'm3/h',
  'm³/s': 'm3/s',
  tons: 'RT',
  'l/s': 'L/s',
  'l/min': 'L/min',
  GPM: 'gpm',
}
const unitsOf = (role: SensorRole): readonly string[] => {
  const { unit } = sensorRoles[role].point
  const foreign = foreignUnitNames.filter(name => toCanonical(0, name)?.unit === unit && name !== 'K(abs)')
  const extra =
    unit === 'kW' ? Object.keys(perInterval) : role === 'speed' ? ['Hz'] : unit === 'C' ? ['K'] : []
  return [...foreign, ...extra]
}

const roleLines = sensorRoleNames
  .filter(role => role !== 'totalPower')
  .map(role => `  ${role.padEnd(34)}${sensorRoles[role].text}; ${unitsOf(role).slice(0, 8).join(', ')}`)
  .join('\n')

export const mapHelp = `The map:
  title: Plant in the tropics
  time: { column: Time, zone: '+08:00' }           # format: 'DD/MM/YYYY HH:mm' where it is not ISO 8601
  target: { column: kW_Tot, unit: kW }             # or 'kWh per interval'
  columns:
    - { column: RT, is: load, unit: RT }
    - { column: CHWS, is: chilledWaterSupplyTemperature, unit: F }
    - { column: CH1, is: status }
  join:                                            # columns of the files given with --join
    - time: { column: time }
      withinMinutes: 15
      columns: [{ column: wetbulb_C, is: wetBulb, unit: C }]

A role may be given to several columns: heat, flow and power add up, temperatures are averaged, of weather the first sound one
counts. Leave out what is computed from the target (kW per RT, per cent of load): it would explain the meter by itself.
Roles and units:
${roleLines}
`

/** The map of a site, checked; units are those of the roles. */
export function readSiteMap(path: string): SiteMap {
  const map = checked(SiteMap, yamlAt(path), path)
  for (const [where, column] of mappedWithPlaces(map)) {
    const role = column.is as SensorRole
    const allowed = unitsOf(role)
    if (column.unit !== undefined && !allowed.includes(aliases[column.unit] ?? column.unit))
      throw new Failure(
        'CONFIG_INVALID',
        `${path}: ${where}: unit "${column.unit}" of ${column.column} where ${role} allows ${allowed.join(', ')}`,
      )
  }
  const allowed = unitsOf('totalPower')
  if (map.target.unit !== undefined && !allowed.includes(aliases[map.target.unit] ?? map.target.unit))
    throw new Failure(
      'CONFIG_INVALID',
      `${path}: target: unit "${map.target.unit}" where ${allowed.join(', ')} are allowed`,
    )
  const names = [map.target.column, ...map.columns.map(({ column }) => column)]
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined)
    throw new Failure(
      'CONFIG_INVALID',
      `${path}: column "${twice}" is mapped twice; a column is one thing (the target's is no input)`,
    )
  return map
}

const mappedWithPlaces = (map: SiteMap) => [
  ...map.columns.map((column, at) => [`columns[${at}]`, column] as const),
  ...(map.join ?? []).flatMap((file, index) =>
    file.columns.map((column, at) => [`join[${index}].columns[${at}]`, column] as const),
  ),
]

/** Target first, then the mapped columns, each with its unit spelled out. */
export const plantColumns = (map: SiteMap): MappedColumn[] => [
  { column: map.target.column, role: 'totalPower', unit: map.target.unit ?? 'kW' },
  ...map.columns.map(mappedColumn),
]
export const mappedColumn = ({ column, is, unit }: Static<typeof Mapped>): MappedColumn => {
  const role = is as SensorRole
  return { column, role, unit: unit ?? sensorRoles[role].point.unit }
}

/** A value of a file in the unit of its role; energy of an interval as its mean power. */
export function converterOf(
  { role, unit: given }: MappedColumn,
  intervalMs: number,
): (value: number) => number {
  const unit = aliases[given] ?? given
  const kwh = perInterval[unit]
  if (kwh !== undefined) return value => (value * kwh * 3_600_000) / intervalMs
  if (unit === 'Hz') return value => value
  const known = unit === 'K' && sensorRoles[role].point.unit === 'C' ? 'K(abs)' : unit
  return value => toCanonical(value, known)!.value
}

function yamlAt(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new Failure(
      'CONFIG_INVALID',
      `${path}: cannot be read as YAML (${sentenceOf(cause).split('\n')[0]})`,
      { cause },
    )
  }
}
