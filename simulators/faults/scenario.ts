import { readFileSync } from 'node:fs'
import Type, { type Static } from 'typebox'
import { parse } from 'yaml'
import { checked } from '#contract/check.ts'
import { Failure, sentenceOf } from '#contract/failure.ts'
import { day, hour, type Millis, minute, second } from '#contract/units.ts'
import { Fault, wrongOf } from '#simulators/faults/fault.ts'

const { kind, place, point, size } = Fault.properties
const Moment = Type.String({
  description: 'ISO 8601 instant with its zone, or an offset from the start such as +90m or +1h30m',
})

/** A scenario: what breaks where, when, and until when. */
export const Scenario = Type.Object(
  {
    title: Type.String({ minLength: 1 }),
    faults: Type.Array(
      Type.Object(
        {
          id: Type.Optional(
            Type.String({ ...Fault.properties.id, description: 'default: kind and place of the entry' }),
          ),
          kind,
          place,
          point,
          size,
          at: Type.Optional(Moment),
          until: Type.Optional(Moment),
        },
        { additionalProperties: false },
      ),
      { maxItems: 1_000 },
    ),
  },
  { additionalProperties: false },
)
type Entry = Static<typeof Scenario>['faults'][number]

/** The faults of a scenario's file, its offsets counted from `startAt`. Places are checked by the plant that is given them. */
export function readScenario(path: string, startAt: Millis): Fault[] {
  const { faults } = checked(Scenario, yamlAt(path), path)
  const ids = new Set<string>()
  return faults.map((entry, index) => {
    const fault = faultOf(entry, { path, index, startAt })
    const where = `${path}: faults[${index}] (${fault.id})`
    if (ids.has(fault.id))
      throw new Failure('CONFIG_INVALID', `${where}: this id appears twice; give one of them its own "id"`)
    ids.add(fault.id)
    const wrong = wrongOf(fault)
    if (wrong !== undefined) throw new Failure('CONFIG_INVALID', `${where}: ${fault.kind} ${wrong}`)
    return fault
  })
}

function faultOf(entry: Entry, file: { path: string; index: number; startAt: Millis }): Fault {
  const { at, until, id, ...what } = entry
  const moment = (key: 'at' | 'until', text: string): Millis => {
    const instant = instantOf(text, file.startAt)
    if (instant === undefined)
      throw new Failure(
        'CONFIG_INVALID',
        `${file.path}: faults[${file.index}]: ${key}: "${text}" where an ISO 8601 instant with its zone or an offset from the start such as +90m or +1h30m is allowed`,
      )
    return instant
  }
  return {
    ...what,
    id: id ?? [entry.kind, entry.place, entry.point].filter(part => part !== undefined).join('-'),
    startAt: at === undefined ? file.startAt : moment('at', at),
    ...(until === undefined ? {} : { endAt: moment('until', until) }),
  }
}

const offsetUnits = { d: day, h: hour, m: minute, s: second } as const

/** +90m, +1h30m or 2025-07-01T12:00Z; undefined where it is neither. A local time without zone would depend on the machine. */
function instantOf(text: string, startAt: Millis): Millis | undefined {
  const offset = /^\+(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text)
  if (offset && text.length > 1)
    return Object.values(offsetUnits).reduce(
      (at, unit, index) => at + unit * Number(offset[index + 1] ?? 0),
      startAt,
    )
  if (!/^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined
  const instant = Date.parse(text)
  return Number.isFinite(instant) ? instant : undefined
}

function yamlAt(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `${path}: the scenario cannot be read`, { cause })
  }
  try {
    return parse(text)
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `${path}: not YAML: ${sentenceOf(cause).split('\n')[0]}`, { cause })
  }
}

/** Places every fault of a scenario on a plant; what the plant refuses is said with the file's name. */
export function placeScenario(
  plant: { inject(fault: Fault): void },
  scenario: { path: string; startAt: Millis },
): void {
  for (const [index, fault] of readScenario(scenario.path, scenario.startAt).entries())
    try {
      plant.inject(fault)
    } catch (cause) {
      throw new Failure('CONFIG_INVALID', `${scenario.path}: faults[${index}]: ${sentenceOf(cause)}`, {
        cause,
      })
    }
}
