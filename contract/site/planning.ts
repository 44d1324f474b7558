import Type, { type Static } from 'typebox'

/**
 * What a kWh is worth at a site, by its own clock, and what its planner makes of that: what is lowered, and how many hours ahead
 * are looked at. Savings are told in money and carbon wherever they are known.
 */

/** When a period holds. One that ends before it begins runs over midnight; the day is that of the instant. */
const when = {
  fromHour: Type.Number({ minimum: 0, maximum: 24, multipleOf: 0.25 }),
  toHour: Type.Number({ minimum: 0, maximum: 24, multipleOf: 0.25 }),
  days: Type.Enum(['all', 'weekdays', 'weekends'], {
    default: 'all',
    description: 'holidays count as weekends',
  }),
  months: Type.Optional(Type.Array(Type.Integer({ minimum: 1, maximum: 12 }), { minItems: 1, maxItems: 12 })),
}
/** Of two periods that hold at once the later one in the list counts. */
const periods = <T extends Type.TProperties>(value: T) =>
  Type.Array(Type.Object({ ...when, ...value }, { additionalProperties: false }), {
    default: [],
    maxItems: 100,
  })

const perKwh = Type.Number({ minimum: 0, maximum: 1_000_000, description: 'price of a kWh, in the currency' })

export const Tariff = Type.Object(
  {
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    perKwh,
    periods: periods({ perKwh }),
    demand: Type.Optional(
      Type.Object(
        {
          perKw: Type.Number({
            minimum: 0,
            maximum: 1_000_000,
            description: 'for each kW of the highest mean of the billing month, which is the calendar month',
          }),
          of: Type.Enum(['hour', 'quarterHour'], { default: 'hour' }),
          leastBilledKw: Type.Optional(
            Type.Number({
              minimum: 0,
              description: 'billed in any case: contracted demand, or a share of the year’s highest',
            }),
          ),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)
export type Tariff = Static<typeof Tariff>

const gramsPerKwh = Type.Number({ minimum: 0, maximum: 10_000, description: 'carbon of the grid, g/kWh' })

export const GridCarbon = Type.Object(
  { gramsPerKwh, periods: periods({ gramsPerKwh }) },
  { additionalProperties: false },
)
export type GridCarbon = Static<typeof GridCarbon>

const PlanningFields = Type.Object(
  {
    objective: Type.Enum(['energy', 'cost', 'carbon'], {
      default: 'energy',
      description: 'what a plan lowers',
    }),
    horizonHours: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 6, description: 'absent: 1 for energy, 3 for cost or carbon' }),
    ),
    tariff: Type.Optional(Tariff),
    carbon: Type.Optional(GridCarbon),
    holidays: Type.Array(
      Type.String({
        pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$',
        description: 'local dates',
      }),
      { default: [], maxItems: 1_000 },
    ),
  },
  { additionalProperties: false },
)

/** What is to be lowered must be known. */
const withWorth = (objective: 'cost' | 'carbon', of: 'tariff' | 'carbon', least: string) =>
  [
    (planning: Static<typeof PlanningFields>) =>
      planning.objective !== objective || planning[of] !== undefined,
    () => `objective ${objective} needs \`${of}\`, at least { ${least} }`,
  ] as const

export const SitePlanning = Type.Refine(
  Type.Refine(PlanningFields, ...withWorth('cost', 'tariff', 'currency: EUR, perKwh: 0.11')),
  ...withWorth('carbon', 'carbon', 'gramsPerKwh: 380'),
)
export type SitePlanning = Static<typeof SitePlanning>

/** With one hour a tariff cannot tell one hour from another. */
const hoursForWorth = 3

/** Hours that a plan of this site looks at, the coming one included. */
export const horizonHoursOf = ({ planning }: { readonly planning?: SitePlanning }): number =>
  planning?.horizonHours ?? (!planning || planning.objective === 'energy' ? 1 : hoursForWorth)
