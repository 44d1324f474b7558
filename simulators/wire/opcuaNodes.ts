import type { AddressSpace, UAAnalogItem, UAObject } from 'node-opcua-address-space'
import { DataValue } from 'node-opcua-data-value'
import { type StatusCode, StatusCodes } from 'node-opcua-status-code'
import { DataType, Variant } from 'node-opcua-variant'
import type { Quality, Reading } from '#contract/reading.ts'
import type { Equipment } from '#contract/site/site.ts'
import type { PlantWrite } from '#simulators/plant/plant.ts'
import type { PlantDoor, ServedPoint } from '#simulators/wire/face.ts'
import { engineeringUnits } from '#simulators/wire/opcuaUnits.ts'

/** One variable of the address space, able to show what the sensor says. */
export type OpcuaNode = { show(reading: Reading): void }

const statusOf: Readonly<Record<Quality, StatusCode>> = {
  good: StatusCodes.Good,
  uncertain: StatusCodes.UncertainSensorNotAccurate,
  stale: StatusCodes.BadNoCommunication,
  bad: StatusCodes.BadSensorFailure,
}

/** Answers to a refused write, Part 4, 7.39. */
const refusals: Readonly<Record<Extract<PlantWrite, { taken: false }>['because'], StatusCode>> = {
  unknownPoint: StatusCodes.BadNodeIdUnknown,
  notWritable: StatusCodes.BadNotWritable,
  notANumber: StatusCodes.BadOutOfRange,
  deviceSilent: StatusCodes.BadNoCommunication,
  localControl: StatusCodes.BadUserAccessDenied,
}

/** A folder for the equipment (inside its assembly's, for a part) and a variable for each of its points. */
export function addEquipment(options: {
  space: AddressSpace
  item: Equipment
  equipment: readonly Equipment[]
  points: readonly ServedPoint[]
  door: PlantDoor
  nodes: Map<string, OpcuaNode>
  noted(key: string, reading: Reading): Reading
}): void {
  const { space, item, points, door, nodes } = options
  const own = space.getOwnNamespace()
  const assembly = item.partOf === undefined ? undefined : space.findNode(`ns=1;s=${item.partOf}`)
  const place = assembly ? { componentOf: assembly as UAObject } : { organizedBy: space.rootFolder.objects }
  const folder = own.addObject({
    browseName: item.id,
    displayName: item.name,
    nodeId: `s=${item.id}`,
    ...place,
  })
  for (const point of points) {
    if (point.equipment !== item.id) continue
    nodes.set(point.key, addPoint(space, folder, point, door, options.noted))
  }
}

function addPoint(
  space: AddressSpace,
  folder: UAObject,
  point: ServedPoint,
  door: PlantDoor,
  noted: (key: string, reading: Reading) => Reading,
): OpcuaNode {
  const { key, spec } = point
  const dataType = spec.unit === 'state' || spec.unit === 'bool' ? DataType.Int32 : DataType.Double
  let held = heldOf(door.plant.read(key), dataType, 0)
  const variable = space.getOwnNamespace().addAnalogDataItem({
    componentOf: folder,
    browseName: point.point,
    nodeId: `s=${key}`,
    description: spec.text,
    dataType,
    engineeringUnits: engineeringUnits(spec.unit),
    engineeringUnitsRange: { low: spec.range[0], high: spec.range[1] },
    accessLevel: spec.writable ? 'CurrentRead | CurrentWrite' : 'CurrentRead',
    userAccessLevel: spec.writable ? 'CurrentRead | CurrentWrite' : 'CurrentRead',
    // 0: served by exception, so a 50 ms publishing interval sees a leak within 50 ms.
    minimumSamplingInterval: 0,
  }) as UAAnalogItem<number, DataType>

  const show = (reading: Reading) => {
    held = heldOf(reading, dataType, held.variant.value as number)
    variable.setValueFromSource(held.variant, held.status, new Date(held.at))
  }
  if (spec.writable) {
    variable.bindVariable(
      {
        timestamped_get: () => dataValueOf(held),
        timestamped_set: (asked: DataValue, answer: (error: Error | null, status: StatusCode) => void) => {
          const wanted = numberIn(asked)
          const written = door.write(key, wanted)
          held = heldOf(noted(key, door.plant.read(key)), dataType, held.variant.value as number)
          // The library stores what stands in `asked` whatever the answer: make it what the device holds.
          asked.value = held.variant
          asked.statusCode = held.status
          asked.sourceTimestamp = new Date(held.at)
          answer(null, answerTo(written, wanted))
        },
      },
      true,
    )
  }
  show(noted(key, door.plant.read(key)))
  return { show }
}

type Held = { readonly variant: Variant; readonly status: StatusCode; readonly at: number }

/** A reading without a value keeps the last number on the wire, under a Bad status that tells clients to ignore it. */
function heldOf(reading: Reading, dataType: DataType, last: number): Held {
  const value = reading.value ?? last
  return {
    variant: new Variant({ dataType, value: dataType === DataType.Int32 ? Math.round(value) : value }),
    status: statusOf[reading.quality],
    at: reading.at,
  }
}

const dataValueOf = (held: Held): DataValue =>
  new DataValue({
    value: held.variant,
    statusCode: held.status,
    sourceTimestamp: new Date(held.at),
    serverTimestamp: new Date(held.at),
  })

const numberIn = (asked: DataValue): number =>
  typeof asked.value?.value === 'number' ? asked.value.value : Number.NaN

/** Good when the device holds what was asked, GoodClamped when it holds its own limit instead. */
function answerTo(written: PlantWrite, wanted: number): StatusCode {
  if (!written.taken) return refusals[written.because]
  return Math.abs(wanted - written.held) <= 1e-9 * Math.max(1, Math.abs(wanted))
    ? StatusCodes.Good
    : StatusCodes.GoodClamped
}
