import type { HybridDesign, HybridSite, HybridSiteFile } from '#contract/site/chilledHybrid.ts'
import { expandSite, plantIds } from '#contract/site/expand.ts'
import type { Equipment, Feed, Site, SiteFile } from '#contract/site/site.ts'

export const chillerId = (number: number): string => `chiller-${number}`
export const crahId = (number: number): string => `crah-${number}`

/** The graph of a hybrid site: that of its cold plates, with chillers between economiser and loop, and CRAHs beside the CDUs. */
export function expandHybrid(file: HybridSiteFile, design: HybridDesign): HybridSite {
  const coldPlates = expandSite(coldPlateFileOf(file), design)
  const { agent, via, server } = coldPlates.equipment.find(({ id }) => id === plantIds.tower)!
  const onPlant = { agent, via, ...(server === undefined ? {} : { server }) }
  const chillers = numbered(file.nameplate.chiller.units, number => ({
    id: chillerId(number),
    kind: 'chiller',
    name: `Chiller ${number}`,
    ...onPlant,
  }))
  const crahs = numbered(file.nameplate.air.crahs, number => ({
    id: crahId(number),
    kind: 'crah',
    name: `CRAH ${number}`,
    ...onPlant,
  }))
  const withChillers = coldPlates.equipment.flatMap(item =>
    item.id === plantIds.facility ? [...chillers, item] : [item],
  )
  const firstRope = withChillers.findIndex(({ kind }) => kind === 'leakSensor' || kind === 'room')
  const coolant = (from: string, to: string): Feed => ({ from, to, medium: 'coolant' })
  return {
    ...file,
    design,
    equipment: withChillers.toSpliced(firstRope, 0, ...crahs),
    feeds: [
      ...coldPlates.feeds.flatMap(feed =>
        feed.from === plantIds.exchanger
          ? chillers.flatMap(({ id }) => [coolant(feed.from, id), coolant(id, feed.to)])
          : [feed],
      ),
      ...crahs.flatMap(({ id }) => [coolant(plantIds.facility, id), coolant(id, plantIds.room)]),
    ],
  }
}

const numbered = (count: number, make: (number: number) => Equipment): Equipment[] =>
  Array.from({ length: count }, (_, index) => make(index + 1))

/**
 * The cold plates of a hybrid site with what stands around them, as a cold-plate site's file: rules and steps of that kind
 * see the liquid part of the IT power, chilled water as their facility water.
 */
export const coldPlateFileOf = (file: HybridSiteFile): SiteFile => {
  const { liquidShare, itPerCduKw } = file.nameplate
  const {
    chiller: _c,
    economiser: _e,
    air: _a,
    commissioned: _k,
    liquidShare: _l,
    ...nameplate
  } = file.nameplate
  const { nameplate: _n, bounds, cooling: _cooling, ...common } = file
  return {
    ...common,
    cooling: 'coldPlateTower',
    nameplate: { ...nameplate, itPerCduKw: itPerCduKw * liquidShare },
    bounds: {
      cduSupplyC: bounds.cduSupplyC,
      facilitySupplyC: bounds.chilledWaterC,
      towerLeavingC: bounds.towerLeavingC,
      towerFlowPercent: bounds.towerFlowPercent,
    },
  }
}

/** The same of an expanded site: equipment and feeds are the hybrid's own. */
export function coldPlateSiteOf(site: HybridSite): Site {
  const { design, equipment, feeds, ...file } = site
  return { ...coldPlateFileOf(file), design, equipment, feeds }
}
