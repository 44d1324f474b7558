import Type, { type Static, type TObject, type TSchema } from 'typebox'
import Value from 'typebox/value'
import { Failure } from '#contract/failure.ts'

export type Answer = Readonly<Record<string, number | boolean | null>>

/** One equation as the command offers it. */
export type Equation = {
  /** One sentence for --help. */
  readonly says: string
  readonly takes: TObject
  readonly answer: (given: unknown, fn: string) => Answer
}

/** An equation whose arguments are checked by their schema, so that an error names the argument. */
export const equation = <S extends TObject>(
  says: string,
  takes: S,
  answer: (given: Static<S>, fn: string) => Answer,
): Equation => ({
  says,
  takes,
  answer: (given, fn) => answer(checkedArguments(takes, given, fn), fn),
})

/** The arguments of one call; strangers beside them are refused, so that a misspelt option is not silently ignored. */
export const takes = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })

/** A record inside the arguments, as data sheets and the public records give it: it may hold more than is used. */
export const record = <P extends Record<string, TSchema>>(properties: P, description: string) =>
  Type.Object(properties, { description })

export const number = (description: string, range: Range = {}) => Type.Number({ ...range, description })

/** More than zero: flows, capacities, differences that something is divided by. */
export const positive = (description: string) =>
  Type.Number({ exclusiveMinimum: 0, maximum: 1e12, description })

export const fraction = (description: string) => Type.Number({ minimum: 0, maximum: 1, description })

export const temperature = (description: string) =>
  Type.Number({ minimum: -100, maximum: 200, description: `${description}, °C` })

export const numbers = (description: string, least: number) =>
  Type.Array(Type.Number(), { minItems: least, maxItems: 1000, description })

export const choice = <T extends string>(words: readonly T[], description: string) =>
  Type.Enum([...words], { description: `${description}: ${words.join(', ')}` })

export const pressurePa = Type.Number({
  minimum: 10_000,
  maximum: 200_000,
  description: 'air pressure, Pa',
})

type Range = { readonly minimum?: number; readonly maximum?: number }

/** Exactly one of the forms that a call can take. */
export function exactlyOne(given: object, fn: string, names: readonly string[]): void {
  const present = names.filter(name => Object.hasOwn(given, name))
  if (present.length === 1) return
  throw refused(
    `${fn}: ${present.length === 0 ? 'missing' : 'too many of'} ${names.join(' or ')}; exactly one is allowed`,
  )
}

/** Curves of a data sheet: equally many numbers, and the first of them rising. */
export function risingTogether(
  fn: string,
  where: string,
  curve: Readonly<Record<string, readonly number[]>>,
): void {
  const [[first, xs], ...others] = Object.entries(curve) as [[string, number[]], ...[string, number[]][]]
  for (const [name, ys] of others)
    if (ys.length !== xs.length)
      throw refused(
        `${fn}: ${where}.${name} holds ${ys.length} numbers and ${where}.${first} ${xs.length}; equally many are allowed`,
      )
  const at = xs.findIndex((x, i) => i > 0 && x <= xs[i - 1]!)
  if (at > 0)
    throw refused(
      `${fn}: ${where}.${first}[${at}] = ${xs[at]} does not rise above ${xs[at - 1]}; only rising numbers are allowed`,
    )
}

export const refused = (sentence: string): Failure => new Failure('CONFIG_INVALID', sentence)

function checkedArguments<S extends TObject>(schema: S, given: unknown, fn: string): Static<S> {
  if (Value.Check(schema, given)) return given as Static<S>
  const errors = [...Value.Errors(schema, given)]
  // A closed object reports its strangers twice; the report that names them is the useful one.
  const first = errors.find(error => error.keyword === 'additionalProperties') ?? errors[0]
  if (!first) throw refused(`${fn}: the arguments do not have the expected form`)
  const path = first.instancePath.split('/').slice(1)
  const params = first.params as { requiredProperties?: string[]; additionalProperties?: string[] }
  if (first.keyword === 'required') {
    const name = params.requiredProperties?.[0] ?? '?'
    throw refused(`${fn}: missing ${[...path, name].join('.')}${allowedAt(schema, [...path, name])}`)
  }
  if (first.keyword === 'additionalProperties')
    throw refused(
      `${fn}: unknown argument ${(params.additionalProperties ?? []).join(', ')}; allowed are ${Object.keys(schema.properties).join(', ')}`,
    )
  const value = JSON.stringify(
    path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], given),
  )
  const shown = value.length > 60 ? `${value.slice(0, 60)}…` : value
  throw refused(`${fn}: ${path.join('.')} = ${shown} ${first.message}${allowedAt(schema, path)}`)
}

/** "; allowed is air pressure, Pa, 10000 to 200000": what the schema says of an argument. */
function allowedAt(schema: TSchema, path: readonly string[]): string {
  let at: unknown = schema
  for (const key of path) {
    const { properties, items } = at as { properties?: Record<string, unknown>; items?: unknown }
    at = properties?.[key] ?? items
  }
  const text = at === undefined ? '' : describedSchema(at as TSchema)
  return text === '' ? '' : `; allowed is ${text}`
}

/** The schema of one argument in words, for errors and --help. */
export function describedSchema(schema: TSchema): string {
  const node = schema as {
    type?: string
    description?: string
    minimum?: number
    maximum?: number
    exclusiveMinimum?: number
  }
  const range =
    node.exclusiveMinimum !== undefined
      ? `above ${node.exclusiveMinimum}`
      : node.minimum !== undefined && node.maximum !== undefined
        ? `${node.minimum} to ${node.maximum}`
        : node.minimum !== undefined
          ? `from ${node.minimum}`
          : ''
  const what = node.type === 'number' ? 'a number' : node.type === 'array' ? 'numbers' : ''
  return [what, node.description ?? '', range].filter(part => part !== '').join(', ')
}
