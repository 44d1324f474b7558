import type { ControllerFigures } from '#simulators/backtest/figures.ts'

/** Energy saved against a baseline (YARDSTICKS 4), as shares. */
export type Saving = {
  /** Of the baseline's cooling energy. */
  readonly cooling: number
  /** Of the baseline's facility energy: the headline. */
  readonly facility: number
  /** Facility energy saved over the baseline's cooling energy. */
  readonly net: number
  /** The facility saving by where it comes from, as shares of the baseline's facility energy; they add up to it. */
  readonly split: {
    readonly coolingMetered: number
    readonly lossesMetered: number
    readonly itLeakageModelled: number
    /** The same if silicon leaked 0.1 and 0.3 %/K: nobody can meter what was not drawn. */
    readonly itLeakageRange: readonly [atLeast: number, atMost: number]
  }
}

export type ControllerSavings = {
  readonly againstFixed?: Saving
  readonly againstReset?: Saving
  /** (reset − this) ÷ (reset − oracle) in facility energy; null where the oracle saves nothing. */
  readonly capturedOfOracle?: number | null
  readonly capturedOfOracleFromFixed?: number | null
  /** Of what perfect foresight holds where the agent's protections never step in. */
  readonly capturedOfOracleProtected?: number | null
}

export type AllFigures = Readonly<Record<string, ControllerFigures>>

/** Savings of every controller but `fixed`, as far as the baselines were run. */
export function savingsOf(figures: AllFigures, leakagePerK: number): Record<string, ControllerSavings> {
  const { fixed, reset, oracle, oracleProtected } = figures
  return Object.fromEntries(
    Object.entries(figures)
      .filter(([name]) => name !== 'fixed')
      .map(([name, own]): [string, ControllerSavings] => [
        name,
        {
          ...(fixed ? { againstFixed: savingOf(fixed, own, leakagePerK) } : {}),
          ...(reset && name !== 'reset' ? { againstReset: savingOf(reset, own, leakagePerK) } : {}),
          ...(name === 'plan' && reset && oracleProtected
            ? { capturedOfOracleProtected: captured(reset, own, oracleProtected) }
            : {}),
          ...(name !== 'plan' || !oracle
            ? {}
            : {
                ...(reset ? { capturedOfOracle: captured(reset, own, oracle) } : {}),
                ...(fixed ? { capturedOfOracleFromFixed: captured(fixed, own, oracle) } : {}),
              }),
        },
      ]),
  )
}

export function savingOf(baseline: ControllerFigures, own: ControllerFigures, leakagePerK: number): Saving {
  const saved = baseline.facilityKwh - own.facilityKwh
  const share = (kwh: number) => kwh / baseline.facilityKwh
  const it = share(baseline.itKwh - own.itKwh)
  const atLeakage = (perK: number) => (leakagePerK > 0 ? rounded((it * perK) / leakagePerK) : 0)
  const ends = [atLeakage(0.001), atLeakage(0.003)] as const
  return {
    cooling: rounded((baseline.coolingKwh - own.coolingKwh) / baseline.coolingKwh),
    facility: rounded(share(saved)),
    net: rounded(saved / baseline.coolingKwh),
    split: {
      coolingMetered: rounded(share(baseline.coolingKwh - own.coolingKwh)),
      lossesMetered: rounded(share(baseline.lossesKwh - own.lossesKwh)),
      itLeakageModelled: rounded(it),
      itLeakageRange: [Math.min(...ends), Math.max(...ends)],
    },
  }
}

function captured(
  baseline: ControllerFigures,
  own: ControllerFigures,
  oracle: ControllerFigures,
): number | null {
  const possible = baseline.facilityKwh - oracle.facilityKwh
  return possible > 0 ? rounded((baseline.facilityKwh - own.facilityKwh) / possible) : null
}

const rounded = (value: number): number => Number(value.toFixed(6))
