import { readFileSync } from 'node:fs'
import Type, { type Static, type TSchema } from 'typebox'
import { checked } from '#contract/check.ts'
import { Failure, sentenceOf } from '#contract/failure.ts'
import { type AnySite, coolings, siteOf } from '#contract/site/anySite.ts'

const Port = Type.Integer({ minimum: 0, maximum: 65_535, default: 0, description: '0 takes a free port' })

/** What one simulator process is started with. */
export const SimulatorConfig = Type.Object(
  {
    site: Type.Optional(
      Type.Union([Type.String(), Type.Object({})], {
        description:
          'a resolved site, the path of its JSON file, a site by name, or the path of its YAML file',
      }),
    ),
    sitePath: Type.Optional(Type.String({ description: 'path of a resolved site in JSON' })),
    weather: Type.String({ default: 'builtin:chicago', description: 'path of an EPW file, or builtin:CITY' }),
    load: Type.String({
      default: 'builtin:ai',
      description: 'path of a CSV file, or builtin:annual, builtin:ai, builtin:inference',
    }),
    seed: Type.Integer({ default: 1, minimum: 0 }),
    clock: Type.Optional(Type.String({ description: 'path of the clock file; absent: real time' })),
    scenario: Type.Optional(Type.String({ description: 'path of a scenario: faults at their times' })),
    dataDir: Type.String({ description: 'folder for certificates' }),
    opcuaPorts: Type.Record(Type.String(), Port, { default: {}, description: 'port by OPC UA server id' }),
    fieldBrokerPort: Port,
    faultPort: Port,
    logLevel: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], { default: 'warn' }),
  },
  { additionalProperties: false },
)
export type SimulatorConfig = Static<typeof SimulatorConfig>

export function readSimulatorConfig(path: string): SimulatorConfig {
  const config = checked(SimulatorConfig, jsonAt(path), path)
  if ((config.site === undefined) === (config.sitePath === undefined))
    throw new Failure('CONFIG_INVALID', `${path}: one of "site" and "sitePath" is needed`)
  return config
}

/** A site that somebody else resolved and wrote down as JSON. */
export function readResolvedSite(path: string): AnySite {
  const json = jsonAt(path)
  const { cooling } = (json ?? {}) as { cooling?: unknown }
  const known = coolings.find(name => name === cooling)
  if (!known)
    throw new Failure(
      'CONFIG_INVALID',
      `${path}: cooling: ${JSON.stringify(cooling)} where one of ${coolings.join(', ')} is allowed`,
    )
  return checked(siteOf[known] as TSchema, json, path) as AnySite
}

function jsonAt(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `${path}: cannot be read as JSON: ${sentenceOf(cause)}`, { cause })
  }
}
