import type { Station } from '#agent/control/outputs.ts'
import type { Image } from '#agent/image/image.ts'
import { computedChipC } from '#contract/control/chip.ts'

/** What the rules want to know of one CDU; undefined is unknown, and unknown never economises. */
export type CduView = {
  readonly id: string
  readonly chipMarginK: number | undefined
  readonly chipIsComputed: boolean
  readonly valvePercent: number | undefined
  readonly flowFraction: number | undefined
  readonly facilitySupplyC: number | undefined
}

export function observeCdu(station: Station, image: Image, cdu: string): CduView {
  const measured = hottestChipC(station, image, cdu)
  const computed = measured === undefined ? computedC(station, image, cdu) : undefined
  const chipC = measured ?? computed
  return {
    id: cdu,
    chipMarginK: chipC === undefined ? undefined : station.graph.site.nameplate.chip.limitC - chipC,
    chipIsComputed: measured === undefined && computed !== undefined,
    valvePercent: image.isLive(cdu) ? image.good(cdu, 'valvePosition') : undefined,
    flowFraction: flowFraction(station, image, cdu),
    facilitySupplyC: image.good(cdu, 'primarySupplyTemperature'),
  }
}

/** Maximum over the trays that tell; a rack none of whose trays tells makes the whole unknown. */
function hottestChipC(station: Station, image: Image, cdu: string): number | undefined {
  let hottest: number | undefined
  for (const rack of station.graph.racksOf(cdu)) {
    let told = false
    for (const tray of station.graph.partsOf(rack)) {
      const chipC = image.good(tray.id, 'chipTemperature')
      if (chipC === undefined || !image.isLive(tray.id)) continue
      told = true
      hottest = Math.max(hottest ?? chipC, chipC)
    }
    // A rack that is off has nothing to tell and nothing to fear.
    if (!told && image.good(rack, 'electricalIsolationStatus') !== 1) return undefined
  }
  return hottest
}

function computedC(station: Station, image: Image, cdu: string): number | undefined {
  const supplyC = image.good(cdu, 'supplyTemperature')
  const heatKw = image.good(cdu, 'heat')
  const flowLpm = image.good(cdu, 'flow')
  if (supplyC === undefined || heatKw === undefined || flowLpm === undefined || !image.isLive(cdu))
    return undefined
  return computedChipC(station.graph.site, { supplyC, heatKw, flowLpm })
}

/** Only a running pump with all racks open says something about the flow floor. */
function flowFraction(station: Station, image: Image, cdu: string): number | undefined {
  const flowLpm = image.good(cdu, 'flow')
  const pumpSpeed = image.good(cdu, 'pumpSpeed')
  if (flowLpm === undefined || pumpSpeed === undefined || pumpSpeed < 5) return undefined
  const racks = station.graph.racksOf(cdu)
  if (racks.some(rack => image.good(rack, 'liquidIsolationStatus') === 1)) return undefined
  return flowLpm / station.graph.site.design.cduFlowLpm
}

/** Highest dew point of the white space that the agent sees; undefined: lost. */
export function highestDewPointC(station: Station, image: Image): number | undefined {
  let highest: number | undefined
  for (const room of station.graph.ofKind('room')) {
    const dewPointC = image.isLive(room.id) ? image.good(room.id, 'dewPoint') : undefined
    if (dewPointC === undefined) return undefined
    highest = Math.max(highest ?? dewPointC, dewPointC)
  }
  return highest
}

/** Load over nameplate: facility heat, or rack power where the facility cannot tell. */
export function heatFraction(station: Station, image: Image): number | undefined {
  const { nameplate, layout } = station.graph.site
  const facility = station.graph.ofKind('facilityLoop')[0]
  const heatKw = facility && image.good(facility.id, 'heat')
  return heatKw === undefined ? undefined : Math.max(0, heatKw / (nameplate.itPerCduKw * layout.cdus))
}

export type Permission =
  | { readonly granted: true }
  | { readonly granted: false; readonly check: string; readonly why: string }

/** The key at the device, the authority and the tag: writes only when all three say yes (unknown says no). */
export function permissionOf(image: Image, equipment: string): Permission {
  const no = (check: string, why: string): Permission => ({
    granted: false,
    check,
    why: `${equipment} ${why}`,
  })
  if (!image.isLive(equipment)) return no('authority.path', 'is not reached')
  if (image.good(equipment, 'maintenance') !== 0)
    return no('authority.maintenance', 'is in maintenance, or that is not known')
  if (image.good(equipment, 'remoteEnable') !== 1) return no('authority.remoteEnable', 'has its key on local')
  if (image.good(equipment, 'authority') !== 2) return no('authority.owner', 'is under another authority')
  return { granted: true }
}
