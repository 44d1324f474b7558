import Type from 'typebox'
import Value from 'typebox/value'

/** What an integration publishes: `{"value": 1, "timestamp": …, "quality": 1}`. */
const RequestMessage = Type.Object({
  value: Type.Union([Type.Number(), Type.Null()]),
  timestamp: Type.Optional(Type.Number()),
  quality: Type.Optional(Type.Number()),
})

export type ParsedRequest =
  | { readonly value: number; readonly at: number | undefined }
  | { readonly ignoredBecause: string }

/** The number that an integration asks for, or why the message counts for nothing. */
export function parseRequest(payload: string, isRetained: boolean): ParsedRequest {
  if (isRetained) return { ignoredBecause: 'it was retained: an old request must not act again' }
  let message: unknown
  try {
    message = JSON.parse(payload)
  } catch (error) {
    return { ignoredBecause: `it is not JSON: ${(error as Error).message}` }
  }
  if (!Value.Check(RequestMessage, message))
    return { ignoredBecause: 'it is not {"value", "timestamp", "quality"}' }
  if (message.quality !== undefined && message.quality !== 1)
    return { ignoredBecause: `its quality is ${message.quality}` }
  if (message.value === null) return { ignoredBecause: 'it carries no value' }
  return { value: message.value, at: message.timestamp }
}
