import type { Static, TSchema } from 'typebox'
import Value from 'typebox/value'
import { Failure, type FailureCode } from '#contract/failure.ts'

/**
 * A value that fits the schema, defaults filled in, or a CONFIG_INVALID failure in one sentence: file, path, value, what
 * is allowed. Nothing is repaired.
 */
export function checked<S extends TSchema>(
  schema: S,
  value: unknown,
  where: string,
  code: FailureCode = 'CONFIG_INVALID',
): Static<S> {
  const filled = Value.Default(schema, structuredClone(value))
  if (Value.Check(schema, filled)) return filled as Static<S>
  const errors = [...Value.Errors(schema, filled)]
  // A closed object reports its strangers twice; the report that names them is the useful one.
  const first = errors.find(error => error.keyword === 'additionalProperties') ?? errors[0]
  throw new Failure(code, `${where}: ${describe(first, filled)}`)
}

type SchemaError = {
  readonly keyword: string
  readonly instancePath: string
  readonly message: string
  readonly params: object
}

function describe(error: SchemaError | undefined, value: unknown): string {
  if (!error) return 'does not have the expected form'
  const path = error.instancePath.replaceAll('/', '.').replace(/^\./, '') || 'the whole'
  if (error.keyword === 'additionalProperties') {
    const strangers = (error.params as { additionalProperties?: string[] }).additionalProperties ?? []
    return `${path === 'the whole' ? '' : `${path}: `}unknown key ${strangers.map(name => `"${name}"`).join(', ')}`
  }
  if (error.keyword === 'required') {
    const missing = (error.params as { requiredProperties?: string[] }).requiredProperties ?? []
    return `${path === 'the whole' ? '' : `${path}: `}missing ${missing.map(name => `"${name}"`).join(', ')}`
  }
  // What holds between fields is told in its own words; the whole that it is about would bury them.
  if (error.keyword === '~refine') return `${path}: ${error.message}`
  return `${path} = ${shown(valueAt(value, error.instancePath))} ${error.message}`
}

/** A whole number beyond 2^53 comes off the wire as a bigint, which JSON does not know. */
const shown = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner))

function valueAt(value: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (inner, key) =>
        inner !== null && typeof inner === 'object' ? (inner as Record<string, unknown>)[key] : undefined,
      value,
    )
}
