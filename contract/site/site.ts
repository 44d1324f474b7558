import Type, { type Static } from 'typebox'
import { equipmentKinds } from '#contract/points.ts'
import { SitePlanning } from '#contract/site/planning.ts'

/**
 * A site: public facts only. A person writes a `SiteFile` (YAML, simulators/sites/*.yaml or an own one); `expandSite`
 * turns it into a `Site`, the graph that simulator, agents, hub and console all read. The plant's hidden truth (fouling,
 * efficiencies, sensor errors) is drawn from a seed and stands in neither.
 */

const Bounds = Type.Object({ lowest: Type.Number(), highest: Type.Number() }, { additionalProperties: false })

export const meterRoles = [
  'facility',
  'it',
  'upsInput',
  'upsOutput',
  'cduPumps',
  'facilityPumps',
  'towerFans',
  'towerPumps',
  'chillers',
  'crahs',
  'dryCoolers',
  'lighting',
  'other',
] as const
export type MeterRole = (typeof meterRoles)[number]
/** Roles whose energy is cooling energy. */
export const coolingRoles: readonly MeterRole[] = [
  'cduPumps',
  'facilityPumps',
  'towerFans',
  'towerPumps',
  'chillers',
  'crahs',
  'dryCoolers',
]

export const Meter = Type.Object(
  {
    id: Type.String({ pattern: '^[A-Za-z][A-Za-z0-9-]*$' }),
    role: Type.Enum([...meterRoles]),
    /** Accuracy class in per cent of reading (EN 50470: A 2, B 1, C 0.5). */
    classPercent: Type.Number({ minimum: 0, maximum: 5, default: 0.5 }),
    /** The register starts again from zero at this value. */
    rolloverKwh: Type.Number({ exclusiveMinimum: 0, default: 100_000_000 }),
    /** Equipment whose power passes through this meter. */
    feeds: Type.Array(Type.String(), { default: [] }),
    /** Ids of meters whose energy passes through this one but is not of its role (a CDU pump on an IT feed). */
    subtract: Type.Array(Type.String(), { default: [] }),
  },
  { additionalProperties: false },
)
export type Meter = Static<typeof Meter>

/** Nameplate and commissioning facts (YARDSTICKS 1): what stands on the plates and in the commissioning report. */
export const Nameplate = Type.Object(
  {
    itPerCduKw: Type.Number({
      exclusiveMinimum: 0,
      description: 'IT nameplate of the racks behind one CDU, kW',
    }),
    chip: Type.Object(
      {
        limitC: Type.Number({ default: 85 }),
        junctionResistanceKPerKw: Type.Number({
          default: 20,
          description: 'junction to plate, K per kW (0.020 K/W)',
        }),
        ratedChipKw: Type.Number({ default: 1, description: 'rated power of one chip, kW' }),
        coldPlate: Type.Object(
          { flowLpm: Type.Array(Type.Number()), resistanceKPerKw: Type.Array(Type.Number()) },
          { additionalProperties: false, description: 'cold-plate resistance against flow per plate' },
        ),
        designFlowLpmPerKw: Type.Number({ default: 1.5 }),
      },
      { additionalProperties: false },
    ),
    cdu: Type.Object(
      {
        approachK: Type.Number({ default: 4 }),
        heatTransferExponent: Type.Number({ default: 0.8 }),
        rackDpKpa: Type.Number({ default: 100 }),
        rackDpExponent: Type.Number({ default: 1.75 }),
        internalDpKpa: Type.Number({ default: 45 }),
        internalDpExponent: Type.Number({ default: 1.8 }),
        staticKpa: Type.Number({ default: 5 }),
        wireToWater: Type.Number({ default: 0.65 }),
        minimumFlowFraction: Type.Number({ default: 0.5 }),
        valveFlowFraction: Type.Number({
          default: 1.35,
          description: 'primary flow with the valve fully open, of design',
        }),
        reservoirL: Type.Number({ default: 200 }),
        loopVolumeL: Type.Number({ default: 1000 }),
        pumps: Type.Integer({ default: 2, minimum: 1 }),
      },
      { additionalProperties: false },
    ),
    facility: Type.Object(
      {
        rangeK: Type.Number({ default: 8 }),
        cduDpKpa: Type.Number({ default: 120 }),
        mainsDpKpa: Type.Number({ default: 80 }),
        exchangerDpKpa: Type.Number({ default: 60 }),
        wireToWater: Type.Number({ default: 0.7 }),
        leastDpFraction: Type.Number({ default: 0.2 }),
        pumps: Type.Integer({ default: 3, minimum: 1 }),
      },
      { additionalProperties: false },
    ),
    tower: Type.Object(
      {
        exchangerApproachK: Type.Number({ default: 2 }),
        rangeK: Type.Number({ default: 8 }),
        cells: Type.Integer({ minimum: 1 }),
        fanPressurePa: Type.Number({ default: 240 }),
        fanWireToAir: Type.Number({ default: 0.5 }),
        fanLeastSpeedFraction: Type.Number({ default: 0.2 }),
        freeConvectionFraction: Type.Number({ default: 0.06 }),
        pumpStaticKpa: Type.Number({ default: 45 }),
        pumpDynamicKpa: Type.Number({ default: 105 }),
        pumpWireToWater: Type.Number({ default: 0.7 }),
        pumps: Type.Integer({ default: 4, minimum: 1 }),
      },
      { additionalProperties: false },
    ),
    electrical: Type.Object(
      {
        ups: Type.Object(
          {
            constant: Type.Number({ default: 0.0095 }),
            linear: Type.Number({ default: 0.012 }),
            square: Type.Number({ default: 0.017 }),
          },
          { additionalProperties: false },
        ),
        pdu: Type.Object(
          { constant: Type.Number({ default: 0.002 }), square: Type.Number({ default: 0.008 }) },
          { additionalProperties: false },
        ),
        transformer: Type.Object(
          { constant: Type.Number({ default: 0.0012 }), square: Type.Number({ default: 0.0075 }) },
          { additionalProperties: false },
        ),
        lightingFraction: Type.Number({ default: 0.004 }),
      },
      { additionalProperties: false },
    ),
    commissionedFlowFraction: Type.Number({
      default: 1.15,
      description: 'commissioned with margin: flow, of design',
    }),
  },
  { additionalProperties: false },
)
export type Nameplate = Static<typeof Nameplate>

const Layout = Type.Object(
  {
    cdus: Type.Integer({ minimum: 1, maximum: 200 }),
    racksPerCdu: Type.Integer({ minimum: 1, maximum: 16 }),
    traysPerRack: Type.Integer({ minimum: 1, maximum: 48 }),
    floorRopes: Type.Integer({ minimum: 0, maximum: 50, default: 1 }),
  },
  { additionalProperties: false },
)

/** Fields of every site's file, whatever cools it. */
export const siteFields = {
  name: Type.String({ pattern: '^[a-z][a-z0-9-]*$' }),
  title: Type.String(),
  timeZone: Type.String({ default: 'UTC', description: 'IANA zone of the site' }),
  simulated: Type.Boolean({ default: false }),
  coolant: Type.Object(
    {
      secondary: Type.Enum(['water', 'PG25', 'PG40', 'PG50']),
      facility: Type.Enum(['water', 'PG25', 'PG40', 'PG50']),
      freezingPointC: Type.Number(),
      insulatedPipes: Type.Array(Type.Enum(['cdu', 'facility']), {
        default: [],
        description: 'pipes declared insulated: not held above the dew point',
      }),
      outdoorPipes: Type.Optional(
        Type.Array(Type.Enum(['cdu', 'facility']), {
          description: 'loops with pipes outdoors: their coolant must not freeze 5 K under the coldest hour',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  leak: Type.Object(
    {
      traysToIsolateRack: Type.Integer({ minimum: 1, default: 2 }),
      debounceMs: Type.Integer({ minimum: 0, default: 500 }),
      reliefValve: Type.Boolean({ default: false }),
      secondLivePath: Type.Boolean({
        default: false,
        description: 'a loop stop leaves the racks another live path',
      }),
    },
    { additionalProperties: false },
  ),
  agents: Type.Array(
    Type.Object(
      {
        id: Type.String({ pattern: '^[A-Za-z][A-Za-z0-9-]*$' }),
        cdus: Type.Array(Type.Integer({ minimum: 1 }), {
          description: 'numbers of the CDUs or tanks (with what hangs on them) that it looks after',
        }),
        plant: Type.Boolean({
          default: false,
          description: 'looks after facility loop, tower, weather, electrical meters',
        }),
      },
      { additionalProperties: false },
    ),
  ),
  opcuaServers: Type.Array(
    Type.Object(
      {
        id: Type.String(),
        cdus: Type.Array(Type.Integer({ minimum: 1 })),
        plant: Type.Boolean({ default: false }),
      },
      { additionalProperties: false },
    ),
  ),
  meters: Type.Array(Meter),
}
export { Bounds, Layout }

/** A hall of cold plates whose CDUs hang on a tower loop. */
export const SiteFile = Type.Object(
  {
    ...siteFields,
    cooling: Type.Literal('coldPlateTower'),
    layout: Layout,
    nameplate: Nameplate,
    bounds: Type.Object(
      {
        cduSupplyC: Bounds,
        facilitySupplyC: Bounds,
        towerLeavingC: Bounds,
        towerFlowPercent: Bounds,
      },
      { additionalProperties: false, description: 'what any controller may ask for' },
    ),
    resetApproachK: Type.Optional(
      Type.Union([Type.Literal(4), Type.Literal(6), Type.Literal(8)], {
        description:
          'a of `reset`: tower leaving = wet bulb + a; whichever takes least facility energy in this climate, 8 where nobody has looked',
      }),
    ),
    planning: Type.Optional(SitePlanning),
  },
  { additionalProperties: false },
)
export type SiteFile = Static<typeof SiteFile>

/** Design state for the site's climate (YARDSTICKS 1, 3): computed once from the weather, then a public fact. */
export const SiteDesign = Type.Object(
  {
    wetBulbC: Type.Number({ description: '0.4 % wet bulb of the climate, at least 24 °C: sizes the tower' }),
    towerLeavingC: Type.Number({ description: 'max(30, 0.4 % wet bulb + 3.5)' }),
    facilitySupplyC: Type.Number(),
    cduSupplyC: Type.Number(),
    /** Secondary design flow of one CDU. */
    cduFlowLpm: Type.Number(),
    /** Facility design flow of one CDU. */
    cduPrimaryFlowLpm: Type.Number(),
    facilityFlowLpm: Type.Number(),
    towerFlowLpm: Type.Number(),
    /** Commissioned setpoints, design × margin. */
    cduDpCommissionedKpa: Type.Number(),
    facilityDpCommissionedKpa: Type.Number(),
    fanPowerKw: Type.Number({ description: 'tower fans at full speed' }),
  },
  { additionalProperties: false },
)
export type SiteDesign = Static<typeof SiteDesign>

export const Equipment = Type.Object(
  {
    id: Type.String({ pattern: '^[A-Za-z][A-Za-z0-9-]*$' }),
    kind: Type.Enum([...equipmentKinds]),
    name: Type.String(),
    /** The assembly it is a part of (tray → rack, pump → CDU): parts travel in their assembly's Sparkplug device. */
    partOf: Type.Optional(Type.String()),
    agent: Type.String(),
    /** How the agent sees it. */
    via: Type.Enum(['opcua', 'dsx', 'topics']),
    /** OPC UA server id when via = opcua. */
    server: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)
export type Equipment = Static<typeof Equipment>

/** `from` carries coolant, power or air to `to`. */
export const Feed = Type.Object(
  { from: Type.String(), to: Type.String(), medium: Type.Enum(['coolant', 'power']) },
  { additionalProperties: false },
)
export type Feed = Static<typeof Feed>

export const Site = Type.Object(
  { ...SiteFile.properties, design: SiteDesign, equipment: Type.Array(Equipment), feeds: Type.Array(Feed) },
  { additionalProperties: false },
)
export type Site = Static<typeof Site>

/** What every site has, whatever cools it: enough for meters, alarms, stores, protocol faces and the graph. */
export type SiteCommon = Pick<
  Site,
  | 'name'
  | 'title'
  | 'timeZone'
  | 'simulated'
  | 'coolant'
  | 'leak'
  | 'agents'
  | 'opcuaServers'
  | 'meters'
  | 'equipment'
  | 'feeds'
>
