import Type, { type Static } from 'typebox'
import { Bounds, Equipment, Feed, Layout, Nameplate, SiteDesign, siteFields } from '#contract/site/site.ts'

/** When machines are called and sent home, as the plant's control description says it. */
const Sequence = Type.Object(
  {
    helpAtLoad: Type.Number({
      default: 0.95,
      description: 'of the machines that run: the next one is called',
    }),
    restBelowLoad: Type.Number({ default: 0.85, description: 'of one machine fewer: one is sent home' }),
    helpAfterMin: Type.Number({ default: 3, description: 'machines are full for so long' }),
    warmK: Type.Number({
      default: 1,
      description: 'water over its setpoint, no economiser: a machine is called',
    }),
    warmAfterMin: Type.Number({ default: 2 }),
    tooWarmK: Type.Number({
      default: 3,
      description: 'water over its setpoint that waits for no changeover',
    }),
    carriesAfterMin: Type.Number({ default: 3, description: 'from the start of a machine until it carries' }),
    worthPassingK: Type.Number({
      default: 2,
      description: 'tower water colder than the return: plates are used',
    }),
    correctionMin: Type.Number({
      default: 2,
      description: 'within which water is brought back to its setpoint',
    }),
    headerMin: Type.Number({ default: 1, description: 'content of each header, in minutes of design flow' }),
  },
  { additionalProperties: false, default: {} },
)

/**
 * A hall of cold plates plus residual air: CDUs and CRAHs on one chilled-water loop, water-cooled chillers with an integrated
 * water-side economiser, towers (YARDSTICKS 1, chilled-hybrid). Public facts only. `facility` is the chilled-water loop, `hx-1`
 * the economiser's plate exchanger ahead of the chillers.
 */
const Chiller = Type.Object(
  {
    units: Type.Integer({ minimum: 1, maximum: 8 }),
    ratedKw: Type.Number({ exclusiveMinimum: 0, description: 'cooling of one chiller at its rating' }),
    rangeK: Type.Number({ description: 'warming of the chilled water at design flow of the evaporator' }),
    leastEvaporatorFlowFraction: Type.Number({ description: 'of evaporator design flow, kept by a bypass' }),
    leastCondenserEnteringC: Type.Number(),
    leastPartLoad: Type.Number(),
    leastOnMin: Type.Number(),
    leastOffMin: Type.Number(),
    startsPerHour: Type.Integer({ minimum: 1 }),
    sequence: Sequence,
    machine: Type.Object(
      {
        name: Type.String(),
        ratedKw: Type.Number({ exclusiveMinimum: 0 }),
        cop: Type.Number({ exclusiveMinimum: 0 }),
        partLoad: Type.Object(
          { least: Type.Number(), leastUnloaded: Type.Number(), most: Type.Number() },
          { additionalProperties: false },
        ),
        evaporatorLeavingC: Bounds,
        condenserEnteringC: Bounds,
        capacityByTemperature: Type.Array(Type.Number(), { minItems: 6, maxItems: 6 }),
        inputByTemperature: Type.Array(Type.Number(), { minItems: 6, maxItems: 6 }),
        inputByPartLoad: Type.Array(Type.Number(), { minItems: 3, maxItems: 4 }),
      },
      {
        additionalProperties: false,
        description:
          "the maker's machine and its curves, scaled to `ratedKw`; valid inside its own temperatures only",
      },
    ),
  },
  { additionalProperties: false },
)

const Economiser = Type.Object(
  {
    approachK: Type.Number({ description: 'of the plates at design' }),
    carriesAllBelowWetBulbC: Type.Number({ description: 'mode auto: alone below this wet bulb' }),
    changeoverBandK: Type.Number(),
    changeoverHoldMin: Type.Number(),
  },
  { additionalProperties: false },
)

const Air = Type.Object(
  {
    crahs: Type.Integer({ minimum: 1, maximum: 40 }),
    riseK: Type.Number({ description: 'room return over supply, at most; at design air' }),
    fanFraction: Type.Number({ description: 'CRAH fans at design air, of the air heat' }),
    fanExponent: Type.Number({ description: 'fan power against air flow' }),
    coilApproachK: Type.Number({ description: 'supply air over chilled water at design' }),
    serverFanFraction: Type.Number({ description: 'server fans up to 24 °C inlet, of the air heat' }),
    serverFanPerK: Type.Number({ description: 'more fan power per kelvin of inlet' }),
    serverFanFromC: Type.Number(),
  },
  { additionalProperties: false },
)

const Commissioned = Type.Object(
  {
    chilledWaterC: Type.Number(),
    cduSupplyC: Type.Number(),
    crahSupplyC: Type.Number(),
    crahAirPercent: Type.Number(),
    towerOverWetBulbK: Type.Number({ description: 'tower leaving over the design wet bulb' }),
  },
  { additionalProperties: false },
)

const HybridNameplate = Type.Object(
  {
    ...Nameplate.properties,
    liquidShare: Type.Number({
      default: 0.75,
      description: 'share of IT power that cold plates take; the rest goes into the air',
    }),
    chiller: Chiller,
    economiser: Economiser,
    air: Air,
    commissioned: Commissioned,
  },
  { additionalProperties: false },
)
export type HybridNameplate = Static<typeof HybridNameplate>

export const HybridSiteFile = Type.Object(
  {
    ...siteFields,
    cooling: Type.Literal('chilledHybrid'),
    layout: Layout,
    nameplate: HybridNameplate,
    bounds: Type.Object(
      {
        cduSupplyC: Bounds,
        chilledWaterC: Bounds,
        crahSupplyC: Bounds,
        crahAirPercent: Bounds,
        towerLeavingC: Bounds,
        towerFlowPercent: Bounds,
      },
      { additionalProperties: false, description: 'what any controller may ask for' },
    ),
  },
  { additionalProperties: false },
)
export type HybridSiteFile = Static<typeof HybridSiteFile>

/**
 * Design state for the site's climate. `facilitySupplyC` is the commissioned chilled water, `towerLeavingC` the tower as
 * commissioned; the tower itself is sized for `towerSizedLeavingC`.
 */
export const HybridDesign = Type.Object(
  {
    ...SiteDesign.properties,
    towerSizedLeavingC: Type.Number({ description: 'max(30, 0.4 % wet bulb + 3.5)' }),
    heatToTowerKw: Type.Number({ description: 'IT nameplate with the work of the chillers at their rating' }),
    evaporatorFlowLpm: Type.Number({ description: 'design flow of one evaporator' }),
    crahWaterFlowLpm: Type.Number({ description: 'design chilled water of one CRAH' }),
    crahAirKwPerK: Type.Number({ description: 'capacity flow of the design air of one CRAH' }),
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
