import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isFailure } from '#contract/failure.ts'
import { decodePayload, encodePayload } from '#contract/sparkplug/payload.ts'

const folder = new URL('../golden/sparkplug/', import.meta.url)
const read = (name: string, file: string): string => readFileSync(new URL(`${name}/${file}`, folder), 'utf8')

/** JSON has neither bigint nor bytes nor undefined: written as `5n` and `bytes:0a`, left out. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, inner: unknown) => {
      if (typeof inner === 'bigint') return `${inner}n`
      return inner instanceof Uint8Array ? `bytes:${Buffer.from(inner).toString('hex')}` : inner
    }),
  )

function decodedOrFailure(bytes: Buffer): unknown {
  try {
    return plain(decodePayload(bytes))
  } catch (error) {
    if (isFailure(error)) return { failure: error.code }
    throw error
  }
}

test.each(readdirSync(folder))('a payload as another programme wrote it: %s', name => {
  const bytes = Buffer.from(read(name, 'payload.hex').trim(), 'hex')
  const expected = JSON.parse(read(name, 'expected.json')) as { failure?: string }
  expect(decodedOrFailure(bytes)).toEqual(expected)
  if (expected.failure !== undefined) return
  // What we write ourselves reads as the same again.
  expect(decodedOrFailure(encodePayload(decodePayload(bytes)))).toEqual(expected)
})
