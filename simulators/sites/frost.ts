import { Failure } from '#contract/failure.ts'
import type { SiteFile } from '#contract/site/site.ts'
import { freezingPointC } from '#models/physics/coolants.ts'

/** Freezing point below the design minimum less this (YARDSTICKS 1). */
const freezingMarginK = 5

/**
 * Refuses a site on towers whose coolant would freeze in its climate. Its closed loops stay indoors, CDUs in the hall and the
 * facility loop up to the plate exchanger, so only those that the file says run outdoors are held against the coldest hour;
 * the tower's own water is kept from freezing by flow, closed cells and basin heaters (simulators/plant/towerStep.ts).
 */
export function checkFrost(coolant: SiteFile['coolant'], coldestC: number, where: string): void {
  const neededC = coldestC - freezingMarginK
  for (const pipes of coolant.outdoorPipes ?? []) {
    const freezesC = pipes === 'cdu' ? coolant.freezingPointC : freezingPointC[coolant.facility]
    const mixture = pipes === 'cdu' ? coolant.secondary : coolant.facility
    if (freezesC >= neededC)
      throw new Failure(
        'CONFIG_INVALID',
        `${where}: coolant.outdoorPipes: ${pipes} holds ${mixture}, which freezes at ${freezesC} °C, where the coldest hour of this climate (${coldestC.toFixed(1)} °C) allows only what freezes below ${neededC.toFixed(1)} °C`,
      )
  }
}
