import { hybridKind } from '#contract/control/levers/hybrid.ts'
import { walkLever } from '#contract/control/levers/leverRamp.ts'
import { goodValue } from '#contract/reading.ts'
import type { HybridSite } from '#contract/site/chilledHybrid.ts'
import { type Millis, minute } from '#contract/units.ts'
import { familyOf, isSwept, sweepMs, sweepSigns, sweepTarget } from '#models/commissioning/sweep.ts'
import type { TelemetryRow, TelemetryTable } from '#models/plant/learned/telemetry.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'

const minutesPerRow = 5
/** Points that a plant model of this kind may read: all but faults, protections and single pumps. */
const wanted = [
  /^cdu-\d+\.(supply|return|flow|diff|primary|valvePosition|heat|power)/,
  /^(chiller|crah)-\d+\.(?!watch|remote|auth|maint)/,
  /^(facility|tower|hx-1|hall|weather)\.(?!watch|remote|auth|maint)/,
  /^meter-.*\.activePower$/,
  /\.chipTemperature$/,
]

/** A hybrid plant under `reset`, with a sweep while one is asked for, and what a store would hold of it. */
export function hybridCourse(plant: SimulatedPlant<HybridSite>) {
  const { site } = plant
  const { levers, startReset } = hybridKind(site)
  const reset = startReset(4)
  const racks = new Set(site.equipment.filter(({ kind }) => kind === 'rack').map(({ id }) => `${id}.power`))
  const keys = plant.keys.filter(key => racks.has(key) || wanted.some(pattern => pattern.test(key)))
  const chips = keys.filter(key => key.endsWith('.chipTemperature'))
  const families = [...new Set(levers.map(familyOf))]
  const leverOf = new Map(levers.flatMap(lever => lever.keys.map(key => [key, lever.name] as const)))
  const base = new Map<string, number>()
  const held = new Map<string, number>()
  const rows: TelemetryRow[] = []
  let sums = new Float64Array(keys.length)
  let minutes = 0
  const read = (key: string): number => goodValue(plant.read(key)) ?? Number.NaN

  function steer(sweepFromAt: Millis | undefined): void {
    const now = plant.siteNow()
    const signs = sweepFromAt === undefined ? undefined : sweepSigns(families, now - sweepFromAt)
    for (const [key, value] of reset.look({ read: plant.read, now })) {
      const lever = leverOf.get(key)
      if (lever !== undefined) base.set(lever, value)
      // The other chillers' economiser mode stands beside the lever's own key.
      else plant.write(key, value)
    }
    const marginK = signs ? site.nameplate.chip.limitC - Math.max(...chips.map(read)) : 0
    for (const lever of levers) {
      const at = base.get(lever.name) as number
      const sign = signs?.[familyOf(lever)]
      const target = sign !== undefined && isSwept(lever) ? sweepTarget(lever, at, sign, marginK) : at
      const from = held.get(lever.name)
      const value =
        sign === undefined || from === undefined
          ? target
          : walkLever(lever, { held: from, target, elapsedMs: minute })
      held.set(lever.name, value)
      if (value !== from) for (const key of lever.keys) plant.write(key, value)
    }
  }

  function note(): void {
    for (const [column, key] of keys.entries()) sums[column]! += read(key)
    if (++minutes < minutesPerRow) return
    rows.push({ at: plant.siteNow() - minutesPerRow * minute, values: sums.map(sum => sum / minutesPerRow) })
    sums = new Float64Array(keys.length)
    minutes = 0
  }

  return {
    levers,
    keys,
    rows,
    table: (from = 0, to = rows.length): TelemetryTable => ({ keys, rows: rows.slice(from, to) }),
    /** Settings in force, in the order of the levers. */
    held: (): number[] => levers.map(({ name }) => held.get(name) as number),
    until(at: Millis, sweepFromAt?: Millis): void {
      while (plant.siteNow() < at) {
        const now = plant.siteNow()
        const isSwept = sweepFromAt !== undefined && now >= sweepFromAt && now < sweepFromAt + sweepMs
        steer(isSwept ? sweepFromAt : undefined)
        plant.advanceTo(now + minute)
        note()
      }
    },
  }
}
