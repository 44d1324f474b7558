/** What a device means by an exception code (Modbus Application Protocol V1.1b3, 7). */
const words: Readonly<Record<number, string>> = {
  1: 'the device does not know this function',
  2: 'the device has no such address',
  3: 'the device refuses this value or length',
  4: 'the device failed while doing it',
  5: 'the device has accepted it and is still busy with it',
  6: 'the device is busy',
  7: 'the device cannot do it',
  8: 'the device found an error in its memory',
  9: 'the device answers with code 9, which the standard does not name',
  10: 'the gateway has no path to the unit',
  11: 'the unit behind the gateway does not answer',
}

export const exceptionWords = (code: number): string =>
  `exception ${code}: ${words[code] ?? 'the device answers with a code of its own'}`

/** What is done about a refused read. */
export type Remedy = 'again' | 'split' | 'unitSilent' | 'refused'

/**
 * Busy: again, a little later. An address, a length or a failure may concern one register of many: the read is split.
 * A unit behind a gateway that is silent is no refused address. All else concerns the whole read.
 */
export function remedyFor(code: number): Remedy {
  if (code === 5 || code === 6) return 'again'
  if (code === 2 || code === 3 || code === 4) return 'split'
  return code === 10 || code === 11 ? 'unitSilent' : 'refused'
}
