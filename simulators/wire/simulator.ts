import type { Logger } from 'pino'
import type { Clock } from '#contract/clock.ts'
import type { Millis } from '#contract/units.ts'
import { buildingClientId, startDsxFace } from '#simulators/wire/dsxFace.ts'
import type { Face, FieldPlant } from '#simulators/wire/face.ts'
import { startFaultEndpoint } from '#simulators/wire/faultEndpoint.ts'
import { startEmbeddedBroker } from '#simulators/wire/fieldBroker.ts'
import { openOpcuaSecurity } from '#simulators/wire/opcuaSecurity.ts'
import { startOpcuaServer } from '#simulators/wire/opcuaServer.ts'
import { pace } from '#simulators/wire/pacing.ts'

export type SimulatorAddresses = {
  /** OPC UA address by server id of the site. */
  readonly opcua: Readonly<Record<string, string>>
  readonly fieldBroker: string
  readonly faults: string
}

export type Simulator = SimulatorAddresses & {
  readonly plant: FieldPlant
  /** Resolves when the site clock has come to its end and the last values are out. */
  readonly finished: Promise<void>
  close(): Promise<void>
}

/** The field devices of one site on loopback: its OPC UA servers, its field broker with the building system, and the fault endpoint. */
export async function startSimulator(options: {
  plant: FieldPlant
  clock: Clock
  endAt?: Millis
  dataDir: string
  opcuaPorts?: Readonly<Record<string, number>>
  fieldBrokerPort?: number
  faultPort?: number
  log: Logger
}): Promise<Simulator> {
  const { plant, clock, endAt, log } = options
  const { site } = plant
  const pacing = pace({ plant, clock, log, ...(endAt === undefined ? {} : { endAt }) })
  const closers: Array<() => Promise<void>> = []
  const close = async () => {
    pacing.stop()
    for (const closeOne of closers.splice(0).reverse()) await closeOne()
  }
  const keep = <T extends { close(): Promise<void> }>(opened: T): T => {
    closers.push(opened.close)
    return opened
  }
  const face = <T extends Face>(opened: T): T => {
    pacing.add(opened)
    return keep(opened)
  }
  try {
    const broker = keep(await startEmbeddedBroker({ port: options.fieldBrokerPort ?? 0, name: 'field' }))
    const faults = keep(await startFaultEndpoint({ port: options.faultPort ?? 0, door: pacing.door }))
    face(
      await startDsxFace({
        url: broker.url,
        door: pacing.door,
        clock,
        log,
        onNewListener: hear =>
          broker.onSubscribe(client => {
            if (client !== buildingClientId(site)) hear()
          }),
      }),
    )
    const security = keep(await openOpcuaSecurity(options.dataDir))
    const opcua: Record<string, string> = {}
    // One after the other: the first makes the certificate that all share, and loading the standard nodes is pure processor work.
    for (const { id } of site.opcuaServers) {
      const equipment = site.equipment.filter(item => item.via === 'opcua' && item.server === id)
      opcua[id] = face(
        await startOpcuaServer({
          id,
          equipment,
          door: pacing.door,
          security,
          port: options.opcuaPorts?.[id] ?? 0,
        }),
      ).url
    }
    pacing.start()
    return { plant, opcua, fieldBroker: broker.url, faults: faults.url, finished: pacing.finished, close }
  } catch (error) {
    await close()
    throw error
  }
}
