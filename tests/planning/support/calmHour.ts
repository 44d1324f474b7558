import type { PlanInputs } from '#models/planning/planHour.ts'
import type { Predictor } from '#models/plant/predict.ts'
import { startSettings } from '#tests/models/syntheticSite.ts'

/** An hour on the synthetic site: half load, mild air, everything free to move. */
export const calmHour = (of: Predictor, change: Partial<PlanInputs> = {}): PlanInputs => ({
  of,
  hourStartAt: 0,
  held: startSettings,
  forecast: { itKw: [180, 200, 160, 190], wetBulbC: 15 },
  peakItKw: [260, 260, 230, 250],
  dewPointC: 10,
  plantIsFree: true,
  cduIsFree: [true, true, true, true],
  resetApproachK: 4,
  modelSpreadKw: 0.5,
  seed: 1,
  candidates: 120,
  ...change,
})
