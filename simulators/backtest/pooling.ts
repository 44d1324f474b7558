import type { ControllerFigures } from '#simulators/backtest/figures.ts'

/** One judged case: its row in the table, a name for people, and what its controllers took. */
export type PooledCase = {
  readonly row: string
  readonly name: string
  readonly controllers: Readonly<Partial<Record<'fixed' | 'reset' | 'plan' | 'oracle', ControllerFigures>>>
}

/** Shares; NaN where a controller is missing, or a figure that the version which ran the case did not count. Energies are pooled before dividing (YARDSTICKS 4). */
export type PooledRow = {
  readonly row: string
  readonly cases: number
  /** Σ (reset − plan) ÷ Σ (reset − oracle), facility energy. */
  readonly captured: number
  /** Of the facility energy of `reset`. */
  readonly facilitySaving: number
  /** Facility energy saved ÷ the cooling energy of `reset`. */
  readonly netSaving: number
  readonly oracleFacilitySaving: number
  readonly pue: Readonly<Record<'fixed' | 'reset' | 'plan' | 'oracle', number>>
  /** The case in which `plan` stands worst beside `reset`, facility energies divided. */
  readonly worst: { readonly name: string; readonly planOverReset: number }
  readonly overLimitDegreeMinutes: Readonly<Record<'fixed' | 'reset' | 'plan' | 'oracle', number>>
  /** Cases in which `plan` had more degree-minutes over the limit than `fixed`. */
  readonly hotterThanFixed: readonly string[]
  readonly nearLimit: Readonly<Record<'fixed' | 'reset' | 'plan' | 'oracle', NearLimit>>
}

/** CDU-hours above limit − 1.5 K, of how many, and their share. */
export type NearLimit = { readonly hours: number; readonly of: number; readonly share: number }

const names = ['fixed', 'reset', 'plan', 'oracle'] as const
type Name = (typeof names)[number]
type Pooled =
  | 'facilityKwh'
  | 'coolingKwh'
  | 'itKwh'
  | 'overLimitDegreeMinutes'
  | 'cduHours'
  | 'cduHoursNearLimit'

/** Rows in the order of their first case. */
export function pooledRows(cases: readonly PooledCase[]): PooledRow[] {
  const rows = new Map<string, PooledCase[]>()
  for (const one of cases) rows.set(one.row, [...(rows.get(one.row) ?? []), one])
  return [...rows].map(([row, own]) => pooledRow(row, own))
}

function pooledRow(row: string, cases: readonly PooledCase[]): PooledRow {
  const sum = (name: Name, what: Pooled) =>
    cases.reduce((total, { controllers }) => total + (controllers[name]?.[what] ?? Number.NaN), 0)
  const saved = sum('reset', 'facilityKwh') - sum('plan', 'facilityKwh')
  const possible = sum('reset', 'facilityKwh') - sum('oracle', 'facilityKwh')
  const ofEach = <T>(value: (name: Name) => T) =>
    Object.fromEntries(names.map(name => [name, value(name)])) as Record<Name, T>
  return {
    row,
    cases: cases.length,
    captured: rounded(saved / possible),
    facilitySaving: rounded(saved / sum('reset', 'facilityKwh')),
    netSaving: rounded(saved / sum('reset', 'coolingKwh')),
    oracleFacilitySaving: rounded(possible / sum('reset', 'facilityKwh')),
    pue: ofEach(name => rounded(sum(name, 'facilityKwh') / sum(name, 'itKwh'))),
    worst: worstOf(cases),
    overLimitDegreeMinutes: ofEach(name => rounded(sum(name, 'overLimitDegreeMinutes'))),
    hotterThanFixed: cases
      .filter(
        ({ controllers: { plan, fixed } }) =>
          plan && fixed && plan.overLimitDegreeMinutes > fixed.overLimitDegreeMinutes,
      )
      .map(({ name }) => name),
    nearLimit: ofEach(name => {
      const hours = sum(name, 'cduHoursNearLimit')
      const of = sum(name, 'cduHours')
      return { hours, of, share: rounded(hours / of) }
    }),
  }
}

function worstOf(cases: readonly PooledCase[]): PooledRow['worst'] {
  const ratios = cases.map(({ name, controllers: { plan, reset } }) => ({
    name,
    planOverReset: plan && reset ? rounded(plan.facilityKwh / reset.facilityKwh) : Number.NaN,
  }))
  return ratios.reduce((worst, one) => (one.planOverReset > worst.planOverReset ? one : worst))
}

const rounded = (value: number): number => Number(value.toFixed(6))
