import Type, { type Static } from 'typebox'
import { Bounds, Equipment, Feed, Nameplate, siteFields } from '#contract/site/site.ts'

/**
 * A hall of immersion tanks on dry coolers with adiabatic pads (YARDSTICKS 1, immersion). Public facts only. In `siteFields`,
 * `cdus` counts tanks, and both coolants name the facility loop's mixture: what the tanks hold is `nameplate.tank.dielectric`.
 */
const strict = { additionalProperties: false } as const

/** Where the page has no figure of its own for tanks, the one for CDUs is the default. */
const Tank = Type.Object(
  {
    approachK: Type.Number({
      default: 5,
      description: 'tank supply over facility supply, at nameplate and as commissioned',
    }),
    rangeK: Type.Number({
      default: 10,
      description: 'warming of the dielectric at nameplate and design flow',
    }),
    heatTransferExponent: Type.Number({ default: 0.8 }),
    dpKpa: Type.Number({ default: 100, description: 'pressure across the tank at design flow' }),
    dpExponent: Type.Number({ default: 1.75 }),
    internalDpKpa: Type.Number({ default: 45, description: 'exchanger and filter at design flow' }),
    internalDpExponent: Type.Number({ default: 1.8 }),
    staticKpa: Type.Number({ default: 5 }),
    wireToWater: Type.Number({ default: 0.65 }),
    minimumFlowFraction: Type.Number({ default: 0.5 }),
    valveFlowFraction: Type.Number({ default: 1.35 }),
    volumeL: Type.Number({ exclusiveMinimum: 0, description: 'dielectric at the brim' }),
    hardwareKjPerK: Type.Number({ minimum: 0, description: 'heat capacity of servers and tank walls' }),
    pumps: Type.Integer({ default: 2, minimum: 1 }),
    dielectric: Type.Object(
      {
        name: Type.String(),
        densityKgPerL: Type.Number({ exclusiveMinimum: 0 }),
        heatCapacityKjPerKgK: Type.Number({ exclusiveMinimum: 0 }),
        expansionPerK: Type.Number({ minimum: 0 }),
      },
      strict,
    ),
  },
  strict,
)

/** Junction over the tank's supply: R = convection × (V / Vd)^-exponent + junction; K per kW is 1000 × K per W. */
const Chip = Type.Object(
  {
    limitC: Type.Number({ default: 85 }),
    ratedChipKw: Type.Number({ default: 0.5 }),
    convectionKPerKw: Type.Number({ default: 38 }),
    convectionExponent: Type.Number({ default: 0.35 }),
    junctionKPerKw: Type.Number({ default: 30 }),
  },
  strict,
)

const Pads = Type.Object(
  {
    effectiveness: Type.Number({ default: 0.7, description: 'share of the wet-bulb depression' }),
    fanPowerFactor: Type.Number({ default: 1.15 }),
    pumpKw: Type.Number({ default: 0.6 }),
    dryBelowC: Type.Number({ default: 5, description: 'dry bulb below which they must not be wet' }),
    onAboveC: Type.Number({ default: 25, description: 'as commissioned: dry bulb above which they run' }),
    cyclesOfConcentration: Type.Number({ exclusiveMinimum: 1, default: 3 }),
    sumpL: Type.Number({ exclusiveMinimum: 0 }),
  },
  strict,
)
export type Pads = Static<typeof Pads>

const Cooler = Type.Object(
  {
    fans: Type.Integer({ minimum: 1 }),
    approachK: Type.Number({ default: 6, description: 'leaving coolant over design air, as commissioned' }),
    lowestDesignC: Type.Number({ default: 36, description: 'commissioned leaving temperature, at least' }),
    airToCoolant: Type.Number({ default: 1, description: 'capacity flow of air ÷ of coolant at design' }),
    airToCoolantFilm: Type.Number({ default: 0.5, description: 'conductance of air film ÷ coolant film' }),
    coolantExponent: Type.Number({ default: 0.85 }),
    airExponent: Type.Number({ default: 0.8 }),
    fanKjPerKgAir: Type.Number({ description: 'electrical work of the fans at full speed per kg of air' }),
    fanLeastSpeedFraction: Type.Number({ default: 0.1 }),
    freeConvectionFraction: Type.Number({ default: 0.05 }),
    contentL: Type.Number({ minimum: 0 }),
    winter: Type.Object(
      { belowC: Type.Number({ default: 2 }), leavingLowestC: Type.Number({ default: 10 }) },
      strict,
    ),
    pads: Pads,
  },
  strict,
)

const ImmersionNameplate = Type.Object(
  {
    itPerTankKw: Type.Number({ exclusiveMinimum: 0, description: 'IT nameplate of one tank, kW' }),
    chip: Chip,
    tank: Tank,
    facility: Type.Object(
      {
        rangeK: Type.Number({ default: 8 }),
        tankDpKpa: Type.Number({ default: 120 }),
        mainsDpKpa: Type.Number({ default: 80 }),
        coolerDpKpa: Type.Number({ default: 60 }),
        wireToWater: Type.Number({ default: 0.7 }),
        leastDpFraction: Type.Number({ default: 0.2 }),
        leastFlowFraction: Type.Number({ description: 'a bypass at the far end keeps this much moving' }),
        pumps: Type.Integer({ default: 3, minimum: 1 }),
      },
      strict,
    ),
    cooler: Cooler,
    electrical: Nameplate.properties.electrical,
    commissionedFlowFraction: Type.Number({ default: 1.15 }),
  },
  strict,
)
export type ImmersionNameplate = Static<typeof ImmersionNameplate>

export const ImmersionSiteFile = Type.Object(
  {
    ...siteFields,
    cooling: Type.Literal('immersionDryCooler'),
    layout: Type.Object(
      {
        tanks: Type.Integer({ minimum: 1, maximum: 200 }),
        floorRopes: Type.Integer({ minimum: 0, maximum: 50, default: 1 }),
      },
      strict,
    ),
    nameplate: ImmersionNameplate,
    bounds: Type.Object({ tankSupplyC: Bounds, facilitySupplyC: Bounds, padsAboveC: Bounds }, strict),
    resetApproachK: Type.Optional(
      Type.Union([Type.Literal(4), Type.Literal(6), Type.Literal(8)], {
        description: 'a of `reset`; absent: whichever takes least facility energy over the training weeks',
      }),
    ),
  },
  strict,
)
export type ImmersionSiteFile = Static<typeof ImmersionSiteFile>

export const ImmersionDesign = Type.Object(
  {
    airC: Type.Number({ description: 'air onto the coils at the 0.4 % dry and wet bulb, after the pads' }),
    facilitySupplyC: Type.Number({ description: 'coolers leaving: max(36, design air + 6)' }),
    tankSupplyC: Type.Number(),
    /** Dielectric of one tank. */
    tankFlowLpm: Type.Number(),
    /** Facility coolant of one tank. */
    tankPrimaryFlowLpm: Type.Number(),
    facilityFlowLpm: Type.Number(),
    /** Commissioned setpoints, design × margin. */
    tankDpCommissionedKpa: Type.Number(),
    facilityDpCommissionedKpa: Type.Number(),
    coilUaKwPerK: Type.Number({ description: 'coils of all coolers at design flow and full speed' }),
    airKgPerS: Type.Number({ description: 'air of all coolers at full speed' }),
    fanPowerKw: Type.Number({ description: 'fans of all coolers at full speed, pads dry' }),
  },
  strict,
)
export type ImmersionDesign = Static<typeof ImmersionDesign>

export const ImmersionSite = Type.Object(
  {
    ...ImmersionSiteFile.properties,
    design: ImmersionDesign,
    equipment: Type.Array(Equipment),
    feeds: Type.Array(Feed),
  },
  strict,
)
export type ImmersionSite = Static<typeof ImmersionSite>
