/** Every text of a value, keys too, at any depth. */
export function textsIn(value: unknown): readonly string[] {
  if (value === null || typeof value !== 'object') return [String(value)]
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)])
}

/** Where a secret stands, plainly or as an address or JSON writes it; empty: nowhere. */
export function leaksOf(value: unknown, secrets: readonly string[]): readonly string[] {
  const texts = textsIn(value)
  const forms = secrets.flatMap(secret => [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
  ])
  return texts.filter(text => forms.some(form => text.includes(form)))
}
