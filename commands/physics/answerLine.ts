import { type Answer, describedSchema, type Equation } from '#commands/physics/equation.ts'
import { equations } from '#commands/physics/equations.ts'
import { isFailure } from '#contract/failure.ts'

/** A data sheet with curves is a few thousand characters; beyond this a line is not a question. */
export const lineCharactersMax = 1_000_000

/** The answer to one line, as JSON text; undefined for a blank one. Never throws on what a line holds. */
export function answerLine(line: string): string | undefined {
  if (line.trim() === '') return undefined
  return JSON.stringify(answered(line))
}

function answered(line: string): Answer | { error: string } {
  if (line.length > lineCharactersMax)
    return { error: `a line of ${line.length} characters; allowed are ${lineCharactersMax}` }
  let question: unknown
  try {
    question = JSON.parse(line)
  } catch (error) {
    return { error: `not JSON: ${(error as SyntaxError).message}; allowed is one JSON object per line` }
  }
  if (question === null || typeof question !== 'object' || Array.isArray(question))
    return { error: `${line.trim().slice(0, 40)} is not an object; allowed is {"fn": NAME, …arguments}` }
  const { fn, ...given } = question as Record<string, unknown>
  if (fn === undefined) return { error: 'missing fn, the name of the function; --help lists them' }
  if (typeof fn !== 'string' || !Object.hasOwn(equations, fn))
    return {
      error: `unknown function ${JSON.stringify(fn)}; allowed are ${Object.keys(equations).join(', ')}`,
    }
  try {
    return finite(fn, (equations[fn] as Equation).answer(given, fn))
  } catch (error) {
    if (isFailure(error)) return { error: error.message }
    throw error
  }
}

/** JSON has no NaN: a question outside of what the equation can answer is told so. */
function finite(fn: string, answer: Answer): Answer | { error: string } {
  const [name] =
    Object.entries(answer).find(([, value]) => typeof value === 'number' && !Number.isFinite(value)) ?? []
  if (name === undefined) return answer
  return {
    error: `${fn}: these arguments together give no finite ${name}; allowed are values inside the ranges that models/physics/README.md states`,
  }
}

/** Every function with its arguments, for --help. */
export const listed = (): string =>
  Object.entries(equations)
    .map(([fn, { says, takes }]) => {
      const names = Object.entries(takes.properties).map(([name, schema]) => {
        const optional = takes.required?.includes(name) ? '' : '?'
        return `      ${`${name}${optional}`.padEnd(26)}${describedSchema(schema)}${inner(schema)}`
      })
      return `  ${fn}: ${says}\n${names.join('\n')}`
    })
    .join('\n\n')

const inner = (schema: object): string => {
  const { properties } = schema as { properties?: Record<string, object> }
  return properties
    ? ` {${Object.entries(properties)
        .map(([name, of]) => `${name}${inner(of)}`)
        .join(', ')}}`
    : ''
}
