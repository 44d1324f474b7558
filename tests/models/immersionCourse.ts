import { immersionKind } from '#contract/control/levers/immersion.ts'
import { goodValue } from '#contract/reading.ts'
import type { ImmersionSite } from '#contract/site/immersion.ts'
import { type Millis, minute } from '#contract/units.ts'
import { familyOf, isSwept, sweepSigns, sweepTarget } from '#models/commissioning/sweep.ts'
import { immersionKeys } from '#models/plant/immersion/hourRow.ts'
import type { TelemetryRow, TelemetryTable } from '#models/plant/learned/telemetry.ts'
import type { SimulatedPlant } from '#simulators/plant/plant.ts'

const minutesPerRow = 5
/** An immersion plant under `reset` with what a store would hold of it: sensors read each minute, five-minute means. */
export function immersionCourse(plant: SimulatedPlant<ImmersionSite>, approachK: number) {
  const { site } = plant
  const { levers, startReset } = immersionKind(site)
  const reset = startReset(approachK)
  // What the model asks for, and the meters of what cools, by which it is judged.
  const keys = [...new Set([...immersionKeys(site), ...site.meters.map(({ id }) => `${id}.activePower`)])]
  const rows: TelemetryRow[] = []
  const tanks = site.equipment.filter(({ kind }) => kind === 'immersionTank').map(({ id }) => id)
  const base = new Map(levers.map(lever => [lever.name, lever.commissioned]))
  const held = new Map(base)
  const ofKey = new Map(levers.flatMap(lever => lever.keys.map(key => [key, lever.name] as const)))
  let sums = new Float64Array(keys.length)
  let minutes = 0

  const marginK = () =>
    Math.min(
      ...tanks.map(
        id => site.nameplate.chip.limitC - (goodValue(plant.read(`${id}.chipTemperature`)) ?? Number.NaN),
      ),
    )
  const steer = (sweepStartedAt: Millis | undefined) => {
    const now = plant.siteNow()
    for (const [key, value] of reset.look({ read: plant.read, now }))
      base.set(ofKey.get(key) as string, value)
    const signs =
      sweepStartedAt === undefined
        ? undefined
        : sweepSigns([...new Set(levers.map(familyOf))], now - sweepStartedAt)
    const least = signs ? marginK() : 0
    for (const lever of levers) {
      const at = base.get(lever.name) as number
      const sign = signs?.[familyOf(lever)]
      const target = sign !== undefined && isSwept(lever) ? sweepTarget(lever, at, sign, least) : at
      const from = held.get(lever.name) as number
      // A sweep walks at the ramp; `reset` moves by its own steps.
      const most = sign === undefined ? Number.POSITIVE_INFINITY : lever.rampPerHour / 60
      held.set(lever.name, from + Math.min(most, Math.max(-most, target - from)))
      for (const key of lever.keys) plant.write(key, held.get(lever.name) as number)
    }
  }
  const note = () => {
    keys.forEach((key, column) => {
      sums[column]! += goodValue(plant.read(key)) ?? Number.NaN
    })
    if (++minutes < minutesPerRow) return
    rows.push({ at: plant.siteNow() - minutesPerRow * minute, values: sums.map(sum => sum / minutesPerRow) })
    sums = new Float64Array(keys.length)
    minutes = 0
  }
  return {
    levers,
    table: (): TelemetryTable => ({ keys, rows: rows.slice() }),
    until(at: Millis, sweepStartedAt?: Millis) {
      while (plant.siteNow() < at) {
        steer(sweepStartedAt)
        plant.advanceTo(plant.siteNow() + minute)
        note()
      }
    },
  }
}
