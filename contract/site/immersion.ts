import Type, { type Static } from 'typebox'
import { Bounds, Equipment, Feed, Nameplate, siteFields } from '#contract/site/site.ts'

/** A hall of immersion tanks on dry coolers with adiabatic pads (YARDSTICKS 1, immersion). Public facts only. */
const ImmersionNameplate = Type.Object(
  {
    itPerTankKw: Type.Number({ exclusiveMinimum: 0, description: 'IT nameplate of one tank, kW' }),
    electrical: Nameplate.properties.electrical,
  },
  { additionalProperties: false },
)

export const ImmersionSiteFile = Type.Object(
  {
    ...siteFields,
    cooling: Type.Literal('immersionDryCooler'),
    layout: Type.Object(
      {
        tanks: Type.Integer({ minimum: 1, maximum: 200 }),
        floorRopes: Type.Integer({ minimum: 0, maximum: 50, default: 1 }),
      },
      { additionalProperties: false },
    ),
    nameplate: ImmersionNameplate,
    bounds: Type.Object({ tankSupplyC: Bounds, facilitySupplyC: Bounds }, { additionalProperties: false }),
  },
  { additionalProperties: false },
)
export type ImmersionSiteFile = Static<typeof ImmersionSiteFile>

export const ImmersionDesign = Type.Object(
  { dryBulbC: Type.Number({ description: '0.4 % dry bulb of the climate: sizes the coolers' }) },
  { additionalProperties: false },
)
export type ImmersionDesign = Static<typeof ImmersionDesign>

export const ImmersionSite = Type.Object(
  {
    ...ImmersionSiteFile.properties,
    design: ImmersionDesign,
    equipment: Type.Array(Equipment),
    feeds: Type.Array(Feed),
  },
  { additionalProperties: false },
)
export type ImmersionSite = Static<typeof ImmersionSite>
