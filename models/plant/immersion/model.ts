import type { Millis } from '#contract/units.ts'
import type { Features } from '#models/plant/fitFactors.ts'
import type { ImmersionComponent } from '#models/plant/immersion/beliefs.ts'
import type { PadsSwitch } from '#models/plant/immersion/padsSwitch.ts'
import type { PumpStages } from '#models/plant/learned/pumpStages.ts'

/** A fitted plant as plain JSON: what was learned and the card that says from what. */
export type ImmersionModel = {
  readonly kind: 'coldloop-immersion-1'
  readonly site: string
  readonly seed: number
  readonly memberCount: number
  /** [component][tank, or 0 for the plant][member][feature] */
  readonly parameters: Readonly<Record<ImmersionComponent, ReadonlyArray<ReadonlyArray<readonly number[]>>>>
  /** Root mean square of the best fit's residuals (natural logarithm), by component and tank; null: nothing seen. */
  readonly residuals: Readonly<Record<ImmersionComponent, ReadonlyArray<number | null>>>
  /** One standard deviation that rows leave ÷ the one believed before, [component][tank][feature]. */
  readonly leftOfBelief: Readonly<Record<ImmersionComponent, ReadonlyArray<readonly number[]>>>
  readonly pads: PadsSwitch
  readonly pumpStages: PumpStages
  /** Minutes of design flow that stand in the facility loop's headers. */
  readonly headersMinutes: number
  readonly span: {
    readonly fromAt: Millis
    readonly toAt: Millis
    readonly rows: number
    readonly meansOfMs: number
  } | null
}

/** Learned ÷ nameplate for one component, tank (0 for the plant) and member. */
export function factorOf(
  model: Pick<ImmersionModel, 'parameters'>,
  name: ImmersionComponent,
  at: { readonly unit: number; readonly member: number },
  features: Features,
): number {
  const theta = model.parameters[name][at.unit]?.[at.member] as readonly number[]
  return Math.exp(
    (theta[0] as number) * features[0] +
      (theta[1] as number) * features[1] +
      (theta[2] as number) * features[2],
  )
}
