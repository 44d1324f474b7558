import type { SiteGraph } from '#contract/site/graph.ts'

/** Wet, dry or unknown, for each sensor: unknown is never counted as dry. */
export type LeakState = 'wet' | 'dry' | 'unknown'
export type SeenPoint = {
  readonly value: number | null
  readonly quality: 'good' | 'uncertain' | 'stale' | 'bad' | 'none'
}
export type ReadPoint = (key: string) => SeenPoint

/** Water seen by a sensor that may be doubted is still water; silence, doubt and fault are unknown. */
export function leakStateOf(equipment: string, read: ReadPoint): LeakState {
  const leak = read(`${equipment}.leak`)
  if (leak.value === 1 && leak.quality !== 'bad') return 'wet'
  const fault = read(`${equipment}.leakSensorFault`)
  if (fault.value === 1) return 'unknown'
  return leak.value === 0 && leak.quality === 'good' ? 'dry' : 'unknown'
}

export const leakKinds = ['tray', 'rack', 'manifold', 'cdu', 'leakSensor', 'immersionTank'] as const

export const leakSensorsOf = (graph: SiteGraph): readonly string[] =>
  graph.site.equipment.filter(item => leakKinds.some(kind => kind === item.kind)).map(item => item.id)

export type LeakCount = {
  readonly wet: readonly string[]
  readonly unknown: readonly string[]
  readonly dry: number
  readonly all: number
}

export function countLeaks(sensors: readonly string[], read: ReadPoint): LeakCount {
  const wet: string[] = []
  const unknown: string[] = []
  for (const sensor of sensors) {
    const state = leakStateOf(sensor, read)
    if (state === 'wet') wet.push(sensor)
    else if (state === 'unknown') unknown.push(sensor)
  }
  return { wet, unknown, dry: sensors.length - wet.length - unknown.length, all: sensors.length }
}

export type IsolationState = 'open' | 'isolated' | 'partly' | 'unknown'

/** What the rack's two sides read; the screen never says more than they do. */
export function isolationOf(rack: string, read: ReadPoint): IsolationState {
  const liquid = read(`${rack}.liquidIsolationStatus`)
  const power = read(`${rack}.electricalIsolationStatus`)
  const known = (point: SeenPoint) =>
    point.quality === 'good' && (point.value === 0 || point.value === 1) ? point.value : null
  const sides = [known(liquid), known(power)]
  if (sides.every(side => side === 1)) return 'isolated'
  if (sides.some(side => side === 1)) return 'partly'
  return sides.every(side => side === 0) ? 'open' : 'unknown'
}
