import type {
  SavingFigure,
  SavingPart,
  SavingsView,
  SwitchbackBlockView,
  SwitchbackView,
} from '#contract/api.ts'

/** Why there is no result: nothing has run, or it is not over. */
export const silenceOf = ({ experiment }: SavingsView): 'none' | 'registered' | 'running' =>
  experiment?.state === 'registered' || experiment?.state === 'running' ? experiment.state : 'none'

/** What the page is about: which sentence stands first, and what a person does next. */
export function stageOf(view: SavingsView): 'none' | 'registered' | 'running' | 'verified' | 'noClaim' {
  if (!view.outcome) return silenceOf(view)
  return view.outcome.claim.level === 'verified' ? 'verified' : 'noClaim'
}

/** `registered` or `running`: nothing else can be started. */
export const isUnderWay = (experiment: SwitchbackView | null): boolean =>
  experiment?.state === 'registered' || experiment?.state === 'running'

export type BlockLook = 'past' | 'now' | 'coming' | 'dropped'

/** `dropped`: the switchback was stopped before its end. */
export function blockLook(
  block: SwitchbackBlockView,
  now: number,
  stoppedAt: number | null = null,
): BlockLook {
  if (stoppedAt !== null && block.toAt > stoppedAt) return 'dropped'
  if (now >= block.toAt) return 'past'
  return now >= block.fromAt ? 'now' : 'coming'
}

/** Blocks side by side as pairs, in order of time. */
export function pairsOf(
  blocks: readonly SwitchbackBlockView[],
): ReadonlyArray<readonly SwitchbackBlockView[]> {
  const pairs: SwitchbackBlockView[][] = []
  for (const block of blocks) (pairs[block.pair] ??= []).push(block)
  return pairs
}

/** A source in kWh or litres, then what its kWh were worth in money and carbon, where the site says so. */
export type SavingRow = {
  readonly part: SavingPart
  readonly as: 'itself' | 'cost' | 'carbon'
  readonly figure: SavingFigure
}

export const rowsOf = (parts: readonly SavingPart[]): readonly SavingRow[] =>
  parts.flatMap(part => [
    { part, as: 'itself', figure: part } as const,
    ...(part.cost ? [{ part, as: 'cost', figure: part.cost } as const] : []),
    ...(part.carbon ? [{ part, as: 'carbon', figure: part.carbon } as const] : []),
  ])

/** Decimals of a saving: its error has two significant digits, the value stands to the same place. */
export function decimalsOfFigure({ interval90: [low, high] }: SavingFigure): number {
  const half = (high - low) / 2
  return half > 0 ? Math.min(3, Math.max(0, 1 - Math.floor(Math.log10(half)))) : 1
}

/** One scale for all rows of a unit, with zero on it: what does not reach zero stands out. */
export function scaleOf(rows: readonly SavingRow[], unit: string): readonly [low: number, high: number] {
  const figures = rows.map(row => row.figure).filter(figure => figure.unit === unit)
  const ends = figures.flatMap(figure => [...figure.interval90, figure.saved])
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)]
  const margin = (high - low || 1) * 0.06
  return [low - margin, high + margin]
}
