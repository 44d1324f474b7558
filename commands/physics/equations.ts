import { airEquations } from '#commands/physics/airEquations.ts'
import type { Equation } from '#commands/physics/equation.ts'
import { exchangerEquations } from '#commands/physics/exchangerEquations.ts'
import { machineEquations } from '#commands/physics/machineEquations.ts'
import { towerEquations } from '#commands/physics/towerEquations.ts'

/** Every function that `npm run physics` answers. */
export const equations: Readonly<Record<string, Equation>> = {
  ...airEquations,
  ...towerEquations,
  ...exchangerEquations,
  ...machineEquations,
}
