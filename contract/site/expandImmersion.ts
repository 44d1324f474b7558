import { floorRopeId, plantIds } from '#contract/site/expand.ts'
import type { ImmersionDesign, ImmersionSite, ImmersionSiteFile } from '#contract/site/immersion.ts'
import type { Equipment, Feed } from '#contract/site/site.ts'

export const tankId = (tankNumber: number): string => `tank-${tankNumber}`
export const tankPumpId = (tankNumber: number, pump: number): string =>
  `${tankId(tankNumber)}-p${String.fromCharCode(96 + pump)}`
export const coolerFanId = (fan: number): string => `${immersionIds.coolers}-f${fan}`

/** Ids of the single plant equipment of an immersion site, beside those of every site. */
export const immersionIds = { coolers: 'coolers', sump: 'pad-sump' } as const

/** The graph of an immersion site, in door-label order; the same file always gives the same graph. */
export function expandImmersion(file: ImmersionSiteFile, design: ImmersionDesign): ImmersionSite {
  const equipment: Equipment[] = []
  const feeds: Feed[] = []
  const add = (entry: Equipment) => equipment.push(entry)
  const feed = (from: string, to: string, medium: Feed['medium'] = 'coolant') =>
    feeds.push({ from, to, medium })
  const agent = file.agents.find(entry => entry.plant)?.id ?? missing('agent', 'the plant')
  const server =
    file.opcuaServers.find(entry => entry.plant)?.id ?? missing('opcuaServers entry', 'the plant')
  const onPlant = { agent, via: 'opcua', server } as const
  const { coolers, sump } = immersionIds
  const { facility } = plantIds

  add({ id: coolers, kind: 'dryCooler', name: 'Dry coolers', ...onPlant })
  for (let n = 1; n <= file.nameplate.cooler.fans; n++)
    add({ id: coolerFanId(n), kind: 'fan', name: `DC-F${n}`, partOf: coolers, ...onPlant })
  add({ id: sump, kind: 'tank', name: 'Pad sump', partOf: coolers, ...onPlant })
  add({ id: facility, kind: 'facilityLoop', name: 'Facility loop', ...onPlant })
  for (let n = 1; n <= file.nameplate.facility.pumps; n++)
    add({ id: `facility-p${n}`, kind: 'pump', name: `FP-${n}`, partOf: facility, ...onPlant })
  feed(coolers, facility)

  for (let tank = 1; tank <= file.layout.tanks; tank++) {
    const owner = {
      agent: file.agents.find(entry => entry.cdus.includes(tank))?.id ?? missing('agent', tank),
      via: 'opcua',
      server:
        file.opcuaServers.find(entry => entry.cdus.includes(tank))?.id ?? missing('opcuaServers entry', tank),
    } as const
    add({ id: tankId(tank), kind: 'immersionTank', name: `Tank ${tank}`, ...owner })
    for (let pump = 1; pump <= file.nameplate.tank.pumps; pump++)
      add({
        id: tankPumpId(tank, pump),
        kind: 'pump',
        name: `P-${tank}${String.fromCharCode(64 + pump)}`,
        partOf: tankId(tank),
        ...owner,
      })
    feed(facility, tankId(tank))
  }
  const onBms = { agent, via: 'dsx' } as const
  for (let n = 1; n <= file.layout.floorRopes; n++)
    add({ id: floorRopeId(n), kind: 'leakSensor', name: `Floor rope ${n}`, ...onBms })
  add({ id: plantIds.room, kind: 'room', name: 'Hall', ...onBms })
  add({ id: plantIds.weather, kind: 'weatherStation', name: 'Weather station', ...onBms })
  add({ id: plantIds.transformer, kind: 'transformer', name: 'Transformer', ...onBms })
  add({ id: plantIds.ups, kind: 'ups', name: 'UPS', ...onBms })
  feed(plantIds.transformer, plantIds.ups, 'power')
  for (const meter of file.meters) {
    add({ id: meter.id, kind: 'powerMeter', name: meter.id, ...onBms })
    for (const target of meter.feeds) feed(meter.id, target, 'power')
  }
  return { ...file, design, equipment, feeds }
}

function missing(what: string, whom: number | string): never {
  throw new Error(`the site file names no ${what} for ${typeof whom === 'number' ? `tank ${whom}` : whom}`)
}
