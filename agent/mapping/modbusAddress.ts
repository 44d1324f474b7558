/** Makers write the same register in three ways. The wire knows one: a table and a number from 0 to 65535. */

export const registerKinds = ['coil', 'discrete', 'input', 'holding'] as const
export type RegisterKind = (typeof registerKinds)[number]

/** `zeroBased` as on the wire; `oneBased` the first is 1; `modicon` 40001 or 400001 is the first holding register. */
export const addressings = ['zeroBased', 'oneBased', 'modicon'] as const
export type Addressing = (typeof addressings)[number]

export type ModbusAddress = { readonly register: RegisterKind; readonly start: number }

const kindOfDigit: Readonly<Record<string, RegisterKind>> = {
  '0': 'coil',
  '1': 'discrete',
  '3': 'input',
  '4': 'holding',
}
export const addressMax = 65_535

/** Where an entry lies on the wire, or the rest of a sentence that begins with the entry's place. */
export function modbusAddress(
  written: { readonly register?: RegisterKind; readonly address: number | string },
  addressing: Addressing | undefined,
): ModbusAddress | string {
  const { register, address } = written
  if (addressing === 'modicon') return modicon(address, register)
  if (register === undefined)
    return `: missing "register"; allowed: ${registerKinds.join(', ')}, or "addresses: modicon" at the top of the file`
  if (typeof address === 'string')
    return `.address = "${address}" is text; allowed: a number, or "addresses: modicon" at the top of the file`
  if (addressing === undefined && looksModicon(register, address))
    return `.address = ${address} of a ${register} register can be read in two ways; allowed: the same with "addresses: modicon" or "addresses: zeroBased" at the top of the file`
  const first = addressing === 'oneBased' ? 1 : 0
  if (address < first || address > addressMax + first)
    return `.address = ${address} is out of range; allowed: ${first} to ${addressMax + first}`
  return { register, start: address - first }
}

function modicon(address: number | string, register: RegisterKind | undefined): ModbusAddress | string {
  const digits = String(address)
  const shown = typeof address === 'string' ? `"${address}"` : address
  const kind = kindOfDigit[digits[0] ?? '']
  const place = Number(digits.slice(1))
  if (!/^\d{5,6}$/.test(digits) || kind === undefined)
    return `.address = ${shown} is no Modicon address; allowed: five or six digits that begin with 4 (holding), 3 (input), 1 (discrete) or 0 (coil, in quotes)`
  if (place < 1 || place > addressMax + 1)
    return `.address = ${shown} is out of range; allowed: ${digits[0]}${'0'.repeat(digits.length - 2)}1 to ${digits.length === 5 ? `${digits[0]}9999` : `${digits[0]}65536`}`
  if (register !== undefined && register !== kind)
    return `.register = "${register}" and .address = ${shown}, a ${kind} register, contradict each other; allowed: one of them`
  return { register: kind, start: place - 1 }
}

/** 40001 as a holding register: the 40,002nd of the wire, or the first one in Modicon's way of writing? */
const looksModicon = (register: RegisterKind, address: number): boolean =>
  address > 10_000 && kindOfDigit[String(address)[0] ?? ''] === register
