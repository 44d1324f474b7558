import type { Sample } from '#contract/reading.ts'
import type { Equipment, Site } from '#contract/site/site.ts'

/** A small hall: one CDU with a pump, one rack with two trays, all behind agent-1; a weather station behind agent-2. */
export function smallSite(): Site {
  const own = { agent: 'agent-1', via: 'opcua', server: 'plc-1' } as const
  const equipment: Equipment[] = [
    { id: 'cdu-1', kind: 'cdu', name: 'CDU-1', ...own },
    { id: 'cdu-1-pa', kind: 'pump', name: 'P-1A', partOf: 'cdu-1', ...own },
    { id: 'A1', kind: 'rack', name: 'A1', ...own },
    { id: 'A1-t01', kind: 'tray', name: 'A1 tray 1', partOf: 'A1', ...own },
    { id: 'A1-t02', kind: 'tray', name: 'A1 tray 2', partOf: 'A1', ...own },
    { id: 'weather', kind: 'weatherStation', name: 'Weather station', agent: 'agent-2', via: 'dsx' },
  ]
  const feeds: Site['feeds'] = [{ from: 'cdu-1', to: 'A1', medium: 'coolant' }]
  // Delivery reads names and the graph; nameplate and climate play no part.
  return { name: 'hall', title: 'Hall', equipment, feeds } as unknown as Site
}

export const deviceOf = (equipment: string): string =>
  equipment.startsWith('A1') ? 'A1' : equipment.startsWith('cdu-1') ? 'cdu-1' : equipment

/** Reading number `index` of the supply temperature: every value is its own, so that a lost or doubled one is seen. */
export const supplyTemperature = (index: number, at = 1_751_328_000_000 + index): Sample => ({
  equipment: 'cdu-1',
  point: 'supplyTemperature',
  value: 20 + (index % 1_000) / 100,
  quality: 'good',
  at,
})
export const pumpSpeed = (index: number, at = 1_751_328_000_000 + index): Sample => ({
  equipment: 'cdu-1-pa',
  point: 'speed',
  value: index % 100,
  quality: 'good',
  at,
})
export const chipTemperature = (index: number, at = 1_751_328_000_000 + index): Sample => ({
  equipment: 'A1-t02',
  point: 'chipTemperature',
  value: 60 + (index % 10),
  quality: 'good',
  at,
})
