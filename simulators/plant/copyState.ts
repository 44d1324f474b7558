/** Plain data: numbers, strings, booleans, undefined, and objects and arrays of them. */
type Plain = { [key: string]: unknown }

/** Copies `source` into `target` in place, so that whoever holds a part of `target` goes on holding it. Both have one shape. */
export function copyStateInto(target: object, source: object): void {
  const to = target as Plain
  const from = source as Plain
  for (const key in from) {
    const value = from[key]
    if (typeof value !== 'object' || value === null) {
      if (to[key] !== value) to[key] = value
    } else if (Array.isArray(value) && value.length !== (to[key] as unknown[]).length) {
      // Lists that grow and shrink hold plain values only.
      ;(to[key] as unknown[]).splice(0, Number.POSITIVE_INFINITY, ...value)
    } else copyStateInto(to[key] as object, value)
  }
}

/** A copy that shares nothing with its source. */
export function copyOfState<T extends object>(source: T): T {
  const copy: Plain | unknown[] = Array.isArray(source) ? [] : {}
  for (const key in source) {
    const value = source[key] as unknown
    ;(copy as Plain)[key] = typeof value === 'object' && value !== null ? copyOfState(value) : value
  }
  return copy as T
}
