import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import Type from 'typebox'
import { checked } from '#contract/check.ts'
import { Failure, failureCodes, isFailure, sentenceOf } from '#contract/failure.ts'
import { Fault } from '#simulators/faults/fault.ts'
import type { PlantDoor } from '#simulators/wire/face.ts'
import { listenTrouble } from '#simulators/wire/fieldBroker.ts'

export type FaultEndpoint = { readonly url: string; readonly port: number; close(): Promise<void> }

/** A fault is some 200 bytes; 16 kB stops a mistake before it fills memory. */
const bodyBytesMax = 16 * 1_024
/** More than a hundred faults placed and not cleared is a broken script, not a scenario. */
const faultsMax = 100

const DeviceSetting = Type.Object(
  { key: Type.String({ minLength: 3, maxLength: 120 }), value: Type.Number() },
  { additionalProperties: false },
)

type Answer = { readonly status: number; readonly body: unknown }

/** The hand that breaks things, and the eye that sees the truth: JSON over HTTP on loopback, for scenarios and tests. */
export async function startFaultEndpoint(options: { port: number; door: PlantDoor }): Promise<FaultEndpoint> {
  // The plant tells only of faults that act; one that waits for its time can be called off too.
  const placed = new Set<string>()
  const server = createServer((request, response) => {
    answer(request, options.door, placed).then(
      ({ status, body }) => send(response, status, body),
      (error: unknown) =>
        send(response, isFailure(error) ? failureCodes[error.code].http : 500, { error: sentenceOf(error) }),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new Failure(
          'PORT_IN_USE',
          `the fault endpoint cannot listen on 127.0.0.1:${options.port}: ${listenTrouble(cause)}`,
          { cause },
        ),
      ),
    )
    server.listen(options.port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : options.port
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(request: IncomingMessage, door: PlantDoor, placed: Set<string>): Promise<Answer> {
  const path = decodeURIComponent(new URL(request.url ?? '/', 'http://loopback').pathname)
  const [room, name, ...rest] = path.split('/').filter(part => part !== '')
  const route = rest.length > 0 ? 'none' : `${request.method} /${room ?? ''}${name === undefined ? '' : '/*'}`
  switch (route) {
    case 'GET /faults':
      return { status: 200, body: door.plant.activeFaults() }
    case 'POST /faults':
      return inject(await jsonOf(request), door, placed)
    case 'DELETE /faults/*':
      return clear(name ?? '', door, placed)
    case 'GET /truth':
      return { status: 200, body: door.plant.energy() }
    case 'POST /devices':
      return setDevice(await jsonOf(request), door)
    case 'GET /points/*':
      return {
        status: 200,
        body: {
          key: name,
          siteNow: door.plant.siteNow(),
          reading: door.plant.read(knownKey(name ?? '', door)),
          truth: door.plant.truthOf(name ?? '') ?? null,
        },
      }
    default:
      throw new Failure(
        'NOT_FOUND',
        `${request.method} ${path} is not served here; there are GET, POST /faults, DELETE /faults/ID, GET /truth, POST /devices and GET /points/KEY`,
      )
  }
}

function inject(body: unknown, door: PlantDoor, placed: Set<string>): Answer {
  const fault = checked(Fault, body, 'fault')
  if (!door.plant.site.equipment.some(item => item.id === fault.place))
    throw new Failure('NOT_FOUND', `fault: there is no equipment "${fault.place}" at ${door.plant.site.name}`)
  if (fault.point !== undefined) knownKey(`${fault.place}.${fault.point}`, door)
  if (placed.size >= faultsMax) throw new Failure('CONFLICT', `fault: ${faultsMax} faults are placed already`)
  door.touch(plant => plant.inject(fault))
  placed.add(fault.id)
  return { status: 201, body: fault }
}

function clear(id: string, door: PlantDoor, placed: Set<string>): Answer {
  // A scenario's fault can be mended by hand too.
  const isActive = door.plant.activeFaults().some(fault => fault.id === id)
  if (!placed.delete(id) && !isActive) throw new Failure('NOT_FOUND', `there is no fault "${id}"`)
  door.touch(plant => plant.clear(id))
  return { status: 200, body: { cleared: id } }
}

function setDevice(body: unknown, door: PlantDoor): Answer {
  const { key, value } = checked(DeviceSetting, body, 'device setting')
  knownKey(key, door)
  const turned = door.setDevice(key, value)
  if (!turned.taken)
    throw new Failure(
      'CONFLICT',
      `device setting: ${key} is not turned at the device (${turned.because}); maintenance, remoteEnable and authority are`,
    )
  return { status: 200, body: { key, reading: door.plant.read(key) } }
}

function knownKey(key: string, door: PlantDoor): string {
  if (!door.plant.keys.includes(key))
    throw new Failure('NOT_FOUND', `there is no point "${key}" at ${door.plant.site.name}`)
  return key
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request) {
    bytes += (part as Buffer).length
    if (bytes > bodyBytesMax)
      throw new Failure('CONFIG_INVALID', `the body is larger than ${bodyBytesMax} bytes`)
    parts.push(part as Buffer)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch (cause) {
    throw new Failure('CONFIG_INVALID', `the body is not JSON: ${sentenceOf(cause)}`, { cause })
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  })
  response.end(JSON.stringify(body))
}
