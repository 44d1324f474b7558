import { hiddenMark } from '#agent/diagnose/shownConfig.ts'

/** Shorter ones are words of any sentence: they are hidden only where they stand in quotes. */
const wordLength = 4

/**
 * A value without the secrets that are known, wherever in a text or a key they stand, plainly or as JSON or an address
 * writes them; and without the login of any address and any private key, known or not.
 */
export function scrub(value: unknown, secrets: readonly string[]): unknown {
  const needles = [...new Set(secrets.flatMap(formsOf))].sort((one, other) => other.length - one.length)
  const clean = (text: string): string => {
    let left = text
      .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/"'<>]*@/gi, `$1${hiddenMark}@`)
      .replace(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, hiddenMark)
    for (const needle of needles) left = left.replaceAll(needle, hiddenMark)
    return left
  }
  const walk = (part: unknown): unknown => {
    if (typeof part === 'string') return clean(part)
    if (Array.isArray(part)) return part.map(walk)
    if (part === null || typeof part !== 'object') return part
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [clean(key), walk(inner)]))
  }
  return walk(value)
}

function formsOf(secret: string): readonly string[] {
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    decoded(secret),
  ]
  if (secret.length >= wordLength) return forms
  return secret === '' ? [] : forms.flatMap(form => [`"${form}"`, `'${form}'`])
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A percent sign that begins no escape: the text stands for itself.
    return text
  }
}
