import Type, { type Static } from 'typebox'
import { addressings, registerKinds } from '#agent/mapping/modbusAddress.ts'
import { type ByteOrder, byteOrders, modbusTypes } from '#agent/mapping/modbusType.ts'
import { foreignUnitNames } from '#contract/units.ts'

/** The form of a person's register map; what it may not contradict is told in `modbusMap.ts`. */

const closed = { additionalProperties: false } as const
const Order = Type.Enum([...byteOrders], {
  description: 'ABCD high word first, CDAB low word first; BADC, DCBA the same with bytes swapped',
})

const Write = Type.Object(
  {
    lowest: Type.Optional(Type.Number({ description: 'in `unit`' })),
    highest: Type.Optional(Type.Number({ description: 'in `unit`' })),
    function: Type.Optional(
      Type.Enum([5, 6, 15, 16], { description: 'absent: 5 for a coil, 6 for one register, 16 for several' }),
    ),
  },
  closed,
)

const ModbusEntry = Type.Object(
  {
    equipment: Type.Optional(
      Type.String({
        description: 'absent: the one equipment that the source names, so that equal devices share a map',
      }),
    ),
    point: Type.String(),
    unitId: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 255,
        description: "a unit behind a gateway; absent: the source's",
      }),
    ),
    register: Type.Optional(Type.Enum([...registerKinds])),
    address: Type.Union([Type.Integer(), Type.String()]),
    type: Type.Optional(Type.Enum([...modbusTypes], { description: 'absent: bool for coils and discretes' })),
    bit: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 15, description: 'bool in a register; 0 is the lowest' }),
    ),
    order: Type.Optional(Order),
    scale: Type.Number({ default: 1, description: 'device value × scale + offset is the value in `unit`' }),
    offset: Type.Number({ default: 0 }),
    unit: Type.Optional(
      Type.Enum([...foreignUnitNames], { description: 'unit of the device; absent: the unit of the point' }),
    ),
    invalid: Type.Array(Type.Number(), {
      default: [],
      maxItems: 20,
      description: 'what the device says where it has no value, as in the table: 0x8000, 65535, -32768',
    }),
    poll: Type.Optional(
      Type.String({
        description: 'poll group of the source; absent: fast for what protection depends on, else normal',
      }),
    ),
    write: Type.Optional(
      Type.Union([Type.Boolean(), Write], {
        description: 'a writable point must say it: true, false or limits',
      }),
    ),
  },
  closed,
)
export type ModbusEntry = Static<typeof ModbusEntry>

export const ModbusMapFile = Type.Object(
  {
    addresses: Type.Optional(
      Type.Enum([...addressings], { description: 'absent: zeroBased, as on the wire' }),
    ),
    order: Type.Unsafe<ByteOrder>(Type.Enum([...byteOrders], { default: 'ABCD' })),
    // One controller has some hundred registers worth reading.
    points: Type.Array(ModbusEntry, { minItems: 1, maxItems: 5_000 }),
  },
  closed,
)
