import { type Asked, numberIn, own, refuse, shown, switchIn } from '#simulators/boptest/asked.ts'
import type { Input } from '#simulators/boptest/pointTable.ts'
import { fromSi } from '#simulators/boptest/siUnits.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'

/** Values by key, in the points' own units; what is not here is left to the plant. */
export type Overwrites = ReadonlyMap<string, number>

/**
 * What a body of `advance` asks for. Each call states all that it wants overwritten: an input that it does not activate is
 * the plant's own again. Values beyond the range are clipped and said so.
 */
export function overwritesOf(
  inputs: readonly Input[],
  asked: Asked,
): { overwrites: Overwrites; warnings: readonly string[] } {
  const allowed = new Set(inputs.flatMap(({ name }) => [`${name}_u`, `${name}_activate`]))
  const stranger = Object.keys(asked).find(key => !allowed.has(key))
  if (stranger !== undefined)
    refuse(
      `${shown(stranger)} is no input here: GET inputs lists the ${allowed.size} that are allowed, such as ${[...allowed][0] ?? 'none'}`,
    )
  const overwrites = new Map<string, number>()
  const warnings: string[] = []
  for (const input of inputs) {
    const value = askedValue(input, asked)
    const activate = own(asked, `${input.name}_activate`)
    const isActive = activate === undefined ? false : switchIn(activate)
    if (isActive === undefined)
      return refuse(`${input.name}_activate = ${shown(activate)}: allowed is 1 or 0, true or false`)
    if (!isActive) continue
    if (value === undefined)
      return refuse(
        `${input.name}_activate is 1 but ${input.name}_u is missing: allowed is ${rangeOf(input)}`,
      )
    const clipped = clip(input, value)
    if (clipped !== value)
      warnings.push(
        `warning: ${input.name}_u = ${value} is ${value < clipped ? 'below the minimum' : 'above the maximum'}, ${clipped} ${input.metadata.Unit} is used (${rangeOf(input)})`,
      )
    // Once more in the point's own unit: the way to kelvin and back costs the last digit.
    overwrites.set(
      input.key,
      Math.min(input.highest, Math.max(input.lowest, fromSi(clipped, input.spec.unit))),
    )
  }
  return { overwrites, warnings }
}

function askedValue(input: Input, asked: Asked): number | undefined {
  const given = own(asked, `${input.name}_u`)
  if (given === undefined) return undefined
  return numberIn(given) ?? refuse(`${input.name}_u = ${shown(given)}: allowed is ${rangeOf(input)}`)
}

const rangeOf = ({ metadata }: Input) =>
  `a number from ${metadata.Minimum} to ${metadata.Maximum} ${metadata.Unit}`

const clip = ({ metadata }: Input, value: number): number =>
  Math.min(metadata.Maximum ?? value, Math.max(metadata.Minimum ?? value, value))

/**
 * Hands the inputs over. A device with an input that was overwritten and no longer is goes back to all its commissioned
 * setpoints as it does when a controller falls silent, at its next step; so the caller advances one step and calls
 * `write` again for what stays overwritten there. Setpoints of a device without a watchdog are written back.
 */
export function giveBack(
  plant: SimulatedPlant,
  inputs: readonly Input[],
  hands: { readonly before: Overwrites; readonly after: Overwrites; readonly commissioned: Overwrites },
): boolean {
  const released = inputs.filter(({ key }) => hands.before.has(key) && !hands.after.has(key))
  for (const { key } of released) plant.write(key, hands.commissioned.get(key)!)
  const watchdogs = new Set(released.map(({ equipment }) => `${equipment}.watchdog`))
  for (const key of watchdogs)
    if (plant.keys.includes(key)) plant.write(key, plant.truthOf(key) === 1 ? 0 : 1)
  return released.length > 0
}

export function write(plant: SimulatedPlant, overwrites: Overwrites): void {
  for (const [key, value] of overwrites) {
    const answer = plant.write(key, value)
    if (!answer.taken) throw new Error(`the plant did not take ${key} = ${value}: ${answer.because}`)
  }
}
