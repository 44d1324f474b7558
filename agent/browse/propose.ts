import { type EquipmentKind, equipmentKinds, type PointSpec, pointsOf } from '#contract/points.ts'
import type { Equipment } from '#contract/site/site.ts'
import { foreignUnitNames, toCanonical } from '#contract/units.ts'

/** A variable as a server shows it. */
export type BrowsedVariable = {
  readonly address: string
  /** Browse names from the Objects folder down, the variable's own last. */
  readonly path: readonly string[]
  readonly value: string
  readonly isNumber: boolean
  /** Display name of its engineering unit; '' where it has none. */
  readonly unit: string
}

export type Proposal = {
  readonly variable: BrowsedVariable
  readonly equipment: string
  readonly point: string
  /** Our name of the variable's unit; absent: the same as the point's. */
  readonly unit?: string
  /** 0..1: share of words that agree, more where the unit agrees too. */
  readonly likeness: number
}

/** Below this a guess costs the integrator more than it saves. */
export const likenessLeast = 0.5

/** Short forms that makers use, and the word they stand for. '' : the word says nothing that tells points apart. */
const words: Readonly<Record<string, string>> = {
  temp: 'temperature',
  t: 'temperature',
  press: 'pressure',
  prs: 'pressure',
  dp: 'differential pressure',
  diff: 'differential',
  delta: 'differential',
  sp: 'sp',
  setpoint: 'sp',
  set: 'sp',
  stpt: 'sp',
  sup: 'supply',
  ret: 'return',
  rtn: 'return',
  prim: 'primary',
  pri: 'primary',
  fws: 'primary supply',
  fwr: 'primary return',
  tcs: '',
  sec: '',
  secondary: '',
  spd: 'speed',
  lvl: 'level',
  cond: 'conductivity',
  pwr: 'power',
  flw: 'flow',
  pos: 'position',
  vlv: 'valve',
  cmd: 'run',
  actual: '',
  value: '',
  pv: '',
  present: '',
  av: '',
  ai: '',
  liquid: '',
  water: '',
  coolant: '',
  facility: 'primary',
  inlet: 'supply',
  outlet: 'return',
}

/** What servers write for a unit, and our name for it. */
const unitSpellings: Readonly<Record<string, string>> = {
  'deg c': 'C',
  degc: 'C',
  celsius: 'C',
  'deg f': 'F',
  degf: 'F',
  'l/min': 'L/min',
  lpm: 'LPM',
  'l/s': 'L/s',
  'm³/h': 'm3/h',
  gpm: 'gpm',
  'us gpm': 'gpm',
  kpa: 'kPa',
  pa: 'Pa',
  bar: 'bar',
  psi: 'psi',
  kw: 'kW',
  w: 'W',
  mw: 'MW',
  kwh: 'kWh',
  wh: 'Wh',
  mwh: 'MWh',
  percent: '%',
  'µs/cm': 'µS/cm',
  'us/cm': 'µS/cm',
  l: 'L',
  s: 's',
}

/** Our name of a unit as a server spells it; undefined where it is none of ours. */
export function knownUnit(spelling: string): string | undefined {
  if (foreignUnitNames.includes(spelling)) return spelling
  return unitSpellings[spelling.trim().toLowerCase()]
}

/** One proposal at most for each variable and for each point: the likeliest first. */
export function proposeMap(
  variables: readonly BrowsedVariable[],
  equipment: readonly Equipment[],
): readonly Proposal[] {
  const guesses = variables
    .filter(variable => variable.isNumber)
    .flatMap(variable => guessesFor(variable, equipment))
  guesses.sort((a, b) => b.likeness - a.likeness)
  const taken = new Set<string>()
  return guesses.filter(({ variable, equipment: item, point }) => {
    const series = `${item}.${point}`
    if (taken.has(series) || taken.has(variable.address)) return false
    taken.add(series)
    taken.add(variable.address)
    return true
  })
}

function guessesFor(variable: BrowsedVariable, equipment: readonly Equipment[]): readonly Proposal[] {
  const owner = ownerOf(variable, equipment)
  if (!owner) return []
  const name = tokensOf(variable.path.at(-1)?.split('.').at(-1) ?? '')
  const unit = variable.unit === '' ? undefined : knownUnit(variable.unit)
  return pointsOf(owner.kind).flatMap(([point, spec]) => {
    const fit = unitFit(spec, variable.unit, unit)
    if (fit === 'wrong') return []
    const likeness = alike(name, tokensOf(point)) * (fit === 'right' ? 1 : 0.8)
    if (likeness < likenessLeast) return []
    const foreign = unit !== undefined && unit !== spec.unit ? { unit } : {}
    return [{ variable, equipment: owner.id, point, likeness, ...foreign }]
  })
}

/** The equipment whose id or name stands in the variable's path or address; else a guess of its kind by the folder's words. */
function ownerOf(
  variable: BrowsedVariable,
  equipment: readonly Equipment[],
): { readonly id: string; readonly kind: EquipmentKind } | undefined {
  const nodeName = variable.address.replace(/^.*;/, '').replace(/^[a-z]=/, '')
  const places = [...variable.path, nodeName].flatMap(name => [name, name.split('.')[0] ?? '']).map(plain)
  const known = equipment.find(item => places.includes(plain(item.id)) || places.includes(plain(item.name)))
  if (known || equipment.length > 0) return known
  const folder = variable.path.at(-2) ?? ''
  const kind = equipmentKinds.find(candidate => plain(folder).startsWith(candidate.toLowerCase()))
  return (
    kind && {
      id: folder
        .trim()
        .replace(/[^A-Za-z0-9]+/g, '-')
        .toLowerCase(),
      kind,
    }
  )
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

function unitFit(spec: PointSpec, spelling: string, unit: string | undefined): 'right' | 'unknown' | 'wrong' {
  if (spelling === '') return spec.unit === 'state' || spec.unit === 'bool' ? 'right' : 'unknown'
  if (unit === undefined) return 'unknown'
  return toCanonical(0, unit)?.unit === spec.unit ? 'right' : 'wrong'
}

function tokensOf(name: string): ReadonlySet<string> {
  const split = name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').split(/[^A-Za-z]+/)
  return new Set(
    split
      .flatMap(word => (words[word.toLowerCase()] ?? word.toLowerCase()).split(' '))
      .filter(word => word !== ''),
  )
}

/** Words in common over all words: {supply, temperature} against {supply, temperature, sp} is 2/3. */
function alike(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const common = [...one].filter(word => other.has(word)).length
  const all = new Set([...one, ...other]).size
  return all === 0 ? 0 : common / all
}
