import type { Counted } from '#simulators/backtest/run.ts'

/** What one controller took over the judged days, on the plant's truth. */
export type ControllerFigures = {
  readonly itKwh: number
  readonly facilityKwh: number
  /** CDU and facility pumps, towers, dry coolers, chillers, room air. */
  readonly coolingKwh: number
  /** PDU, UPS and transformer. */
  readonly lossesKwh: number
  readonly waterL: number
  readonly pue: number
  /** The same from the site's meters, with their errors. */
  readonly meteredPue: number
  /** By part; they add up to the facility. */
  readonly parts: Readonly<Record<string, number>>
  readonly overLimitDegreeMinutes: number
  /** Whole clock hours of site time that ended in the judged days, times CDUs or tanks. */
  readonly cduHours: number
  /** Those of them in which the hottest true chip (or tank) stood above limit − 1.5 K at some step. */
  readonly cduHoursNearLimit: number
  /** Hottest chip or tank since the plant's start, settling included, °C. */
  readonly hottestC: number
  readonly setpointMoves: number
  readonly energyBalanceError: number
  readonly chillerStarts: number
}

export function figuresOf({ before, after, setpointMoves }: Counted): ControllerFigures {
  const energy = (name: 'itKwh' | 'facilityKwh' | 'coolingKwh' | 'lossesKwh') =>
    after.energy[name] - before.energy[name]
  const metered = (name: 'facility' | 'it') => after.meteredKwh[name] - before.meteredKwh[name]
  const parts = Object.entries(after.tally.partsKwh).map(([role, kwh]): [string, number] => [
    role,
    (kwh ?? 0) - (before.tally.partsKwh[role as keyof typeof before.tally.partsKwh] ?? 0),
  ])
  return {
    itKwh: rounded(energy('itKwh')),
    facilityKwh: rounded(energy('facilityKwh')),
    coolingKwh: rounded(energy('coolingKwh')),
    lossesKwh: rounded(energy('lossesKwh')),
    waterL: rounded(after.tally.waterL - before.tally.waterL),
    pue: rounded(energy('facilityKwh') / energy('itKwh'), 6),
    meteredPue: rounded(metered('facility') / metered('it'), 6),
    parts: Object.fromEntries(
      [...parts, ['losses', energy('lossesKwh')] as [string, number]].map(([role, kwh]) => [
        role,
        rounded(kwh),
      ]),
    ),
    overLimitDegreeMinutes: rounded(after.tally.overLimitDegreeMinutes - before.tally.overLimitDegreeMinutes),
    cduHours: after.tally.cduHours - before.tally.cduHours,
    cduHoursNearLimit: after.tally.cduHoursNearLimit - before.tally.cduHoursNearLimit,
    hottestC: rounded(after.tally.hottestC, 2),
    setpointMoves,
    energyBalanceError: after.energy.energyBalanceError,
    chillerStarts: after.tally.chillerStarts - before.tally.chillerStarts,
  }
}

/** 0.001 kWh of 10 GWh: far finer than anything that is judged by it. */
const rounded = (value: number, digits = 3): number => Number(value.toFixed(digits))
