import { type WordKey, words } from './words.ts'

const locale = 'en'
const plurals = new Intl.PluralRules(locale)

/** Whole numbers from a thousand on are grouped, as everywhere on the screen. */
const grouped = new Intl.NumberFormat(locale)
const written = (value: string | number): string =>
  typeof value === 'number' && Number.isInteger(value) ? grouped.format(value) : String(value)

/**
 * A string by key with its values: `{name}` is put in, `{count, plural, one {# sensor} other {# sensors}}` chosen by the
 * language's own rule. No string is ever joined from pieces.
 */
export function t(key: WordKey, values: Readonly<Record<string, string | number>> = {}): string {
  return words[key]
    .replaceAll(
      /\{(\w+), plural, one \{([^}]*)\} other \{([^}]*)\}\}/g,
      (_, name: string, one: string, other: string) => {
        const count = Number(values[name])
        return (plurals.select(count) === 'one' ? one : other).replaceAll('#', written(count))
      },
    )
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => written(values[name] ?? `{${name}}`))
}
