import { type Bounds, clamp } from '#contract/control/bounds.ts'

/**
 * What goes toward more cooling three times as fast as back is gone for hours when the weather turns: a reach, but that way
 * no further than an hour's ramp could bring the value back. Floors of the reach stand.
 */
export const returnable = <Reach extends Bounds>(
  reach: Reach,
  held: number,
  lever: { readonly economising: 'up' | 'down'; readonly rampPerHour: number },
): Reach =>
  lever.economising === 'up'
    ? { ...reach, lowest: clamp(held - lever.rampPerHour, reach) }
    : { ...reach, highest: clamp(held + lever.rampPerHour, reach) }
