import { Failure } from '#contract/failure.ts'

/** What a client sent: values of form fields are texts, of JSON anything. */
export type Asked = Readonly<Record<string, unknown>>

export const refuse = (sentence: string): never => {
  throw new Failure('CONFIG_INVALID', sentence)
}

/** A value as a person would see it, cut so that an answer stays short. */
export const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 60)

export const own = (asked: Asked, key: string): unknown =>
  Object.hasOwn(asked, key) ? (asked[key] ?? undefined) : undefined

/** A number, or a text that is one; BOPTEST takes both. */
export function numberIn(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string' || value.trim() === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

export function numberOf(
  asked: Asked,
  key: string,
  allowed: { lowest: number; highest: number; multipleOf?: number },
): number {
  const value = numberIn(own(asked, key))
  const { lowest, highest, multipleOf } = allowed
  if (
    value === undefined ||
    value < lowest ||
    value > highest ||
    (multipleOf !== undefined && value % multipleOf !== 0)
  )
    return refuse(
      `${key} = ${shown(own(asked, key))}: allowed is a number from ${lowest} to ${highest}${multipleOf === undefined ? '' : `, a multiple of ${multipleOf}`}`,
    )
  return value
}

/** 1 or 0, in any of the spellings that BOPTEST takes. */
export function switchIn(value: unknown): boolean | undefined {
  if (value === true || value === 'true' || value === 'True' || numberIn(value) === 1) return true
  if (value === false || value === 'false' || value === 'False' || numberIn(value) === 0) return false
  return undefined
}

/** Names of points: a list, or one text (a form cannot tell a list of one). */
export function namesOf(
  asked: Asked,
  key: string,
  isKnown: (name: string) => boolean,
  where: string,
): string[] {
  const given = own(asked, key)
  const list = typeof given === 'string' ? [given] : given
  if (!Array.isArray(list) || list.length === 0)
    return refuse(`${key} = ${shown(given)}: allowed is a list of at least one point name`)
  const unknown = list.filter(name => typeof name !== 'string' || !isKnown(name))
  if (unknown.length > 0)
    return refuse(`${key}: ${shown(unknown)} not known here; GET ${where} lists what is allowed`)
  return [...new Set(list as string[])]
}

export function oneOf<Name extends string>(
  asked: Asked,
  key: string,
  allowed: readonly Name[],
): Name | undefined {
  const value = own(asked, key)
  if (value === undefined) return undefined
  const found = allowed.find(name => name === value)
  return found ?? refuse(`${key} = ${shown(value)}: allowed is ${allowed.join(', ')}`)
}

export function onlyKeys(asked: Asked, allowed: readonly string[]): void {
  const stranger = Object.keys(asked).find(key => !allowed.includes(key))
  if (stranger !== undefined) refuse(`unknown key ${shown(stranger)}: allowed are ${allowed.join(', ')}`)
}
