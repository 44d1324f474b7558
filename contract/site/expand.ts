import type { Equipment, Feed, Site, SiteDesign, SiteFile } from '#contract/site/site.ts'

/** Row letter of a CDU: 1 → A, 26 → Z, 27 → AA. Racks are named by row and place: A1, A2, A3. */
export function rowLetter(cduNumber: number): string {
  const rest = Math.floor((cduNumber - 1) / 26)
  const letter = String.fromCharCode(65 + ((cduNumber - 1) % 26))
  return rest > 0 ? rowLetter(rest) + letter : letter
}

export const cduId = (cduNumber: number): string => `cdu-${cduNumber}`
export const manifoldId = (cduNumber: number): string => `manifold-${cduNumber}`
export const rackId = (cduNumber: number, place: number): string => `${rowLetter(cduNumber)}${place}`
export const trayId = (rack: string, tray: number): string => `${rack}-t${String(tray).padStart(2, '0')}`
export const floorRopeId = (number: number): string => `floor-${number}`

/** Ids of the single plant equipment of a cold-plate site with towers. */
export const plantIds = {
  room: 'hall',
  weather: 'weather',
  facility: 'facility',
  exchanger: 'hx-1',
  tower: 'tower',
  ups: 'ups-1',
  transformer: 'transformer-1',
} as const

/** The graph of a site, generated from its file in door-label order; the same file always gives the same graph. */
export function expandSite(file: SiteFile, design: SiteDesign): Site {
  const equipment: Equipment[] = []
  const feeds: Feed[] = []
  const agentOfCdu = (cdu: number) =>
    file.agents.find(agent => agent.cdus.includes(cdu))?.id ?? missing('agent', cdu)
  const serverOfCdu = (cdu: number) =>
    file.opcuaServers.find(server => server.cdus.includes(cdu))?.id ?? missing('opcuaServers entry', cdu)
  const plantAgent = file.agents.find(agent => agent.plant)?.id ?? missing('agent', 'the plant')
  const plantServer =
    file.opcuaServers.find(server => server.plant)?.id ?? missing('opcuaServers entry', 'the plant')
  const add = (entry: Equipment) => equipment.push(entry)
  const feed = (from: string, to: string, medium: Feed['medium'] = 'coolant') =>
    feeds.push({ from, to, medium })
  const onPlant = { agent: plantAgent, via: 'opcua', server: plantServer } as const

  add({ id: plantIds.tower, kind: 'coolingTower', name: 'Tower', ...onPlant })
  for (let n = 1; n <= file.nameplate.tower.pumps; n++)
    add({ id: `tower-p${n}`, kind: 'pump', name: `TP-${n}`, partOf: plantIds.tower, ...onPlant })
  add({ id: plantIds.exchanger, kind: 'heatExchanger', name: 'HX-1', ...onPlant })
  add({ id: plantIds.facility, kind: 'facilityLoop', name: 'Facility loop', ...onPlant })
  for (let n = 1; n <= file.nameplate.facility.pumps; n++)
    add({ id: `facility-p${n}`, kind: 'pump', name: `FP-${n}`, partOf: plantIds.facility, ...onPlant })
  feed(plantIds.tower, plantIds.exchanger)
  feed(plantIds.exchanger, plantIds.facility)

  for (let c = 1; c <= file.layout.cdus; c++) {
    const owner = { agent: agentOfCdu(c), server: serverOfCdu(c) }
    add({ id: cduId(c), kind: 'cdu', name: `CDU-${c}`, via: 'opcua', ...owner })
    for (let n = 0; n < file.nameplate.cdu.pumps; n++) {
      const letter = String.fromCharCode(97 + n)
      add({
        id: `${cduId(c)}-p${letter}`,
        kind: 'pump',
        name: `P-${c}${letter.toUpperCase()}`,
        partOf: cduId(c),
        via: 'opcua',
        ...owner,
      })
    }
    add({
      id: manifoldId(c),
      kind: 'manifold',
      name: `Manifold ${rowLetter(c)}`,
      agent: owner.agent,
      via: 'dsx',
    })
    feed(plantIds.facility, cduId(c))
    feed(cduId(c), manifoldId(c))
    for (let r = 1; r <= file.layout.racksPerCdu; r++) {
      const rack = rackId(c, r)
      add({ id: rack, kind: 'rack', name: rack, agent: owner.agent, via: 'dsx' })
      feed(manifoldId(c), rack)
      for (let t = 1; t <= file.layout.traysPerRack; t++)
        add({
          id: trayId(rack, t),
          kind: 'tray',
          name: `${rack} tray ${t}`,
          partOf: rack,
          agent: owner.agent,
          via: 'topics',
        })
    }
  }
  for (let n = 1; n <= file.layout.floorRopes; n++)
    add({ id: floorRopeId(n), kind: 'leakSensor', name: `Floor rope ${n}`, agent: plantAgent, via: 'dsx' })
  add({ id: plantIds.room, kind: 'room', name: 'Hall', agent: plantAgent, via: 'dsx' })
  add({
    id: plantIds.weather,
    kind: 'weatherStation',
    name: 'Weather station',
    agent: plantAgent,
    via: 'dsx',
  })
  add({ id: plantIds.transformer, kind: 'transformer', name: 'Transformer', agent: plantAgent, via: 'dsx' })
  add({ id: plantIds.ups, kind: 'ups', name: 'UPS', agent: plantAgent, via: 'dsx' })
  feed(plantIds.transformer, plantIds.ups, 'power')
  for (const meter of file.meters) {
    add({ id: meter.id, kind: 'powerMeter', name: meter.id, agent: plantAgent, via: 'dsx' })
    for (const target of meter.feeds) feed(meter.id, target, 'power')
  }
  return { ...file, design, equipment, feeds }
}

function missing(what: string, whom: number | string): never {
  throw new Error(`the site file names no ${what} for ${typeof whom === 'number' ? `CDU ${whom}` : whom}`)
}
