import Type, { type Static } from 'typebox'
import { Bounds, Equipment, Feed, Layout, Nameplate, siteFields } from '#contract/site/site.ts'

/**
 * A hall of cold plates plus residual air: CDUs and CRAHs on one chilled-water loop, water-cooled chillers with an integrated
 * water-side economiser, towers (YARDSTICKS 1, chilled-hybrid). Public facts only.
 */
const HybridNameplate = Type.Object(
  {
    ...Nameplate.properties,
    liquidShare: Type.Number({
      default: 0.75,
      description: 'share of IT power that cold plates take; the rest goes into the air',
    }),
  },
  { additionalProperties: false },
)

export const HybridSiteFile = Type.Object(
  {
    ...siteFields,
    cooling: Type.Literal('chilledHybrid'),
    layout: Layout,
    nameplate: HybridNameplate,
    bounds: Type.Object({ cduSupplyC: Bounds }, { additionalProperties: false }),
  },
  { additionalProperties: false },
)
export type HybridSiteFile = Static<typeof HybridSiteFile>

export const HybridDesign = Type.Object(
  {
    wetBulbC: Type.Number({ description: '0.4 % wet bulb of the climate, at least 24 °C: sizes the tower' }),
  },
  { additionalProperties: false },
)
export type HybridDesign = Static<typeof HybridDesign>

export const HybridSite = Type.Object(
  {
    ...HybridSiteFile.properties,
    design: HybridDesign,
    equipment: Type.Array(Equipment),
    feeds: Type.Array(Feed),
  },
  { additionalProperties: false },
)
export type HybridSite = Static<typeof HybridSite>
