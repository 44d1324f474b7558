import type { CoolingKind } from '#contract/control/levers/lever.ts'
import type { Millis } from '#contract/units.ts'
import type { Run } from '#simulators/backtest/run.ts'

/** `fixed` writes nothing: a plant stands as commissioned, and its devices' own loops and stages belong to that. */
export function driveFixed(run: Run, toAt: Millis): void {
  while (run.plant.siteNow() < toAt) run.minute()
}

/** `reset` looks at the sensors each minute and decides for itself when five are over. */
export function resetDriver(kind: CoolingKind, approachK: number) {
  const reset = kind.startReset(approachK)
  return (run: Run, toAt: Millis): void => {
    const { plant } = run
    while (plant.siteNow() < toAt) {
      const now = plant.siteNow()
      for (const [key, value] of reset.look({ read: plant.read, now })) run.write(key, value)
      run.minute()
    }
  }
}
